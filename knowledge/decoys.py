"""Dates that look like deadlines and bind nobody: data cut-offs, conditions, targets, past facts, mere occasions."""

import re
from datetime import date, timedelta

from knowledge.dates import Precision, spelled
from knowledge.terms import Shape, Term

REPORT = spelled(r"\bbáo cáo\b(?! viên)|\bbc\b|\b(?:sơ|tổng) kết\b")
_ORDER = spelled(
    r"\b(?:tổ chức|thực hiện|triển khai|hoàn thành|báo cáo|gửi|nộp|trình|ban hành|xây dựng|tập huấn|kiểm tra|giám sát"
    r"|khai mạc|bế mạc|phát động|ra quân|họp|giao ban|tham mưu|rà soát|mở lớp|tham dự|tham gia|tổng hợp|đăng ký"
    r"|công bố|hội nghị|hội thi|tọa đàm|mít tinh|lễ|sơ kết|tổng kết|bảo đảm|xong|duy trì|làm việc|sinh hoạt"
    r"|lập|bố trí|khảo sát|thống kê|phối hợp|tuyên truyền|truyền thông|khen thưởng|chuẩn bị|kiện toàn|ra mắt"
    r"|cấp phát|trực)\b"
)
_DATA = spelled(
    r"\b(?:số liệu|thời kỳ|hồ sơ|phát sinh|tính từ|mốc|giai đoạn|thời điểm|niên độ|nhiệm kỳ|áp dụng)\b"
    r"(?:(?!và (?:báo cáo|gửi|nộp|hoàn thành))[^,;.]){0,40}$"
)
_RHYTHM_OF_REPORT = spelled(
    r"(?:định kỳ|(?:hằng|hàng|mỗi) (?:tuần|tháng|quý)|6 tháng|6 tháng[^;.]{0,20}năm)\b[^;.]{0,70}\bbáo cáo\b(?! viên)"
    r"|\bbáo cáo\b[^;.,]{0,40}(?:định kỳ|(?:hằng|hàng|mỗi) (?:tuần|tháng|quý))"
    r"|^\W*(?:hằng|hàng|mỗi) năm\b[^;.]{0,90}\bbáo cáo\b(?! viên)[^;.]{0,60}\b(?:về|gửi|cho)\b"
)
_PAST = spelled(
    r"\b(?:được|đã) (?:ban hành|thông qua|ký|cấp|phê duyệt|bổ nhiệm|tuyển dụng|thành lập|thực hiện|công nhận"
    r"|hoàn thành)(?: xong)?\s*$|(?<!h.c )\bsinh\s*$|\b(?:hiệu lực|thành lập)\s*$"
)
_WAS_DONE = spelled(r"\b(?:trường hợp|nếu|khi)\s*$|\bđã\b(?![^,;:]*\b(?:gửi|nộp|báo cáo|hoàn thành|xong)\b)[^,;:]*$")
_VALIDITY = spelled(r"\b(?:hiệu lực|chốt số liệu|số liệu (?:được )?(?:chốt|lấy|tính)|kỳ báo cáo)\b[^;.]{0,60}$")
_CONDITION = spelled(r"[\s,]*(?:trở về (?:trước|sau)|trở đi|trở lại|thì|mà|nhưng|(?:là|có|đạt|còn) \d+)\b")
_MUST = spelled(r"[\s,]*(?:phải|cần|sẽ|được|không|chưa)\b")
_IF = spelled(r"\b(?:nếu|trường hợp|đối với|những|xong|đã|được)\b")
_TARGET = spelled(
    r"%|\bphấn đấu\b|\bchỉ tiêu\b|\bmục tiêu\b|\bít nhất \d"
    r"|\bt[ỷỉ] lệ\b[^.;]*\b(?:đạt|tăng|giảm|chiếm|từ|trên|lên|dưới)\b"
)
_FESTIVE = spelled(
    r"\b(?:nhân )?dịp\b|\bnhân (?:ngày|kỷ niệm|tháng)\b|\b(?:kỷ niệm|hưởng ứng|chào mừng)\b"
    r"|\bngày (?:lễ|hội|quốc tế|gia đình|phụ nữ|thành lập)\b"
)
_CASE = spelled(r"\W*(?:[a-zđ]\)\s*)?(?:nếu|trường hợp|đối với (?:các )?trường hợp)\b")
_EVERY_YEAR = spelled(r"\b(?:hằng|hàng|mỗi) năm\b|\bthường niên\b")
_JOINS = spelled(r"\b(?:ngày|và|là|các)\b")
_TOLD = spelled(r"\bđã\b|\bxảy ra\b|\bvừa qua\b|\bghi nhận\b")
_TOLD_NEXT = spelled(r"[^;.]{0,40}\bđã\b|[^;.]{0,40}\b(?:có|đạt|còn) \d")
CAMPAIGN = spelled(
    r"\b(?:tổ chức|phát động|triển khai|thực hiện|đẩy mạnh)\b[^;.]{0,200}?"
    r"(?=\s*(?:\b(?:nhân|vào|dịp|trong)\b|:|\(|,|$))"
)


_CITATION = spelled(r"(?:\d\S{0,8}[/-][a-zđ]\S*|\b(?:luật|nghị quyết|nghị định|thông tư|công văn)\b[^,;]{0,60})\s*$")
_LONG_PAST = timedelta(days=45)


def is_decoy(term: Term, sentence: str, *, lead: int, is_head: bool, issued_on: date | None = None) -> bool:
    """Tell whether the time limit binds nobody; `lead` is where the term's own words begin in the sentence, `is_head`
    that it stands in the document's head (titles and citations)."""
    line = sentence.lower()
    before, after = line[lead : term.start], line[term.end : term.end + 40]
    if term.shape in (Shape.CYCLE, Shape.RELATIVE):
        return not _is_ordered_cycle(term, line)
    if _CONDITION.match(after) or (_MUST.match(after) and _IF.search(f"{before} {term.cue}")) or _PAST.search(before):
        return True
    if _WAS_DONE.search(before) or (term.shape is not Shape.BEFORE and _VALIDITY.search(f"{before}{term.cue}")):
        return True
    if is_occasion(term, line):
        return not (term.recurrence and _EVERY_YEAR.search(line) and CAMPAIGN.search(line))
    if term.shape is Shape.BEFORE or (term.shape is Shape.UNTIL and not term.is_weak):
        return False
    if is_head or _DATA.search(before) or _DATA.search(term.cue):
        return True
    if _TOLD.search(before) or _TOLD_NEXT.match(after):
        return True
    if term.shape is Shape.WINDOW:
        return _is_long_past(term, issued_on)
    if term.shape is Shape.ON and term.due and issued_on and term.due < issued_on:
        return True
    return _is_loose(term, line, after) and not _is_appointment(term, line, before, issued_on)


def _is_long_past(term: Term, issued_on: date | None) -> bool:
    """Tell whether a window says of which past months something is looked at."""
    begins, due = term.begins, term.due
    return bool(begins and due and issued_on) and due <= issued_on and due - begins > _LONG_PAST  # type: ignore[operator]


def _is_appointment(term: Term, line: str, before: str, issued_on: date | None) -> bool:
    """Tell whether a whole date still to come is one on which something takes place, though no word says so."""
    day = term.last.value if term.last else None
    if day is None or term.shape is not Shape.ON or _CITATION.search(before) or _TARGET.search(line):
        return False
    is_ahead = issued_on is not None and day > issued_on
    return bool(term.last and term.last.at) or (is_ahead and (term.is_labelled or bool(_ORDER.search(line))))


def is_occasion(term: Term, sentence: str) -> bool:
    """Tell whether the date is a holiday on which something is held ("nhân ngày Phụ nữ Việt Nam 20/10")."""
    if term.shape is Shape.OCCASION:
        return True
    is_bare = not re.search(r"\w", re.sub("ngày|ngay", "", term.cue))
    yearless = term.last is not None and term.last.precision is Precision.DAY and not term.last.year
    return is_bare and yearless and term.shape is Shape.ON and bool(_FESTIVE.search(sentence.lower(), 0, term.start))


def _is_ordered_cycle(term: Term, line: str) -> bool:
    """Tell whether a rhythm or a day told in words belongs to an order; a bare rhythm counts for reports alone."""
    if term.is_weak:
        return bool(_RHYTHM_OF_REPORT.search(line, max(0, term.start - 60), term.end + 160))
    if _TARGET.search(line) or _CASE.match(line):
        return False
    return bool(_ORDER.search(line))


def _is_loose(term: Term, line: str, after: str) -> bool:
    """Tell whether a day merely named ("ngày 16/3/2023", "trong tháng 5") is not tied to anything ordered."""
    is_bare = not re.search(r"\w", _JOINS.sub("", term.cue)) and not term.recurrence
    coarse = term.last is not None and term.last.precision in (Precision.MONTH, Precision.QUARTER)
    is_entry = not line[: term.start].strip(" -+•") and bool(re.match(r"\s*(?:\([^)]*\)\s*)?:", after))
    if is_bare and not (term.is_labelled and coarse) and not is_entry:
        return True
    if re.match(r"\s*(?:của|cua)\b", after):
        return True
    is_free = not term.is_labelled and not _ORDER.search(line)
    return term.is_weak and (bool(_TARGET.search(line)) or is_free)

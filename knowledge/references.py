"""The documents that a document rests on or mentions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from knowledge.dates import Precision, find_dates
from knowledge.domain import Reference
from knowledge.layout import Block
from knowledge.lines import plain_letters
from knowledge.regions import AFTER, BODY, CLOSING, HEAD

_FORM = (
    r"(?:nghi quyet|nghi dinh|quyet dinh|ke hoach|cong van|van ban|thong tu(?: lien tich)?|chi thi|ket luan"
    r"|chuong trinh(?: hanh dong)?|thong bao|to trinh|huong dan|bao cao|bo luat|luat|phap lenh|de an|cong dien"
    r"|quy dinh|quy che|thong tri|hien phap|quy chuan|ke hoach lien tich|quy che phoi hop)"
)
_WORD = r"[A-ZĐƠƯ][\w&.]*"
_NUMBER = re.compile(
    rf"(?<![\w/.-])(?P<number>\d{{1,5}}[a-z]?\s?/\s?(?:\d{{4}}\s?/\s?)?{_WORD}(?:\s?[-–/]\s?{_WORD}){{0,4}}"
    rf"|\d{{1,5}}\s?[-–]\s?[A-Z][A-Za-zĐđ]{{1,4}}\s?/\s?{_WORD}(?:[-–]{_WORD})?"
    rf"|\d{{1,5}}(?:KH|QĐ|BC|TB|HD|TTr|CV)\s?[-/]\s?{_WORD}(?:[-–]{_WORD})?)"
)
_FORM_BEFORE = re.compile(rf"\b(?P<form>{_FORM})(?: lien tich| hanh dong)?\s*(?:so\s*:?)?\s*$")
_ENUMERATED = re.compile(r"(?:\bso\s*:?|[,;]|\bva)\s*$")
_LAW = re.compile(r"\b(?P<form>Bộ luật|Luật|Pháp lệnh|Hiến pháp)\s+(?=(?P<name>[^\n]{3,140}))")
_LAW_START = re.compile(
    r"(?!sư\b|số\b|pháp\b)(?:[A-ZĐÀ-Ỹ]|bình đẳng|phòng|hôn nhân|trẻ em|người|bảo|lao động|cán bộ|viên chức|tổ chức"
    r"|ngân sách|hộ tịch|dân sự|hình sự|tố cáo|khiếu nại|giáo dục|y tế|khám|báo chí|thanh niên|tiếp cận|trợ giúp|xử lý"
    r"|ban hành|sửa đổi|nuôi)"
)
# Inside a law's name "và" and a comma stand only where one of these words follows.
_LAW_END = re.compile(
    r"\s*(?:[;:.()“”\"…]|,(?!\s*(?:chống|bổ sung|chữa bệnh|chăm sóc|khen thưởng|ứng phó)\b)"
    r"|\s(?:và(?!\s*(?:gia đình|đào tạo|Ủy ban|bổ sung))|trong|cho|đến|tới|theo|về việc|của|do|ở|tại|để|nhằm|được|đã|là"
    r"|thông qua|có hiệu lực|hiện hành|vào|trên|bằng|với|số|gắn|đối|các)\b)"
)
_LAW_YEAR = re.compile(r"\s*,?\s*(?:năm\s+)?(?P<year>(?:19|20)\d\d)\b")
_NAMED = re.compile(
    r"\b(?P<name>(?:Chiến lược|Chương trình|Đề án|Kế hoạch hành động)\s+[^;.:()\n]{3,160}?"
    r"(?:giai đoạn\s+\d{4}\s?[-–]\s?\d{4}|đến năm \d{4}|thời kỳ \d{4}\s?[-–]\s?\d{4}))"
)
_TEXT_END = re.compile(
    r", (?=(?:Ủy ban|Uỷ ban|UBND|Sở|Phòng|Ban|Bộ|Trung tâm|Hội|Liên đoàn|Công đoàn|Trường|Thường trực"
    r"|Đoàn|Công an|Chi cục)\b[^;]{0,80}?"
    r" (?:ban hành|xây dựng|đề nghị|yêu cầu|triển khai|hướng dẫn|thông báo|báo cáo|tổ chức|lập)\b)"
    r"|;|\.(?=\s+[A-ZĐÀ-Ỹ“\"]|\s*$)|\.\.\.|/\.|\)(?=\s*[;,.]|\s*$)"
)
_DATED = re.compile(r"[^;]{0,100}?(?:\bng[àa]y\b|\d\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{4})")
_BETWEEN = re.compile(r"(?:[,;]|\svà)(?:\s(?:các|theo|tại))?\s*$")
_TOLD = re.compile(r"(?:^|[.;]\s+)[Nn]gày [^.;]{6,120}?\bban hành\s*$")
_LONGEST_TEXT = 400
_MOST_IN_ONE_PARAGRAPH = 500


@dataclass(frozen=True, slots=True)
class _Mention:
    key: str
    start: int
    number: str | None
    day: date | None
    text: str


def find_references(blocks: Sequence[Block], document_text: str, own_number: str | None) -> tuple[Reference, ...]:
    """Return every cited document once, in reading order, its text verbatim."""
    own = _key(own_number or "")
    kept: dict[str, list[_Mention]] = {}
    for block in blocks:
        if block.region not in (BODY, CLOSING, HEAD, AFTER):
            continue
        for mention in _mentions(block, document_text):
            is_own = mention.key == own or (block.region == HEAD and own.startswith(mention.key))
            if is_own or (block.region == HEAD and mention.number is None):
                continue
            _keep(kept.setdefault(mention.key, []), mention)
    return tuple(Reference(number=m.number, date=m.day, text=m.text) for same in kept.values() for m in same)


def _keep(same: list[_Mention], mention: _Mention) -> None:
    """Add a mention of a number unless it is a document already kept: one with the same date or with none."""
    for place, other in enumerate(same):
        if other.day == mention.day or mention.day is None:
            return
        if other.day is None:
            same[place] = mention
            return
    same.append(mention)


def _key(number: str) -> str:
    return re.sub(r"[\s.]+", "", plain_letters(number)).replace("–", "-").replace("&", "")


def _mentions(block: Block, document_text: str) -> Iterator[_Mention]:
    found = [*_numbered(block, document_text), *_laws(block, document_text), *_programmes(block, document_text)]
    return iter(sorted(found, key=lambda mention: mention.start))


def _numbered(block: Block, document_text: str) -> Iterator[_Mention]:
    text = block.text
    plain = plain_letters(text)
    numbers = list(islice(_NUMBER.finditer(text), _MOST_IN_ONE_PARAGRAPH))
    for index, found in enumerate(numbers):
        start = _form_start(plain, found.start())
        if start == found.start() and not _ENUMERATED.search(plain[max(0, start - 10) : start]):
            continue
        limit = min(len(text), found.end() + _LONGEST_TEXT)
        if index + 1 < len(numbers):
            following = _form_start(plain, numbers[index + 1].start())
            # A document cited inside another one's title belongs to that title; in an enumeration it does not.
            limit = min(limit, following) if _BETWEEN.search(text[max(0, following - 20) : following]) else limit
        ended = _TEXT_END.search(text, found.end(), limit)
        end = ended.start() if ended else limit
        number = _tidy(found["number"])
        day = _date_after(text[found.end() : end]) or _date_before(text[max(0, start - 160) : start])
        yield _Mention(_key(number), start, number, day, block.quote(document_text, start, _trim(text, start, end)))


def _tidy(number: str) -> str:
    return re.sub(r"\s*([/–-])\s*", r"\1", number).replace("–", "-").rstrip(".-")


def _form_start(plain: str, number_start: int) -> int:
    """Return where the mention of a number begins, the form before it included."""
    before = plain[max(0, number_start - 60) : number_start]
    form = _FORM_BEFORE.search(before)
    return number_start - len(before) + form.start() if form else number_start


def _trim(text: str, start: int, end: int) -> int:
    trimmed = text[start:end].rstrip(' ,;:–-(“"')
    trimmed = re.sub(r"\s(?:và|các|theo|tại|hoặc)$", "", trimmed)
    return start + len(trimmed)


def _date_after(text: str) -> date | None:
    """Return the date that belongs to the number before text: at once, or behind the issuer's name."""
    if not _DATED.match(text):
        return None
    for mention in find_dates(text[:160]):
        if mention.precision is Precision.DAY:
            between = plain_letters(text[: mention.start]).strip(" ,(")
            return mention.value if re.fullmatch(r"(?:(?:cua|ky|ban hanh|ngay)\b[^,;]{0,80},?)?", between) else None
    return None


def _date_before(text: str) -> date | None:
    """Return the date of "Ngày 18/4/2023, UBND huyện … ban hành" before a document's name."""
    told = _TOLD.search(text)
    mentions = find_dates(told[0]) if told else []
    return mentions[0].value if mentions else None


def _laws(block: Block, document_text: str) -> Iterator[_Mention]:
    text = block.text
    for found in _LAW.finditer(text):
        if not _LAW_START.match(found["name"]):
            continue
        core = found["name"][: _law_name_end(found["name"])]
        stop = found.start("name") + len(core)
        if not 0 < len(core.split()) <= 14:
            continue
        number, day = None, None
        if numbered := re.match(rf"\s*số:?\s*({_NUMBER.pattern})", text[stop:]):
            number, stop = _tidy(numbered[1]), stop + numbered.end()
        if year := _LAW_YEAR.match(text, stop):
            stop = year.end()
        elif re.match(r"\s*,?\s*ngày\b", text[stop : stop + 12]):
            mentions = find_dates(text[stop : stop + 40])
            if mentions and mentions[0].value:
                day, stop = mentions[0].value, stop + mentions[0].end
        quote = block.quote(document_text, found.start(), stop)
        yield _Mention(_key(number or found["form"] + core), found.start(), number, day, quote)


def _law_name_end(name: str) -> int:
    ended = _LAW_END.search(name)
    cut = ended.start() if ended else len(name)
    dated = re.search(r"\s*(?:\bnăm\b|\bngày\b|\d)", name[:cut])
    return dated.start() if dated else cut


def _programmes(block: Block, document_text: str) -> Iterator[_Mention]:
    for found in _NAMED.finditer(block.text):
        inner = max(found["name"].rfind(word) for word in ("Chiến lược", "Chương trình", "Đề án", "Kế hoạch hành động"))
        name = plain_letters(found["name"][inner:])
        key = "".join(word for word in re.findall(r"\w+", name) if word != "va")
        quote = block.quote(document_text, found.start() + inner, found.end())
        yield _Mention(key, found.start() + inner, None, None, quote)

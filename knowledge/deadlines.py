"""The deadline register: what falls due when, for whom, to whom, with the words that prove it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from knowledge.agency_mentions import AgencyMention, find_agencies
from knowledge.dates import Precision, find_dates
from knowledge.domain import Deadline, DeadlineKind, stable_suffix
from knowledge.layout import Block
from knowledge.terms import Shape, Term, find_terms
from knowledge.vietnamese import fold

_SENTENCE = re.compile(r".+?(?:[.!?…](?=\s+[\"“(]?[A-ZĐÀ-Ỹ])(?<!TP\.)(?<!TX\.)(?<!KT\.)(?<!TM\.)(?<!Tp\.)|$)\s*", re.S)
_REPORT = re.compile(r"\bbao cao\b(?! vien)|\bbc\b|\b(?:so|tong) ket\b")
_ORDER = re.compile(
    r"\b(?:to chuc|thuc hien|trien khai|hoan thanh|bao cao|gui|nop|trinh|ban hanh|xay dung|tap huan|kiem tra|khai mac|phat dong"
    r"|hop|giao ban|tham muu|ra soat|mo lop|be mac|tham du|to hop|tong hop|dang ky|cong bo|hoi nghi|hoi thi|toa dam|mit tinh|le )"
)
_DATA = re.compile(r"(?:so lieu|tinh tu|ky bao cao|chot|moc|giai doan|thoi diem)[^,;.]{0,25}$")
_PAST = re.compile(
    r"\b(?:duoc|da) (?:ban hanh|thong qua|ky|cap|phe duyet|bo nhiem|tuyen dung|thanh lap|thuc hien)(?: xong)?\s*$|\bsinh\s*$|hieu luc\s*$"
)
_CONDITION = re.compile(r"\s*,?\s*(?:tro ve truoc|tro di|tro ve sau|thi\b|ma\b|nhung\b)")
_MUST = re.compile(r"\s*,?\s*(?:phai|can|se|duoc|khong)\b")
_IF = re.compile(r"\b(?:neu|truong hop|doi voi|nhung|xong|da)\b")
_TARGET = re.compile(r"%|\bphan dau\b|\bty le\b|\bchi tieu\b|\bmuc tieu\b")
_FESTIVE = re.compile(r"\b(?:dip|nhan|ky niem|huong ung|chao mung|ngay (?:le|hoi|quoc te|gia dinh|phu nu))\b")
_EVERY_YEAR = re.compile(r"\b(?:hang|moi) nam\b|\bthuong nien\b")
_CAMPAIGN = re.compile(
    r"\b(?:to chuc|phat dong|trien khai|thuc hien|day manh)\b[^;.]*?(?=\s*(?:\bnhan\b|\bvao\b|\bdip\b|:|\())"
)
_TO_WHOM = re.compile(r"\b(?:ve|gui|cho|den|toi|len|trinh|nop|bao cao)(?: ve| cho| den| toi| len| qua)?\s*:?\s*$")
_NOT_SUBJECT = re.compile(
    r"\b(?:ve|gui|cho|qua|voi|den|toi|len|trinh|cua|tai|o|theo|tu|thuoc|bao cao|tham muu|dia ban|nop|giup|trong|boi|do)\s*(?:cho |ve |\()?\s*$"
)
_THROUGH = re.compile(r"\s*\((?:qua|thông qua|trực tiếp|bộ phận)[^)]*\)|,?\s+(?:qua|thông qua)\s(?=[A-ZĐ])")
_FOLLOWING_NAME = re.compile(r"[\s,]*\(?\s*(?:đối với\s+|là\s+)?(?:các\s+)?(báo cáo [^,;.()]{2,50})")
_STOP = re.compile(r"[;.]|,\s*(?:để|nhằm|đồng thời)\b|\s(?:để|nhằm)\s")
_LEADING = re.compile(
    r"^(?:[\s,;:()\-–+*•\"“”|]|\d{1,2}[.)]\s|[a-zđ]\)\s|(?:và|đồng thời|trong đó|yêu cầu|đề nghị|giao|cụ thể|định kỳ)\b\s?)+",
    re.I,
)
_TRAILING = re.compile(r"(?:[\s,;:(\-–|]|\b(?:và|vào|là|được|phải|xong)\b)+$")
_LABEL_ONLY = re.compile(
    r"^(?:thoi (?:gian|han|diem)|han|tien do|hoan thanh|du kien|thuc hien|trong|xong|to chuc|\W)*$"
)
_LONGEST_WHAT = 150


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence and where it stands: offset in the block's text, the block, what comes before it in the block."""

    text: str
    start: int
    block: Block
    before: str
    nearby: str


@dataclass(frozen=True, slots=True)
class _Found:
    sentence: _Sentence
    term: Term
    kind: DeadlineKind
    what: str


def find_deadlines(
    blocks: Sequence[Block],
    document_text: str,
    document_id: str,
    issued_on: date | None,
    default_year: int | None,
) -> tuple[Deadline, ...]:
    """Return the deadlines of a document in reading order.

    `default_year` is the year of a one-year plan, None otherwise: a periodic report whose day has no year ("6 tháng:
    trước ngày 10/6") recurs only where the document does not bind it to one year. No year is ever filled in.
    """
    is_one_year = default_year is not None
    register: dict[tuple[object, ...], Deadline] = {}
    for sentence in _sentences(blocks):
        for found in _read(sentence, is_one_year=is_one_year):
            deadline = _entry(found, document_text, document_id)
            key = (deadline.due, deadline.start, deadline.recurrence, deadline.kind, deadline.section)
            about = () if deadline.kind is DeadlineKind.PERIOD and deadline.due else (deadline.what, found.term.last)
            register.setdefault((*key, about), deadline)
    return tuple(register.values())


def _sentences(blocks: Sequence[Block]) -> Iterator[_Sentence]:
    previous = ""
    for block in blocks:
        if block.region == "signature":
            continue
        cells = list(re.finditer(r"[^|]+", block.text))
        longest = max((cell[0] for cell in cells), key=len, default="").strip()
        for cell in cells:
            for found in _SENTENCE.finditer(block.text, cell.start(), cell.end()):
                alone = len(cells) == 1
                nearby = (
                    (block.heading[-1] if block.heading and not block.is_heading else previous) if alone else longest
                )
                yield _Sentence(found[0], found.start(), block, block.text[: found.start()] if alone else "", nearby)
        previous = block.text if len(block.text) > 12 else previous


def _read(sentence: _Sentence, *, is_one_year: bool) -> Iterator[_Found]:
    folded = fold(sentence.text)
    is_cyclic = not is_one_year and bool(re.search(r"bao cao[^.]*\b(?:0?6 thang|quy|nam)\b|\bdinh ky\b", folded))
    previous: _Found | None = None
    terms = find_terms(sentence.text, is_cyclic=is_cyclic)
    for place, term in enumerate(terms):
        start = terms[place - 1].end if place else 0
        end = terms[place + 1].start if place + 1 < len(terms) else len(sentence.text)
        if _is_decoy(term, sentence, fold(sentence.text[start : term.start]), folded):
            continue
        previous = _name(term, sentence, sentence.text[start : term.start], sentence.text[term.end : end], previous)
        yield previous


def _is_decoy(term: Term, sentence: _Sentence, lead: str, folded: str) -> bool:
    """Tell dates that bind nobody: data cut-offs, conditions, targets, past facts, cited documents, mere occasions."""
    after = fold(sentence.text[term.end : term.end + 40])
    if term.shape in (Shape.CYCLE, Shape.RELATIVE):
        return term.is_weak and not _REPORT.search(folded)
    if _CONDITION.match(after) or (_MUST.match(after) and _IF.search(f"{lead} {term.cue}")) or _PAST.search(lead):
        return True
    if _is_occasion(term, fold(sentence.text[: term.start])):
        return not (term.recurrence and _EVERY_YEAR.search(folded) and _CAMPAIGN.search(folded))
    if term.shape is Shape.BEFORE or (term.shape is Shape.UNTIL and not term.is_weak):
        return False
    if sentence.block.region == "head" or _DATA.search(lead):
        return True
    if term.shape is Shape.WINDOW:
        return False
    is_bare = not re.search(r"\w", re.sub(r"\b(?:ngay|va|la|cac)\b", "", term.cue)) and not term.recurrence
    if is_bare and not (term.is_labelled and term.last and term.last.precision in (Precision.MONTH, Precision.QUARTER)):
        return True
    is_told = bool(re.search(r"\bda\b|\bxay ra\b|\bvua qua\b", lead)) or bool(re.match(r"\s*cua\b", after))
    return is_told or (
        term.is_weak and (bool(_TARGET.search(folded)) or not (term.is_labelled or _ORDER.search(folded)))
    )


def _is_occasion(term: Term, so_far: str) -> bool:
    if term.shape is Shape.OCCASION:
        return True
    is_bare = not re.search(r"\w", term.cue.replace("ngay", ""))
    return (
        is_bare and term.shape is Shape.ON and bool(_FESTIVE.search(so_far)) and bool(term.last and not term.last.year)
    )


def _name(term: Term, sentence: _Sentence, lead: str, tail: str, previous: _Found | None) -> _Found:
    """Say what falls due, in the document's words, and of what kind it is."""
    if _is_occasion(term, fold(sentence.text[: term.start])):
        return _Found(sentence, term, DeadlineKind.EVENT, _occasion_name(term, sentence))
    words = _phrase(lead)
    named = _FOLLOWING_NAME.match(tail)
    if named and not re.search(r"\b(?:0?6 thang|quy|nam)\b", fold(words)):
        words = named[1]
    elif _is_empty(words) and previous is not None and not re.search(r"\w{2}", fold(_without_joins(lead))):
        words = previous.what
    elif _is_empty(words):
        words = _phrase(_STOP.split(tail, maxsplit=1)[0]) if not term.is_labelled else ""
        words = words if not _is_empty(words) else _phrase(re.sub(r"^[IVX\d.]+\s", "", sentence.nearby))
    elif (
        previous and previous.kind is DeadlineKind.REPORT and len(words.split()) <= 5 and not _ORDER.search(fold(words))
    ):
        words = f"báo cáo {words}"
    is_report = bool(_REPORT.search(fold(words))) or (term.shape is Shape.CYCLE and bool(_REPORT.search(fold(tail))))
    return _Found(sentence, term, _kind(term, is_report=is_report), words)


def _kind(term: Term, *, is_report: bool) -> DeadlineKind:
    if term.shape is Shape.WINDOW:
        return DeadlineKind.PERIOD
    if is_report:
        return DeadlineKind.REPORT
    is_day = term.last is not None and term.last.precision is Precision.DAY
    if (term.shape is Shape.ON and is_day) or (term.shape is Shape.CYCLE and "BYDAY" in (term.recurrence or "")):
        return DeadlineKind.EVENT
    return DeadlineKind.TASK


def _occasion_name(term: Term, sentence: _Sentence) -> str:
    text = sentence.text
    opened = text.rfind("(", 0, term.start + 1)
    end = term.end + 1 if text[term.end : term.end + 1] == ")" else term.end
    start = max(text.rfind(mark, 0, max(opened, 0)) + len(mark) for mark in ("nhân ", "dịp ", ", ", "; ", "và "))
    name = text[start:end].strip() if opened >= term.start - 3 and opened > 0 else text[term.start : end].strip(" (,")
    campaign = _CAMPAIGN.search(fold(text))
    activity = text[campaign.start() : campaign.end()].strip(" ,:") if campaign and len(fold(text)) == len(text) else ""
    return (
        f"{_shortened(activity)} ({name})"
        if activity and "(" not in name
        else f"{_shortened(activity)} – {name}".strip(" –")
    )


def _phrase(words: str) -> str:
    """Cut a stretch of a sentence down to the work it names, without its receiver and its joining words."""
    piece = re.split(r"[;.]\s", words)[-1]
    colon = piece.rfind(": ")
    piece = piece[colon + 2 :] if colon >= 0 and len(piece[colon + 2 :].split()) > 2 else piece
    agencies = find_agencies(piece)
    for mention in agencies:
        before = _TO_WHOM.search(fold(piece[: mention.start]))
        if before and mention.start > 8 and before.start() > 3:
            piece = piece[: before.start()]
            break
    reported = _REPORT.search(fold(piece))
    if reported:
        return _shortened(_LEADING.sub("", _TRAILING.sub("", piece[reported.start() :])))
    subjects = [mention for mention in find_agencies(piece) if not _NOT_SUBJECT.search(fold(piece[: mention.start]))]
    if subjects and subjects[0].start < 12:
        last = subjects[0]
        for mention in subjects[1:]:
            last = mention if re.fullmatch(r"\s*(?:,|và|;)?\s*(?:và\s*)?", piece[last.end : mention.start]) else last
        piece = piece[last.end :]
    return _shortened(_LEADING.sub("", _TRAILING.sub("", piece)))


def _shortened(words: str) -> str:
    clean = " ".join(words.split())
    if len(clean) <= _LONGEST_WHAT:
        return clean
    return f"{clean[:90].rsplit(' ', 1)[0]} … {clean[-55:].split(' ', 1)[-1]}"


def _without_joins(words: str) -> str:
    return re.sub(r"\b(?:và|hoặc|ngày|trước|các)\b|\W", " ", words)


def _is_empty(words: str) -> bool:
    return len(words.split()) < 2 or bool(_LABEL_ONLY.match(fold(words)))


def _entry(found: _Found, document_text: str, document_id: str) -> Deadline:
    sentence, term = found.sentence, _with_phrase_year(found)
    stripped = sentence.text.rstrip()
    quote = sentence.block.quote(document_text, sentence.start, sentence.start + len(stripped))
    section = sentence.block.section
    suffix = stable_suffix(found.kind, found.what, quote, section or "", sentence.text[term.start : term.end])
    return Deadline(
        id=f"{document_id}.{suffix}",
        kind=found.kind,
        what=found.what,
        due=term.due,
        inclusive=term.inclusive,
        last_day=term.last_day,
        start=term.begins,
        end=term.due if term.shape is Shape.WINDOW else None,
        recurrence=term.recurrence,
        assignees=_assignees(sentence, term),
        submit_to=_receiver(sentence) if found.kind in (DeadlineKind.REPORT, DeadlineKind.TASK) else None,
        quote=quote,
        section=section,
    )


def _with_phrase_year(found: _Found) -> Term:
    """Give a report's day the year its own name prints ("báo cáo 6 tháng đầu năm 2023 trước ngày 10/6")."""
    term, after = found.term, fold(found.sentence.text[found.term.end : found.term.end + 30])
    last = term.last
    if found.kind is not DeadlineKind.REPORT or last is None or last.year or not last.month or last.month < 4:
        return term
    years = {mention.year for mention in find_dates(found.what) if mention.year}
    if len(years) != 1 or re.match(r"\W*(?:cua )?nam (?:sau|tiep|ke)|\W*(?:hang|moi) nam", after):
        return term
    if re.search(r"phuong huong|ke hoach nam|du toan|giai doan|den nam", fold(found.what)):
        return term
    return replace(term, last=last.in_year(years.pop()), recurrence=None)


def _subjects(text: str) -> tuple[str, ...]:
    """Return the agencies that a stretch of text makes act, receivers and partners left out."""
    names: list[str] = []
    passed_over: AgencyMention | None = None
    for mention in find_agencies(text):
        joined = passed_over and re.fullmatch(
            r"\s*(?:,|;|và|hoặc)?\s*(?:và\s*)?", text[passed_over.end : mention.start]
        )
        if joined or _NOT_SUBJECT.search(fold(text[: mention.start])):
            passed_over = mention
        elif mention.name not in names:
            names.append(mention.name)
    return tuple(names)


def _assignees(sentence: _Sentence, term: Term) -> tuple[str, ...]:
    named = _subjects(sentence.text[: term.start]) or (
        _subjects(_STOP.split(sentence.text[term.end :], maxsplit=1)[0])
        if not sentence.text[: term.start].strip()
        else ()
    )
    if named:
        return named
    if sentence.block.region == "closing" or not _heading_agencies(sentence.block):
        return next((names for part in reversed(_SENTENCE.findall(sentence.before)) if (names := _subjects(part))), ())
    return _heading_agencies(sentence.block)


def _heading_agencies(block: Block) -> tuple[str, ...]:
    """Return the agencies whose own section the block stands in."""
    for heading in reversed(block.heading):
        words = re.sub(r"^[\w.()]{1,8}\.\s", "", heading)
        mentions = find_agencies(words)
        if mentions and re.fullmatch(
            r"\W*(?:(?:đề nghị|giao|các|cơ quan|đơn vị|trách nhiệm của)\b\W*)*", words[: mentions[0].start].lower()
        ):
            return tuple(mention.name for mention in mentions)
    return ()


def _receiver(sentence: _Sentence) -> str | None:
    """Return to whom the thing goes, as printed: "UBND huyện (qua Phòng …)"."""
    text = sentence.text
    for mention in find_agencies(text):
        before = fold(text[: mention.start])
        if re.search(r"\b(?:ve|gui|den|toi|cho|len|nop)(?: (?:ve|cho|den|toi))?\s*:?\s*$", before):
            through = _THROUGH.match(text, mention.end)
            end = mention.end
            if through and through[0].rstrip().endswith(")"):
                end = through.end()
            return " ".join(text[mention.start : end].split())
    return None

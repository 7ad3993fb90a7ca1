"""The head of a document: what it is, whose it is, of when, for whom, signed by whom."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.dates import calendar_day
from knowledge.domain import Period, Signer
from knowledge.glued import unglue
from knowledge.issuer import find_issuer, find_place
from knowledge.layout import Block
from knowledge.lines import plain_letters
from knowledge.references import tidy_number
from knowledge.regions import AFTER, BODY, HEAD, SIGNATURE
from knowledge.signature import read_recipients, read_signer
from knowledge.wording import Wording

_WORDS = Wording("head")

NEWS = "tin"
_LONGEST_LINE = 600
LETTER = "công văn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Everything said about a document outside its body; year and month of issue are known where the day is blank."""

    kind: str | None
    number: str | None
    title: str | None
    issuer: str | None
    place: str | None
    issued_on: date | None
    issued_text: str | None
    period: Period | None
    signer: Signer | None
    addressed_to: tuple[str, ...]
    recipients: tuple[str, ...]
    number_text: str | None
    """The number as printed, gaps included."""
    issued_year: int | None
    issued_month: int | None
    is_digest: bool

    @property
    def told(self) -> tuple[str, ...]:
        """Those it is addressed to, unless they only read what is reported or proposed to them."""
        return () if self.kind in ("báo cáo", "tờ trình") else self.addressed_to

    @property
    def earliest(self) -> date | None:
        """The first day on which a document with a blank day can have been issued."""
        return self.issued_on or calendar_day(self.issued_year, self.issued_month or 1, 1)

    @property
    def latest(self) -> date | None:
        """The last such day."""
        year, month = self.issued_year, self.issued_month or 12
        return self.issued_on or calendar_day(year, month, monthrange(year or 1, month)[1])


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    plain: str


@dataclass(frozen=True, slots=True)
class _Issued:
    text: str = ""
    year: int | None = None
    month: int | None = None
    day: int | None = None
    place: str | None = None


def read_head(blocks: Sequence[Block]) -> Head:
    """Read the head, wherever its parts stand."""
    first_end = next((i for i, block in enumerate(blocks) if block.region != HEAD), len(blocks))
    digest = [block for block in blocks[:8] if _WORDS.digest.match(plain_letters(block.text))]
    texts = [block.text[:_LONGEST_LINE] for block in blocks[:first_end] if block not in digest]
    head = [_Line(text, plain_letters(text)) for text in texts]
    opening = [block for block in blocks[first_end : first_end + 12] if block.region == BODY]
    number, number_text, symbol = _number(head)
    kind, form_at = _kind(head, symbol)
    news = kind is None and _is_news(head, blocks)
    issued = _news_date(head) if news else _issued(head, blocks)
    title = _title(head, form_at, opening, is_news=news)
    headline = _WORDS.headline_place.match(title or "") if news else None
    place_line = _place_before(headline[1].title()) if headline else issued.place
    issuer = find_issuer(None if news else [line.text for line in head], opening, blocks, place_line)
    return Head(
        kind=NEWS if news else kind,
        number=number,
        number_text=number_text,
        title=title,
        issuer=issuer,
        place=place_line or find_place(issuer),
        issued_on=calendar_day(issued.year, issued.month, issued.day),
        issued_text=issued.text or None,
        issued_year=issued.year,
        issued_month=issued.month,
        period=_period(title, opening, issued.year),
        signer=read_signer(blocks),
        addressed_to=_addressed(head, blocks),
        recipients=read_recipients(blocks),
        is_digest=bool(digest),
    )


def _number(head: Sequence[_Line]) -> tuple[str | None, str | None, str]:
    """Return the number, its printed form and its symbol; a blank one has a symbol but no number.

    In the middle of a line a small "số" tells the number of another document.
    """
    for line in head:
        found = _WORDS.number.search(line.text)
        if found and (found.start() == 0 or "S" in found[0][:2]):
            number = tidy_number(found["number"] + found["symbol"]) if found["number"] else None
            return number, found[0].strip(), found["symbol"]
    joined = "\n".join(line.text for line in head[:25])
    if found := _WORDS.split_number.search(joined):
        number = found["number"] or found["late"]
        symbol = re.sub(r"\s+", "", found["symbol"])
        return (f"{number}{symbol}" if number else None), " ".join(found[0].split()), symbol
    if unread := next((line.text for line in head if _WORDS.unread_number.match(line.plain)), None):
        return None, unread, ""
    return None, None, ""


def _kind(head: Sequence[_Line], symbol: str) -> tuple[str | None, int | None]:
    """Return the form and the line that names it; a lost name is told from the number's symbol."""
    # A form named above the letterhead belongs to the page the document stands on.
    below = max((index for index, line in enumerate(head) if _WORDS.letterhead.match(line.plain)), default=0)
    for index in (*range(below, len(head)), *range(below)):
        line = head[index]
        found = _WORDS.form_named.match(line.plain)
        if found and (line.text.isupper() or not line.plain[found.end() :].strip(" :.-")):
            form = _WORDS.table("forms")[found[1]]
            # "PHƯỜNG AN BÌNH" is no "phương án".
            said = line.text[: found.end()].lower()
            if said.isascii() or plain_letters(form) != found[1] or form in said:
                return form, index
    letters = re.findall(r"[A-Za-zĐ]+", symbol)
    if letters:
        return _WORDS.table("symbol_forms").get(letters[0].upper(), LETTER), None
    return None, None


def _is_news(head: Sequence[_Line], blocks: Sequence[Block]) -> bool:
    if any(_WORDS.letterhead.match(line.plain) for line in head) or any(block.region == SIGNATURE for block in blocks):
        return False
    return any(_WORDS.news_sign.search(line.plain) for line in head)


def _news_date(head: Sequence[_Line]) -> _Issued:
    for line in head:
        found = _WORDS.news_stamp.search(line.plain)
        if found and (day := _WORDS.short_date.search(found[0].replace("-", "/"))):
            text = line.text[found.start() : found.end()]
            return _Issued(text, int(day["year"]), int(day["month"]), int(day["day"]))
    return _Issued()


def _issued(head: Sequence[_Line], blocks: Sequence[Block]) -> _Issued:
    """Return the date of issue from the place line: in the header or, that missing, at the end of the text."""
    tail = [_Line(block.text, plain_letters(block.text)) for block in blocks if block.region in (SIGNATURE, AFTER)]
    for line in [*head, *tail[:80]]:
        forms = (_WORDS.date, _WORDS.short_date, _WORDS.unread_date)
        found = next(filter(None, (form.search(line.plain) for form in forms)), None)
        if found and _stands_alone(line.plain, found):
            text = line.text[found.start() : found.end()].strip(" ._…")
            year = int(found["year"]) if found["year"] and len(found["year"]) == 4 else None
            place = _place_before(line.text[: found.start()])
            return _Issued(text, year, _digits(found["month"]), _digits(found["day"]), place)
    return _Issued()


def _digits(text: str | None) -> int | None:
    digits = (text or "").strip(" .…_/")
    return int(digits) if digits.isdecimal() else None


def _stands_alone(plain: str, found: re.Match[str]) -> bool:
    """Tell a place line from a sentence that mentions a day."""
    before = plain[: found.start()].strip(" ,")
    return not plain[found.end() :].strip(" .,") and len(before.rsplit("/", 1)[-1]) < 45


def _place_before(text: str) -> str | None:
    """Return the locality as people say it from "…, ngày", its level left out."""
    found = re.search(r"([^,;:|/\d]{2,40}?(?:\s\d{1,2})?)\s*,?\s*$", text.strip(" ,"))
    if not found:
        return None
    place = found[1].strip(" .-–")
    # A number's symbol or an office may stand before the place on the same line.
    place = re.sub(r"^.*\b[A-ZĐ]{2,}[\w&.-]*\s+(?=[A-ZĐ][a-zà-ỹ])", "", place)
    named = re.sub(r"(?i)^(?:thành phố|thị xã|thị trấn|tp\.?|tx\.?|tỉnh|huyện|xã|phường)\s+(?=\D)", "", place)
    return (named.title() if named.isupper() else named) or None


def _title(head: Sequence[_Line], form_at: int | None, opening: Sequence[Block], *, is_news: bool) -> str | None:
    if is_news:
        return next((line.text for line in head if not _WORDS.breadcrumb.search(line.plain)), None)
    for index, line in enumerate(head):
        if _WORDS.subject.match(line.plain) and form_at is None:
            return _gather(head, index)
    if form_at is not None:
        found = _WORDS.form.match(head[form_at].plain)
        rest = head[form_at].text[found.end() if found else 0 :].strip(" :.")
        rest = re.sub(r"(?i)^(?:phối hợp|liên tịch|liên ngành|hành động)\b\W*", "", rest)
        if len(rest) > 8:
            return f"{rest} {_gather(head, form_at + 1) or ''}".strip()
        if title := _gather(head, form_at + 1):
            return title
    else:
        # A form that is not named leaves the last lines of the head.
        known = [index for index, line in enumerate(head) if _is_furniture(line)]
        if known and (title := _gather(head, known[-1] + 1)):
            return title
    for block in opening:
        if found := _WORDS.promulgated.search(plain_letters(block.text)):
            return block.text[found.start("title") : found.end("title")].strip(" ,")
    return None


def _gather(head: Sequence[_Line], start: int) -> str | None:
    parts: list[str] = []
    for line in head[start:]:
        if _is_furniture(line) or (parts and line.plain.startswith(("(", "can cu"))):
            break
        if parts and (parts[0].isupper() or line.text.isupper()) and _WORDS.authority.match(line.plain):
            break
        parts.append(line.text)
    title = " ".join(parts).strip(" .;,-–")
    return unglue(title, tuple(range(len(title))))[0] or None


def _is_furniture(line: _Line) -> bool:
    dated = _WORDS.date.search(line.plain) or _WORDS.short_date.search(line.plain)
    before = line.plain[: dated.start()].split() if dated else []
    is_place = dated and _stands_alone(line.plain, dated) and (len(before) < 4 or before[-1].endswith(","))
    return bool(is_place or _WORDS.furniture.match(line.plain))


def _addressed(head: Sequence[_Line], blocks: Sequence[Block]) -> tuple[str, ...]:
    start = next((i for i, line in enumerate(head) if line.plain.startswith("kinh gui")), None)
    if start is None:
        return ()
    names: list[str] = []
    first = re.sub(r"^\S+\s+\S+?\s*:\s*", "", head[start].text) if ":" in head[start].text else head[start].text[8:]
    for text in (first, *(line.text for line in head[start + 1 :])):
        if _WORDS.subject.match(plain_letters(text)) or (names and text.rstrip().endswith(":")):
            break
        for part in re.split(r";\s*", text):
            name = re.sub(r"^[-–+•]\s*", "", part).strip(" .;,")
            if re.search(r"\w{2}", name):
                names.append(name)
    return tuple(names)


def _period(title: str | None, opening: Sequence[Block], issued_year: int | None) -> Period | None:
    """Return the years the document covers: one named year wins over the years of the programme it serves."""
    for text in (title or "", *(block.text for block in opening if "như sau" in block.text)):
        plain = plain_letters(text)
        if years := _WORDS.year.findall(plain):
            # A report looks ahead to the year after its own.
            year = int(years[0 if "phuong huong" in plain else -1])
            return _years(year, year)
        if spans := _WORDS.years.findall(plain):
            return _years(int(spans[-1][0]), int(spans[-1][1]))
        if (until := _WORDS.until.search(plain)) and issued_year:
            return _years(issued_year, int(until[1]))
    return None


def _years(first: int, last: int) -> Period | None:
    return Period(start=date(first, 1, 1), end=date(last, 12, 31)) if first <= last else None

"""The documents that a document rests on or mentions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice

from knowledge.dates import Precision, find_dates
from knowledge.domain import Reference
from knowledge.layout import Block
from knowledge.lines import plain_letters
from knowledge.regions import AFTER, BODY, CLOSING, HEAD
from knowledge.wording import Wording

_WORDS = Wording("references")

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
        found = [read(block, document_text) for read in (_numbered, _laws, _programmes)]
        for mention in sorted(chain.from_iterable(found), key=lambda mention: mention.start):
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


def _numbered(block: Block, document_text: str) -> Iterator[_Mention]:
    text = block.text
    plain = plain_letters(text)
    numbers = list(islice(_WORDS.number.finditer(text), _MOST_IN_ONE_PARAGRAPH))
    for index, found in enumerate(numbers):
        start = _form_start(plain, found.start())
        if start == found.start() and not _WORDS.enumerated.search(plain[max(0, start - 10) : start]):
            continue
        limit = min(len(text), found.end() + _LONGEST_TEXT)
        if index + 1 < len(numbers):
            following = _form_start(plain, numbers[index + 1].start())
            # A document cited inside another one's title belongs to that title; in an enumeration it does not.
            limit = min(limit, following) if _WORDS.between.search(text[max(0, following - 20) : following]) else limit
        ended = _WORDS.text_end.search(text, found.end(), limit)
        end = ended.start() if ended else limit
        number = tidy_number(found["number"])
        day = _date_after(text[found.end() : end]) or _date_before(text[max(0, start - 160) : start])
        yield _Mention(_key(number), start, number, day, block.quote(document_text, start, _trim(text, start, end)))


def tidy_number(number: str) -> str:
    """Return a document's number without the blanks printed beside its strokes."""
    tight = re.sub(r"\s*([/–-])\s*", r"\1", number).replace("–", "-")
    return re.sub(r"\s*,\s*", ", ", tight).rstrip(" .,-")


def _form_start(plain: str, number_start: int) -> int:
    """Return where the mention of a number begins, the form before it included."""
    before = plain[max(0, number_start - 60) : number_start]
    form = _WORDS.form_before.search(before)
    return number_start - len(before) + form.start() if form else number_start


def _trim(text: str, start: int, end: int) -> int:
    trimmed = text[start:end].rstrip(' ,;:–-(“"')
    trimmed = re.sub(r"\s(?:và|các|theo|tại|hoặc)$", "", trimmed)
    return start + len(trimmed)


def _date_after(text: str) -> date | None:
    """Return the date that belongs to the number before text: at once, or behind the issuer's name."""
    for mention in find_dates(text[:160]):
        if mention.precision is Precision.DAY:
            between = plain_letters(text[: mention.start]).strip(" ,(")
            return mention.value if re.fullmatch(r"(?:(?:cua|ky|ban hanh|ngay)\b[^,;]{0,80},?)?", between) else None
    return None


def _date_before(text: str) -> date | None:
    """Return the date of "Ngày 18/4/2023, UBND huyện … ban hành" before a document's name."""
    told = _WORDS.told.search(text)
    mentions = find_dates(told[0]) if told else []
    return mentions[0].value if mentions else None


def _laws(block: Block, document_text: str) -> Iterator[_Mention]:
    text = block.text
    for found in _WORDS.law.finditer(text):
        if not _WORDS.law_start.match(found["name"]):
            continue
        ended = _WORDS.law_end.search(found["name"])
        core = re.split(r"\s*(?:\bnăm\b|\bngày\b|\d)", found["name"][: ended.start() if ended else None], maxsplit=1)[0]
        stop = found.start("name") + len(core)
        number, day = None, None
        if numbered := re.match(rf"\s*số:?\s*({_WORDS.number.pattern})", text[stop:]):
            number, stop = tidy_number(numbered[1]), stop + numbered.end()
        if year := _WORDS.law_year.match(text, stop):
            stop = year.end()
        elif re.match(r"\s*,?\s*ngày\b", text[stop : stop + 12]):
            mentions = find_dates(text[stop : stop + 40])
            if mentions and mentions[0].value:
                day, stop = mentions[0].value, stop + mentions[0].end
        quote = block.quote(document_text, found.start(), stop)
        yield _Mention(_key(number or found["form"] + core), found.start(), number, day, quote)


def _programmes(block: Block, document_text: str) -> Iterator[_Mention]:
    for found in _WORDS.named.finditer(block.text):
        inner = max(found["name"].rfind(word) for word in ("Chiến lược", "Chương trình", "Đề án", "Kế hoạch hành động"))
        name = plain_letters(found["name"][inner:])
        key = "".join(word for word in re.findall(r"\w+", name) if word != "va")
        quote = block.quote(document_text, found.start() + inner, found.end())
        yield _Mention(key, found.start() + inner, None, None, quote)

"""The deadline register: what falls due when, for whom, to whom, with the words that prove it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from knowledge.agencies import AgencyMention, find_agencies
from knowledge.dates import Precision, find_dates
from knowledge.decoys import is_decoy, is_occasion
from knowledge.domain import Deadline, DeadlineKind, Duty, Role, stable_suffix
from knowledge.duty_lists import Columns, read_columns, read_row
from knowledge.duty_sentences import cut_sentences, find_subject, headed_by, join_runs, lead_subject, unlisted_names
from knowledge.layout import Block
from knowledge.matters import clean_matter, complete_report, is_empty, name_matter, name_occasion
from knowledge.terms import Shape, Term, find_terms, names_a_day
from knowledge.wording import Wording

_WORDS = Wording("deadlines")

_LONGEST_SENTENCE = 1500
_MOST_CELLS = 20
_LONGEST_ROW = 4000
_FEW = 4
# How far from the beginning of its clause a name may stand that the clause is about, in letters.
_NEAR = 20
_MOST_SENTENCES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A sentence of a block: block.text[start:end]; `above` holds the blocks before it, the nearest last."""

    block: Block
    start: int
    end: int
    is_cell: bool
    above: tuple[Block, ...]
    columns: Columns | None

    @property
    def text(self) -> str:
        """The sentence."""
        return self.block.text[self.start : self.end]

    def nearby(self) -> str:
        """Return what a lone date belongs to: its table row, the heading of a labelled line, the cell before it."""
        if self.is_cell:
            return _work_cell(self.block.text)
        headings = [re.sub(r"^[\w.()]{1,14}\.\s", "", one).strip(" .:") for one in self.block.heading]
        telling = (one for one in reversed(headings) if not is_empty(one))
        heading = next(telling, "")
        if heading and (":" in self.block.text or self.block.marker):
            return heading
        # A paragraph of its own behind a list belongs to none of its items.
        above = (block for block in reversed(self.above) if self.block.marker or not block.marker)
        return next((block.body for block in above if len(block.body) > 12), heading)


@dataclass(frozen=True, slots=True)
class _Found:
    place: _Place
    term: Term
    kind: DeadlineKind
    what: str
    told_after: int | None = None
    """Where the words begin that say who and what, in a sentence that opens with its date."""


def find_deadlines(
    blocks: Sequence[Block],
    document_text: str,
    document_id: str,
    issued_on: date | None,
    one_year: int | None,
    *,
    title: str | None = None,
) -> tuple[Deadline, ...]:
    """Return the deadlines of a document in reading order.

    `one_year` is the year of a one-year plan, None otherwise: a periodic report whose day has no year ("6 tháng:
    trước ngày 10/6") recurs only where the document does not bind it to one year. No year is ever filled in.
    """
    is_one_year = one_year is not None
    has_body = any(block.region == "body" for block in blocks)
    register: dict[tuple[object, ...], Deadline] = {}
    for place in _places(blocks):
        is_head = has_body and place.block.region == "head"
        for found in _read(place, is_one_year=is_one_year, is_head=is_head, issued_on=issued_on, title=title):
            term, kind, what = found.term, found.kind, found.what
            deadline = _entry(found, document_text, document_id)
            key = (kind, deadline.section, deadline.due, deadline.start, deadline.recurrence)
            about = "" if kind is DeadlineKind.PERIOD else what
            day = (term.last.day, term.last.month, term.last.part) if term.last else place.text[term.start : term.end]
            register.setdefault((*key, about, day), deadline)
    return tuple(deadline for deadline in register.values() if not _is_said_again(deadline, register.values()))


def assign(deadlines: Iterable[Deadline], duties: Sequence[Duty]) -> tuple[Deadline, ...]:
    """Return the deadlines, those whose own words name nobody given to the few who have their sentence as a duty."""
    given: dict[str | None, dict[str, list[str]]] = {}
    for duty in duties:
        if duty.role not in (Role.COOPERATE, Role.COMPILE):
            given.setdefault(duty.section, {}).setdefault(duty.quote, []).append(duty.agency)
    return tuple(_assigned(deadline, given.get(deadline.section, {})) for deadline in deadlines)


def _assigned(deadline: Deadline, given: dict[str, list[str]]) -> Deadline:
    if deadline.assignees or deadline.kind is DeadlineKind.EVENT or len(given) > _MOST_SENTENCES:
        return deadline
    same = (agencies for quote, agencies in given.items() if deadline.quote in quote)
    # "Thời gian hoàn thành: Quý IV" stands beside the label that says who leads its item.
    beside = given.values() if _WORDS.time_label.match(deadline.quote) else ()
    names = tuple(dict.fromkeys(agency for agencies in (*same, *beside) for agency in agencies))
    return replace(deadline, assignees=names) if len(names) <= _FEW else deadline


def _is_said_again(deadline: Deadline, others: Iterable[Deadline]) -> bool:
    """Tell whether a report said to come every so often has its days printed elsewhere in the document."""
    rhythm = deadline.recurrence
    if rhythm is None or names_a_day(rhythm) or deadline.kind is not DeadlineKind.REPORT:
        return False
    dated = (other for other in others if other.kind is DeadlineKind.REPORT and other is not deadline)
    return any(other.due or names_a_day(other.recurrence or "") for other in dated)


def _places(blocks: Sequence[Block]) -> Iterator[_Place]:
    columns: Columns | None = None
    for number, block in enumerate(blocks):
        if block.region == "signature":
            continue
        cells = list(re.finditer(r"[^|]+", block.text))
        columns = (read_columns(block.text) if len(cells) > 1 else None) or columns
        above = tuple(blocks[max(0, number - 4) : number])
        for cell in cells:
            for start, end in cut_sentences(block.text[: cell.end()], cell.start()):
                for left, right in _bounded(block.text, start, end):
                    yield _Place(
                        block=block, start=left, end=right, is_cell=len(cells) > 1, above=above, columns=columns
                    )


@lru_cache(maxsize=4)
def _work_cell(row: str) -> str:
    """Return the cell of a table row that says what is to be done."""
    cells = [cell.strip() for cell in row.split("|")]
    work = (one for one in cells[:_MOST_CELLS] if len(one.split()) > 2)
    return next(work, max(cells, key=len))


@lru_cache(maxsize=4)
def _actors(row: str, columns: Columns | None) -> tuple[str, ...]:
    """Return who leads the work of a table row: its column says so, or the first cell that opens with a body."""
    parts = [part for _, _, part in read_row(row, columns)] if columns and len(row) <= _LONGEST_ROW else []
    if leaders := next((part.names for part in parts if part.role is not Role.COOPERATE), ()):
        return leaders
    for cell in row.split("|")[:_MOST_CELLS]:
        mentions = find_agencies(cell.strip())
        if mentions and mentions[0].start < 3:
            return unlisted_names(cell.strip()) or tuple(mention.name for mention in mentions)
    return ()


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a sentence whole, one without an end in stretches that break between words."""
    while end - start > _LONGEST_SENTENCE:
        stop = text.rfind(" ", start + 1, start + _LONGEST_SENTENCE)
        stop = stop if stop > 0 else start + _LONGEST_SENTENCE
        yield start, stop
        start = stop
    yield start, end


def _read(
    place: _Place, *, is_one_year: bool, is_head: bool, issued_on: date | None, title: str | None
) -> Iterator[_Found]:
    text = place.text
    is_bound = is_one_year or bool(re.search(r"\b20\d\d\b", text))
    terms = find_terms(text, is_cyclic=not is_bound and bool(_WORDS.periodic.search(text.lower())))
    opening = _opening_end(text, terms)
    previous, lead = "", 0
    for number, term in enumerate(terms):
        if is_decoy(term, text, lead=lead, is_head=is_head, issued_on=issued_on):
            lead = term.end
            continue
        if is_occasion(term, text):
            lead = term.end
            yield _Found(place, term, DeadlineKind.EVENT, name_occasion(text, term))
            continue
        after = _words_after(text, terms, number)
        what, lead = name_matter(text, term, lead, after, previous=previous)
        if not what:
            about = clean_matter(place.nearby())
            what = about if not is_empty(about) else title or " ".join(text.split())
        around = "" if term.shape is Shape.WINDOW or place.is_cell else " ".join((text, *place.block.heading[-2:]))
        previous = complete_report(what, around)
        kind = _kind(term, previous, text[term.end : after[1]])
        dated = _with_phrase_year(term, previous, text[term.end :]) if kind is DeadlineKind.REPORT else term
        yield _Found(place, dated, kind, previous, opening if term.end <= opening else None)


def _opening_end(text: str, terms: Sequence[Term]) -> int:
    """Return where the time limits end that open a sentence, before it says who must keep them; 0 where none do."""
    end = 0
    for term in terms:
        if re.search(r"\w{2}", _WORDS.opening.sub("", text[end : term.start])):
            break
        end = term.end
    return end


def _words_after(text: str, terms: Sequence[Term], number: int) -> tuple[int, int]:
    """Return the stretch behind a term that may say what it is about, past the dates listed with it."""
    while number + 1 < len(terms) and not re.search(r"\w{3}", text[terms[number].end : terms[number + 1].start]):
        number += 1
    return terms[number].end, terms[number + 1].start if number + 1 < len(terms) else len(text)


def _kind(term: Term, what: str, after: str) -> DeadlineKind:
    if term.shape is Shape.WINDOW:
        return DeadlineKind.PERIOD
    in_words = term.shape in (Shape.CYCLE, Shape.RELATIVE)
    if _WORDS.report.search(what.lower()) or (in_words and _WORDS.report.search(after.lower())):
        return DeadlineKind.REPORT
    is_day = (
        term.last is not None and term.last.precision is Precision.DAY and not _WORDS.handing_in.search(what.lower())
    )
    is_weekday = term.shape is Shape.CYCLE and term.inclusive and "BYDAY" in (term.recurrence or "")
    return DeadlineKind.EVENT if (term.shape is Shape.ON and is_day) or is_weekday else DeadlineKind.TASK


def _with_phrase_year(term: Term, what: str, after: str) -> Term:
    """Give a report's day the year its own name prints ("báo cáo 6 tháng đầu năm 2023 trước ngày 10/6")."""
    last = term.last
    if last is None or last.year or not last.month or last.month < 4:
        return term
    years = {mention.year for mention in find_dates(what) if mention.year}
    if len(years) != 1 or _WORDS.another_year.match(after.lower()) or _WORDS.plans_ahead.search(what.lower()):
        return term
    return replace(term, last=last.in_year(years.pop()), recurrence=None)


def _entry(found: _Found, document_text: str, document_id: str) -> Deadline:
    place, term, kind, what = found.place, found.term, found.kind, found.what
    block = place.block
    is_row = place.is_cell and len(block.text) <= _LONGEST_ROW
    start, end = (0, len(block.text)) if is_row else (place.start, place.end)
    quote = block.quote(document_text, start, start + len(block.text[start:end].rstrip()))
    suffix = stable_suffix(kind, what, quote, block.section or "", place.text[term.start : term.end])
    return Deadline(
        id=f"{document_id}.{suffix}",
        kind=kind,
        what=what,
        due=term.due,
        inclusive=term.inclusive,
        last_day=term.last_day,
        start=term.begins,
        end=term.due if term.shape is Shape.WINDOW else None,
        recurrence=term.recurrence,
        assignees=_assignees(found),
        submit_to=find_receiver(place.text) if kind in (DeadlineKind.REPORT, DeadlineKind.TASK) else None,
        quote=quote,
        section=block.section,
    )


def _assignees(found: _Found) -> tuple[str, ...]:
    """Return who must keep the limit, as printed: the sentence's subject, the agency of the section, else everybody."""
    place, text = found.place, found.place.text
    if place.is_cell:
        return _actors(place.block.text, place.columns)
    clause = text.rfind(";", 0, found.term.start) + 1
    named = find_subjects(text, clause, found.term.start)
    if not named or named[0] not in text[clause : clause + len(named[0]) + _NEAR]:
        named = find_subjects(text, 0, found.term.start)
    if not named and found.told_after is not None:
        named = find_subjects(
            _WORDS.opening.sub("", _WORDS.stop.split(text[found.told_after :], maxsplit=1)[0]).lstrip(" ,")
        )
    if named:
        return named
    section = (
        ()
        if place.block.region == "closing"
        else headed_by(place.block.heading[: -1 if place.block.is_heading else None]).names
    )
    if section:
        return section
    return _earlier_subject(place.block.text[max(0, place.start - _LONGEST_SENTENCE) : place.start])


@lru_cache(maxsize=32)
def _earlier_subject(text: str) -> tuple[str, ...]:
    """Return whom the nearest of the sentences before tells to act."""
    sentences = [*cut_sentences(text, 0)][-3:]
    return next((names for start, end in reversed(sentences) if (names := find_subjects(text[start:end]))), ())


def find_subjects(text: str, start: int = 0, end: int | None = None) -> tuple[str, ...]:
    """Return the agencies that text[start:end] makes act, as printed."""
    marker = _WORDS.marker.match(text, start)
    first = marker.end() if marker else start
    end = len(text) if end is None else end
    subject = lead_subject(text, first, end) or find_subject(text, first, end, join_runs(text, _mentions(text)))
    return subject.names if subject and not subject.is_aside else ()


@lru_cache(maxsize=32)
def _mentions(text: str) -> tuple[AgencyMention, ...]:
    return tuple(find_agencies(text))


def find_receiver(text: str) -> str | None:
    """Return to whom the thing goes, as printed: "UBND huyện (qua Phòng …)", or in short "Sở"."""
    line = text.lower()
    for mention in _mentions(text):
        if _WORDS.sent_to.search(line, 0, mention.start):
            through = _WORDS.through.match(text, mention.end)
            return " ".join(text[mention.start : through.end() if through else mention.end].split())
    short = _WORDS.short_receiver.search(text)
    return short[1] if short else None

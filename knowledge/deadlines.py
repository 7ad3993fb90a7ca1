"""The deadline register: what falls due when, for whom, to whom, with the words that prove it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import zip_longest

from knowledge.agency_mentions import find_agencies
from knowledge.dates import Precision, find_dates
from knowledge.decoys import is_decoy, is_occasion
from knowledge.domain import Deadline, DeadlineKind, stable_suffix
from knowledge.duty_lists import Columns, read_columns, read_row
from knowledge.duty_sentences import cut_sentences
from knowledge.layout import Block
from knowledge.lines import plain_letters
from knowledge.matters import clean_matter, complete_report, is_empty, name_matter, name_occasion
from knowledge.regions import OTHER, SIGNATURE
from knowledge.terms import Shape, Term, find_terms, names_a_day
from knowledge.wording import Wording

_WORDS = Wording("deadlines")

_LONGEST_SENTENCE = 1500
_MOST_CELLS = 20
_LONGEST_ROW = 4000
_NEAR = 120


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence of a block: block.text[start:end]; `above` holds the blocks before it, the nearest last.

    `frame` is the heading it stands under where that is nothing but a time ("Quý II/2026"), `is_limit` tells that its
    column of a table is headed by words for the end of the work, `work` what its row of a table says is to be done.
    """

    block: Block
    start: int
    end: int
    is_cell: bool
    above: tuple[Block, ...]
    frame: Block | None
    is_limit: bool
    work: str

    @property
    def text(self) -> str:
        """The sentence."""
        return self.block.text[self.start : self.end]

    @property
    def is_item(self) -> bool:
        """Whether it opens an item of a list."""
        opening = len(self.block.text) - len(self.block.body)
        return bool(self.block.marker) and not self.block.is_heading and self.start <= opening < self.end

    def nearby(self) -> str:
        """Return what a lone date belongs to: its table row, the heading of a labelled line, the cell before it."""
        if self.is_cell:
            return self.work or _work_cell(self.block.text)
        headings = [re.sub(r"^[\w.()]{1,14}\.\s", "", one).strip(" .:") for one in self.block.heading]
        telling = (one for one in reversed(headings) if not (is_empty(one) or _WORDS.frame.match(one.lower())))
        heading = next(telling, "")
        if heading and (":" in self.block.text or self.block.marker):
            return heading
        if _WORDS.frame.match(self.block.body.lower()):
            return ""
        # A paragraph of its own behind a list belongs to none of its items.
        above = (block for block in reversed(self.above) if self.block.marker or not block.marker)
        return next((block.body for block in above if len(block.body) > 12), heading)


def find_deadlines(
    blocks: Sequence[Block],
    document_text: str,
    document_id: str,
    issued_on: date | None,
    *,
    is_one_year: bool = False,
    title: str | None = None,
    told: Callable[[int], tuple[str, ...]] = lambda _: (),
) -> tuple[Deadline, ...]:
    """Return the deadlines of a document in reading order; no year is ever filled in.

    A periodic report whose day has no year ("6 tháng: trước ngày 10/6") does not recur where the plan `is_one_year`'s.
    """
    has_body = any(block.region == "body" for block in blocks)
    register: dict[tuple[object, ...], Deadline] = {}
    for place in _places(blocks):
        is_head = has_body and place.block.region == "head"
        for read in _read(place, is_one_year=is_one_year, is_head=is_head, issued_on=issued_on, title=title):
            term, kind, what = read
            names = told(place.block.span(place.start + term.start)[0])
            deadline = _entry(place, read, document_text, document_id, names)
            key = (kind, deadline.section, deadline.due, deadline.start, deadline.recurrence)
            is_item = kind is DeadlineKind.EVENT and place.block.marker
            # Two visits on one day, each an item of a list, are two.
            about = place.block.ordinal if is_item else "" if kind is DeadlineKind.PERIOD else what
            day = (term.last.day, term.last.month, term.last.part) if term.last else place.text[term.start : term.end]
            register.setdefault((*key, about, day), deadline)
    return tuple(deadline for deadline in register.values() if not _is_said_again(deadline, register.values()))


def _is_said_again(deadline: Deadline, others: Iterable[Deadline]) -> bool:
    """Tell whether a report said to come every so often has its days printed elsewhere in the document."""
    rhythm = deadline.recurrence
    if rhythm is None or names_a_day(rhythm) or deadline.kind is not DeadlineKind.REPORT:
        return False
    dated = (other for other in others if other.kind is DeadlineKind.REPORT and other is not deadline)
    return any(other.due or names_a_day(other.recurrence or "") for other in dated)


def _places(blocks: Sequence[Block]) -> Iterator[_Place]:
    frame: Block | None = None
    limits: list[bool] = []
    columns: Columns | None = None
    for number, block in enumerate(blocks):
        is_below = frame and block.heading[: len(frame.heading)] == frame.heading
        if frame and not (is_below if frame.marker else block.marker):
            frame = None
        if block.is_heading and _time_alone(block.body):
            frame = block
            continue
        higher = block.heading[:-1] if block.opens_section else block.heading
        if block.region in (SIGNATURE, OTHER) or any(_WORDS.results.match(plain_letters(one)) for one in higher):
            continue
        cells = list(re.finditer(r"[^|]+", block.text))
        heads = [bool(_WORDS.limit_column.match(plain_letters(cell[0].strip()))) for cell in cells]
        limits = heads if any(heads) or len(cells) == 1 else limits
        columns = (read_columns(block.text) or columns) if len(cells) > 1 else columns
        parts = read_row(block.text, columns) if columns and len(cells) > 1 else ()
        work = next((block.text[first:last] for first, last, _ in parts), "")
        above = tuple(blocks[max(0, number - 4) : number])
        for cell, is_limit in zip_longest(cells, limits[: len(cells)]):
            for start, end in cut_sentences(block.text[: cell.end()], cell.start()):
                for left in range(start, end, _LONGEST_SENTENCE):
                    right = min(end, left + _LONGEST_SENTENCE)
                    yield _Place(block, left, right, len(cells) > 1, above, frame, bool(is_limit), work)


@lru_cache(maxsize=32)
def _time_alone(heading: str) -> Term | None:
    """Return the time limit that is all a heading says."""
    terms = [] if _WORDS.frame.match(heading.lower()) else find_terms(heading)
    is_alone = len(terms) == 1 and terms[0].is_labelled and terms[0].shape is Shape.ON
    return terms[0] if is_alone and terms[0].due else None


@lru_cache(maxsize=4)
def _work_cell(row: str) -> str:
    """Return the cell of a table row that says what is to be done."""
    cells = [cell.strip() for cell in row.split("|")]
    work = (one for one in cells[:_MOST_CELLS] if len(one.split()) > 2)
    return next(work, max(cells, key=len))[:_LONGEST_SENTENCE]


def _read(
    place: _Place, *, is_one_year: bool, is_head: bool, issued_on: date | None, title: str | None
) -> Iterator[tuple[Term, DeadlineKind, str]]:
    text = place.text
    is_bound = is_one_year or bool(re.search(r"\b20\d\d\b", text))
    terms = find_terms(text, is_cyclic=not is_bound and bool(_WORDS.periodic.search(text.lower())))
    limit = _time_alone(place.frame.body) if place.frame and place.is_item else None
    if limit and not find_terms(place.block.body):
        yield replace(limit, start=0, end=0), DeadlineKind.TASK, clean_matter(text)
    previous, lead = "", 0
    for number, term in enumerate(terms):
        is_undated = place.block.is_heading and not (term.due or term.recurrence)
        binds = place.is_limit or not is_decoy(term, text, lead=lead, is_head=is_head, issued_on=issued_on)
        if is_undated or not binds:
            lead = term.end
            continue
        if is_occasion(term, text):
            lead = term.end
            yield term, DeadlineKind.EVENT, name_occasion(text, term)
            continue
        after = _words_after(text, terms, number)
        what, lead = name_matter(text, term, lead, after, previous=previous)
        if not what:
            about = clean_matter(place.nearby())
            held = place.nearby() if place.is_cell else title
            what = _label(place) or (about if not is_empty(about) else held or " ".join(text.split()))
        around = "" if term.shape is Shape.WINDOW or place.is_cell else " ".join((text, *place.block.heading[-2:]))
        previous = complete_report(what, around)
        kind = _kind(term, previous, text[term.end : after[1]], is_limit=place.is_limit)
        dated = _with_phrase_year(term, previous, text[term.end :]) if kind is DeadlineKind.REPORT else term
        yield dated, kind, previous


def _label(place: _Place) -> str:
    """Return what a label says the time is of ("Thời gian thí điểm: từ …"), "" where it names the time alone."""
    lead = re.sub(r"^\W*(?:[\w.]{1,6}[.)]\s)?", "", place.text.partition(":")[0]).strip()
    found = _WORDS.frame.match(lead.lower())
    return " ".join(lead.split()) if found and not is_empty(lead[found.end() :].strip()) else ""


def _words_after(text: str, terms: Sequence[Term], number: int) -> tuple[int, int]:
    """Return the stretch behind a term that may say what it is about, past the dates listed with it."""
    while number + 1 < len(terms) and not re.search(r"\w{3}", text[terms[number].end : terms[number + 1].start]):
        number += 1
    return terms[number].end, terms[number + 1].start if number + 1 < len(terms) else len(text)


def _kind(term: Term, what: str, after: str, *, is_limit: bool) -> DeadlineKind:
    if term.shape is Shape.WINDOW:
        return DeadlineKind.PERIOD
    in_words = term.shape in (Shape.CYCLE, Shape.RELATIVE)
    if _WORDS.report.search(what.lower()) or (in_words and _WORDS.report.search(after.lower())):
        return DeadlineKind.REPORT
    is_day = term.shape is Shape.ON and term.last is not None and term.last.precision is Precision.DAY
    is_held = is_day and not (is_limit or _WORDS.handing_in.search(what.lower()))
    is_weekday = term.shape is Shape.CYCLE and term.inclusive and "BYDAY" in (term.recurrence or "")
    return DeadlineKind.EVENT if is_held or is_weekday else DeadlineKind.TASK


def _with_phrase_year(term: Term, what: str, after: str) -> Term:
    """Give a report's day the year its own name prints ("báo cáo 6 tháng đầu năm 2023 trước ngày 10/6")."""
    last = term.last
    if last is None or last.year or not last.month or last.month < 4:
        return term
    years = {mention.year for mention in find_dates(what) if mention.year}
    if len(years) != 1 or _WORDS.another_year.match(after.lower()) or _WORDS.plans_ahead.search(what.lower()):
        return term
    return replace(term, last=last.in_year(years.pop()), recurrence=None)


def _entry(
    place: _Place, read: tuple[Term, DeadlineKind, str], document_text: str, document_id: str, told: tuple[str, ...]
) -> Deadline:
    term, kind, what = read
    block = place.block
    is_row = place.is_cell and len(block.text) <= _LONGEST_ROW
    start, end = (0, len(block.text)) if is_row else (place.start, place.end)
    quote = block.quote(document_text, start, start + len(block.text[start:end].rstrip()))
    if place.frame and not term.end:
        # The heading proves the day.
        quote = document_text[place.frame.span()[0] : block.span()[1]].strip()
    suffix = stable_suffix(kind, what, quote, block.section or "", place.text[term.start : term.end])
    told, receiver = _passed_on(place.text, term) or (told, _receiver(place.text, term, kind))
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
        assignees=told,
        submit_to=receiver,
        quote=quote,
        section=block.section,
    )


def _passed_on(text: str, term: Term) -> tuple[tuple[str, ...], str | None] | None:
    """Return who passes reports on by a second day, and to whom: "… về Sở A để tổng hợp, báo cáo B trước ngày …"."""
    onward = _WORDS.onward.search(text, 0, term.start)
    collector = find_receiver(text[: onward.start()]) if onward and find_dates(text[: onward.start()]) else None
    if not onward or not collector or find_dates(text[onward.start() : term.start]):
        return None
    return (collector.partition(" (")[0],), find_receiver(text[onward.start() : term.start])


def _receiver(text: str, term: Term, kind: DeadlineKind) -> str | None:
    """Return who receives a report or a piece of work: named in its clause or, for a report, in its sentence."""
    if kind not in (DeadlineKind.REPORT, DeadlineKind.TASK):
        return None
    end = text.find(";", term.end)
    clause = text[text.rfind(";", 0, term.start) + 1 : end if end > 0 else len(text)]
    is_sent = kind is DeadlineKind.REPORT or _WORDS.sends.search(clause.lower())
    return find_receiver(clause) or (find_receiver(text) if is_sent else None)


def find_receiver(text: str) -> str | None:
    """Return to whom the thing goes, as printed: "UBND huyện (qua Phòng …)", or in short "Sở"."""
    line = text.lower()
    for mention in find_agencies(text):
        if _WORDS.sent_to.search(line, max(0, mention.start - _NEAR), mention.start):
            through = _WORDS.through.match(text, mention.end)
            return " ".join(text[mention.start : through.end() if through else mention.end].split())
    short = _WORDS.short_receiver.search(text)
    return short[1] if short else None

"""What a careful clerk would flag in a document; quoted, never repaired."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from knowledge.dates import calendar_day
from knowledge.domain import Deadline, DeadlineKind, Finding, Reference
from knowledge.head import NEWS, Head
from knowledge.layout import Block
from knowledge.lines import plain_letters
from knowledge.regions import AFTER, CLOSING
from knowledge.vietnamese import syllables
from knowledge.wording import Wording

_WORDS = Wording("findings")

_FURTHEST_YEARS = 15


def find_findings(
    head: Head, references: Sequence[Reference], deadlines: Sequence[Deadline], blocks: Sequence[Block], text: str
) -> tuple[Finding, ...]:
    """Return the document's findings: its head first, then in reading order, each quotation once per code."""
    found = [
        *_in_head(head, text),
        *_cited_later(head, references),
        *_due_too_early(head, deadlines),
        *_impossible_days(blocks, text),
        *_other_subject(head, blocks, text),
        *_old_appendix(head, blocks, text),
    ]
    once = {(finding.code, finding.quote): finding for finding in reversed(found)}
    return tuple(finding for finding in found if once[finding.code, finding.quote] is finding)


def _in_head(head: Head, text: str) -> Iterator[Finding]:
    if head.kind == NEWS:
        return
    if head.number is None and head.number_text:
        is_blank = re.match(r"(?i)số\s*:?[\s.…_]*[/-]", head.number_text)
        yield Finding(code="blank_number" if is_blank else "unclear_number", quote=head.number_text)
    if head.issued_text and head.issued_on is None:
        yield Finding(code="blank_date", quote=head.issued_text)
    stamp = _WORDS.signed_at.search(text)
    stamped = calendar_day(int(stamp[3]), int(stamp[2]), int(stamp[1])) if stamp else None
    if stamp and stamped and head.issued_on and stamped != head.issued_on:
        yield Finding(code="other_stamp", quote=stamp[0], fields={"printed": _written(head.issued_on)})
    if head.issued_text and head.issued_year and head.period:
        first, last = head.period.start.year, head.period.end.year
        if head.issued_year > last or head.issued_year < first - 4 or head.issued_year < 1990:
            yield Finding(code="wrong_year", quote=head.issued_text, fields={"period": _years(first, last)})


def _cited_later(head: Head, references: Sequence[Reference]) -> Iterator[Finding]:
    for reference in references:
        if head.latest and reference.date and reference.date > head.latest:
            fields = {"date": _written(reference.date), "issued": head.issued_text or ""}
            yield Finding(code="cited_later", quote=reference.text, fields=fields)


def _due_too_early(head: Head, deadlines: Sequence[Deadline]) -> Iterator[Finding]:
    first = head.earliest
    for deadline in deadlines:
        if not (deadline.due and first) or deadline.recurrence:
            continue
        fields = {"due": _written(deadline.due), "issued": head.issued_text or ""}
        if deadline.due.year < first.year or deadline.due.year > first.year + _FURTHEST_YEARS:
            yield Finding(code="impossible_year", quote=deadline.quote, fields=fields)
        elif deadline.due <= first and deadline.kind in (DeadlineKind.REPORT, DeadlineKind.TASK):
            yield Finding(code="due_too_early", quote=deadline.quote, fields=fields)


def _impossible_days(blocks: Sequence[Block], text: str) -> Iterator[Finding]:
    """Days the calendar does not have, such as 31/11."""
    for block in blocks:
        for found in _WORDS.day.finditer(block.text):
            if calendar_day(int(found[3] or 2024), int(found[2]), int(found[1])) is None:
                yield Finding(code="no_such_day", quote=block.quote(text, found.start(), found.end()))


def _other_subject(head: Head, blocks: Sequence[Block], text: str) -> Iterator[Finding]:
    """A closing sentence whose subject shares no word with the document's own."""
    own = _content(f"{head.title or ''} {head.issuer or ''}")
    for block in blocks:
        found = _WORDS.subject.search(plain_letters(block.text)) if block.region == CLOSING else None
        if not found:
            continue
        subject = _content(_WORDS.owner.sub("", found["subject"]))
        if own and len(subject) >= 3 and not subject & own:
            yield Finding(code="other_subject", quote=block.quote(text, found.start(), found.end()))


def _old_appendix(head: Head, blocks: Sequence[Block], text: str) -> Iterator[Finding]:
    """A list of years long over, left behind the signature."""
    for block in blocks:
        found = _WORDS.span.search(block.text) if block.region == AFTER and len(block.text) < 250 else None
        if found and head.issued_year and int(found[1]) <= int(found[2]) < head.issued_year - 1:
            yield Finding(
                code="old_appendix", quote=block.quote(text), fields={"period": _years(*map(int, found.groups()))}
            )


def _content(text: str) -> set[str]:
    return {
        word for word in syllables(plain_letters(text)) if word not in _WORDS.listed("common") and not word.isdigit()
    }


def _written(day: date) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year}"


def _years(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"

"""A statement of one document about a question, and the sentences to say it in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from config.texts import Texts
from knowledge.domain import Document
from knowledge.issuer import as_written
from knowledge.vietnamese import fold
from retrieval.citations import Shelf, cite
from retrieval.domain import Citation
from retrieval.library import Holding
from retrieval.wording import lexicon

DISTRICTS_ENDED = date(2025, 7, 1)
"""The day the district level of government ended (two-level local government)."""

MOST_OPTIONS = 8
"""Choices offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a document says; when it does not say what was asked, `said` is False and the text names what is near."""

    holding: Holding
    text: str
    citations: tuple[Citation, ...] = ()
    said: bool = True
    options: tuple[str, ...] = ()
    """What to tap for more of it."""


def state(holding: Holding, text: str, quotes: Iterable[Citation] = (), *, said: bool = True) -> Statement:
    """Return what a document says, with the quotes that bear it out."""
    return Statement(holding=holding, text=text, citations=tuple(quotes), said=said)


def labelled(statement: Statement) -> str:
    """Return what a statement says, behind the name of its document unless it holds it."""
    text, label = statement.text, statement.holding.label
    return text if fold(label) in fold(text) else f"{label}:{chr(10) if chr(10) in text else ' '}{text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """The sentences of one language, the day it is, and the documents' texts to quote from."""

    texts: Texts
    today: date
    shelf: Shelf

    def say(self, key: str, **fields: object) -> str:
        """Return a sentence of the answers' catalogue."""
        return self.texts.say(f"answers.{key}", **fields)

    def day(self, day: date) -> str:
        """Return a date as people of the language write it."""
        return self.say("day", day=day, month=self.texts.say(f"answers.month.{day.month}"))

    def distance(self, last_day: date) -> str:
        """Say how many days the last day in time lies from today."""
        days = (last_day - self.today).days
        return self.say("past" if days < 0 else "left" if days else "today", count=self.days(days))

    def days(self, count: int) -> str:
        """Return a number of days, forward or back."""
        return self.say("one_day" if abs(count) == 1 else "days", days=abs(count))

    def quote_line(self, holding: Holding, *needles: str, last: bool = False) -> tuple[Citation, ...]:
        """Return the citation of the line that holds a needle, none when no line does."""
        line = self.shelf[holding.document.id].line_with(needles, last=last)
        return (cite(holding, line),) if line else ()

    def opening(self, holding: Holding) -> tuple[Citation, ...]:
        """Return the citation of a document's title, or of its first words."""
        document = holding.document
        first = next((one.text for one in self.shelf[document.id].passages if len(one.text) > 30), "")
        return self.quote_line(holding, (document.title or "")[:50], document.number or "") or (
            (cite(holding, first),) if first else ()
        )

    def name(self, document: Document) -> str:
        """Return the kind and the number of a document."""
        return f"{self.kind(document.kind)} {document.number or ''}".strip()

    def kind(self, kind: str | None) -> str:
        """Return what kind of document it is, in the language spoken."""
        if kind and self.texts.language == "en":
            return next((name for name, meant in lexicon("english")["words"].items() if meant == fold(kind)), kind)
        return kind or self.say("document")

    def note(self, holding: Holding, *, named: bool = False) -> str:
        """Return the one short line about a plan that is over or an office that has ended, "" when neither is so."""
        period = holding.document.period
        if holding.is_district and self.today >= DISTRICTS_ENDED:
            return self.say("districts_ended")
        if not period or not holding.has_ended(self.today):
            return ""
        years = "-".join(dict.fromkeys(str(day.year) for day in (period.start, period.end)))
        return self.say("plan_over", document=holding.place if named else self.say("this_document"), years=years)

    def section(self, path: str | None, heading: str = "") -> str:
        """Return " (mục III.2)" for a section path, with its heading when one is given; "" for no path."""
        if not path or not re.fullmatch(r"[IVXLC\d.]+[a-zđ]?", path):
            return ""
        return self.say("section_named", path=path, heading=heading) if heading else self.say("section", path=path)


@lru_cache(maxsize=1024)
def spoken(agency: str) -> str:
    """Return an agency's name for reading: one in capitals as sentences write it."""
    return as_written(agency, "") if " " in agency else agency


@lru_cache(maxsize=4096)
def tidy(text: str, limit: int = 900) -> str:
    """Return words of a document for reading: one line, no list markers or markup, cut at a word when far too long."""
    clean = re.sub(r"[*_#]+", "", " ".join(re.sub(r"<br\s*/?>", " ", text).split())).strip()
    clean = re.sub(r"^(?:[-–+•]|\d{1,2}(?:\.\d{1,2})*[.)]|[a-zđ]\))\s*", "", clean).strip(" ;,")
    clean = re.sub(r"(?:\./\.?|/\.|(?<!\.)\.)$", "", clean)
    if len(clean) <= limit:
        return clean
    cut = clean[:limit].rsplit(" ", 1)[0]
    clause = re.match(rf"(.{{{limit * 3 // 4},}})[,;]", cut) if limit > 90 else None
    return f"{(clause[1] if clause else cut).strip(' ,;')} …"

"""Combines statements into one labelled answer, a question back, or a refusal that names what is near."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from retrieval.claims import agreement
from retrieval.domain import Answer, Citation, Filters, Hit
from retrieval.library import Holding, Library
from retrieval.matter_answers import SURE, Search, collect_passages, has_matter, tell_matter
from retrieval.mentions import stated_dates
from retrieval.naming import without_places
from retrieval.questions import Question, Reading
from retrieval.statements import MOST_OPTIONS, Statement, Voice, labelled
from retrieval.wording import matches, plain

SHORT = 1100
"""Letters up to which several places are answered at once instead of asking which."""
MOST_PLACES = 6
NEAR_NAMED, NEAR_ANYWHERE = 0.35, 0.9
"""Confidence of the search from which passages that share few words with a question are taken to be meant."""
READ_ALL = 25
"""Documents whose registers are read one by one for "who does …"."""
LISTED = 5
"""Documents named beside a refusal."""
_OPENING = re.compile(r"^(?:• |\d+\. )?\w", re.M)
"""The first letter of a line or of an item in a list."""
_YEAR_FREE = frozenset({"issue_date", "doc_period", "bases", "same_day"})
_TIMELY = frozenset({None, "duty", "when", "when_else", "submit_to", "who", "summary", "doc_period"})
"""What is asked where it matters that a plan is over or its office gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question being answered, with all that is needed to answer it."""

    question: Question
    reading: Reading
    library: Library
    search: Search | None
    voice: Voice

    @property
    def is_named(self) -> bool:
        """Tell whether the question names its documents."""
        return bool(self.reading.scope)

    def candidates(self) -> list[Holding]:
        """Return the documents that can be meant: those named, else those of the person's place, else all."""
        reading = self.reading
        chosen = list(reading.scope)
        if not chosen and not reading.has("places"):
            chosen = self.of_locality()
        chosen = chosen or list(self.library.holdings)
        if reading.years and reading.intent not in _YEAR_FREE and not reading.has("verify"):
            chosen = [one for one in chosen if set(reading.years) & one.years]
        return chosen

    def of_locality(self) -> list[Holding]:
        """Return the documents of the person's place."""
        names = {name for name, _ in self.library.places_in(plain(self.question.locality or ""))}
        return [one for one in self.library.holdings if names & one.own]

    def likely(self) -> list[Holding]:
        """Return the candidates; of very many only those that the search finds something in."""
        chosen = self.candidates()
        if self.search is None or len(chosen) <= READ_ALL:
            return chosen
        hits = self.search.search(self.reading.text[:500], limit=50).hits
        found = {one.passage.document_id for one in hits}
        return [one for one in chosen if one.document.id in found]

    def matter(self, *, sure: float = SURE, reading: Reading | None = None, short: bool = False) -> list[Statement]:
        """Return what the passages say of the question's matter; `short` gives sentences, not whole paragraphs."""
        asked = reading or self.reading
        if not has_matter(asked):
            return []
        passages = collect_passages(asked, self.candidates(), self.library, self.search, self.voice)
        told = tell_matter(asked, passages, self.voice, sure=sure, short=short)
        days = [] if asked.has("verify") else asked.dates
        return [one for one in told if not days or set(days) & set(stated_dates(plain(one.text)))]

    def nearest(self) -> list[Hit]:
        """Return the passages nearest in meaning, none when the search is not sure of them."""
        if self.search is None or self.reading.reports or any(not one.keys for one in self.reading.agencies):
            return []
        ids = frozenset(one.document.id for one in self.candidates()) if self.is_named else None
        asked = self.reading.text if self.reading.language == "vi" else self.reading.words
        asked = without_places(asked[:500], self.reading.places)
        result = self.search.search(asked, filters=Filters(document_ids=ids), limit=5)
        if result.confidence < (NEAR_NAMED if self.is_named else NEAR_ANYWHERE):
            return []
        return [one for one in result.hits if one.score >= 0.45 * result.hits[0].score]

    def combine(self, told: Sequence[Statement | None], *, named: bool | None = None) -> Answer:
        """Put what several documents say into one labelled answer, or ask which is meant when that is too long."""
        said = [one for one in told if one and one.said and one.text]
        if not said:
            return self.refuse("nothing")
        is_named = self.is_named if named is None else named
        body = "\n\n".join(map(labelled, said))
        if len(said) > 1 and ((not is_named and len(body) > SHORT) or len(said) > MOST_PLACES):
            options = tuple(dict.fromkeys(one.holding.label for one in said))[:MOST_OPTIONS]
            if len(options) > 1:
                return Answer(kind="clarify", text=self.voice.say("which", places="; ".join(options)), options=options)
        if is_named:
            body = "\n\n".join([body, *(one.text for one in told if one and not one.said and one.text)])
        citations = tuple(quote for one in (told if is_named else said) if one for quote in one.citations)
        return self.checked(self._with_remarks(body, said), citations, said[0].options if len(said) == 1 else ())

    def _with_remarks(self, body: str, said: Sequence[Statement]) -> str:
        verdict = agreement(self.reading, said) if self.reading.has("verify") else None
        if verdict is not None:
            agreed, not_so = ("yes", "no") if matches("whether", self.reading.words) else ("right", "not_so")
            body = f"{self.voice.say(agreed if verdict else not_so)} {body[:1].upper()}{body[1:]}"
        named = len({one.holding.label for one in said}) > 1
        notes = dict.fromkeys(note for one in said if (note := self.voice.note(one.holding, named=named)))
        digest = self.voice.say("by_digest") if any(one.holding.is_digest for one in said) else ""
        remarks = (*(notes if self.reading.intent in _TIMELY and not self.reading.numbers else ()), digest)
        return "\n".join((body, *(part for part in remarks if part)))

    def checked(self, text: str, citations: tuple[Citation, ...], options: tuple[str, ...] = ()) -> Answer:
        """Return an answer whose quotes all stand in the texts; without any it is no answer."""
        quotes = self.voice.shelf.verified(citations)
        text = _OPENING.sub(lambda found: found[0].upper(), text)
        return Answer(kind="answer", text=text, citations=quotes, options=options) if quotes else self.refuse("nothing")

    def with_locality(self, answer: Answer) -> Answer:
        """Return an answer that first says so where the person's place has no document and others are told of."""
        place, reading = self.question.locality, self.reading
        is_general = reading.scope or reading.numbers or reading.has("places") or reading.intent == "documents"
        if not place or is_general or answer.kind == "refuse" or self.of_locality():
            return answer
        return replace(answer, text=f"{self.voice.say('unknown_place', place=place)}\n{answer.text}")

    def refuse(self, key: str, **fields: object) -> Answer:
        """Say civilly that there is no answer, and which documents there are."""
        holdings = self.candidates() or list(self.library.holdings)
        near = self.voice.say("we_have", labels=labels_of(holdings)) if holdings else ""
        quotes = tuple(quote for one in self.reading.scope[:2] for quote in self.voice.opening(one))
        text = "\n".join(part for part in (self.voice.say(key, **fields).strip(), near) if part)
        return Answer(kind="refuse", text=text, citations=self.voice.shelf.verified(quotes))

    def refuse_with(self, near: Sequence[Statement], key: str) -> Answer:
        """Say that the documents named do not tell, and what they tell that is near."""
        close = [one for one in near if one.text][:4]
        if len(close) > 1 and not self.is_named:
            text = self.voice.say("we_have", labels=labels_of(self.candidates()))
        else:
            text = "\n".join(one.text for one in close)
        quotes = self.voice.shelf.verified(quote for one in close for quote in one.citations)
        return Answer(kind="refuse", text=self.voice.say(key, near=text).strip(), citations=quotes)


def labels_of(holdings: Sequence[Holding]) -> str:
    """Return the names of documents in one line, the first few."""
    return "; ".join(one.label for one in holdings[:LISTED]) + (" …" if len(holdings) > LISTED else "")

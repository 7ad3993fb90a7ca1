"""From a question to a cited answer: registers first, passages next, an honest refusal last."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Lock

from config.texts import load_texts
from knowledge.domain import Passage
from knowledge.store import DocumentStore
from knowledge.vietnamese import fold
from retrieval import deadline_answers, duty_answers, fact_answers, overview_answers, reference_answers
from retrieval.citations import verified
from retrieval.claims import agreement
from retrieval.comparisons import rank_by_day
from retrieval.conversation import understand
from retrieval.domain import Answer, Citation
from retrieval.library import Holding, Library
from retrieval.matter_answers import Search, tell_matter
from retrieval.questions import Question, Reading
from retrieval.statements import Statement, Voice
from retrieval.wording import plain

__all__ = ["Answerer", "Question"]

SHORT = 1100
"""Letters up to which several places are answered at once instead of asking which."""
MOST_PLACES = 6
_FACTS: dict[str, fact_answers.Teller] = {
    "signer": fact_answers.tell_signer,
    "number": fact_answers.tell_number,
    "issue_date": fact_answers.tell_issue_date,
    "issuer": fact_answers.tell_issuer,
    "recipients": fact_answers.tell_recipients,
    "doc_period": fact_answers.tell_period,
    "budget": fact_answers.tell_budget,
    "bases": reference_answers.tell_bases,
    "when": deadline_answers.tell_deadlines,
    "when_else": deadline_answers.tell_deadlines,
    "submit_to": deadline_answers.tell_receivers,
    "duty": duty_answers.tell_duties,
}
_YEAR_FREE = frozenset({"issue_date", "doc_period", "bases", "same_day"})
_ACROSS = frozenset({"places", "compare", "everything", "upcoming", "overdue"})
_TROUBLE = re.compile(r"\b(?:kho khan|vuong mac)\b")


class Answerer:
    """Answers questions from the stored documents; every answer is cited, every quote verbatim."""

    def __init__(self, store: DocumentStore, search: Search | None = None) -> None:
        self._store = store
        self._search = search
        self._lock = Lock()
        self._known: tuple[int, Library] | None = None

    def answer(self, question: Question) -> Answer:
        """Answer one question; "refuse" and "clarify" say what is known or which choice is open."""
        library = self._library()
        reading = understand(question, library)
        voice = Voice(
            texts=load_texts(reading.language),
            today=question.today,
            read_text=self._store.text,
            read_passages=self._store.passages,
        )
        return _Turn(question, reading, library, self._search, voice).answer()

    def _library(self) -> Library:
        revision = self._store.revision()
        with self._lock:
            if self._known is None or self._known[0] != revision:
                self._known = (revision, Library(self._store.documents()))
            return self._known[1]


class _Turn:
    """One question being answered."""

    def __init__(
        self, question: Question, reading: Reading, library: Library, search: Search | None, voice: Voice
    ) -> None:
        self.question, self.reading, self.library, self.search, self.voice = question, reading, library, search, voice

    def answer(self) -> Answer:
        """Take the first way of answering that fits."""
        if not self.library.holdings:
            return self._refuse("empty_store")
        if not plain(self.question.text):
            return self._refuse("no_question")
        for way in (
            self._documents,
            self._unknown_place,
            self._not_told,
            self._missing_year,
            self._numbered,
            self._registers,
            self._matter,
        ):
            found = way()
            if found is not None:
                return found
        return self._nothing()

    def _documents(self) -> Answer | None:
        if self.reading.intent != "documents":
            return None
        chosen = self._candidates() or list(self.library.holdings)
        text, quotes = overview_answers.tell_documents(chosen, self.voice)
        return self._checked(text, quotes)

    def _unknown_place(self) -> Answer | None:
        if self.reading.scope or not self.reading.unknown_place:
            return None
        return self._refuse("unknown_place", place=self.reading.unknown_place)

    def _not_told(self) -> Answer | None:
        """Refuse what plans never hold: telephone numbers, names of officers who did not sign."""
        if self.reading.has("contact"):
            return self._refuse("no_contact")
        if fact_answers.is_about_person(self.reading):
            signers = [fact_answers.tell_signer(self.reading, one, self.voice) for one in self._candidates()[:3]]
            near = "\n".join(one.text for one in signers if one and one.said)
            return self._refuse("no_person", near=near)
        return None

    def _missing_year(self) -> Answer | None:
        reading = self.reading
        if not reading.years or reading.has("verify") or reading.intent in _YEAR_FREE or reading.numbers:
            return None
        if self._candidates():
            return None
        base = reading.scope or self.library.holdings
        near = "\n".join(self._near(one) for one in base[:MOST_PLACES])
        years = ", ".join(map(str, reading.years))
        return self._refuse("missing_year", years=years, near=near)

    def _near(self, holding: Holding) -> str:
        if self.reading.intent in ("when", "when_else"):
            statement = deadline_answers.tell_deadlines(replace(self.reading, years=()), holding, self.voice)
            if statement and statement.text:
                return f"{holding.label}: {statement.text}"
        return f"• {holding.label}"

    def _candidates(self) -> list[Holding]:
        chosen = list(self.reading.scope)
        if not chosen and self.question.locality and not self.reading.has("places"):
            names = {name for name, _ in self.library.places_in(plain(self.question.locality))}
            chosen = [one for one in self.library.holdings if names & one.own]
        chosen = chosen or list(self.library.holdings)
        if self.reading.years and self.reading.intent not in _YEAR_FREE and not self.reading.has("verify"):
            chosen = [one for one in chosen if set(self.reading.years) & one.years]
        return chosen

    def _numbered(self) -> Answer | None:
        """Answer about documents named by number: held ones by their own facts, cited ones as they are cited."""
        reading = self.reading
        if not reading.numbers or (
            reading.intent in ("duty", "who", "when", "budget") and (reading.agencies or reading.intent == "who")
        ):
            return None
        own = [
            one
            for number in reading.numbers
            for one in self.library.numbered(number)
            if one in reading.scope or not reading.scope
        ]
        if own:
            self.reading = replace(reading, scope=tuple(own), numbers=(), intent=reading.intent or "title")
            return None
        if reading.intent == "same_day":
            told = reference_answers.tell_same_day(reading, self.library, reading.scope, self.voice)
        else:
            told = reference_answers.tell_cited(reading, self.library, reading.scope, self.voice)
        if not told and reading.has("verify") and reading.scope:
            self.reading = replace(reading, intent=reading.intent or "bases", numbers=(), content=())
            return None
        told = told or reference_answers.tell_cited(replace(reading, scope=()), self.library, (), self.voice)
        if told:
            return self._combine(told, named=True)
        return self._refuse("unknown_number", number=", ".join(reading.numbers).upper())

    def _registers(self) -> Answer | None:
        reading, holdings = self.reading, self._candidates()
        intent = reading.intent or self._implied()
        if intent == "who" and reading.has("places") and reading.reports:
            intent = "when"
        if intent in ("submit_to", "who", None, "duty") and _TROUBLE.search(reading.words):
            trouble = replace(reading, content=("kho", "khan", "vuong", "mac"), flags=frozenset())
            told = tell_matter(trouble, "khó khăn vướng mắc", holdings, self.library, self.search, self.voice, sure=0.4)
            if told:
                return self._combine(told, named=bool(reading.scope))
        if intent == "summary" and len(reading.content) >= 2 and not self._is_about_whole(holdings):
            return self._matter() or self._nothing()
        if (
            intent == "bases"
            and any(agency.keys for agency in reading.agencies)
            and re.search(r"\bphai\b|thuc hien|chu tri|trien khai", reading.words)
        ):
            told = [
                duty_answers.tell_duties(reading, one, self.voice)
                for one in holdings
                if duty_answers.own_duties(reading, one)
            ]
            if told:
                return self._combine(told, named=bool(reading.scope))
        if (
            reading.has("places")
            and not reading.scope
            and any(one.keys for one in reading.agencies)
            and intent in ("duty", "who", None)
        ):
            return self._combine([duty_answers.tell_where(reading, one, self.voice) for one in holdings], named=True)
        if intent == "who":
            return self._who(holdings)
        if intent == "summary":
            return self._combine(
                [overview_answers.summarise(one, self.voice) for one in holdings], named=bool(reading.scope)
            )
        if intent == "title":
            return self._combine([fact_answers.tell_kind(reading, one, self.voice) for one in holdings], named=True)
        tell = _FACTS.get(intent or "")
        if tell is None:
            return None
        tellers = [tell, *(_FACTS[name] for name in reading.also)]
        told = [one for holding in holdings for tell in tellers if (one := tell(reading, holding, self.voice))]
        if not any(one.said for one in told):
            return self._second_thought(told, intent or "")
        if intent in ("when", "when_else", "issue_date") and reading.has("compare"):
            told = rank_by_day(told, reading, self.voice)
        across = intent in ("when", "when_else", "issue_date") and bool(_ACROSS & reading.flags)
        return self._combine(told, named=bool(reading.scope) or across)

    def _is_about_whole(self, holdings: Sequence[Holding]) -> bool:
        """Tell whether the words of a request for a summary only name the document."""
        if re.search(r"tom tat|tom luoc|tong quan|chinh\b|khai quat|summar|overview|main points", self.reading.words):
            return True
        return any(set(self.reading.content) <= set(plain(one.document.title or "").split()) for one in holdings)

    def _implied(self) -> str | None:
        if self.reading.agencies and not self.reading.has("quantity"):
            return "duty"
        if self.reading.reports:
            return "when"
        return "summary" if self.reading.scope and not self.reading.content else None

    def _who(self, holdings: Sequence[Holding]) -> Answer | None:
        told = duty_answers.tell_who(self.reading, holdings, self.voice)
        return self._combine(told, named=bool(self.reading.scope)) if told else None

    def _second_thought(self, told: Sequence[Statement], intent: str) -> Answer | None:
        """Where the register is silent, let the passages speak if they plainly do; else say what is near."""
        if intent not in ("duty",) and not self.reading.reports and len(self.reading.content) >= 2:
            matter = tell_matter(
                self.reading, self.question.text, self._candidates(), self.library, self.search, self.voice, sure=0.7
            )
            matter = [
                one
                for one in matter
                if not intent.startswith("when") or re.search(r"\d{1,2}/\d|tháng \d|quý", one.text)
            ]
            if matter:
                return self._combine(matter, named=bool(self.reading.scope))
        near = [one for one in told if one.text][:4]
        if not near:
            return None
        if len(near) == 1 or self.reading.scope:
            text = "\n".join(one.text for one in near)
        else:
            text = self._say("we_have", labels=self._labels(self._candidates()))
        quotes = verified(tuple(quote for one in near for quote in one.citations), self.voice.read_text)
        return Answer(
            kind="refuse",
            text=self._say(f"refuse_{'duty' if intent == 'duty' else 'fact'}", near=text).strip(),
            citations=quotes,
        )

    def _matter(self) -> Answer | None:
        told = tell_matter(self.reading, self.question.text, self._candidates(), self.library, self.search, self.voice)
        return self._combine(told, named=bool(self.reading.scope)) if told else None

    def _combine(self, told: Sequence[Statement | None], *, named: bool) -> Answer:
        """Put what several documents say into one labelled answer, or ask which is meant when that is too long."""
        said = [one for one in told if one and one.said and one.text]
        if not said:
            return self._nothing()
        body = "\n\n".join(self._labelled(one) for one in said)
        if len(said) > 1 and ((not named and len(body) > SHORT) or len(said) > MOST_PLACES):
            options = tuple(dict.fromkeys(one.holding.label for one in said))[:8]
            if len(options) > 1:
                return Answer(kind="clarify", text=self._say("which", places=", ".join(options)), options=options)
        if named:
            missing = [one for one in told if one and not one.said and one.text]
            body = "\n\n".join([body, *(one.text for one in missing)])
        verdict = agreement(self.reading, said)
        if verdict is not None and (self.reading.has("verify") or not verdict):
            body = f"{self._say('right' if verdict else 'not_so')} {body}" if self.reading.has("verify") else body
        notes = dict.fromkeys(note for one in said if (note := self.voice.note(one.holding)))
        digest = self._say("by_digest") if any(one.holding.is_digest for one in said) else ""
        text = "\n".join(part for part in (body, *(notes if self._is_timely() else ()), digest) if part)
        return self._checked(text, tuple(quote for one in told if one for quote in one.citations))

    def _is_timely(self) -> bool:
        return self.reading.intent in (None, "duty", "when", "when_else", "submit_to", "who", "summary", "doc_period")

    def _labelled(self, statement: Statement) -> str:
        if fold(statement.holding.label) in fold(statement.text):
            return statement.text
        return (
            f"{statement.holding.label}: {statement.text}"
            if "\n" not in statement.text
            else f"{statement.holding.label}:\n{statement.text}"
        )

    def _checked(self, text: str, citations: tuple[Citation, ...]) -> Answer:
        """Return an answer whose quotes all stand in the texts; without any it is no answer."""
        quotes = verified(citations, self.voice.read_text)
        return Answer(kind="answer", text=text, citations=quotes) if quotes else self._nothing()

    def _nothing(self) -> Answer:
        return self._refuse("nothing")

    def _refuse(self, key: str, **fields: object) -> Answer:
        holdings = self._candidates() if self.library.holdings else []
        labels = self._labels(holdings or self.library.holdings)
        near = self._say("we_have", labels=labels) if labels else ""
        quotes = tuple(
            quote for one in (self.reading.scope or ())[:2] for quote in overview_answers._opening(one, self.voice)
        )
        text = "\n".join(part for part in (self._say(key, **fields).strip(), near) if part)
        return Answer(kind="refuse", text=text, citations=verified(quotes, self.voice.read_text))

    def _labels(self, holdings: Sequence[Holding]) -> str:
        names = [one.label for one in holdings[:8]]
        return "; ".join(names) + (" …" if len(holdings) > 8 else "")

    def _say(self, key: str, **fields: object) -> str:
        return self.voice.say(key, **fields)

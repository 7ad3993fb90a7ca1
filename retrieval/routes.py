"""The ways a question can be answered, in the order they are tried."""

from collections.abc import Callable
from dataclasses import replace

from retrieval import deadline_answers, duty_answers, fact_answers, matter_answers, overview_answers, reference_answers
from retrieval.agenda import tell_agenda
from retrieval.composition import MOST_PLACES, Turn
from retrieval.domain import Answer
from retrieval.library import Holding
from retrieval.matter_answers import SURE
from retrieval.mentions import report_kinds, stated_section
from retrieval.questions import Reading, read_question
from retrieval.settling import settle_intent
from retrieval.statements import Statement
from retrieval.wording import matches, pattern, plain

Route = Callable[[Turn], Answer | Reading | None]
"""Answers, or returns the question read anew for the routes behind, or None for "not mine"."""

FACTS: dict[str, fact_answers.Teller] = {
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
    "title": fact_answers.tell_kind,
}
ENOUGH = 60
"""Stop after so many statements; the person will be asked which document is meant."""
_TIMES = ("when", "when_else")
_ACROSS = frozenset({"places", "compare", "everything", "upcoming", "overdue"})
"""Words that ask about all documents at once."""


def list_documents(turn: Turn) -> Answer | Reading | None:
    """Which documents there are; places where something falls due in a month are asked of the agenda."""
    if turn.reading.intent != "documents":
        return None
    if (turn.reading.months or turn.reading.dates) and matches("due", turn.reading.words):
        return replace(turn.reading, intent="when")
    if turn.is_named and not turn.candidates():
        return replace(turn.reading, intent="bases")
    chosen = turn.candidates() or list(turn.library.holdings)
    return turn.checked(*overview_answers.tell_documents(chosen, turn.voice))


def list_by_property(turn: Turn) -> Answer | None:
    """Which documents are of a kind, a level or a year, or leave something blank."""
    reading = turn.reading
    if not (reading.has("places") or reading.intent == "documents") or reading.scope or len(reading.content) > 4:
        return None
    tests = overview_answers.properties(reading)
    chosen = [one for one in turn.library.holdings if all(test(one) for test in tests)]
    return turn.checked(*overview_answers.tell_documents(chosen, turn.voice)) if tests and chosen else None


def refuse_unknown_place(turn: Turn) -> Answer | None:
    """A place is named that no document comes from."""
    reading = turn.reading
    is_claim = reading.numbers and reading.has("verify") and matches("issued_by", reading.words)
    if reading.scope or not reading.unknown_place or is_claim:
        return None
    return turn.refuse("unknown_place", place=reading.unknown_place)


def refuse_untold(turn: Turn) -> Answer | Reading | None:
    """What plans never hold: telephone numbers, names of officers who did not sign."""
    if turn.reading.has("contact") and not turn.reading.has("places"):
        return turn.refuse("no_contact")
    if turn.reading.has("person") or turn.reading.intent == "signer":
        named = [fact_answers.tell_named(turn.reading, one, turn.voice) for one in turn.likely()]
        if any(one and one.text for one in named):
            return turn.combine(named)
    if not turn.reading.has("person") or turn.reading.intent in ("signer", "recipients"):
        return None
    if turn.is_named and all(fact_answers.is_office_of_signer(turn.reading, one) for one in turn.candidates()):
        return replace(turn.reading, intent="signer")
    signers = [fact_answers.tell_signer(turn.reading, one, turn.voice) for one in turn.candidates()[:3]]
    return turn.refuse("no_person", near="\n".join(one.text for one in signers if one and one.said))


def refuse_missing_year(turn: Turn) -> Answer | None:
    """A year is asked for that no document in question covers."""
    reading = turn.reading
    if not reading.years or reading.numbers or turn.candidates():
        return None
    years = ", ".join(map(str, reading.years))
    if reading.scope and (reading.intent == "bases" or matches("which_document", reading.words)):
        told = [reference_answers.tell_bases(reading, one, turn.voice) for one in reading.scope]
        if any(told):
            return turn.combine(told)
    near = "\n".join(_nearest(turn, one) for one in (reading.scope or turn.library.holdings)[:MOST_PLACES])
    if reading.scope and reading.has("quantity"):
        return turn.refuse("nothing")
    if reading.scope:
        places = ", ".join(one.place for one in reading.scope)
        return turn.refuse("missing_year_of", years=years, places=places, near=near)
    return turn.refuse("missing_year", years=years, near=near)


def _nearest(turn: Turn, holding: Holding) -> str:
    if turn.reading.intent in _TIMES:
        statement = deadline_answers.tell_deadlines(replace(turn.reading, years=()), holding, turn.voice)
        if statement and statement.text:
            return f"{holding.label}: {statement.text}"
    return f"• {holding.label}"


def tell_section(turn: Turn) -> Answer | None:
    """What stands under a heading that the question names."""
    reading = turn.reading
    elsewhere = any(one.words not in reading.places for one in reading.agencies)
    if elsewhere or not turn.is_named or reading.has("report") or matches("whole", reading.words):
        return None
    told = [matter_answers.tell_section(reading, one, turn.voice) for one in turn.candidates()][:3]
    if not any(told) and not reading.content and (path := stated_section(reading.words, reading.text)):
        parts = dict.fromkeys(matter_answers.parts_of(one) for one in reading.scope[:3])
        return turn.refuse("no_section", path=path.upper(), parts="\n".join(parts))
    return turn.combine(told) if any(told) else None


def tell_trouble(turn: Turn) -> Answer | None:
    """To whom difficulties are reported."""
    if turn.reading.intent not in ("submit_to", "who", "duty", None) or not matches("trouble", turn.reading.words):
        return None
    told = [said for one in turn.candidates()[:MOST_PLACES] if (said := _trouble_in(one, turn))]
    return turn.combine(told) if told else None


def _trouble_in(holding: Holding, turn: Turn) -> Statement | None:
    for content in (("vuong", "mac"), ("kho", "khan")):
        asked = replace(turn.reading, text="", content=content, flags=frozenset(), scope=(holding,))
        for said in replace(turn, reading=asked).matter(sure=0.4, short=True):
            if matches("trouble_met", plain(said.text)):
                return said
    return None


def tell_who(turn: Turn) -> Answer | None:
    """Who carries a duty."""
    if turn.reading.intent != "who":
        return None
    reading, of_all = turn.reading, matches("all_bodies", turn.reading.words)
    if asked := pattern("asked_person").search(reading.text):
        named = [fact_answers.tell_mentioned(asked[1], one, turn.voice) for one in turn.candidates()]
        return turn.combine(named) if any(named) else turn.refuse("no_person", near="")
    told = [] if of_all else _who_of_each(turn) or duty_answers.tell_who(reading, turn.likely(), turn.voice)
    bare = not (reading.content or reading.agencies or reading.numbers)
    if not told and turn.is_named and (of_all or bare):
        told = [duty_answers.tell_bodies(one, turn.voice) for one in turn.candidates()]
    return turn.combine(told) if told else None


def _who_of_each(turn: Turn) -> list[Statement]:
    """Return who carries each of the duties that one question joins ("ai lo … và phòng nào lo …")."""
    texts = pattern("joined_who").split(turn.reading.text)
    parts = [read_question(one, turn.library, turn.reading.language) for one in texts]
    if len(parts) < 2:
        return []
    asked = [replace(turn.reading, text=one.text, words=one.words, content=one.content) for one in parts]
    told = [one for part in asked for one in duty_answers.tell_who(part, turn.likely(), turn.voice)]
    whole = {one.holding.document.id: [other for other in told if other.holding is one.holding] for one in told}
    return [
        replace(
            said[0], text="\n".join(one.text for one in said), citations=tuple(q for one in said for q in one.citations)
        )
        for said in whole.values()
    ]


def tell_nearest_who(turn: Turn) -> Answer | None:
    """Who carries what a question says in other words than the documents."""
    if turn.reading.intent != "who" or turn.reading.numbers:
        return None
    said = turn.matter(sure=0.4) if turn.is_named else []
    for hit in turn.nearest():
        if told := duty_answers.tell_bearers(hit.passage, turn.library.by_id[hit.passage.document_id], turn.voice):
            return turn.combine([*said, replace(told, text=turn.voice.say("nearest", text=told.text))])
    return None


def summarise(turn: Turn) -> Answer | None:
    """What a document says in brief."""
    if turn.reading.intent != "summary":
        return None
    return turn.combine([overview_answers.summarise(turn.reading, one, turn.voice) for one in turn.candidates()])


def tell_described(turn: Turn) -> Answer | None:
    """Number or date of a cited document that the question describes by its matter or issuer."""
    if turn.reading.intent not in ("number", "issue_date", "issuer") or turn.reading.has("verify"):
        return None
    if not turn.is_named and all(one.keys for one in turn.reading.agencies):
        return None
    told = [
        reference_answers.tell_bases(turn.reading, one, turn.voice)
        for one in turn.candidates()
        if (turn.reading.dates and matches("which_document", turn.reading.words))
        or reference_answers.is_described(turn.reading, one)
        or reference_answers.is_of_other_kind(turn.reading, one)
    ]
    return turn.combine(told) if any(told) else None


def tell_facts(turn: Turn) -> Answer | None:
    """Answer from head and registers, else from passages, else say what is near."""
    reading = turn.reading
    first = FACTS.get(reading.intent or "")
    if first is None:
        return None
    tellers = [first, *(FACTS[name] for name in reading.also)]
    told: list[Statement] = []
    for holding in turn.candidates():
        told += [one for tell in tellers if (one := tell(reading, holding, turn.voice))]
        if sum(one.said for one in told) > ENOUGH:
            break
    if not any(one.said for one in told):
        return _deny(turn, told) or _second_thought(turn, told)
    if not turn.is_named and reading.content:
        # Where a document speaks of all that is asked, others of the same kind are not meant.
        told = [one for one in told if one.said and deadline_answers.holds_matter(reading, one.text)] or told
    across = False
    if reading.intent in (*_TIMES, "issue_date"):
        told = deadline_answers.rank_by_day(told, reading, turn.voice) if reading.has("compare") else told
        across = bool(_ACROSS & reading.flags)
    return turn.combine(told, named=turn.is_named or across)


def _deny(turn: Turn, told: list[Statement]) -> Answer | None:
    """Say that a report is not asked for, where no line of the one document named speaks of such a report."""
    reading = turn.reading
    kinds = set(reading.reports) - {"year"}
    if not (reading.has("verify") and kinds and reading.intent in _TIMES and len(reading.scope) == 1):
        return None
    passages = turn.voice.shelf[reading.scope[0].document.id].passages
    if any(set(report_kinds(plain(one.text))) & kinds for one in passages):
        return None
    key = "right" if matches("negated", reading.words) else "no"
    text = "\n".join((turn.voice.say(key), *(one.text for one in told)))
    return turn.checked(text.replace("\n", " ", 1), tuple(quote for one in told for quote in one.citations))


def _second_thought(turn: Turn, told: list[Statement]) -> Answer | None:
    intent = turn.reading.intent
    is_told = intent == "duty" or (intent in ("bases", "number") and told)
    if not is_told and not turn.reading.reports and len(turn.reading.content) > 1:
        matter = turn.matter(sure=0.5 if intent in ("submit_to", "bases") else 0.7)
        if said := [one for one in matter if _is_timely(turn, one)]:
            return turn.combine(said)
    if not any(one.text for one in told):
        return None
    return turn.refuse_with(told, "refuse_duty" if intent == "duty" else "refuse_fact")


def _is_timely(turn: Turn, statement: Statement) -> bool:
    """Tell whether a statement can answer when something is due, if that is asked: it has a day, and the report."""
    asked = ("time", "report") if turn.reading.has("report") else ("time",)
    return turn.reading.intent not in _TIMES or all(matches(one, plain(statement.text)) for one in asked)


def tell_passages(turn: Turn) -> Answer | None:
    """What the passages say."""
    told = turn.matter(sure=0.4 if turn.is_named else SURE) or _of_clauses(turn)
    told = [one for one in told if not turn.reading.has("report") or _is_timely(turn, one)]
    return turn.combine(told) if told else None


def _of_clauses(turn: Turn) -> list[Statement]:
    """Retry with single clauses of a long question, last first."""
    clauses = pattern("clause_end").split(turn.reading.text)
    if not turn.is_named or len(clauses) < 2:
        return []
    for clause in reversed(clauses):
        part = read_question(clause, turn.library, turn.reading.language)
        if told := turn.matter(reading=replace(turn.reading, text=clause, words=part.words, content=part.content)):
            return told
    return []


ROUTES: tuple[Route, ...] = (
    refuse_unknown_place,
    list_by_property,
    list_documents,
    refuse_untold,
    refuse_missing_year,
    reference_answers.tell_apart,
    reference_answers.tell_numbered,
    tell_agenda,
    tell_section,
    settle_intent,
    tell_trouble,
    tell_who,
    tell_nearest_who,
    summarise,
    tell_described,
    tell_facts,
    tell_passages,
)

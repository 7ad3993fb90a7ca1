"""Decides the kind of an open or ambiguous question by what else it names."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from knowledge.domain import DeadlineKind
from retrieval.composition import Turn
from retrieval.deadline_answers import bound, fitting, names_day
from retrieval.duty_answers import own_duties
from retrieval.questions import Reading
from retrieval.wording import lexicon, matches, pattern, plain


def settle_intent(turn: Turn) -> Reading | None:
    """Read the kind of a question anew; the first rule of lexicon/settling.toml that fits counts."""
    reading = turn.reading
    for rule in lexicon("settling")["rules"]:
        if (reading.intent or "") in rule["read"] and _holds(rule, turn):
            return replace(reading, intent=_implied(turn) if rule["meant"] == "implied" else rule["meant"] or None)
    if reading.intent == "budget" and any(
        matches("budget", plain(duty.text)) for one in reading.scope for duty in own_duties(reading, one)
    ):
        return replace(reading, intent="duty", content=(*reading.content, "kinh", "phi"))
    return None


def is_about_whole(turn: Turn) -> bool:
    """Tell whether the words of a request for a summary only name the document."""
    if matches("whole", turn.reading.words):
        return True
    return any(set(turn.reading.content) <= set(plain(one.document.title or "").split()) for one in turn.candidates())


def _holds(rule: dict[str, Any], turn: Turn) -> bool:
    """Tell whether all that a rule asks of a question is so: flags, things named, cues and what the documents hold."""
    reading = turn.reading
    return (
        all(map(reading.has, rule.get("flags", ())))
        and not any(map(reading.has, rule.get("without", ())))
        and all(getattr(reading, name) for name in rule.get("needs", ()))
        and not any(getattr(reading, name) for name in rule.get("bare", ()))
        and ("cue" not in rule or matches(rule["cue"], reading.words))
        and ("unless" not in rule or not matches(rule["unless"], reading.words))
        and ("check" not in rule or _CHECKS[rule["check"]](turn, reading))
    )


def _asks_for_days(turn: Turn, reading: Reading) -> bool:
    """Whether events or periods are asked about, so that their days are the answer."""
    compared = reading.has("compare") and reading.content and not reading.agencies
    if compared and any(fitting(reading, one) for one in turn.candidates()):
        return True
    said = f"{' '.join(reading.content)} "
    return len(reading.content) > 2 and any(
        f"{plain(one.what)} ".startswith(said) and one.kind in (DeadlineKind.PERIOD, DeadlineKind.EVENT)
        for holding in turn.candidates()
        for one in holding.document.deadlines
    )


def _asks_of_task(turn: Turn, reading: Reading) -> bool:
    """Tell whether a day is asked for that something else has to be signed or handed in by."""
    wanted = set(reading.content)
    return (
        len(wanted) > 1
        and not matches("which_document", reading.words)
        and not is_about_whole(turn)
        and any(
            2 * len(wanted & set(plain(one.what).split())) > len(wanted)
            for holding in turn.candidates()
            for one in holding.document.deadlines
        )
    )


def _implied(turn: Turn) -> str | None:
    reading = turn.reading
    if (reading.dates and reading.has("verify")) or _asks_for_days(turn, reading):
        return "when_else"
    about_reports = reading.has("report") or len(reading.content) < 2
    if reading.has("report") and reading.scope and (reading.dates or (reading.has("verify") and not reading.agencies)):
        return "when"
    if reading.reports and about_reports and (reading.has("verify") or not reading.agencies):
        return "when"
    if reading.scope and matches("which_document", reading.words):
        return "bases"
    if reading.agencies and not reading.has("quantity"):
        return "duty"
    return "summary" if reading.scope and not reading.content and not reading.has("quantity") else None


_CHECKS: dict[str, Callable[[Turn, Reading], bool]] = {
    "signer": lambda turn, one: any(
        ids <= {place.document.id for place in one.scope} for _, ids in turn.library.signed_by(one.words)
    ),
    "days": _asks_for_days,
    "task": _asks_of_task,
    "dated": lambda turn, one: any(
        names_day(deadline, one.dates) for place in turn.candidates() for deadline in place.document.deadlines
    ),
    "due": lambda turn, one: any(bound(one, place, fitting(one, place)) for place in turn.candidates()),
    "undated": lambda turn, one: not any(fitting(one, holding) for holding in turn.candidates()),
    "part": lambda turn, one: len(one.content) > 1 and not is_about_whole(turn),
    "of_issuer": lambda turn, one: (
        len(one.content) > 2
        and all(place.is_own(agency.words) for agency in one.agencies for place in turn.candidates())
        and bool(turn.matter())
    ),
    "matter": lambda _, one: len(one.content) > 1 and not pattern("cited_issuer").search(one.words),
}

"""Settling what kind of question an open or ambiguous wording is, by what else the question names."""

from collections.abc import Callable
from dataclasses import replace

from knowledge.domain import DeadlineKind
from retrieval.composition import Turn
from retrieval.deadline_answers import fitting
from retrieval.duty_answers import own_duties
from retrieval.questions import Reading
from retrieval.wording import matches, plain

Rule = tuple[frozenset[str | None], Callable[[Turn, Reading], bool], str | None]
"""Kinds of questions as they were read, what else must hold, and the kind that is meant then."""


def settle_intent(turn: Turn) -> Reading | None:
    """Read the kind of a question anew; the first rule that fits counts."""
    reading = turn.reading
    for read_as, holds, meant in _RULES:
        if reading.intent in read_as and holds(turn, reading):
            return replace(reading, intent=_implied(turn) if meant == "implied" else meant)
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


def _takes_receiver_for_granted(turn: Turn, reading: Reading) -> bool:
    return bool(reading.agencies) and reading.has("verify") and matches("goes_to", reading.words)


def _asks_for_days(turn: Turn, reading: Reading) -> bool:
    """Tell whether a question without a word of time still asks for days: events to compare, or named alone."""
    compared = reading.has("compare") and reading.content and not reading.agencies
    if compared and any(fitting(reading, one) for one in turn.candidates()):
        return True
    said = f"{' '.join(reading.content)} "
    return len(reading.content) > 2 and any(
        f"{plain(one.what)} ".startswith(said) and one.kind in (DeadlineKind.PERIOD, DeadlineKind.EVENT)
        for holding in turn.candidates()
        for one in holding.document.deadlines
    )


def _names_signer(_: Turn, reading: Reading) -> bool:
    signers = [plain(one.document.signer.name) for one in reading.scope if one.document.signer]
    return any(f" {name} " in f" {reading.words} " for name in signers)


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


_RULES: tuple[Rule, ...] = (
    (
        frozenset({None, "when"}),
        lambda _, one: bool(one.dates) and not one.has("report") and matches("names_day", one.words),
        "when_else",
    ),
    (
        frozenset({None, "duty"}),
        lambda _, one: one.has("verify") and not one.has("report") and matches("recipients_named", one.words),
        "recipients",
    ),
    (frozenset({None, "duty"}), _takes_receiver_for_granted, "submit_to"),
    (
        frozenset({"when"}),
        lambda _, one: bool(one.scope) and not one.has("report") and matches("which_day", one.words),
        "bases",
    ),
    (frozenset({None, "who", "documents"}), _names_signer, "signer"),
    (frozenset({None}), lambda _, one: not matches("goes_to", one.words), "implied"),
    (
        frozenset({"submit_to"}),
        lambda _, one: not one.has("report") and matches("recipients_named", one.words),
        "recipients",
    ),
    (frozenset({"submit_to"}), lambda _, one: matches("when", one.words), "when"),
    (
        frozenset({"submit_to"}),
        lambda _, one: not one.has("report") and len(one.content) > 2 and matches("ask_whom", one.words),
        "who",
    ),
    (
        frozenset({"budget"}),
        lambda turn, one: one.has("quantity") and len(one.content) > 1 and bool(turn.matter(sure=0.6)),
        None,
    ),
    (frozenset({"bases"}), lambda _, one: one.has("places") and not one.scope and len(one.content) > 1, None),
    (frozenset({"bases", "doc_period"}), lambda _, one: matches("replaces", one.words), None),
    (frozenset({"issue_date"}), _asks_of_task, "when"),
    (
        frozenset({"duty"}),
        lambda _, one: (
            matches("whole", one.words)
            and all(holding.is_own(agency.words) for agency in one.agencies for holding in one.scope)
        ),
        "summary",
    ),
    (frozenset({"recipients"}), lambda _, one: one.has("report"), "submit_to"),
    (frozenset({"doc_period"}), lambda turn, one: one.has("compare") and _asks_for_days(turn, one), "when"),
    (frozenset({"summary"}), lambda turn, one: len(one.content) >= 2 and not is_about_whole(turn), None),
)

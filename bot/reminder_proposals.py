"""What heads and admins decide: confirm, edit or drop proposed deadlines, and add others by hand."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection

from bot.reminder_asked import Asked, Said, Step, Steps
from bot.storage import tracked as register
from bot.storage.tracked import DeadlineState, KeptDeadline
from config.texts import Texts
from handlers.audience import is_in_force_for
from handlers.domain import Reply
from handlers.people import PersonRole
from handlers.planning import Occurrence, TrackedDeadline, occurrences
from handlers.reminder_texts import agencies_text, day_text, source_text
from knowledge.domain import DeadlineKind
from knowledge.plain_deadlines import read_plain_deadline

_SHOWN = 3
_LONGEST_LEAD = 400
_EVER = timedelta(days=3660)
_DECIDABLE = (DeadlineState.DRAFT, DeadlineState.PROPOSED, DeadlineState.CONFIRMED)


def proposals(connection: Connection, today: date) -> list[KeptDeadline]:
    """Return the undecided deadlines: first those with a future day, then those without one, then past ones."""

    def order(one: KeptDeadline) -> tuple[bool, bool]:
        when = next_time(one.tracked, today)
        return when is not None and when.last_day < today, when is None

    return sorted(register.kept(connection, DeadlineState.PROPOSED), key=order)


def next_time(tracked: TrackedDeadline, today: date) -> Occurrence | None:
    """Return the next occurrence of a deadline, else its last one; None while no day is known."""
    coming = next(occurrences(tracked, today, today + _EVER), None)
    first = today - _EVER if tracked.deadline.recurrence else date.min
    return coming or max(occurrences(tracked, first, today), key=attrgetter("last_day"), default=None)


def when_text(texts: Texts, tracked: TrackedDeadline, number: int, today: date) -> str:
    """Return the understood days in words, or that there is none yet."""
    when = next_time(tracked, today)
    if when is None:
        return texts.say("reminders.say.undated", index=number)
    day = day_text(when.last_day)
    if when.last_day < today:
        return texts.say("reminders.say.when_over", day=day)
    if when.first_day:
        return texts.say("reminders.say.when_window", first=day_text(when.first_day), last=day)
    return texts.say(f"reminders.say.when_{'recurring' if tracked.deadline.recurrence else 'once'}", day=day)


def proposal_text(texts: Texts, one: KeptDeadline, today: date) -> str:
    """Return a proposal with its days, agencies, source and quote."""
    return texts.say(
        "reminders.say.proposal",
        index=one.number,
        what=one.tracked.deadline.what,
        when=when_text(texts, one.tracked, one.number, today),
        agencies=agencies_text(texts, one.tracked),
        source=source_text(texts, one.tracked),
        quote=one.tracked.deadline.quote,
    )


def _theirs(asked: Asked) -> list[KeptDeadline]:
    """Return what waits for this person's decision."""
    return [one for one in proposals(asked.connection, asked.today) if _is_theirs(asked, one)]


def _is_theirs(asked: Asked, one: KeptDeadline) -> bool:
    """Whether a person may decide this: a head for the own place, an admin everywhere."""
    return asked.person.role is PersonRole.ADMIN or is_in_force_for(asked.person.locality, one.tracked)


def _numbered(step: Callable[[Asked, KeptDeadline], Said]) -> Step:
    """Give a step the deadline with the number asked for, if this person may decide it."""

    def find(asked: Asked) -> Said:
        found = register.kept(asked.connection, *_DECIDABLE, numbers=[asked.number])
        return step(asked, found[0]) if found and _is_theirs(asked, found[0]) else asked.say("say.gone")

    return find


def _list(asked: Asked) -> Said:
    waiting = _theirs(asked)
    if not waiting:
        return asked.say("say.no_proposals")
    replies = [Reply(text=asked.say("say.proposals", count=len(waiting)))]
    replies += [_card(asked, one) for one in waiting[:_SHOWN]]
    if len(waiting) > _SHOWN:
        replies.append(Reply(text=asked.say("say.proposals_more", count=len(waiting) - _SHOWN)))
    if dated := [one.number for one in waiting if next_time(one.tracked, asked.today)]:
        everything = asked.button("confirm_all", f"ok_all:{max(dated)}", count=len(dated))
        replies[-1] = replace(replies[-1], buttons=(*replies[-1].buttons, everything))
    return [*replies]


def _card(asked: Asked, one: KeptDeadline) -> Reply:
    is_dated = next_time(one.tracked, asked.today) is not None
    names = {"confirm": "ok", "edit": "change", "drop": "drop"} if is_dated else {"drop": "drop"}
    buttons = tuple(asked.button(name, f"{step}:{one.number}") for name, step in names.items())
    return Reply(text=proposal_text(asked.texts, one, asked.today), buttons=buttons)


def _decide(asked: Asked, one: KeptDeadline, **decided: Any) -> None:
    """Record a decision and plan the deadline's reminders again."""
    register.decide(asked.connection, one.number, asked.now, asked.person.id or None, **decided)
    asked.desk.reminders.replan(asked.connection, [one.number], asked.now)


def _settle(state: DeadlineState, sentence: str, asked: Asked, one: KeptDeadline) -> Said:
    """Record the decision of a button; after a proposal show the next one."""
    if state is DeadlineState.CONFIRMED and next_time(one.tracked, asked.today) is None:
        return asked.say("say.not_confirmed", index=one.number)
    _decide(asked, one, state=state)
    said = asked.say(f"say.{sentence}", what=one.tracked.deadline.what, count=1)
    if one.state is DeadlineState.DRAFT:
        return said
    waiting = _theirs(asked)
    return [said, _card(asked, waiting[0]) if waiting else asked.say("say.no_proposals")]


def _confirm_all(asked: Asked) -> Said:
    """Confirm what was on the list when the button was shown, not what came in since."""
    listed = [one for one in _theirs(asked) if one.number <= asked.number and next_time(one.tracked, asked.today)]
    for one in listed:
        _decide(asked, one, state=DeadlineState.CONFIRMED)
        # A short transaction each, so that other writers need not wait for the whole list.
        asked.connection.commit()
    return asked.say("say.confirmed", count=len(listed))


def _edit(asked: Asked, one: KeptDeadline) -> Said:
    read, old = read_plain_deadline(asked.rest, asked.today), one.tracked.deadline
    if read is None:
        return asked.say("say.edit_bad", index=one.number)
    held: dict[str, Any] = {"id": old.id, "quote": old.quote, "section": old.section}
    held |= {name: getattr(read, name) or getattr(old, name) for name in ("what", "assignees", "submit_to")}
    kind = read.kind if old.kind is DeadlineKind.PERIOD else old.kind
    return _revise(asked, one, replace(one.tracked, deadline=replace(read, kind=kind, **held)))


def _set_leads(asked: Asked, one: KeptDeadline) -> Said:
    words = asked.rest.replace(",", " ").split()
    if not words or not all(word.isdecimal() and int(word) <= _LONGEST_LEAD for word in words):
        return asked.say("say.leads_bad", index=one.number)
    return _revise(asked, one, replace(one.tracked, leads=tuple(sorted(map(int, {*words}), reverse=True))))


def _revise(asked: Asked, one: KeptDeadline, tracked: TrackedDeadline) -> Said:
    """Store edited words, days or leads, and show the result."""
    _decide(asked, one, tracked=tracked)
    return [asked.say("say.edited"), _card(asked, replace(one, tracked=tracked))]


def _add(asked: Asked) -> Said:
    """Store a deadline added by hand as a draft, and read it back before it counts."""
    read = read_plain_deadline(asked.words, asked.today) if asked.words else None
    if read is None or not read.what:
        return asked.say("say.add_how")
    if asked.person.role is PersonRole.HEAD and asked.person.agency and not read.assignees:
        read = replace(read, assignees=(asked.person.agency,))
    deadline = replace(read, id=f"hand.{secrets.token_hex(8)}")
    tracked = TrackedDeadline(deadline=deadline, locality=asked.person.locality)
    when = next_time(tracked, asked.today)
    if when is None or when.last_day < asked.today:
        return asked.say("say.add_how")
    number = register.add(asked.connection, tracked, DeadlineState.DRAFT, asked.now)
    said = when_text(asked.texts, tracked, number, asked.today)
    text = asked.say("say.add_read_back", what=read.what, when=said, agencies=agencies_text(asked.texts, tracked))
    return Reply(text=text, buttons=tuple(asked.button(name, f"{name}:{number}") for name in ("save", "cancel")))


_OWN: dict[str, Step] = {
    "proposals": _list,
    "ok": _numbered(partial(_settle, DeadlineState.CONFIRMED, "confirmed")),
    "ok_all": _confirm_all,
    "drop": _numbered(partial(_settle, DeadlineState.DROPPED, "dropped")),
    "change": _numbered(lambda asked, one: asked.say("say.edit_how", index=one.number)),
    "edit": _numbered(_edit),
    "leads": _numbered(_set_leads),
    "add": _add,
    "save": _numbered(partial(_settle, DeadlineState.CONFIRMED, "added")),
    "cancel": _numbered(partial(_settle, DeadlineState.DROPPED, "cancelled")),
}
STEPS: Steps = {name: (PersonRole.HEAD, step) for name, step in _OWN.items()}

"""What officials do about their own deadlines: list, answer, snooze, subscribe, calendar."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.reminder_asked import Asked, Said, Step, Steps
from bot.storage import reminders as ledger
from bot.storage.people import all_subscriptions, renew_feed, staff, subscribe, unsubscribe
from bot.storage.reminders import Answered, Task
from bot.storage.tracked import DeadlineState, kept
from handlers.audience import concerned_since, covers, is_addressed, is_same_office
from handlers.domain import Button, Reply
from handlers.people import Person, PersonRole
from handlers.planning import TrackedDeadline, snooze_at
from handlers.reminder_texts import (
    NoticeKind,
    day_text,
    last_day_text,
    left_text,
    moment_text,
    shorten,
    source_text,
    task_buttons,
)
from knowledge.plain_deadlines import read_person_date
from knowledge.vietnamese import fold

_LISTED = 10
_AFTER_DAYS = {"tomorrow": 1, "three_days": 3}
_YEAR = timedelta(days=400)
_OVERDUE_SHOWN = timedelta(days=30)
_ENOUGH_WORDS = 3


def my_tasks(connection: Connection, person: Person, today: date) -> list[Task]:
    """Return a person's tasks, overdue ones first; what is done stays until its day passes."""
    found = ledger.tasks(connection, today - _OVERDUE_SHOWN, today + _YEAR, person_id=person.id)
    found = [one for one in found if one.answered is not Answered.NOT_MINE]
    followed = all_subscriptions(connection).get(person.id, ())
    own = (one for one in found if concerned_since(person, one.tracked, followed, one.occurrence.last_day))
    return [one for one in own if one.occurrence.last_day >= today or not (one.answered or one.occurrence.first_day)]


def _tasks(asked: Asked) -> Said:
    tasks = my_tasks(asked.connection, asked.person, asked.today)
    if not tasks:
        return asked.say("say.nothing")
    lines = [asked.say("say.tasks", count=len(tasks))]
    lines += [_line(asked, index, task) for index, task in enumerate(tasks, 1)]
    buttons = [
        Button(label=shorten(f"{index}. {task.tracked.deadline.what}"), action=f"rem.open:{task.occurrence_id}")
        for index, task in enumerate(tasks, 1)
        if task.answered is None
    ]
    return Reply(text="\n".join(lines), buttons=tuple(buttons[:_LISTED]))


def _line(asked: Asked, index: int, task: Task) -> str:
    is_late = task.occurrence.last_day < asked.today
    mark = "mark_done" if task.answered is Answered.DONE else "mark_late" if is_late else None
    return asked.say(
        "say.task",
        index=index,
        what=task.tracked.deadline.what,
        day=day_text(task.occurrence.last_day),
        left=left_text(asked.texts, task.occurrence.last_day, asked.today),
        mark=asked.say(f"say.{mark}") if mark else "",
    )


def _with_task(step: Callable[[Asked, Task], Said], otherwise: Step = lambda asked: asked.say("say.gone")) -> Step:
    """Give a step the task with the number asked for, if this person is reminded of it."""

    def find(asked: Asked) -> Said:
        found = ledger.tasks(asked.connection, person_id=asked.person.id, only=asked.number)
        return step(asked, found[0]) if found else otherwise(asked)

    return find


def _open(asked: Asked, task: Task) -> Said:
    lines = [task.tracked.deadline.what, last_day_text(asked.texts, task.occurrence, asked.today)]
    lines.append(source_text(asked.texts, task.tracked))
    return Reply(text="\n".join(lines), buttons=task_buttons(asked.texts, task.occurrence_id))


def _answer(answered: Answered, asked: Asked, task: Task) -> Said:
    ledger.record_answer(asked.connection, task.occurrence_id, asked.person.id, answered, asked.now)
    text = asked.say(f"say.{answered}", what=task.tracked.deadline.what)
    is_own = is_addressed(asked.person, task.tracked, task.occurrence.last_day)
    if is_own and answered is Answered.DONE and _is_office_done(asked.connection, task.occurrence_id, asked.person):
        text += "\n" + asked.say("say.agency_done", agency=asked.person.agency)
    return text


def _is_office_done(connection: Connection, occurrence_id: int, person: Person) -> bool:
    answers = ledger.answers_of(connection, [occurrence_id])[occurrence_id]
    return all(answers[one.id] for one in staff(connection, answers) if is_same_office(one, person))


def _quote(asked: Asked, task: Task) -> Said:
    tracked = task.tracked
    if tracked.document_id is None:
        return asked.say("say.no_quote")
    words = asked.say("say.quote", quote=tracked.deadline.quote)
    return f"{source_text(asked.texts, tracked)}\n{words}"


def _snooze(asked: Asked, task: Task) -> Said:
    """Offer days, or plan one more reminder on the day given; the schedule stays as it is."""
    if not asked.rest:
        names = (*_AFTER_DAYS, "on_a_day")
        buttons = tuple(asked.button(name, f"snooze:{asked.number} {name}") for name in names)
        return Reply(text=asked.say("say.snooze"), buttons=buttons)
    read = read_person_date(asked.rest, asked.today)
    day = asked.today + timedelta(days=_AFTER_DAYS.get(asked.rest, 0)) if read is None else read.first
    if day is None or day <= asked.today:
        problem = "snooze_how" if asked.rest == "on_a_day" else "snooze_bad"
        return asked.say(f"say.{problem}", id=asked.number, example=day_text(asked.today + timedelta(days=7)))
    last_day = task.occurrence.last_day
    at = snooze_at(day, last_day, asked.today, asked.desk.reminders.rules)
    # A snoozed task is not done.
    ledger.reopen(asked.connection, task.occurrence_id, asked.person.id)
    owed = partial(ledger.plan_deliveries, asked.connection, task.occurrence_id, [asked.person.id])
    owed(kind=NoticeKind.SNOOZE, lead=(last_day - at.date()).days, due_at=at)
    return asked.say("say.snoozed", what=task.tracked.deadline.what, at=moment_text(at))


def _follow(asked: Asked) -> Said:
    if asked.words:
        known = kept(asked.connection, DeadlineState.PROPOSED, DeadlineState.CONFIRMED)
        found = _target([one.tracked for one in known], asked.words, asked.today)
        if found is None:
            return asked.say("say.subscribe_bad", target=asked.words)
        kind, target, label = found
        subscribe(asked.connection, asked.person.id, kind, target, label=label, now=asked.now)
        return asked.say("say.subscribed", target=label)
    held = all_subscriptions(asked.connection).get(asked.person.id, ())
    if not held:
        return asked.say("say.no_subscriptions")
    text = asked.say("say.subscriptions", items="; ".join(entry.label for entry in held))
    return Reply(
        text=text, buttons=tuple(asked.button("stop", f"stop:{one.id}", what=one.label) for one in held[:_LISTED])
    )


def _stop(asked: Asked) -> Said:
    label = unsubscribe(asked.connection, asked.person.id, asked.number)
    return asked.say("say.unsubscribed", target=label) if label else asked.say("say.gone")


def _target(known: Sequence[TrackedDeadline], words: str, day: date) -> tuple[str, str, str] | None:
    """Return kind, id and label of the document, deadline or agency that the words name."""
    asked = fold(words).strip()
    for tracked in known:
        names = [fold(name) for name in (tracked.number, tracked.source, tracked.source.rpartition(".")[0]) if name]
        if tracked.document_id and any(name in asked.split() for name in names):
            return "document", tracked.document_id, tracked.number or tracked.source
    for deadline in (tracked.deadline for tracked in known):
        if len(asked.split()) >= _ENOUGH_WORDS and asked in fold(deadline.what):
            return "deadline", deadline.id, deadline.what
    named = {name for tracked in known for name in tracked.deadline.assignees}
    return ("agency", words.strip(), words.strip()) if any(covers(name, words, day) for name in named) else None


def _calendar(asked: Asked) -> Said:
    if asked.desk.public_url is None and not asked.words:
        return asked.say("say.no_public_url")
    token = renew_feed(asked.connection, asked.person.id, is_open=not asked.words)
    if asked.words:
        return asked.say("say.calendar_off")
    address = f"{str(asked.desk.public_url).rstrip('/')}/lich/{token}"
    lines = [asked.say("say.calendar", address=f"{address}.ics")]
    if asked.person.may(PersonRole.HEAD):
        lines.append(asked.say("say.board_file", address=f"{address}.xlsx"))
    return "\n".join(lines)


_OWN: dict[str, Step] = {
    "tasks": _tasks,
    "open": _with_task(_open),
    "done": _with_task(partial(_answer, Answered.DONE)),
    "not_mine": _with_task(partial(_answer, Answered.NOT_MINE)),
    "quote": _with_task(_quote),
    "snooze": _with_task(_snooze, otherwise=_tasks),
    "follow": _follow,
    "stop": _stop,
    "calendar": _calendar,
}
STEPS: Steps = {name: (PersonRole.OFFICIAL, step) for name, step in _OWN.items()}

"""What officials say about their deadlines: tasks, answers, snoozing, following, calendar, board."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial

from config.texts import Texts, load_texts
from handlers.domain import Button, IncomingMessage, Reply
from handlers.people import Person
from handlers.planning import ZONE
from handlers.reminder_texts import day_text, last_day_text, left_text, moment_text, shorten, source_text, task_buttons
from handlers.reminders_domain import Answered, ReminderDesk, Task
from knowledge.plain_deadlines import read_person_date
from knowledge.vietnamese import fold, normalise
from retrieval.domain import Citation

_LISTED = 10
_AFTER_DAYS = {"tomorrow": 1, "three_days": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One command or button of a person with a record; `words` is what stands behind it."""

    message: IncomingMessage
    texts: Texts
    person: Person
    words: str

    @property
    def today(self) -> date:
        """The local date on which this was said."""
        return self.message.now.astimezone(ZONE).date()

    @property
    def number(self) -> int:
        """The number the words begin with, -1 when they begin otherwise."""
        first = self.words.split()[0] if self.words.split() else ""
        return int(first) if first.isdecimal() and len(first) < 10 else -1

    def say(self, key: str, **fields: object) -> list[Reply]:
        """Return one plain reply."""
        return [Reply(text=self.texts.say(key, **fields))]


Step = Callable[[Asked], list[Reply]]


def read_command(texts: Texts, names: Sequence[str], message: IncomingMessage) -> tuple[str, str] | None:
    """Return the step and the words behind it that a button or the opening of a message asks for.

    Natural words count only alone, so that a question about a task stays a question.
    """
    if message.action:
        verb, _, words = message.action.partition(":")
        name = verb.removeprefix("rem.")
        return (name, words) if verb != name and name in names else None
    words = " ".join(normalise(message.text).split())
    bare, lower = fold(words), words.lower()
    for name in names:
        for form, bare_form in _forms(texts.language, name):
            if bare == bare_form:
                return name, ""
            if form.startswith("/") and lower.startswith(f"{form} "):
                return name, words[len(form) :].strip()
    return None


@cache
def _forms(language: str, name: str) -> tuple[tuple[str, str], ...]:
    """Return the words that ask for a step, each as written and without marks."""
    forms = load_texts(language).sentences.get(f"reminders.words.{name}", "").split("|")
    return tuple((form, fold(form)) for form in forms if form)


class ReminderFlow:
    """Takes what concerns a person's own deadlines; None for anything else."""

    def __init__(self, desk: ReminderDesk, *, public_url: str | None = None) -> None:
        self._desk = desk
        self._public_url = public_url
        self._steps: Mapping[str, Step] = {
            "tasks": self._tasks,
            "open": partial(self._with_task, self._open),
            "done": partial(self._answer, Answered.DONE),
            "not_mine": partial(self._answer, Answered.NOT_MINE),
            "quote": partial(self._with_task, self._quote),
            "snooze": self._snooze,
            "later": self._later,
            "follow": self._follow,
            "stop": self._stop,
            "calendar": self._calendar,
            "board": self._board,
            "retry": self._retry,
        }

    async def __call__(self, message: IncomingMessage) -> list[Reply] | None:
        """Answer in the person's own chat; the store is asked off the event loop."""
        return await run_step(self._desk, message, self._steps)

    def _tasks(self, asked: Asked) -> list[Reply]:
        tasks = self._desk.tasks(asked.person, asked.message.now)
        if not tasks:
            return asked.say("reminders.say.nothing")
        lines = [asked.texts.say("reminders.say.tasks", count=len(tasks))]
        lines += [_task_line(asked, index, task) for index, task in enumerate(tasks, 1)]
        open_tasks = [(index, task) for index, task in enumerate(tasks, 1) if task.answered is None]
        buttons = [
            Button(label=shorten(f"{index}. {task.tracked.deadline.what}"), action=f"rem.open:{task.occurrence_id}")
            for index, task in open_tasks[:_LISTED]
        ]
        return [Reply(text="\n".join(lines), buttons=tuple(buttons))]

    def _with_task(self, step: Callable[[Asked, Task], list[Reply]], asked: Asked) -> list[Reply]:
        task = self._desk.task(asked.person, asked.number)
        return asked.say("reminders.say.gone") if task is None else step(asked, task)

    def _open(self, asked: Asked, task: Task) -> list[Reply]:
        lines = [task.tracked.deadline.what, last_day_text(asked.texts, task.occurrence, asked.today)]
        lines.append(source_text(asked.texts, task.tracked))
        return [Reply(text="\n".join(lines), buttons=task_buttons(asked.texts, task.occurrence_id))]

    def _answer(self, answered: Answered, asked: Asked) -> list[Reply]:
        task = self._desk.answer(asked.person, asked.number, answered, asked.message.now)
        if task is None:
            return asked.say("reminders.say.gone")
        text = asked.texts.say(f"reminders.say.{answered}", what=task.tracked.deadline.what)
        if task.agency_done:
            text += "\n" + asked.texts.say("reminders.say.agency_done", agency=asked.person.agency)
        return [Reply(text=text)]

    def _quote(self, asked: Asked, task: Task) -> list[Reply]:
        tracked = task.tracked
        if tracked.document_id is None:
            return asked.say("reminders.say.no_quote")
        cited = Citation(
            source=tracked.source,
            number=tracked.number,
            title=None,
            section=tracked.deadline.section,
            quote=tracked.deadline.quote,
            document_id=tracked.document_id,
            place=tracked.locality,
        )
        words = asked.texts.say("reminders.say.quote", quote=tracked.deadline.quote)
        return [Reply(text=f"{source_text(asked.texts, tracked)}\n{words}", citations=(cited,))]

    def _snooze(self, asked: Asked) -> list[Reply]:
        """Offer the days, or take the one that was typed behind the number."""
        if self._desk.task(asked.person, asked.number) is None:
            return self._tasks(asked)
        typed = asked.words.partition(" ")[2]
        day = read_person_date(typed, asked.today)
        if typed:
            return self._put_off(asked, day.first if day and day.first else asked.today)
        names = ("tomorrow", "three_days", "on_a_day")
        buttons = tuple(
            Button(label=asked.texts.say(f"reminders.button.{name}"), action=f"rem.later:{asked.number} {name}")
            for name in names
        )
        return [Reply(text=asked.texts.say("reminders.say.snooze"), buttons=buttons)]

    def _later(self, asked: Asked) -> list[Reply]:
        days = _AFTER_DAYS.get(asked.words.partition(" ")[2])
        if days is None:
            return self._explain(asked, "snooze_how")
        return self._put_off(asked, asked.today + timedelta(days=days))

    def _explain(self, asked: Asked, name: str) -> list[Reply]:
        example = day_text(asked.today + timedelta(days=7))
        return asked.say(f"reminders.say.{name}", id=asked.number, example=example)

    def _put_off(self, asked: Asked, day: date) -> list[Reply]:
        found = self._desk.snooze(asked.person, asked.number, day, asked.message.now)
        if found is None:
            return self._explain(asked, "snooze_bad")
        task, at = found
        return asked.say("reminders.say.snoozed", what=task.tracked.deadline.what, at=moment_text(at))

    def _follow(self, asked: Asked) -> list[Reply]:
        if asked.words:
            label = self._desk.subscribe(asked.person, asked.words, asked.message.now)
            return asked.say(
                "reminders.say.subscribed" if label else "reminders.say.subscribe_bad", target=label or asked.words
            )
        held = self._desk.subscriptions(asked.person)
        if not held:
            return asked.say("reminders.say.no_subscriptions")
        text = asked.texts.say("reminders.say.subscriptions", items="; ".join(entry.label for entry in held))
        stop = asked.texts.sentences["reminders.button.stop"]
        buttons = [
            Button(label=shorten(stop.format(what=entry.label)), action=f"rem.stop:{entry.id}") for entry in held
        ]
        return [Reply(text=text, buttons=tuple(buttons[:_LISTED]))]

    def _stop(self, asked: Asked) -> list[Reply]:
        label = self._desk.unsubscribe(asked.person, asked.number)
        return asked.say("reminders.say.unsubscribed", target=label) if label else asked.say("reminders.say.gone")

    def _calendar(self, asked: Asked) -> list[Reply]:
        if asked.words:
            self._desk.close_feed(asked.person)
            return asked.say("reminders.say.calendar_off")
        if self._public_url is None:
            return asked.say("reminders.say.no_public_url")
        token = self._desk.new_feed_token(asked.person, asked.message.now)
        address = f"{self._public_url.rstrip('/')}/lich/{token}"
        lines = [asked.texts.say("reminders.say.calendar", address=f"{address}.ics")]
        if asked.person.leads:
            lines.append(asked.texts.say("reminders.say.board_file", address=f"{address}.xlsx"))
        return [Reply(text="\n".join(lines))]

    def _board(self, asked: Asked) -> list[Reply]:
        if not asked.person.leads:
            return asked.say("reminders.say.leads_only")
        rows = self._desk.board(asked.person, asked.message.now)
        if not rows:
            return asked.say("reminders.say.board_empty")
        lines = [asked.texts.say("reminders.say.board")]
        for row in rows:
            state = asked.texts.say(f"reminders.state.{row.standing}")
            fields = {"agency": row.agency, "state": state, "done": row.done, "total": row.total}
            what, day = shorten(row.tracked.deadline.what), day_text(row.occurrence.last_day)
            lines.append(asked.texts.say("reminders.say.board_line", number=row.number, what=what, day=day, **fields))
        lines.append(asked.texts.say("reminders.say.board_file_how"))
        return [Reply(text="\n".join(lines))]

    def _retry(self, asked: Asked) -> list[Reply]:
        if not asked.person.leads:
            return asked.say("reminders.say.leads_only")
        return asked.say("reminders.admin.retried", count=self._desk.retry_failed(asked.message.now))


async def run_step(desk: ReminderDesk, message: IncomingMessage, steps: Mapping[str, Step]) -> list[Reply] | None:
    """Run the step a message asks for, for people with a record and in private only; None when it asks for none."""
    texts = load_texts(message.language)
    found = read_command(texts, tuple(steps), message)
    if found is None:
        return None
    if message.in_group:
        return [Reply(text=texts.say("reminders.say.private_only"))]
    person = await asyncio.to_thread(desk.person, message.channel, message.sender)
    if person is None or not person.is_staff:
        return [Reply(text=texts.say("reminders.say.staff_only"))]
    name, words = found
    asked = Asked(message=message, texts=texts, person=person, words=words)
    return await asyncio.to_thread(steps[name], asked)


def _task_line(asked: Asked, index: int, task: Task) -> str:
    mark = ""
    if task.answered is Answered.DONE:
        mark = asked.texts.say("reminders.say.mark_done")
    elif task.occurrence.last_day < asked.today:
        mark = asked.texts.say("reminders.say.mark_late")
    return asked.texts.say(
        "reminders.say.task",
        index=index,
        what=task.tracked.deadline.what,
        day=day_text(task.occurrence.last_day),
        left=left_text(asked.texts, task.occurrence.last_day, asked.today),
        mark=mark,
    )

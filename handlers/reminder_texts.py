"""The text of reminders, from the catalogues: what, for whom, the last day, the days left, the source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from config.texts import Texts
from handlers.domain import Button, Reply
from handlers.planning import ZONE, Occurrence, ReminderRules, TrackedDeadline


class NoticeKind(StrEnum):
    """Why a message is sent: a lead of the schedule, a snooze, or no answer by the last day."""

    LEAD = "lead"
    SNOOZE = "snooze"
    ESCALATION = "escalation"


_MARKS = {NoticeKind.LEAD: "N", NoticeKind.SNOOZE: "H", NoticeKind.ESCALATION: "Q"}
_LABEL = 40
_MAX_CHOICES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNotice:
    """One reminder to one person; `planned_at` is set when it is sent late."""

    kind: NoticeKind = NoticeKind.LEAD
    lead: int
    tracked: TrackedDeadline
    occurrence: Occurrence
    agency: str | None
    """The reader's own agency if the deadline is assigned to it; None for whoever subscribed."""
    occurrence_id: int = 0
    """0 while it is only rehearsed."""
    planned_at: datetime | None = None


def notice_text(texts: Texts, notice: DueNotice, today: date, rules: ReminderRules) -> str:
    """Return the text of one reminder as of today."""
    tracked, occurrence = notice.tracked, notice.occurrence
    lines = [_headline(texts, notice)]
    lines.append(texts.say("reminders.for", agency=notice.agency or agencies_text(texts, tracked)))
    lines.append(last_day_text(texts, occurrence, today))
    working = rules.calendar.last_working(occurrence.last_day)
    if working != occurrence.last_day:
        weekday = texts.say(f"reminders.weekday.{working.weekday()}")
        lines.append(texts.say("reminders.last_working", weekday=weekday, day=day_text(working)))
    if tracked.deadline.submit_to:
        lines.append(texts.say("reminders.submit_to", submit_to=tracked.deadline.submit_to))
    lines.append(source_text(texts, tracked))
    if notice.occurrence_id:
        lines.append(texts.say("reminders.reference", reference=reference(notice)))
    return "\n".join(lines)


def message(texts: Texts, notices: Sequence[DueNotice], today: date, rules: ReminderRules) -> Reply:
    """Return one reminder as a message, or several as one digest."""
    said = [notice_text(texts, notice, today, rules) for notice in notices]
    if len(notices) == 1:
        return Reply(text=said[0], buttons=task_buttons(texts, notices[0].occurrence_id))
    items = "\n\n".join(f"{index}. {text}" for index, text in enumerate(said, 1))
    buttons = tuple(
        Button(label=shorten(f"{index}. {notice.tracked.deadline.what}"), action=f"rem.open:{notice.occurrence_id}")
        for index, notice in enumerate(notices[:_MAX_CHOICES], 1)
    )
    head = texts.say("reminders.digest", count=len(notices))
    return Reply(text=f"{head}\n\n{items}", buttons=buttons)


def task_buttons(texts: Texts, occurrence_id: int) -> tuple[Button, ...]:
    """Return the four answers to a reminder."""
    return tuple(
        Button(label=texts.say(f"reminders.button.{name}"), action=f"rem.{name}:{occurrence_id}")
        for name in ("done", "snooze", "not_mine", "quote")
    )


def reference(notice: DueNotice) -> str:
    """Return the short code by which a reader recognises a repeated message."""
    return f"{_MARKS[notice.kind]}{notice.occurrence_id}-{abs(notice.lead)}"


def day_text(day: date) -> str:
    """Return a day as people write it."""
    return f"{day:%d/%m/%Y}"


def moment_text(moment: datetime) -> str:
    """Return a moment as people write it, in local time."""
    return f"{moment.astimezone(ZONE):%H:%M %d/%m/%Y}"


def left_text(texts: Texts, last_day: date, today: date) -> str:
    """Return how many days are left."""
    days = (last_day - today).days
    name = "past" if days < 0 else {0: "none", 1: "one"}.get(days, "many")
    return texts.say(f"reminders.left.{name}", days=abs(days))


def last_day_text(texts: Texts, occurrence: Occurrence, today: date) -> str:
    """Return the line that names the last day still in time, or the window."""
    left = left_text(texts, occurrence.last_day, today)
    if occurrence.first_day:
        first, last = day_text(occurrence.first_day), day_text(occurrence.last_day)
        return texts.say("reminders.window", first=first, last=last, left=left)
    weekday = texts.say(f"reminders.weekday.{occurrence.last_day.weekday()}")
    return texts.say("reminders.last_day", weekday=weekday, day=day_text(occurrence.last_day), left=left)


def source_text(texts: Texts, tracked: TrackedDeadline) -> str:
    """Return where the deadline stands: document number, section and file."""
    if tracked.document_id is None:
        return texts.say("reminders.source_by_hand")
    number = texts.say(f"reminders.{'numbered' if tracked.number else 'unnumbered'}", number=tracked.number)
    if tracked.deadline.section is None:
        return texts.say("reminders.source_whole", number=number, source=tracked.source)
    section = texts.say("reminders.section", section=tracked.deadline.section)
    return texts.say("reminders.source", number=number, section=section, source=tracked.source)


def agencies_text(texts: Texts, tracked: TrackedDeadline) -> str:
    """Return for whom the deadline is."""
    name = "everybody" if tracked.document_id else "everybody_here"
    return ", ".join(tracked.deadline.assignees or tracked.addressed_to) or texts.say(f"reminders.{name}")


def shorten(label: str) -> str:
    """Return a label short enough for a button."""
    return label if len(label) <= _LABEL else label[: _LABEL - 1].rstrip() + "…"


def _headline(texts: Texts, notice: DueNotice) -> str:
    what = notice.tracked.deadline.what
    if notice.kind is NoticeKind.ESCALATION:
        return texts.say("reminders.escalation", what=what, agency=notice.agency)
    if notice.planned_at is not None:
        return texts.say("reminders.late_head", what=what, planned=moment_text(notice.planned_at))
    if notice.kind is NoticeKind.SNOOZE:
        return texts.say("reminders.again", what=what)
    if notice.occurrence.first_day:
        return texts.say("reminders.ends" if notice.lead == 0 else "reminders.starts", what=what)
    return texts.say("reminders.due", what=what)

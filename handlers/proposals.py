"""What heads and admins decide: which deadlines are reminded of, with which words and leads; and hand-made ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from config.texts import Texts
from handlers.audience import is_in_force_for
from handlers.domain import Button, IncomingMessage, Reply
from handlers.people import PersonRole
from handlers.planning import TrackedDeadline
from handlers.reminder_texts import agencies_text, day_text, source_text
from handlers.reminders import Asked, Step, run_step
from handlers.reminders_domain import Proposal, ReminderDesk
from knowledge.domain import DeadlineKind, stable_suffix
from knowledge.plain_deadlines import read_plain_deadline

_SHOWN = 3
_LONGEST_LEAD = 400


class ProposalFlow:
    """Confirming, editing, dropping and adding deadlines; None for anything else."""

    def __init__(self, desk: ReminderDesk) -> None:
        self._desk = desk
        steps = {
            "proposals": self._list,
            "ok": self._confirm,
            "ok_all": self._confirm_all,
            "drop": self._drop,
            "change": self._explain_edit,
            "edit": self._edit,
            "leads": self._set_leads,
            "add": self._add,
            "save": self._save,
            "cancel": self._cancel,
        }
        self._steps: Mapping[str, Step] = {name: partial(self._decide, step) for name, step in steps.items()}

    async def __call__(self, message: IncomingMessage) -> list[Reply] | None:
        """Answer in the decider's own chat."""
        return await run_step(self._desk, message, self._steps)

    def _decide(self, step: Step, asked: Asked) -> list[Reply]:
        """Run a step for those who decide, and for what is theirs to decide."""
        if not asked.person.leads:
            return asked.say("reminders.say.leads_only")
        # A new deadline may begin with a number that is none of a list ("2 lớp tập huấn …").
        found = None if step == self._add else self._desk.proposal(asked.number, asked.message.now)
        is_theirs = found is None or self._waiting(asked, [found])
        return step(asked) if is_theirs else asked.say("reminders.say.gone")

    def _list(self, asked: Asked) -> list[Reply]:
        waiting = self._waiting(asked)
        if not waiting:
            return asked.say("reminders.say.no_proposals")
        replies = asked.say("reminders.say.proposals", count=len(waiting))
        replies += [self._card(asked, entry) for entry in waiting[:_SHOWN]]
        if len(waiting) > _SHOWN:
            replies += asked.say("reminders.say.proposals_more", count=len(waiting) - _SHOWN)
        dated = [entry.number for entry in waiting if entry.next_time]
        label = asked.texts.say("reminders.button.confirm_all", count=len(dated))
        everything = Button(label=label, action=f"rem.ok_all:{max(dated, default=0)}")
        return [*replies[:-1], replace(replies[-1], buttons=(*replies[-1].buttons, everything))] if dated else replies

    def _confirm(self, asked: Asked) -> list[Reply]:
        if self._desk.confirm(asked.number, asked.person.id, asked.message.now):
            return [*asked.say("reminders.say.confirmed", count=1), *self._next(asked)]
        return asked.say("reminders.say.not_confirmed", index=asked.number)

    def _confirm_all(self, asked: Asked) -> list[Reply]:
        """Confirm what was on the list when the button was shown, not what came in since."""
        listed = [one for one in self._waiting(asked) if one.number <= asked.number]
        done = [one for one in listed if self._desk.confirm(one.number, asked.person.id, asked.message.now)]
        return asked.say("reminders.say.confirmed", count=len(done))

    def _drop(self, asked: Asked) -> list[Reply]:
        tracked = self._desk.drop(asked.number, asked.person.id, asked.message.now)
        if tracked is None:
            return asked.say("reminders.say.gone")
        return [*asked.say("reminders.say.dropped", what=tracked.deadline.what), *self._next(asked)]

    def _explain_edit(self, asked: Asked) -> list[Reply]:
        return asked.say("reminders.say.edit_how", index=asked.number)

    def _edit(self, asked: Asked) -> list[Reply]:
        def revise(tracked: TrackedDeadline) -> TrackedDeadline | None:
            read, old = read_plain_deadline(asked.words.partition(" ")[2], asked.today), tracked.deadline
            if read is None:
                return None
            kept: dict[str, Any] = {"id": old.id, "quote": old.quote, "section": old.section}
            kept |= {name: getattr(read, name) or getattr(old, name) for name in ("what", "assignees", "submit_to")}
            kind = read.kind if old.kind is DeadlineKind.PERIOD else old.kind
            return replace(tracked, deadline=replace(read, kind=kind, **kept))

        return self._revise(asked, revise, "reminders.say.edit_bad")

    def _set_leads(self, asked: Asked) -> list[Reply]:
        def revise(tracked: TrackedDeadline) -> TrackedDeadline | None:
            words = asked.words.replace(",", " ").split()[1:]
            if not words or not all(word.isdecimal() and int(word) <= _LONGEST_LEAD for word in words):
                return None
            return replace(tracked, leads=tuple(sorted({int(word) for word in words}, reverse=True)))

        return self._revise(asked, revise, "reminders.say.leads_bad")

    def _add(self, asked: Asked) -> list[Reply]:
        """Keep a hand-made deadline as a draft and read it back before anything is saved for good."""
        read = read_plain_deadline(asked.words, asked.today) if asked.words else None
        if read is None or not read.what:
            return asked.say("reminders.say.add_how")
        if asked.person.role is PersonRole.HEAD and asked.person.agency and not read.assignees:
            read = replace(read, assignees=(asked.person.agency,))
        by_hand = stable_suffix(str(asked.person.id), asked.words, asked.message.now.isoformat())
        tracked = TrackedDeadline(
            deadline=replace(read, id=f"hand.{by_hand}"),
            document_id=None,
            source="",
            number=None,
            locality=asked.person.locality,
            addressed_to=(),
            known_on=asked.today,
            ends_on=None,
        )
        number = self._desk.draft(tracked, asked.message.now)
        entry = self._desk.proposal(number, asked.message.now)
        if entry is None or entry.next_time is None or entry.is_over:
            self._desk.drop(number, asked.person.id, asked.message.now)
            return asked.say("reminders.say.add_how")
        when, agencies = when_text(asked.texts, entry), agencies_text(asked.texts, tracked)
        text = asked.texts.say("reminders.say.add_read_back", what=read.what, when=when, agencies=agencies)
        save = Button(label=asked.texts.say("reminders.button.save"), action=f"rem.save:{number}")
        cancel = Button(label=asked.texts.say("reminders.button.cancel"), action=f"rem.cancel:{number}")
        return [Reply(text=text, buttons=(save, cancel))]

    def _save(self, asked: Asked) -> list[Reply]:
        found = self._desk.proposal(asked.number, asked.message.now)
        if found is None or not self._desk.confirm(asked.number, asked.person.id, asked.message.now):
            return asked.say("reminders.say.gone")
        return asked.say("reminders.say.added", what=found.tracked.deadline.what)

    def _cancel(self, asked: Asked) -> list[Reply]:
        self._desk.drop(asked.number, asked.person.id, asked.message.now)
        return asked.say("reminders.say.cancelled")

    def _revise(
        self, asked: Asked, revise: Callable[[TrackedDeadline], TrackedDeadline | None], bad: str
    ) -> list[Reply]:
        found = self._desk.proposal(asked.number, asked.message.now)
        if found is None:
            return asked.say("reminders.say.gone")
        revised = revise(found.tracked)
        if revised is None:
            return asked.say(bad, index=asked.number)
        self._desk.revise(asked.number, revised, asked.person.id, asked.message.now)
        entry = self._desk.proposal(asked.number, asked.message.now)
        return asked.say("reminders.say.edited") + ([self._card(asked, entry)] if entry else [])

    def _waiting(self, asked: Asked, found: Sequence[Proposal] | None = None) -> list[Proposal]:
        """Return what waits for a decision, or what of that found may be decided; a head decides for the own place."""
        is_head, mine = asked.person.role is PersonRole.HEAD, asked.person.locality
        waiting = self._desk.proposals(asked.message.now) if found is None else found
        return [one for one in waiting if not is_head or is_in_force_for(mine, one.tracked)]

    def _next(self, asked: Asked) -> list[Reply]:
        waiting = self._waiting(asked)
        return [self._card(asked, waiting[0])] if waiting else asked.say("reminders.say.no_proposals")

    def _card(self, asked: Asked, entry: Proposal) -> Reply:
        tracked = entry.tracked
        text = asked.texts.say(
            "reminders.say.proposal",
            index=entry.number,
            what=tracked.deadline.what,
            when=when_text(asked.texts, entry),
            agencies=agencies_text(asked.texts, tracked),
            source=source_text(asked.texts, tracked),
            quote=tracked.deadline.quote,
        )
        names = (("ok", "confirm"), ("change", "edit"), ("drop", "drop")) if entry.next_time else (("drop", "drop"),)
        buttons = [
            Button(label=asked.texts.say(f"reminders.button.{label}"), action=f"rem.{verb}:{entry.number}")
            for verb, label in names
        ]
        return Reply(text=text, buttons=tuple(buttons))


def when_text(texts: Texts, entry: Proposal) -> str:
    """Say the days as understood; what has no day yet says so."""
    when, deadline = entry.next_time, entry.tracked.deadline
    if when is None:
        return texts.say("reminders.say.undated", index=entry.number)
    if when.first_day and not entry.is_over:
        fields = {"first": day_text(when.first_day), "last": day_text(when.last_day)}
        return texts.say("reminders.say.when_window", **fields)
    if entry.is_over:
        return texts.say("reminders.say.when_over", day=day_text(when.last_day))
    name = "when_recurring" if deadline.recurrence else "when_once"
    return texts.say(f"reminders.say.{name}", day=day_text(when.last_day))

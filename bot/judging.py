"""What becomes of a reminder that is due: sent now, or settled with its reason."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from bot.storage import reminders as ledger
from bot.storage.people import staff
from bot.storage.reminders import Answered, DeliveryState
from bot.storage.subscriptions import all_subscriptions
from handlers.audience import concerned_since, is_same_office
from handlers.people import Person
from handlers.reminder_texts import NoticeKind


class Judge:
    """Judges a batch by what stands in the ledger within the batch's own transaction."""

    def __init__(self, connection: Connection, claimed: Sequence[ledger.Delivery]) -> None:
        silent = {entry.occurrence_id for entry in claimed if entry.kind is NoticeKind.ESCALATION}
        self._answers = ledger.answers_of(connection, silent)
        concerned = {entry.person_id for entry in claimed}.union(*self._answers.values())
        self.persons = {person.id: person for person in staff(connection, concerned)}
        self._followed = all_subscriptions(connection)
        self._nearest: dict[tuple[int, int], int] = {}
        for entry in claimed:
            if entry.kind is NoticeKind.LEAD:
                key = (entry.occurrence_id, entry.person_id)
                self._nearest[key] = min(entry.lead, self._nearest.get(key, entry.lead))

    def fate(self, entry: ledger.Delivery, today: date) -> tuple[DeliveryState, str] | None:
        """Return why a due delivery must not be sent any more; None sends it."""
        person, occurrence = self.persons.get(entry.person_id), entry.occurrence
        key = (entry.occurrence_id, entry.person_id)
        if not entry.stands:
            return DeliveryState.CANCELLED, "withdrawn"
        followed = self._followed.get(entry.person_id, ())
        if person is None or not concerned_since(person, entry.tracked, followed, occurrence.last_day):
            return DeliveryState.SKIPPED, "not_addressed"
        if entry.kind is NoticeKind.ESCALATION:
            return None if self._is_silent(entry, person) else (DeliveryState.SKIPPED, Answered.DONE)
        if entry.answered is not None:
            return DeliveryState.SKIPPED, entry.answered
        if entry.kind is NoticeKind.LEAD and today > occurrence.last_day:
            return DeliveryState.EXPIRED, "past_last_day"
        if entry.kind is NoticeKind.LEAD and self._nearest[key] < entry.lead:
            return DeliveryState.EXPIRED, "superseded"
        return None

    def _is_silent(self, entry: ledger.Delivery, head: Person) -> bool:
        """Whether somebody of the head's agency was asked and has neither finished nor declined."""
        said = self._answers[entry.occurrence_id]
        office = (one for one in self.persons.values() if one.id in said and is_same_office(one, head))
        return any(said[one.id] is None for one in office)

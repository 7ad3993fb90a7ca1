"""What becomes of a reminder that is due: sent now, or settled with its reason; pure."""

from dataclasses import dataclass
from datetime import date

from handlers.reminder_texts import NoticeKind
from handlers.reminders_domain import Answered, DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """Why a due delivery is not sent."""

    state: DeliveryState
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """What is known of a due delivery at the moment of sending."""

    kind: NoticeKind
    last_day: date
    stands: bool
    """Whether the deadline is still confirmed with this day."""
    hears: bool
    """Whether the person is still staff, in the agency asked or following."""
    answered: Answered | None
    nearer_due: bool
    """Whether a smaller lead of the same task is due as well."""
    agency_silent: bool


def judge(due: DueDelivery, today: date) -> Fate | None:
    """Return why a due delivery must not be sent any more; None sends it."""
    if not due.stands:
        return Fate(state=DeliveryState.CANCELLED, reason="withdrawn")
    if not due.hears:
        return Fate(state=DeliveryState.SKIPPED, reason="not_addressed")
    if due.kind is NoticeKind.ESCALATION:
        return None if due.agency_silent else Fate(state=DeliveryState.SKIPPED, reason=Answered.DONE)
    if due.answered is not None:
        return Fate(state=DeliveryState.SKIPPED, reason=due.answered)
    if due.kind is NoticeKind.SNOOZE:
        return None
    if today > due.last_day:
        return Fate(state=DeliveryState.EXPIRED, reason="past_last_day")
    return Fate(state=DeliveryState.EXPIRED, reason="superseded") if due.nearer_due else None

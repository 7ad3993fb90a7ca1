"""The lease engine of the outbox: claim, commit `sending` before the call, settle by its outcome."""

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from bot.channels.base import Ambiguous, NotSent, Outcome, Permanent, Sent
from bot.storage.dialects import LEASE_S, Held, held_by, is_free, lease_end, leasing
from bot.storage.outbox import AT_ONCE, WAITING, Lane, OutboxState, outbox

_MAX_BACKOFF_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Held):
    """A message held by one worker."""

    dedupe_key: str
    lane: Lane
    channel: str
    chat: str = field(repr=False)
    person_id: int | None
    language: str
    payload: str = field(repr=False)
    reference: str | None
    last_day: date | None
    parts_done: int
    tried: str


def expire(connection: Connection, now: datetime) -> int:
    """Settle messages past their validity: expired, or uncertain if an earlier attempt may have arrived."""
    late = (outbox.c.state.in_(WAITING), outbox.c.valid_until <= now, is_free(outbox.c.lease_until))
    state = sa.case((outbox.c.resent, sa.literal(OutboxState.UNCERTAIN)), else_=sa.literal(OutboxState.EXPIRED))
    return connection.execute(sa.update(outbox).where(*late).values(state=state, payload=_kept_text())).rowcount


def rescue(connection: Connection, now: datetime, retry_s: float, *, sending: Collection[int] = ()) -> int:
    """Mark uncertain what a vanished worker began to send; `sending` are this process's own."""
    stuck = (outbox.c.state == OutboxState.SENDING, outbox.c.id.not_in(sending), is_free(outbox.c.lease_until))
    values = _uncertain("crash", now, retry_s)
    return connection.execute(sa.update(outbox).where(*stuck).values(values)).rowcount


def claim(
    connection: Connection, owner: str, lane: Lane, limit: int, *, now: datetime, today: date, but: Collection[str] = ()
) -> list[Claim]:
    """Lease up to limit due messages of a lane, oldest first, one for each chat, none over the channels `but`."""
    given = {"claimer": owner, "but": list(but), "of_lane": lane, "most": limit, "now": now, "today": today}
    rows = connection.execute(_claiming(), {**given, "seconds": LEASE_S}).mappings()
    held = (Claim(**{one.name: row[one.name] for one in fields(Claim)}) for row in rows)
    return sorted(held, key=lambda one: one.id)


def begin_sending(connection: Connection, held: Claim) -> bool:
    """Set the state `sending`; False when the message was withdrawn or taken over. Repeatable after a lost commit."""
    resent = sa.or_(outbox.c.resent, outbox.c.state == OutboxState.UNCERTAIN)
    values = {"state": OutboxState.SENDING, "lease_until": lease_end(), "resent": resent}
    return _change(connection, held, values)


def settle(
    connection: Connection, held: Claim, outcome: Outcome, now: datetime, *, retry_s: float, is_last: bool = True
) -> OutboxState | None:
    """Record the outcome of a call; None when a newer claim holds the message.

    A message of several parts stays claimed until the last one is sent.
    """
    values: dict[str, Any]
    match outcome:
        case Sent(provider_id=provider_id):
            values = {
                "state": OutboxState.SENT if is_last else OutboxState.RETRY,
                "parts_done": held.parts_done + 1,
                "provider_ids": outbox.c.provider_ids + f"{provider_id} ",
                "sent_at": now,
                "last_error": None,
                "lease_until": lease_end(),
            }
        case NotSent(reason=reason, retry_after=wait):
            backoff = wait if wait is not None else min(2.0**held.attempt, _MAX_BACKOFF_S)
            due = now + timedelta(seconds=backoff)
            values = {"state": OutboxState.RETRY, "last_error": reason, "not_before": due, "lease_until": None}
        case Permanent(reason=reason):
            values = {"state": OutboxState.FAILED, "last_error": reason}
        case Ambiguous(reason=reason):
            values = _uncertain(reason, now, retry_s)
    if values["state"] not in WAITING:
        values["payload"] = _kept_text()
    return OutboxState(values["state"]) if _change(connection, held, values) else None


def redirect(connection: Connection, held: Claim, channel: str, chat: str) -> bool:
    """Address the message to another chat: its new id, or the person's other channel."""
    values = {
        "channel": channel,
        "chat": chat,
        "state": OutboxState.PENDING,
        "not_before": AT_ONCE,
        "lease_until": None,
        "parts_done": 0 if channel != held.channel else held.parts_done,
        "tried": f"{held.tried}{held.channel} " if channel != held.channel else held.tried,
    }
    return _change(connection, held, values)


def move_chat(connection: Connection, channel: str, old: str, new: str) -> None:
    """Change the chat id of waiting messages."""
    waiting = (outbox.c.channel == channel, outbox.c.chat == old, outbox.c.state.in_(WAITING))
    connection.execute(sa.update(outbox).where(*waiting).values(chat=new))


def confirm(connection: Connection, channel: str, chat: str, references: Collection[str], now: datetime) -> bool:
    """Mark sent a chat's uncertain or sending message that the platform reports as delivered, by its reference.

    Only if no part was sent before: otherwise the report may be of an earlier part.
    """
    open_states = (OutboxState.UNCERTAIN, OutboxState.SENDING)
    unsure = (outbox.c.channel == channel, outbox.c.chat == chat, outbox.c.state.in_(open_states))
    reported = (outbox.c.parts_done == 0, outbox.c.reference.in_(references))
    sent = {"state": OutboxState.SENT, "sent_at": now, "payload": _kept_text()}
    return connection.execute(sa.update(outbox).where(*unsure, *reported).values(sent)).rowcount > 0


@cache
def _claiming() -> Any:
    """The statement of `claim`, built once."""
    now = sa.bindparam("now", type_=outbox.c.not_before.type)
    other = outbox.alias()
    # An earlier message of the same chat and lane goes first, unless it is not due yet.
    in_the_way = sa.or_(
        other.c.state.in_((OutboxState.SENDING, OutboxState.RETRY)),
        sa.and_(other.c.state == OutboxState.PENDING, other.c.not_before <= now),
    )
    same_chat = (other.c.channel == outbox.c.channel, other.c.chat == outbox.c.chat, other.c.lane == outbox.c.lane)
    earlier = sa.exists().where(*same_chat, other.c.id < outbox.c.id, in_the_way)
    repeat = sa.and_(
        outbox.c.state == OutboxState.UNCERTAIN,
        outbox.c.lane == "push",
        outbox.c.last_day == sa.bindparam("today", type_=outbox.c.last_day.type),
        ~outbox.c.resent,
        outbox.c.payload.is_not(None),
    )
    return leasing(
        outbox,
        sa.or_(outbox.c.state.in_(WAITING), repeat),
        outbox.c.lane == sa.bindparam("of_lane"),
        outbox.c.channel.not_in(sa.bindparam("but", expanding=True)),
        outbox.c.not_before <= now,
        outbox.c.valid_until > now,
        ~earlier,
    )


def _change(connection: Connection, held: Claim, values: dict[str, Any]) -> bool:
    """Change a held message; False if it is settled or held by a newer claim. `rescue` does not end a claim."""
    fence = (*held_by(outbox, held), outbox.c.state.in_((*WAITING, OutboxState.SENDING, OutboxState.UNCERTAIN)))
    return connection.execute(sa.update(outbox).where(*fence).values(values)).rowcount > 0


def _uncertain(reason: str, now: datetime, retry_s: float) -> dict[str, Any]:
    return {
        "state": OutboxState.UNCERTAIN,
        "last_error": reason,
        "not_before": now + timedelta(seconds=retry_s),
        "lease_until": None,
        "payload": _kept_text(),
    }


def _kept_text() -> ColumnElement[Any]:
    """The payload after settling: erased for answers, kept for pushes, which can be sent again by hand."""
    return sa.case((outbox.c.lane == "answer", None), else_=outbox.c.payload)

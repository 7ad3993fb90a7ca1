"""The outbox as a lease engine, on SQLite and on a real PostgreSQL."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, insert, select, update

from bot.channels.base import Ambiguous, NotSent, Sent
from bot.storage.erasure import forget_old, held_about
from bot.storage.outbox import (
    OutboundDraft,
    OutboxState,
    cancel,
    counts,
    doubtful,
    enqueue,
    others_wrote,
    outbox,
    replies,
)
from bot.storage.people import people
from bot.storage.sending import Claim, begin_sending, claim, confirm, expire, move_chat, redirect, rescue, settle
from handlers.domain import Button, Reply
from tests.support.databases import KINDS, fresh_database
from tests.support.outbox_rows import record

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.postgres if kind != "sqlite" else ()) for kind in KINDS])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with fresh_database(request.param, tmp_path) as opened:
        yield opened


def draft(key: str, **values: object) -> OutboundDraft:
    settings: dict[str, object] = {
        "dedupe_key": key,
        "channel": "telegram",
        "chat": "42",
        "reply": Reply(text=f"Tin {key}", buttons=(Button(label="Đã nộp", action="done:7"),)),
        "created_at": NOW,
        "not_before": NOW,
        **values,
    }
    return OutboundDraft(**settings)  # type: ignore[arg-type]  # the test names fields freely


def claim_now(connection: Connection, owner: str = "w1", lane: str = "push", now: datetime = NOW) -> list[Claim]:
    return claim(connection, owner, lane, 50, now=now, today=TODAY)  # type: ignore[arg-type]


def state(connection: Connection, key: str) -> OutboxState:
    found = record(connection, key)
    assert found is not None
    return found.state


def lose_leases(engine: Engine) -> None:
    """Let every lease run out, as after a crash and a minute."""
    with engine.begin() as connection:
        connection.execute(update(outbox).values(lease_until=1))


def test_a_message_is_queued_once_whatever_calls_how_often(engine: Engine) -> None:
    with engine.begin() as connection:
        first = enqueue(connection, draft("rem:1"))
        second = enqueue(connection, draft("rem:1", channel="zalo_bot", chat="other"))
    with engine.connect() as connection:
        assert first is not None
        assert second is None
        assert counts(connection) == {"pending": 1}


def test_a_rolled_back_plan_leaves_no_message(engine: Engine) -> None:
    with engine.connect() as connection:
        enqueue(connection, draft("rem:1"))
        connection.rollback()
        assert record(connection, "rem:1") is None


def test_a_sensitive_reply_is_never_stored(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(ValueError, match="sensitive"):
        enqueue(connection, draft("x", reply=Reply(text="Gọi 113", sensitive=True)))


def test_a_claim_returns_the_reply_as_it_was_put_in(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1", reference="17-1", last_day=TODAY))
        (held,) = claim_now(connection)
    assert replies().validate_json(held.payload) == draft("rem:1").reply
    assert (held.reference, held.attempt, held.parts_done) == ("17-1", 1, 0)


def test_two_workers_never_hold_the_same_message(engine: Engine) -> None:
    with engine.begin() as connection:
        for number in range(200):
            enqueue(connection, draft(f"rem:{number}", chat=str(number)))
    gate = threading.Barrier(4)

    def work(owner: str) -> list[int]:
        gate.wait()
        found: list[int] = []
        for _ in range(20):
            with engine.begin() as connection:
                found += [one.id for one in claim_now(connection, owner)]
        return found

    with ThreadPoolExecutor(4) as pool:
        claimed = [one for found in pool.map(work, ["a", "b", "c", "d"]) for one in found]
    assert len(claimed) == len(set(claimed)) == 200


def test_messages_of_one_chat_go_in_the_order_of_writing(engine: Engine) -> None:
    with engine.begin() as connection:
        for number in range(3):
            enqueue(connection, draft(f"a:{number}", lane="answer"))
        order = []
        for _ in range(3):
            (held,) = claim_now(connection, lane="answer")
            assert claim_now(connection, "w2", "answer") == []
            assert begin_sending(connection, held)
            settle(connection, held, Sent(provider_id="9"), NOW, retry_s=120)
            order.append(held.dedupe_key)
    assert order == ["a:0", "a:1", "a:2"]


def test_a_push_for_tomorrow_does_not_hold_up_one_for_today(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("later", not_before=NOW + timedelta(days=1)))
        enqueue(connection, draft("now"))
        assert [held.dedupe_key for held in claim_now(connection)] == ["now"]


def test_an_older_claim_cannot_settle_what_a_newer_one_holds(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1"))
        (old,) = claim_now(connection, "w1")
    lose_leases(engine)
    with engine.begin() as connection:
        (new,) = claim_now(connection, "w2")
        assert not begin_sending(connection, old)
        assert settle(connection, old, NotSent(reason="x"), NOW, retry_s=120) is None
        assert begin_sending(connection, new)
        assert settle(connection, new, Sent(provider_id="9"), NOW, retry_s=120) is OutboxState.SENT


def test_a_commit_whose_answer_was_lost_is_done_again(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1"))
        (held,) = claim_now(connection)
        assert begin_sending(connection, held)
        assert begin_sending(connection, held)
        assert state(connection, "rem:1") is OutboxState.SENDING


def test_a_crash_before_the_call_only_delays(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1"))
        claim_now(connection, "dead")
        assert claim_now(connection, "w2") == []
    lose_leases(engine)
    with engine.begin() as connection:
        rescue(connection, NOW, 120)
        assert [held.attempt for held in claim_now(connection, "w2")] == [2]


@pytest.mark.parametrize("last_day", [None, TODAY - timedelta(days=1), TODAY + timedelta(days=1)])
def test_a_crash_in_the_call_is_uncertain_and_not_repeated(engine: Engine, last_day: date | None) -> None:
    later = NOW + timedelta(minutes=5)
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1", last_day=last_day))
        (held,) = claim_now(connection, "dead")
        begin_sending(connection, held)
    lose_leases(engine)
    with engine.begin() as connection:
        assert rescue(connection, NOW, 120) == 1
        assert state(connection, "rem:1") is OutboxState.UNCERTAIN
        assert claim_now(connection, "w2", now=later) == []
        assert len(doubtful(connection, NOW)) == 1


def test_an_uncertain_reminder_whose_last_day_is_today_is_repeated_once(engine: Engine) -> None:
    later = NOW + timedelta(minutes=5)
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1", last_day=TODAY, reference="17-1"))
        (held,) = claim_now(connection)
        begin_sending(connection, held)
        assert settle(connection, held, Ambiguous(reason="timeout"), NOW, retry_s=120) is OutboxState.UNCERTAIN
        assert claim_now(connection, now=NOW + timedelta(seconds=60)) == []
        (again,) = claim_now(connection, now=later)
        assert again.reference == "17-1"
        begin_sending(connection, again)
        settle(connection, again, Ambiguous(reason="timeout"), later, retry_s=120)
        assert claim_now(connection, now=later + timedelta(hours=1)) == []
        assert state(connection, "rem:1") is OutboxState.UNCERTAIN


def test_an_uncertain_answer_is_not_repeated_and_its_words_are_gone(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("a:1", lane="answer", last_day=TODAY))
        (held,) = claim_now(connection, lane="answer")
        begin_sending(connection, held)
        settle(connection, held, Ambiguous(reason="timeout"), NOW, retry_s=0)
        assert claim_now(connection, lane="answer", now=NOW + timedelta(minutes=5)) == []
        assert connection.scalar(select(outbox.c.payload)) is None


def test_a_sent_answer_keeps_no_words_and_a_sent_push_does(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("a:1", lane="answer"))
        enqueue(connection, draft("rem:1", chat="43"))
        for lane in ("answer", "push"):
            (held,) = claim_now(connection, lane=lane)
            begin_sending(connection, held)
            settle(connection, held, Sent(provider_id="9"), NOW, retry_s=120)
        kept = {row.dedupe_key: row.payload for row in connection.execute(select(outbox))}
    assert kept["a:1"] is None
    assert "Tin rem:1" in (kept["rem:1"] or "")


def test_a_late_answer_of_the_platform_corrects_an_uncertain_message(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1"))
        (held,) = claim_now(connection, "slow")
        begin_sending(connection, held)
    lose_leases(engine)
    with engine.begin() as connection:
        rescue(connection, NOW, 120)
        assert settle(connection, held, Sent(provider_id="9"), NOW, retry_s=120) is OutboxState.SENT


def test_what_is_refused_for_now_waits_as_long_as_the_platform_says(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1"))
        (held,) = claim_now(connection)
        begin_sending(connection, held)
        settle(connection, held, NotSent(reason="429", retry_after=30), NOW, retry_s=120)
        assert claim_now(connection, now=NOW + timedelta(seconds=29)) == []
        assert len(claim_now(connection, now=NOW + timedelta(seconds=31))) == 1


def test_a_message_of_two_parts_goes_on_where_it_stopped(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("a:1", lane="answer"))
        (held,) = claim_now(connection, lane="answer")
        begin_sending(connection, held)
        assert settle(connection, held, Sent(provider_id="1"), NOW, retry_s=120, is_last=False) is OutboxState.RETRY
    lose_leases(engine)
    with engine.begin() as connection:
        rescue(connection, NOW, 120)
        (rest,) = claim_now(connection, "w2", "answer")
        assert rest.parts_done == 1


def test_what_is_no_longer_useful_is_expired_and_visible(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1", valid_until=NOW + timedelta(hours=2)))
        assert expire(connection, NOW) == 0
        assert expire(connection, NOW + timedelta(hours=2)) == 1
        assert state(connection, "rem:1") is OutboxState.EXPIRED


def test_a_withdrawn_message_is_not_sent_even_when_claimed(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1"))
        (held,) = claim_now(connection)
        assert cancel(connection, "rem:1")
        assert not begin_sending(connection, held)
        assert state(connection, "rem:1") is OutboxState.CANCELLED
        assert not cancel(connection, "rem:1")


def test_a_fallback_is_the_same_row_on_another_channel(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1"))
        (held,) = claim_now(connection)
        begin_sending(connection, held)
        assert redirect(connection, held, "zalo_bot", "z9")
        (again,) = claim_now(connection)
        assert (again.channel, again.chat, again.tried.split()) == ("zalo_bot", "z9", ["telegram"])
        assert counts(connection) == {"pending": 1}


def test_a_moved_chat_takes_its_waiting_messages_along(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1", chat="-5"))
        move_chat(connection, "telegram", "-5", "-1005")
        assert claim_now(connection)[0].chat == "-1005"


def test_news_of_delivery_settles_an_uncertain_message(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1", reference="17-1"))
        (held,) = claim_now(connection)
        begin_sending(connection, held)
        settle(connection, held, Ambiguous(reason="timeout"), NOW, retry_s=120)
        assert not confirm(connection, "telegram", "42", (), NOW)
        assert confirm(connection, "telegram", "42", ("18-1", "17-1"), NOW)
        assert state(connection, "rem:1") is OutboxState.SENT


def test_news_of_delivery_overtakes_the_answer_of_the_call_in_another_process(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("rem:1", reference="17-1"))
        (held,) = claim_now(connection)
        begin_sending(connection, held)
        assert confirm(connection, "telegram", "42", ("17-1",), NOW)
        assert settle(connection, held, Ambiguous(reason="timeout"), NOW, retry_s=120) is None
        assert state(connection, "rem:1") is OutboxState.SENT


def test_a_message_that_may_be_ours_is_nobody_elses(engine: Engine) -> None:
    def others(*ids: str) -> bool:
        return others_wrote(connection, "telegram", "42", ids, NOW - timedelta(hours=1))

    with engine.begin() as connection:
        enqueue(connection, draft("rem:1"))
        (held,) = claim_now(connection)
        begin_sending(connection, held)
        assert not others("m1")
        settle(connection, held, Sent(provider_id="m1"), NOW, retry_s=120)
        assert not others("m1")
        assert others("m1", "m2")


def test_erasing_a_person_takes_their_messages_along(engine: Engine) -> None:
    with engine.begin() as connection:
        values = {"role": "official", "joined_at": NOW}
        person = connection.execute(insert(people).values(**values).returning(people.c.id)).scalar_one()
        enqueue(connection, draft("rem:1", person_id=person))
        assert held_about(connection, person, ()) == {"outbox": 1}
        connection.execute(people.delete())
        assert record(connection, "rem:1") is None


def test_settled_messages_go_after_their_time_and_waiting_ones_stay(engine: Engine) -> None:
    with engine.begin() as connection:
        enqueue(connection, draft("old"))
        enqueue(connection, draft("waiting", chat="43", valid_until=NOW + timedelta(days=60)))
        expire(connection, NOW + timedelta(days=2))
        forget_old(connection, NOW + timedelta(days=60))
        assert record(connection, "old") is None
        assert record(connection, "waiting") is not None

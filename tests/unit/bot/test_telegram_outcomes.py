"""What each fault of the Telegram library says about the message."""

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.base import Ambiguous, Block, NotSent, Outcome, Permanent
from bot.channels.telegram import html_of, outcome_of


def caused(fault: TelegramError, cause: Exception) -> TelegramError:
    fault.__cause__ = cause
    return fault


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (RetryAfter(7), NotSent(reason="too many requests", retry_after=7)),
        (Forbidden("Forbidden: bot was blocked by the user"), Permanent(reason="forbidden", unreachable=True)),
        (ChatMigrated(-1009), Permanent(reason="migrated", migrate_to="-1009")),
        (InvalidToken("Unauthorized"), NotSent(reason="token refused", retry_after=300, alarm=True)),
        (BadRequest("Chat not found"), Permanent(reason="bad request", unreachable=True)),
        (BadRequest("message is too long"), Permanent(reason="bad request")),
        (TimedOut(), Ambiguous(reason="TimedOut")),
        (caused(TimedOut(), httpx.ReadTimeout("x")), Ambiguous(reason="TimedOut")),
        (caused(TimedOut(), httpx.PoolTimeout("x")), NotSent(reason="no connection")),
        (caused(TimedOut(), httpx.ConnectTimeout("x")), NotSent(reason="no connection")),
        (caused(NetworkError("x"), httpx.ConnectError("x")), NotSent(reason="no connection")),
        (caused(NetworkError("x"), httpx.ReadError("x")), Ambiguous(reason="NetworkError")),
        (NetworkError("Too Many Requests (429)"), NotSent(reason="too many requests")),
        (NetworkError("Bad Gateway"), Ambiguous(reason="NetworkError")),
        (TelegramError("Invalid server response"), Ambiguous(reason="TelegramError")),
    ],
)
def test_each_fault_has_its_outcome(fault: TelegramError, outcome: Outcome) -> None:
    assert outcome_of(fault) == outcome


def test_every_value_is_escaped_and_quotes_are_folded() -> None:
    blocks = [Block(text="a < b & c"), Block(text="Điều <5>", style="head"), Block(text="</blockquote>", style="quote")]
    assert html_of(blocks) == (
        "a &lt; b &amp; c\n\n<b>Điều &lt;5&gt;</b>\n<blockquote expandable>&lt;/blockquote&gt;</blockquote>"
    )

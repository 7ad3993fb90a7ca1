"""Logs hold no secrets and no people."""

import logging
import sys

import pytest

from bot.observability import RedactingFormatter, redact

TOKEN = "700000001:AAtest-token-of-no-bot-0123456789abcde"


def formatted(message: str, *values: object, secrets: tuple[str, ...] = (), fault: bool = False) -> str:
    info = sys.exc_info() if fault else None
    record = logging.LogRecord("x", logging.ERROR, "f", 1, message, values, info)
    return RedactingFormatter(secrets, "%(levelname)s %(message)s").format(record)


@pytest.mark.parametrize(
    "secret",
    [TOKEN, "0912345678", "0912 345 678", "+84 912 345 678", "84912345678", "0283.822.1234"],
)
def test_tokens_and_phone_numbers_never_show(secret: str) -> None:
    line = formatted("lỗi khi gọi https://api/bot%s/sendMessage", secret)
    assert secret not in line
    assert "lỗi khi gọi" in line


def test_a_traceback_is_redacted_too() -> None:
    try:
        raise RuntimeError(f"GET https://api.example/bot{TOKEN}/getMe")
    except RuntimeError:
        line = formatted("gãy", fault=True)
    assert "RuntimeError" in line
    assert TOKEN not in line


def test_the_configured_secrets_are_hidden_whatever_their_shape() -> None:
    assert formatted("mã là kín-như-bưng", secrets=("kín-như-bưng",)) == "ERROR mã là ***"


@pytest.mark.parametrize(
    "text", ["12/KH-UBND ngày 15/12/2023", "phiên 2026-11-21 20:15:01,123", "đã gửi 1234 tin", "113"]
)
def test_ordinary_figures_stay(text: str) -> None:
    assert redact(text) == text

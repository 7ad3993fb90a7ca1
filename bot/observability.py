"""Logging without secrets and personal data."""

import logging
import re
import sys
from collections.abc import Collection

_HIDDEN = "***"
_PATTERNS = (
    re.compile(r"\d{6,}:[\w-]{20,}"),
    re.compile(r"(?i)(?<=token[=:\s])\s*[\w.%-]{16,}"),
    re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .-]?\d){8,10}(?![\w-])"),
)
_NOISY = ("httpx", "httpcore", "uvicorn.access", "sqlalchemy.engine", "asyncio", "torch")


class RedactingFormatter(logging.Formatter):
    """Formats like its base, then hides tokens, known secrets and phone numbers, tracebacks included."""

    def __init__(self, secrets: Collection[str], format_: str) -> None:
        super().__init__(format_)
        self._secrets = sorted((one for one in secrets if len(one) >= 6), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted line."""
        return redact(super().format(record), self._secrets)


def redact(text: str, secrets: Collection[str] = ()) -> str:
    """Return text with secrets, whatever looks like a bot token, and phone numbers hidden."""
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(_HIDDEN, text)
    return text


def set_up_logging(level: str, secrets: Collection[str] = ()) -> None:
    """Redact every log line of the process, and silence libraries that log addresses."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secrets, "%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # The Telegram library logs whole answers it cannot parse; our channel reports the fault itself.
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True

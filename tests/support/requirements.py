"""What some tests need beyond Python; a test that lacks it says what to install, and CI lets nothing skip."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PLANS = Path(__file__).parents[3] / "shared" / "plans"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def need_chromium() -> str:
    """Return the path of Chromium, or skip."""
    return _need(shutil.which("chromium") or shutil.which("chromium-browser"), "chromium (apt install chromium)")


def need_tesseract() -> str:
    """Return the path of tesseract with Vietnamese, or skip."""
    found = shutil.which("tesseract")
    if found:
        listed = subprocess.run([found, "--list-langs"], capture_output=True, timeout=20, check=False)
        found = found if b"vie" in listed.stdout.split() else None
    return _need(found, "tesseract with Vietnamese (apt install tesseract-ocr tesseract-ocr-vie)")


def need_antiword() -> str:
    """Return the path of antiword, or skip."""
    return _need(shutil.which("antiword"), "antiword (apt install antiword)")


def need_plans() -> Path:
    """Return the folder of the five real plans, or skip: they are no part of the repository."""
    if not PLANS.is_dir():
        pytest.skip("the real plans lie outside the repository, in ../shared/plans")
    return PLANS


def _need(found: str | None, what: str) -> str:
    if found is None:
        if os.environ.get("ANTAM_NO_SKIPS"):
            pytest.fail(f"needs {what}")
        pytest.skip(f"needs {what}")
    return found

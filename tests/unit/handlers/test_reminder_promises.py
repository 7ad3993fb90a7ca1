"""What the documentation promises about reminders is what the program does."""

import re
from pathlib import Path

import pytest

from handlers.planning import DEFAULT_LEADS, SEND_AT, SEND_WINDOW

ROOT = Path(__file__).parents[3]
PAGES = ("README.md", "README.vi.md", "docs/howto/reminders.md", "docs/howto/nhac-viec.md")


@pytest.mark.parametrize("page", PAGES)
def test_the_leads_and_hours_named_are_those_in_force(page: str) -> None:
    text = " ".join((ROOT / page).read_text("utf-8").split())
    *named, last = [str(lead) for lead in DEFAULT_LEADS if lead]

    assert re.search(rf"{', '.join(named)} (?:and|và) {last} (?:days before|ngày)", text), "the leads"
    assert f"{SEND_AT:%H:%M}" in text, "the hour of sending"
    assert f"{SEND_WINDOW[0]:%H:%M}–{SEND_WINDOW[1]:%H:%M}" in text, "the window"
    assert 0 in DEFAULT_LEADS
    assert "on it" in text or "đúng ngày" in text or "chính ngày" in text, "the last day itself"

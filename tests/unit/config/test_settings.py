"""Settings: each documented with default and meaning; what nobody can use is named and set aside."""

from pathlib import Path

import pytest

from config.settings import Settings

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    page = PAGE.read_text("utf-8")
    for name, field in Settings.model_fields.items():
        row = next((line for line in page.splitlines() if line.startswith(f"| `{name.upper()}` ")), None)
        assert row is not None, name
        assert len(row.split("|")[4].split()) >= 3, f"{name} has no meaning"
        assert f"`{field.default}`" in row if field.default is not None else "| – |" in row, name


def test_no_documented_setting_is_unknown() -> None:
    known = {name.upper() for name in Settings.model_fields}
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("| `"):
            assert line.split("`")[1] in known, line


def test_an_absurd_value_is_named_in_one_line_and_the_default_holds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    absurd = {"PORT": "99999", "TELEGRAM_MODE": "pigeon", "SEND_TIMEOUT_S": "nan", "ZALO_OAUTH_URL": "http://far.away"}
    for name, value in absurd.items():
        monkeypatch.setenv(name, value)
    settings = Settings(_env_file=None)
    assert (settings.port, settings.telegram_mode, settings.send_timeout_s) == (8000, "polling", 15.0)
    assert settings.zalo_oauth_url.startswith("https://")
    assert len(caplog.messages) == len(absurd)
    assert all(any(name in line for line in caplog.messages) for name in absurd)
    assert not any(value in line for value in absurd.values() for line in caplog.messages)


def test_a_blank_setting_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    assert Settings(_env_file=None) == Settings.model_construct()

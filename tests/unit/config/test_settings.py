"""docs/settings.md names every setting with its default and meaning."""

from pathlib import Path

from config.settings import Settings

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    page = PAGE.read_text("utf-8")
    for name, field in Settings.model_fields.items():
        row = next((line for line in page.splitlines() if line.startswith(f"| `{name.upper()}` ")), None)
        assert row is not None, name
        assert str(field.description) in row, name
        assert f"`{field.default}`" in row if field.default is not None else "| – |" in row, name


def test_no_documented_setting_is_unknown() -> None:
    known = {name.upper() for name in Settings.model_fields}
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("| `"):
            assert line.split("`")[1] in known, line

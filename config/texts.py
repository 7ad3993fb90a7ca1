"""The catalogues: every sentence a person can read, by symbolic key."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("vi", "en")


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one language; a missing key or field is a programming error and raises KeyError."""

    language: str
    sentences: dict[str, str]

    def say(self, key: str, **fields: Any) -> str:
        """Return the sentence under key with its named fields filled in."""
        return self.sentences[key].format(**fields)


@cache
def load_texts(language: str) -> Texts:
    """Read config/catalogues/<language>/*.toml; nested tables become dotted keys."""
    sentences: dict[str, str] = {}
    folder = files("config") / "catalogues" / language
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            _flatten(tomllib.loads(file.read_text("utf-8")), "", sentences)
    return Texts(language, sentences)


def _flatten(table: dict[str, Any], prefix: str, into: dict[str, str]) -> None:
    for name, value in table.items():
        key = f"{prefix}.{name}" if prefix else name
        if isinstance(value, dict):
            _flatten(value, key, into)
        elif key in into:
            raise ValueError(f"sentence {key} stands in two catalogue files")
        else:
            into[key] = str(value)

"""The wording that understanding rests on: patterns kept as data in lexicon/wording.toml, compiled when first used."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from knowledge.vietnamese import fold

_NAMED = re.compile(r"\{([a-z_]+)\}")


class Wording:
    """The patterns of one topic and those that all share, each an attribute."""

    def __init__(self, topic: str) -> None:
        """Take the patterns under a topic; nothing is read yet."""
        self._topic = topic

    def __getattr__(self, name: str) -> re.Pattern[str]:
        """Compile a pattern of the topic, once; `~` before it makes it fit its words typed without marks too."""
        source = _source(_entries(self._topic), name)
        pattern = spelled(source[1:]) if source.startswith("~") else re.compile(source)
        setattr(self, name, pattern)
        return pattern

    def table(self, name: str) -> dict[str, str]:
        """Return a table of the topic; in patterns it stands for any of its keys."""
        found: dict[str, str] = _entries(self._topic)[name]
        return found

    def listed(self, name: str) -> frozenset[str]:
        """Return the words of a list of the topic."""
        return _words(_entries(self._topic)[name])


@cache
def _entries(topic: str) -> dict[str, Any]:
    return {**_topics()["shared"], **_topics()[topic]}


@cache
def _topics() -> dict[str, Any]:
    return tomllib.loads((files("knowledge") / "lexicon" / "wording.toml").read_text("utf-8"))


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _source(entries: dict[str, Any], name: str) -> str:
    entry = entries[name]
    if isinstance(entry, dict):
        return "|".join(entry)
    return _NAMED.sub(lambda found: _source(entries, found[1]), entry.replace("\n", ""))


def spelled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of marked words that also fits them typed without marks; for lower-case NFC text."""
    plain = "".join(letter if letter.isascii() else fold(letter) for letter in pattern)
    return re.compile(rf"(?:{pattern})|(?:{plain})")

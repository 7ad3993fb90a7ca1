"""The catalogues agree with each other and with the code."""

import re
import unicodedata
from pathlib import Path
from string import Formatter

import pytest

from config.texts import LANGUAGES, load_texts

ROOT = Path(__file__).parents[3]
PACKAGES = ("bot", "handlers", "retrieval", "knowledge", "config")


def _fields(sentence: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_both_languages_have_the_same_keys_and_fields() -> None:
    vietnamese, english = (load_texts(language).sentences for language in LANGUAGES)
    assert vietnamese.keys() == english.keys()
    for key, sentence in vietnamese.items():
        # English writes months by name, Vietnamese by number.
        assert _fields(sentence) == _fields(english[key]) - {"month"}, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_nfc_and_not_empty(language: str) -> None:
    for key, sentence in load_texts(language).sentences.items():
        assert unicodedata.is_normalized("NFC", sentence), key


def test_every_key_named_in_code_exists() -> None:
    known = load_texts("vi").sentences
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for key in re.findall(r"""(?:texts|\))\.say\(\s*"([a-z0-9_.]+)\"""", file.read_text("utf-8")):
                assert key in known, f"{file.name}: {key}"


def test_every_key_is_used_somewhere() -> None:
    code = "\n".join(
        file.read_text("utf-8")
        for package in PACKAGES
        for pattern in ("*.py", "*.html")
        for file in (ROOT / package).rglob(pattern)
    )
    for key in load_texts("vi").sentences:
        assert any(_is_named(code, part) for part in _endings(key)), key


def _endings(key: str) -> list[str]:
    """Return the key and its ends: some callers put the first table before every key themselves."""
    parts = key.split(".")
    return [".".join(parts[first:]) for first in range(len(parts))]


def _is_named(code: str, key: str) -> bool:
    """Whether code names the key, or forms it from its table or from the beginning of its last word."""
    table, dot, last = key.rpartition(".")
    beginnings = [f'"{table}{dot}{last[:length]}{{' for length in range(len(last) + 1)]
    return (
        f'"{key}"' in code or f"{{{{{key}}}}}" in code or any(start in code for start in (f'"{table}."', *beginnings))
    )

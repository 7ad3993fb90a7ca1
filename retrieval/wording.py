"""Plain words: questions and documents brought to one form, so that marks, short forms and slips do not part them."""

import re
import tomllib
from calendar import month_name
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from knowledge.vietnamese import fold

CAPITALS = "A-Z" + "".join(letter for letter in map(chr, range(0xC0, 0x1EFA)) if letter.isupper())
"""Every capital letter that Vietnamese uses, for character classes."""

PLAIN_KEPT = 8192
"""Texts whose plain words are kept ready: the names, duties and sentences of some ten plans."""

_JOINED = re.compile(r"\b[a-z]{1,9}(?:[&+][a-z]+|-[a-z]+)+")
_DOTTED = re.compile(r"\b(p|tp|h|tx|q|t)\.\s?(?=[a-z])")
_DOTTED_FORMS = {"p": "phong ", "tp": "thanh pho ", "h": "huyen ", "tx": "thi xa ", "q": "quan ", "t": "tinh "}
_HYPHENED = re.compile(r"(?<![\w/-])[a-z]+(?:-[a-z]+)+(?![\w/-])")
_PLAN = re.compile(
    r"\bkh(?=(?: so)? \d)|(?<=\bso )kh\b(?!&)|^kh\b(?!&)|\bkh(?= (?:gi|nao|cua|nay|do|may|ngay|thang)\b)"
)
"""Where "kh" is a plan: it also is the customer's "không" of chats."""
_WORD = re.compile(
    r"[ivx]+(?:\.\d+)+|\d+(?:[/.\-]\d+)+(?:/[a-z][a-z0-9&\-]*)*|\d+[a-z]?-?/?[a-z]+(?:[\-/&][a-z]+)*(?:/[a-z]+)?|[a-z0-9]+|%"
)
_SYLLABLE = re.compile(r"(?:ngh|ng|nh|gh|gi|kh|ch|ph|th|tr|qu|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|nh|ng|[cmnpt])?")
_WHOLE = re.compile(
    r"\b(?:(?:tr[ẻe]|ch[ịi]|địa|dia|thị|thi) (?:em|chỉ|chi|trấn|tran|xã|xa)|ch[ỉi] ti[êe]u|gi[ữu]a k[ỳy]"
    r"|(?:đổi|doi|thiểu|thieu|dân|dan) (?:số|so))\b"
)
"""Words whose second syllable alone carries no matter."""


@cache
def lexicon(name: str) -> dict[str, Any]:
    """Return one word list of retrieval/lexicon."""
    return tomllib.loads((files("retrieval") / "lexicon" / f"{name}.toml").read_text("utf-8"))


@cache
def short_forms() -> dict[str, str]:
    """Return every abbreviation with its full form, folded."""
    table = lexicon("abbreviations")
    return {**table["agencies"], **table["words"]}


@lru_cache(maxsize=16)
def any_word(words: tuple[str, ...], ending: str = "") -> re.Pattern[str]:
    """Return a pattern for any of some words, phrases or patterns, the longest first, as its first group."""
    longest = sorted(set(words), key=len, reverse=True)
    return re.compile(rf"(?<![\w/])({'|'.join(longest)}){ending}(?![\w/])")


@lru_cache(maxsize=PLAIN_KEPT)
def plain(text: str) -> str:
    """Return folded words with short forms written out, single spaces between; dates and numbers stay whole."""
    known = short_forms()

    def joined(found: re.Match[str]) -> str:
        bare = re.sub(r"[^a-z]", "", found[0])
        return known.get(bare, " ".join(known.get(part, part) for part in re.split(r"[^a-z]+", found[0])))

    folded = re.sub(r"\s*&\s*", "&", re.sub(r"(?<=\d) ?/ ?(?=\d)", "/", fold(text)))
    folded = _DOTTED.sub(lambda found: _DOTTED_FORMS[found[1]], folded)
    folded = _PLAN.sub("ke hoach", folded)
    chunks = (one if re.search(r"\d", one) else _JOINED.sub(joined, one) for one in folded.split())
    words = (word for chunk in chunks for word in _WORD.findall(chunk))
    kept = [word if word[0].isdigit() else known.get(word, word) for word in words]
    spelled = lexicon("abbreviations")["phrases"]
    return any_word(tuple(spelled)).sub(lambda found: str(spelled[found[1]]), " ".join(kept))


def in_vietnamese(folded: str) -> str:
    """Return a folded English question with the words of the domain in Vietnamese, each phrase as one word."""
    said = _HYPHENED.sub(lambda found: found[0].replace("-", " "), folded)
    said = _english().sub(lambda found: _english_table()[found[1]].replace(" ", "_"), said)
    said = re.sub(r"\b(\w+_\w+) (?:office|division|department|section|bureau|agency)\b", r"phong_\1", said)
    said = re.sub(r"\b(\w+_\w+) (?:board|committee)\b", r"ban_\1", said)
    said = re.sub(r"\b(?:office|division|department|section|bureau) (?:of|for) (?:the )?(?=\w+_)", "phong_", said)
    return said.replace("phong_phong_", "phong_")


def holds_english_phrase(folded: str) -> bool:
    """Tell whether a folded text holds an English phrase of the domain, of two words at least."""
    return any(" " in found[1] for found in _english().finditer(folded))


@cache
def _english_table() -> dict[str, str]:
    table = lexicon("english")
    return {name.replace("-", " "): meant for part in ("words", "agencies") for name, meant in table[part].items()}


def _english() -> re.Pattern[str]:
    return any_word(tuple(_english_table()), "(?:e?s)?")


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return a pattern of lexicon/patterns.toml."""
    months = "|".join(month.lower() for month in month_name if month)
    return re.compile(lexicon("patterns")[name].replace("{CAPITALS}", CAPITALS).replace("{MONTHS}", months), re.M)


@cache
def cues(name: str) -> re.Pattern[str]:
    """Return the pattern that announces one kind of question."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(f'(?:{one})' for one in lexicon('cues')[name]['patterns'])})(?!\w)")


def matches(name: str, words: str, typed: str = "") -> bool:
    """Tell whether plain words hold a cue of the kind named; where marks were typed, they must be those of the cue."""
    if not cues(name).search(words):
        return False
    marked = lexicon("cues")[name].get("marked")
    lower = typed.lower()
    return not marked or fold(lower) == lower or any(one in lower for one in marked)


@lru_cache(maxsize=PLAIN_KEPT)
def is_syllable(word: str) -> bool:
    """Tell whether a folded word can be a Vietnamese syllable."""
    return bool(_SYLLABLE.fullmatch(word))


def deletions(word: str) -> set[str]:
    """Return the word and every form of it with one letter missing; two words one slip apart share one."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def untyped(word: str) -> str:
    """Return a word without doubled letters and the key strokes of an unfinished Telex input ("nhieemj" is "nhiem")."""
    bare = re.sub(r"([a-z])\1", r"\1", word.replace("w", ""))
    return re.sub(r"[sfrxj]$", "", bare) if len(bare) > 2 else bare


def without_stops(text: str, *, english: bool) -> str:
    """Return lower-case text without the words that carry no matter; typed marks tell "bạo" from "bao"."""
    lower = text.lower()
    marked = fold(text) != lower
    said = lexicon("words")["stop_phrases"]
    meant = any_word(tuple(said)).sub(lambda found: str(said[found[1]]), lower)
    whole = _WHOLE.sub(lambda found: found[0].replace(" ", "_"), meant)
    stops = lexicon("words")["english" if english else "stop" if marked else "bare"]
    kept = any_word(tuple(stops.split())).sub(" ", whole)
    return kept if english else kept.replace("_", " ")

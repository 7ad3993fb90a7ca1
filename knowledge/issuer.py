"""Who issued a document: from the header, the sentence that promulgates it, or the signature."""

import re
from collections import Counter
from collections.abc import Sequence

from knowledge.agency_lexicon import lexicon
from knowledge.agency_mentions import find_agencies
from knowledge.glued import is_syllable
from knowledge.layout import Block
from knowledge.lines import plain_letters
from knowledge.wording import Wording

_WORDS = Wording("issuer")


def find_issuer(
    head: Sequence[str] | None, opening: Sequence[Block], blocks: Sequence[Block], place: str | None
) -> str | None:
    """Return the issuing body, completed with its locality where only a place line names it; None when unnamed."""
    text = "\n".join(block.text for block in blocks)
    named = _from_header(head) if head else None
    if named:
        parent, unit = named
        board = _WORDS.board.match(unit)
        if parent and board:
            # "BCH TỈNH TUYÊN QUANG" under "HỘI NÔNG DÂN VIỆT NAM" is the board of the body in that province.
            own = unit[board.end() :]
            unit = as_written(f"{_WORDS.of_the_country.sub('', parent) if own else parent}{own}", text)
        elif place and unit.isascii() and plain_letters(unit).endswith(f" {plain_letters(place)}"):
            # A scan lost the marks of its head; the place line and the sentences have them.
            unit = f"{as_written(unit[: -len(place)].strip(), text)} {place}"
        elif parent and (place_of := _WORDS.locality.search(parent)) and not _WORDS.locality.search(unit):
            # "CÔNG ĐOÀN … TỈNH" under "LĐLĐ TỈNH HÀ GIANG": the level is said once.
            unit = _WORDS.level_twice.sub(r"\1 ", f"{as_written(unit, text)} {as_written(place_of[0], text)}")
        else:
            unit = as_written(unit, text)
        return _complete(unit, text, place)
    found = _from_opening(opening)
    return _complete(found, text, place) if found else None


def find_place(issuer: str | None) -> str | None:
    """Return the locality in an issuer's name ("Kỳ Anh" of "UBND Huyện Kỳ Anh")."""
    found = _WORDS.place_of.search(issuer or "")
    return found[1] if found else None


def _from_header(head: Sequence[str]) -> tuple[str | None, str] | None:
    units: list[str] = []
    # A form in small letters belongs to the page above a letterhead.
    ends = (_WORDS.header_stop if text.isupper() else _WORDS.header_line for text in head)
    stop = next((i for i, end in enumerate(ends) if end.match(plain_letters(head[i]))), len(head))
    header = "\n".join(text for text in head[:stop] if not _WORDS.dated.search(plain_letters(text)))
    for motto in reversed(list(_WORDS.motto.finditer(plain_letters(header)))):
        header = f"{header[: motto.start()]}\n{header[motto.end() :]}"
    for line in header.split("\n"):
        kept = line.strip(" |-–*")
        if not kept or len(kept) > 110 or not (kept.isupper() or _looks_like_header(kept)):
            continue
        is_torn = units and " " not in kept and _WORDS.torn.search(units[-1])
        if _WORDS.starts.match(plain_letters(kept)) and not is_torn:
            units.append(kept)
        elif units:
            units[-1] = f"{units[-1]} {kept}"
    if not units:
        return None
    return (units[-2] if len(units) > 1 else None), units[-1]


def _looks_like_header(text: str) -> bool:
    is_name = _WORDS.levels.match(text) or any(mention.start == 0 for mention in find_agencies(text))
    return len(text) < 70 and not text.endswith((".", ":", ";", ",")) and bool(is_name)


def _from_opening(opening: Sequence[Block]) -> str | None:
    """Return the body that acts in the opening ("…, Ban Dân tộc xây dựng Kế hoạch …")."""
    for block in opening:
        plain = plain_letters(block.text)
        for act in _WORDS.acts.finditer(plain):
            # The nearest start of a clause that begins with a body's name; commas inside the name are allowed.
            starts = [
                found.end() for found in re.finditer(r"^|[,;.:]\s|\b(?:giam doc|chu tich) ", plain[: act.start()])
            ]
            for start in reversed(starts[-4:]):
                name = re.sub(r"\s*\([^)]*\)", "", block.text[start : act.start()])
                is_whole = len(name) < 90 and [mention.name for mention in find_agencies(name)] == [name]
                if is_whole and _WORDS.starts.match(plain[start:]):
                    return name
    return None


def as_written(name: str, text: str) -> str:
    """Return a name in capitals as the document's own sentences write it, else with ordinary capitals."""
    if not name.isupper():
        return name
    joint = name.split(" - ")
    if len(joint) > 1 and all(_WORDS.starts.match(plain_letters(part)) for part in joint):
        return " - ".join(as_written(part, text) for part in joint)
    if party := re.match(r"((?:TỈNH|HUYỆN|THÀNH|THỊ|QUẬN|ĐẢNG) (?:ỦY|UỶ))\s+(.+)$", name):
        level = _WORDS.party_level.match(party[2])
        place = party[2][level.end() if level else 0 :].title()
        return " ".join(filter(None, (party[1].capitalize(), level and level[1].lower(), place)))
    located = _WORDS.capital_level.search(name)
    body = _body_as_written((name[: located.start()] if located else name).strip(), text)
    return " ".join(filter(None, (body, located[1].lower(), (located[2] or "").title()))) if located else body


def _body_as_written(name: str, text: str) -> str:
    spots = re.finditer(re.escape(plain_letters(name)), plain_letters(text)) if name else ()
    written = (text[found.start() : found.end()] for found in spots)
    if own := next((one for one in written if one[0].isupper() and not one.isupper()), None):
        return own
    fields = re.match(r"(SỞ|PHÒNG|TRUNG TÂM|BAN|BỘ|HỘI|LIÊN ĐOÀN|CHI CỤC|VĂN PHÒNG) (.+)$", name)
    if not fields:
        return _with_capitals(name)
    plain_case = re.sub(r"\w+", lambda found: found[0] if _is_short(found[0]) else found[0].lower(), fields[2])
    capitals = re.sub(r"(?:^|[,-] ?| và )\w", lambda found: found[0][:-1] + found[0][-1].upper(), plain_case)
    return f"{fields[1].capitalize()} {capitals}"


def _is_short(word: str) -> bool:
    """Tell whether a word in capitals stands for several ("PTNT")."""
    return word in lexicon().raw["abbreviations"] or not is_syllable(word)


def _with_capitals(name: str) -> str:
    """Return a name with a capital on each head and field of work, and on each word that no list knows."""
    raw = lexicon().raw
    known = {*raw["heads"], *raw["bodies"], *lexicon().field_names}
    words, written = name.split(), list[str]()
    while words:
        starts = (" ".join(words[:count]).lower().replace("uỷ", "ủy") for count in range(5, 1, -1))
        taken = next((start.count(" ") + 1 for start in starts if start in known), 1)
        phrase = " ".join(words[:taken])
        if _is_short(words[0].strip(",")):
            written.append(" ".join([words[0], *(word.capitalize() for word in words[1:taken])]))
        else:
            is_joining = phrase.strip(",") in ("VÀ", "CỦA", "KHU", "VỰC", "CẤP", "CÁC", "XÃ", "PHƯỜNG", "THÔN", "BẢN")
            written.append(phrase.lower() if is_joining else phrase.capitalize())
        words = words[taken:]
    return " ".join(written)


def _complete(unit: str, text: str, place: str | None) -> str:
    """Add the locality to a name that lacks it, with the level the text itself gives that place."""
    bare_level = _WORDS.level_end.search(unit)
    if place is None and bare_level:
        # A news page tells its place in its own name and its text alone.
        word = _WORDS.proper_word.pattern
        named = re.finditer(rf"(?i:\b{bare_level[0]}) ({word}(?: {word}){{0,2}})", text)
        place = next((name for name, _ in Counter(found[1].title() for found in named).most_common(1)), None)
    if place is None or plain_letters(place) in plain_letters(unit) or _WORDS.no_locality.match(unit):
        return unit
    if bare_level:
        return f"{unit} {place}"
    if _WORDS.locality.search(unit):
        return unit
    levels = Counter(
        found[1].lower() for found in re.finditer(rf"(?i)({_WORDS.levels.pattern})\s+{re.escape(place)}\b", text)
    )
    return f"{unit} {levels.most_common(1)[0][0]} {place}" if levels else unit

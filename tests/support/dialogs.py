"""Dialogues as data: what a person does turn by turn, and what they must get, held on every channel with its own means.

The files of tests/dialogs are written in Vietnamese for people who do not program; their README names the words.
"""

import re
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.heard import Heard
from tests.support.speakers import Speaker

FOLDER = Path(__file__).parents[1] / "dialogs"
MESSENGERS = ("telegram", "zalo_oa", "zalo_bot")
CHANNELS = ("terminal", "web", *MESSENGERS)
KINDS = {
    "trả lời": "answer",
    "hỏi lại": "clarify",
    "từ chối": "refuse",
    "thẻ hỗ trợ": "referral",
    "lời nhắn": "command",
}
_ACTS = {"noi", "chon", "gui", "sua", "trong_nhom", "xem_nguyen_van"}
_EXPECTED = {"loai", "co", "khong_co", "lua_chon", "nguyen_van", "im_lang", "nhom_co", "nhom_im_lang"}
_EXPECTED |= {"nhieu_tin", "xoa_tin"}
_KEYS = _ACTS | _EXPECTED | {"bang_so", "chi_tren", "ghi_nho", "kenh_khac", "tren"}
_PATIENCE_S = 25.0
_SILENCE_S = 1.2
_CODE = re.compile(r"\b[A-Z0-9]{4}(?:-[A-Z0-9]{4}){2}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One act and what must come of it; `act` names the act, `words` what was said, chosen or sent."""

    act: str
    words: str
    by_number: bool = False
    elsewhere: bool = False
    """Whether the same person does it on another channel of theirs."""
    keeps: str = ""
    """The name under which the code that is told is kept for later turns."""
    channels: tuple[str, ...] = CHANNELS
    expected: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def wanted_on(self, channel: str) -> dict[str, Any]:
        """Return what is expected on a channel: what holds everywhere, and what the channel adds."""
        wanted = dict(self.expected)
        for names, extra in self.more.items():
            if channel == names or (names == "nhan_tin" and channel in MESSENGERS):
                for key, value in extra.items():
                    wanted[key] = [*wanted.get(key, []), *value] if isinstance(value, list) else value
        return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """A conversation that must go alike on every channel."""

    name: str
    title: str
    turns: tuple[Turn, ...]


def read_dialogues() -> dict[str, Dialogue]:
    """Return every dialogue by the name of its file; a word the README does not name is a mistake."""
    return {file.stem: read_dialogue(file) for file in sorted(FOLDER.glob("*.toml"))}


def read_dialogue(file: Path) -> Dialogue:
    """Return the dialogue of one file."""
    raw = tomllib.loads(file.read_text("utf-8"))
    turns = tuple(_read_turn(one, f"{file.name}, lượt {number}") for number, one in enumerate(raw["luot"], 1))
    return Dialogue(name=file.stem, title=raw["ten"], turns=turns)


def _read_turn(raw: Mapping[str, Any], where: str) -> Turn:
    acts = raw.keys() & _ACTS
    expected = {key: value for key, value in raw.items() if key in _EXPECTED}
    assert len(acts) == 1 and raw.keys() <= _KEYS, f"{where}: {sorted(raw.keys() - _KEYS)}, {sorted(acts)}"
    assert expected, f"{where}: không mong đợi gì"
    assert expected.get("loai", "trả lời") in KINDS, f"{where}: loai"
    act = acts.pop()
    return Turn(
        act=act,
        words=str(raw[act]),
        by_number=bool(raw.get("bang_so")),
        elsewhere=bool(raw.get("kenh_khac")),
        keeps=raw.get("ghi_nho", ""),
        channels=tuple(raw.get("chi_tren", CHANNELS)),
        expected=expected,
        more=raw.get("tren", {}),
    )


def hold(dialogue: Dialogue, speaker: Speaker, given: Mapping[str, str], beside: Speaker | None = None) -> int:
    """Hold a dialogue on a channel and return the turns held; AssertionError says what went otherwise than written.

    `given` fills {names} in the words (a code of invitation); `beside` is the same person on another channel.
    """
    held, own, known = 0, speaker, dict(given)
    for number, turn in enumerate(dialogue.turns, 1):
        speaker = beside if turn.elsewhere and beside is not None else own
        if own.channel not in turn.channels or not _can(speaker, turn):
            continue
        where = f"{dialogue.name}, lượt {number} ({turn.act}: {turn.words}), trên {speaker.channel}"
        _act(speaker, turn, known)
        wanted = turn.wanted_on(speaker.channel)
        heard = _listen(speaker, wanted)
        missing = _missing(speaker, heard, wanted)
        assert not missing, f"{where}: {'; '.join(missing)}\n--- nghe được:\n{heard}"
        if turn.keeps:
            known[turn.keeps] = _CODE.findall("\n".join(heard.texts))[-1]
        held += 1
    assert held, f"{dialogue.name} has no turn on {speaker.channel}"
    return held


def _can(speaker: Speaker, turn: Turn) -> bool:
    able = {"gui": speaker.sends_media, "trong_nhom": speaker.has_groups, "sua": speaker.edits_messages}
    return able.get(turn.act, True)


def _act(speaker: Speaker, turn: Turn, given: Mapping[str, str]) -> None:
    words = turn.words
    for name, value in given.items():
        words = words.replace(f"{{{name}}}", value)
    match turn.act:
        case "noi":
            speaker.says(words)
        case "chon":
            speaker.picks(words, by_number=turn.by_number)
        case "gui":
            speaker.sends(words)
        case "sua":
            speaker.edits(words)
        case "trong_nhom":
            speaker.says_in_group(words)
        case _:
            speaker.asks_for_quotes()


def _listen(speaker: Speaker, wanted: Mapping[str, Any]) -> Heard:
    """Return what was heard once it is enough and nothing more is on its way, or when patience ends."""
    silent = wanted.get("im_lang") or wanted.get("nhom_im_lang")
    begun = time.monotonic()
    while time.monotonic() - begun < _PATIENCE_S:
        heard = speaker.hears()
        waited = not silent or time.monotonic() - begun > _SILENCE_S or speaker.answers_at_once
        if waited and not _missing(speaker, heard, wanted) and speaker.is_settled():
            break
        if not waited or not speaker.answers_at_once:
            time.sleep(0.05)
            continue
        break
    return speaker.turns_over()


def _missing(speaker: Speaker, heard: Heard, wanted: Mapping[str, Any]) -> list[str]:
    """Return what was expected and is not there, in words."""
    text, quotes, group = "\n".join(heard.texts), heard.quotes, "\n".join(heard.group)
    labels = "\n".join(heard.choices)
    found = [f"thiếu “{words}”" for words in wanted.get("co", []) if words not in text]
    found += [f"có “{words}”" for words in wanted.get("khong_co", []) if words in text + quotes + group]
    found += [f"không có lựa chọn “{words}”" for words in wanted.get("lua_chon", []) if words not in labels]
    found += [f"nguyên văn thiếu “{words}”" for words in wanted.get("nguyen_van", []) if words not in quotes]
    found += [f"nhóm thiếu “{words}”" for words in wanted.get("nhom_co", []) if words not in group]
    if wanted.get("im_lang") and heard.texts:
        found.append("lẽ ra không nói gì")
    if wanted.get("nhom_im_lang") and heard.group:
        found.append("lẽ ra không nói gì trong nhóm")
    if wanted.get("xoa_tin") and not speaker.deleted():
        found.append("không xóa tin nào")
    if wanted.get("nhieu_tin") and len(heard.texts) < 2:
        found.append("chỉ có một tin")
    if "loai" in wanted:
        found += _unlike(heard, KINDS[wanted["loai"]])
    return found


def _unlike(heard: Heard, kind: str) -> list[str]:
    """Return in which way what was heard is not of the kind; a channel that names kinds must name this one."""
    signs = {
        "answer": heard.cites,
        "clarify": len(heard.choices) >= 2 and not heard.is_protected,
        "referral": "113" in "\n".join(heard.texts) and heard.is_protected is not False and not heard.cites,
    }
    right = signs.get(kind, bool(heard.texts) and heard.is_protected is not True)
    right = right and heard.kind in (None, kind)
    return [] if right else [f"không phải {kind} mà là {heard.kind or 'loại khác'}"]

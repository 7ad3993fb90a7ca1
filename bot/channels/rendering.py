"""Turns a reply into messages of bounded length, with buttons or numbered choices."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.channels.base import Block, Limits, Part
from config.texts import Texts
from handlers.domain import Button, Content, IncomingMessage, Reply
from knowledge.vietnamese import fold
from retrieval.domain import Citation

_PICK = "pick"
"""Verb of a choice kept in the store: `pick:<message>:<number>`."""
_MAX_BLOCKS = 80
_GAP = 2
_ACTION_BYTES = 64
_BREAKS = ("\n\n", "\n", ". ", "; ", " ")
_BY_NUMBER = re.compile(r"(?:(?:so|chon|cau|number) )*\(?(\d{1,2})[.)]?")
_MAX_LABEL = 80
_QUOTES = " .!\"'“”"
_NUMBERED = re.compile(r"[IVXLC\d.]+[a-zđ]?")
_MARKS = re.compile(r"\*+|_{2,}|^#+\s+|\A[-+•]\s+", re.MULTILINE)
_TORN = re.compile(r"\s*\n\s*(?=(\w)(?![).]))")


def render(reply: Reply, limits: Limits, texts: Texts, number: int) -> tuple[list[Part], tuple[Button, ...]]:
    """Return a reply's messages, and the meaning of their numbered choices and `pick` buttons.

    `number` identifies this reply in the `pick` data of its buttons. Only the last message has choices.
    """
    cited: dict[str, list[str]] = {}
    for one in reply.citations:
        cited.setdefault(source_line(one, texts), []).append(readable(one.quote))
    blocks, label = [Block(text=reply.text)], texts.say("channels.sources")
    entries = [*reply.buttons]
    if limits.folds_quotes:
        for line, quotes in cited.items():
            blocks += [Block(text=f"{label} {line}", style="head"), *(Block(text=one, style="quote") for one in quotes)]
    elif cited:
        blocks.append(Block(text="\n".join([label, *cited])))
    if cited:
        quoted = "\n\n".join("\n".join([line, *(f"“{one}”" for one in quotes)]) for line, quotes in cited.items())
        entries.append(Button(label=texts.say("channels.verbatim"), show=quoted))
    # Quotes folded under the answer need no button; asked for in words they are shown all the same.
    offered = entries[: len(reply.buttons)] if limits.folds_quotes else entries
    choices: tuple[Button, ...] = ()
    if len(offered) <= limits.buttons:
        # What has no short action of its own is looked up when it is pressed.
        actions = [one.action if len((one.action or "").encode()) <= _ACTION_BYTES else None for one in offered]
        picks = [action or f"{_PICK}:{number}:{index}" for index, action in enumerate(actions, 1)]
        choices = tuple(Button(label=one.label, action=pick) for one, pick in zip(offered, picks, strict=True))
    else:
        lines = [f"{index}. {entry.label}" for index, entry in enumerate(offered, 1)]
        blocks.append(Block(text="\n".join([texts.say("channels.choose"), *lines])))
    parts = [Part(blocks=tuple(some), sensitive=reply.sensitive) for some in split(blocks, limits.text_units)]
    parts[-1] = replace(parts[-1], choices=choices)
    return parts, tuple(entries)


def split(blocks: Sequence[Block], limit: int) -> list[list[Block]]:
    """Distribute blocks over messages of at most limit units, split at paragraphs where possible."""
    messages: list[list[Block]] = [[]]
    room = limit
    for block in blocks:
        rest = block.text.strip()
        while rest:
            if units(rest) <= room and len(messages[-1]) < _MAX_BLOCKS:
                messages[-1].append(replace(block, text=rest))
                room -= units(rest) + _GAP
                break
            is_open = block.style == "text" or all(one.style == "head" for one in messages[-1])
            if not messages[-1] or (is_open and room > limit // 3):
                start, rest = _cut(rest, room)
                messages[-1].append(replace(block, text=start))
            # A heading moves with the block below it.
            moves = len(messages[-1]) > 1 and messages[-1][-1].style == "head"
            messages.append([messages[-1].pop()] if moves else [])
            room = limit - sum(units(one.text) + _GAP for one in messages[-1])
    return [message for message in messages if message] or [[Block(text="…")]]


def units(text: str) -> int:
    """Return the length in UTF-16 code units, as platforms count."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def source_line(citation: Citation, texts: Texts) -> str:
    """Return a quote's source in one line: number, place (or title, or file), year unless named, section."""
    place = citation.place or citation.title or citation.source
    year, section = None if str(citation.year) in place else citation.year, citation.section
    if section and _NUMBERED.fullmatch(section):
        section = texts.say("reminders.section", section=section)
    return " · ".join(str(part) for part in (citation.number, place, year, section) if part)


def readable(quote: str) -> str:
    """Return a quote without Markdown marks and without line breaks inside a sentence."""
    return _TORN.sub(lambda torn: " " if torn[1].islower() else torn[0], _MARKS.sub("", quote))


def lines_to_read(
    text: str, options: Sequence[str], citations: Sequence[Citation], texts: Texts, *, first: int = 1
) -> str:
    """Return an answer for a terminal: options numbered from `first`, sources last."""
    lines = [text, *(f"  {number}. {option}" for number, option in enumerate(options, first))]
    for one in citations:
        head, quote = source_line(one, texts), readable(one.quote)
        lines.append(texts.say("command.source", head=head, source=one.source, quote=quote))
    return "\n".join(lines)


def picked(message: IncomingMessage) -> tuple[int, int] | None:
    """Return the message picked from (0: the latest) and the choice (0: named by its words); None: no pick."""
    if message.action is None:
        if not 0 < len(message.text) <= _MAX_LABEL:
            return None
        told = _BY_NUMBER.fullmatch(fold(message.text.strip()))
        return 0, int(told[1]) if told else 0
    verb, _, rest = message.action.partition(":")
    number, _, index = rest.partition(":")
    if verb != _PICK or not (number.isdecimal() and index.isdecimal()) or len(rest) > 20:
        return None
    return int(number), int(index)


def resolve(message: IncomingMessage, entries: Sequence[Button], index: int) -> tuple[IncomingMessage, str | None]:
    """Return the message that a pick (by words or number) means, and the text to show at once, if any."""
    said = fold(message.text.strip(_QUOTES))
    named = [entry for entry in entries if said and said == fold(entry.label.strip(_QUOTES))]
    if not (meant := named or entries[max(index - 1, 0) : index]):
        return message, None
    entry = meant[0]
    if entry.show is not None:
        return message, entry.show
    if entry.action is None:
        return replace(message, text=entry.label, content=Content.TEXT, action=None), None
    return replace(message, text=entry.label, content=Content.ACTION, action=entry.action), None


def _cut(text: str, room: int) -> tuple[str, str]:
    """Split text within room units, at the best break; return both pieces."""
    end = room
    while units(text[:end]) > room:
        end -= units(text[:end]) - room
    for mark in _BREAKS:
        at = text.rfind(mark, end // 2, end)
        if at > 0:
            return text[: at + len(mark)].rstrip(), text[at + len(mark) :].lstrip()
    return text[:end], text[end:]

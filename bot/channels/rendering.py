"""How a reply becomes messages of bounded length, with buttons or numbered choices."""

from collections.abc import Sequence
from dataclasses import replace

from bot.channels.base import PICK, Block, Choice, Entry, Limits, Part
from config.texts import Texts
from handlers.domain import Content, IncomingMessage, Reply
from retrieval.domain import Citation

_MAX_BLOCKS = 80
_GAP = 2
_ACTION_BYTES = 64
_BREAKS = ("\n\n", "\n", ". ", "; ", " ")


def render(reply: Reply, limits: Limits, texts: Texts, number: int) -> tuple[list[Part], tuple[Entry, ...]]:
    """Return the messages that say reply, and what their numbered choices and `pick` buttons stand for.

    `number` names this reply in the `pick` data of its buttons. Choices stand under the last message only.
    """
    blocks = [Block(text=reply.text), *_sources(reply.citations, limits, texts)]
    entries = [Entry(label=button.label, action=button.action) for button in reply.buttons]
    if reply.citations and not limits.folds_quotes:
        quotes = "\n\n".join(f"{source_line(one)}\n“{one.quote}”" for one in reply.citations)
        entries.append(Entry(label=texts.say("channels.verbatim"), show=quotes))
    choices: tuple[Choice, ...] = ()
    if entries and len(entries) <= limits.buttons:
        choices = tuple(_choice(entry, number, index) for index, entry in enumerate(entries, 1))
    elif entries:
        lines = [f"{index}. {entry.label}" for index, entry in enumerate(entries, 1)]
        blocks.append(Block(text="\n".join([texts.say("channels.choose"), *lines])))
    parts = [Part(blocks=tuple(some), sensitive=reply.sensitive) for some in split(blocks, limits.text_units)]
    parts[-1] = replace(parts[-1], choices=choices)
    return parts, tuple(entries)


def split(blocks: Sequence[Block], limit: int) -> list[list[Block]]:
    """Share blocks out over messages of at most limit units, at paragraphs where possible."""
    messages: list[list[Block]] = [[]]
    room = limit
    for block in blocks:
        rest = block.text.strip()
        while rest:
            if units(rest) <= room and len(messages[-1]) < _MAX_BLOCKS:
                messages[-1].append(replace(block, text=rest))
                room -= units(rest) + _GAP
                break
            if not messages[-1] or (block.style == "text" and room > limit // 3):
                head, rest = _cut(rest, room)
                messages[-1].append(replace(block, text=head))
            messages.append([])
            room = limit
    return [message for message in messages if message] or [[Block(text="…")]]


def units(text: str) -> int:
    """Return the length as the platforms count it: UTF-16 code units."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def source_line(citation: Citation) -> str:
    """Return where a quote stands in one line: number, place (or title, or file), year unless it is named, section."""
    place = citation.place or citation.title or citation.source
    year = None if str(citation.year) in place else citation.year
    return " · ".join(str(part) for part in (citation.number, place, year, citation.section) if part)


def lines_to_read(
    text: str, options: Sequence[str], citations: Sequence[Citation], texts: Texts, *, first: int = 1
) -> str:
    """Return an answer as a terminal shows it: options numbered from `first`, sources last."""
    lines = [text, *(f"  {number}. {option}" for number, option in enumerate(options, first))]
    for one in citations:
        lines.append(texts.say("command.source", head=source_line(one), source=one.source, quote=one.quote))
    return "\n".join(lines)


def picked(message: IncomingMessage) -> tuple[int, int] | None:
    """Return which message's choices were picked from (0: the latest) and which of them; None for other messages."""
    if message.action is None:
        words = message.text.strip()
        return (0, int(words)) if words.isdecimal() and len(words) <= 2 else None
    verb, _, rest = message.action.partition(":")
    number, _, index = rest.partition(":")
    if verb != PICK or not (number.isdecimal() and index.isdecimal()) or len(rest) > 20:
        return None
    return int(number), int(index)


def resolve(message: IncomingMessage, entries: Sequence[Entry], index: int) -> tuple[IncomingMessage, str | None]:
    """Return the message that choosing entry number index means, or the text to show at once."""
    if not 1 <= index <= len(entries):
        return message, None
    entry = entries[index - 1]
    if entry.show is not None:
        return message, entry.show
    if entry.action is None:
        return replace(message, text=entry.label, content=Content.TEXT, action=None), None
    return replace(message, text=entry.label, content=Content.ACTION, action=entry.action), None


def _sources(citations: Sequence[Citation], limits: Limits, texts: Texts) -> list[Block]:
    if not citations:
        return []
    if not limits.folds_quotes:
        lines = dict.fromkeys(source_line(citation) for citation in citations)
        return [Block(text="\n".join([texts.say("channels.sources"), *lines]))]
    blocks: list[Block] = []
    for citation in citations:
        line = f"{texts.say('channels.sources')} {source_line(citation)}"
        blocks += [Block(text=line, style="head"), Block(text=citation.quote, style="quote")]
    return blocks


def _choice(entry: Entry, number: int, index: int) -> Choice:
    direct = entry.action is not None and len(entry.action.encode()) <= _ACTION_BYTES
    return Choice(label=entry.label, data=entry.action if direct and entry.action else f"{PICK}:{number}:{index}")


def _cut(text: str, room: int) -> tuple[str, str]:
    """Return the longest good beginning of text within room units, and the rest."""
    end = room
    while units(text[:end]) > room:
        end -= units(text[:end]) - room
    for mark in _BREAKS:
        at = text.rfind(mark, end // 2, end)
        if at > 0:
            return text[: at + len(mark)].rstrip(), text[at + len(mark) :].lstrip()
    return text[:end], text[end:]

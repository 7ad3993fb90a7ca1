"""What a person hears on a channel in one turn of a dialogue."""

from dataclasses import dataclass

from config.texts import load_texts

SOURCES = tuple(load_texts(language).say("channels.sources") for language in ("vi", "en"))
VERBATIM = tuple(load_texts(language).say("channels.verbatim") for language in ("vi", "en"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as a person sees it; `is_protected` is None where the channel cannot protect."""

    text: str
    choices: tuple[str, ...] = ()
    quotes: str = ""
    is_protected: bool | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of one turn, in private and in the group; quotes are the folded or asked-for original words."""

    messages: tuple[Message, ...] = ()
    group: tuple[str, ...] = ()
    quotes: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The words of the messages."""
        return tuple(message.text for message in self.messages)

    @property
    def choices(self) -> tuple[str, ...]:
        """What could be chosen, but for the original wording."""
        return tuple(label for message in self.messages for label in message.choices if label not in VERBATIM)

    @property
    def cites(self) -> bool:
        """Whether a source is named."""
        return bool(self.quotes) or any(source in text for text in self.texts for source in SOURCES)

    @property
    def is_protected(self) -> bool | None:
        """Whether the first message may not be forwarded; None where the channel cannot tell."""
        return self.messages[0].is_protected if self.messages else None

    @property
    def kind(self) -> str | None:
        """The kind the channel names; most name none."""
        return self.messages[0].kind if self.messages else None

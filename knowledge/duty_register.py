"""The register that duties are collected in, with whom each stretch of the document speaks to."""

from bisect import bisect_right
from collections.abc import Sequence

from knowledge.domain import Duty, Role, stable_suffix
from knowledge.layout import Block

SHORTEST = 12
_SHORTEST_CELL = 5
_LONGEST_QUOTE = 700


class Register:
    """Collects duties, each once, and whom each stretch of the document speaks to."""

    def __init__(self, document_text: str, document_id: str) -> None:
        """Take the text that is quoted."""
        self.document_text = document_text
        self.document_id = document_id
        self._found: dict[str, Duty] = {}
        self._spoken: dict[int, tuple[int, tuple[str, ...]]] = {}
        self._starts: list[int] = []

    @property
    def duties(self) -> tuple[Duty, ...]:
        """The duties in the order they were read."""
        return tuple(self._found.values())

    def told(self, place: int) -> tuple[str, ...]:
        """Return who is told by the words at a place of the document, nobody where everybody is."""
        self._starts = self._starts or sorted(self._spoken)
        at = bisect_right(self._starts, place)
        end, names = self._spoken[self._starts[at - 1]] if at else (0, ())
        return names if place < end else ()

    def speak(self, block: Block, start: int, end: int, names: Sequence[str]) -> None:
        """Note that block.text[start:end] speaks to these."""
        if end > start:
            first, last = block.span(start, end)
            self._spoken[first] = (last, tuple(dict.fromkeys(names)))

    def add(
        self,
        block: Block,
        start: int,
        end: int,
        names: Sequence[str],
        roles: Sequence[Role],
        *,
        is_request: bool = False,
        proof: Block | None = None,
    ) -> None:
        """Give block.text[start:end] to everybody named, once in each role; a scrap outside a table is no duty.

        `proof` is the label further down that says who does it; the quotation reaches to it.
        """
        text = block.text[start:end].strip(" ;")
        if len(text) < (_SHORTEST_CELL if "|" in block.text else SHORTEST):
            return
        opening = len(block.text) - len(block.body)
        is_short = len(block.body) <= _LONGEST_QUOTE
        quote = block.quote(self.document_text, *((opening, None) if is_short else (start, end)))
        if proof:
            whole = self.document_text[block.span(opening)[0] : proof.span()[1]].strip()
            quote = whole if len(whole) <= _LONGEST_QUOTE else quote
        for name in names:
            for role in roles:
                suffix = stable_suffix(name, block.section or "", role.value, text)
                duty = Duty(
                    id=f"{self.document_id}.{suffix}",
                    agency=name,
                    role=role,
                    text=text,
                    quote=quote,
                    section=block.section,
                    is_request=is_request,
                )
                self._found.setdefault(suffix, duty)

"""Collects the duties of a document, and who is addressed at each place of its text."""

from bisect import bisect_right
from collections.abc import Sequence

from knowledge.domain import Duty, Role, stable_suffix
from knowledge.layout import Block

SHORTEST = 12
_SHORTEST_CELL = 5
_LONGEST_QUOTE = 700


class Register:
    """The duties found so far, without repetition, and the addressees of each stretch of text."""

    def __init__(self, document_text: str, document_id: str) -> None:
        """Start empty; quotations are taken from document_text."""
        self.document_text = document_text
        self.document_id = document_id
        self._found: dict[str, Duty] = {}
        self._noted: dict[int, tuple[int, tuple[str, ...]]] = {}
        self._starts: list[int] = []

    @property
    def duties(self) -> tuple[Duty, ...]:
        """The duties in the order they were read."""
        return tuple(self._found.values())

    def addressees(self, place: int) -> tuple[str, ...]:
        """Return who is addressed at an offset of the document's text, () where it is everybody."""
        self._starts = self._starts or sorted(self._noted)
        at = bisect_right(self._starts, place)
        end, names = self._noted[self._starts[at - 1]] if at else (0, ())
        return names if place < end else ()

    def note(self, block: Block, start: int, end: int, names: Sequence[str]) -> None:
        """Record who is addressed in block.text[start:end]."""
        if end > start:
            first, last = block.span(start, end)
            self._noted[first] = (last, tuple(dict.fromkeys(names)))

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
        """Add block.text[start:end] as a duty of every name in every role, unless it is too short to be one.

        `proof` is a later block that names the agency; the quotation then extends to it.
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

"""Which part of a document a line belongs to: head, body, closing, signature, or what is appended after it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from knowledge.lines import Line, plain_letters
from knowledge.wording import Wording

_WORDS = Wording("regions")

HEAD, BODY, CLOSING, SIGNATURE, AFTER = "head", "body", "closing", "signature", "after signature"
OTHER = "other"
"""What stands on a page and is no part of the document: links to other news, notes at its foot."""

_LONGEST_NAME = 80


def find_regions(lines: Sequence[Line], is_numbered: Sequence[bool]) -> list[str]:
    """Return the region of each line; `is_numbered` tells which lines open a numbered section."""
    sheet = _Sheet([line.text for line in lines], [plain_letters(line.text) for line in lines], is_numbered)
    plains, count = sheet.plains, len(lines)
    regions = [AFTER] * count
    start: int | None = 0
    while start is not None and start < count:
        body = sheet.body_start(start)
        sign = sheet.signature_start(body)
        is_over = sign < count and _WORDS.related.match(plains[sign])
        end = count if is_over else sheet.signature_end(sign)
        regions[start:body] = [HEAD] * (body - start)
        regions[body:sign] = [BODY] * (sign - body)
        regions[sign:end] = [OTHER if is_over else SIGNATURE] * (end - sign)
        for index in sheet.closings(body, sign):
            regions[index] = CLOSING
        start = sheet.carried_document(end)
        if start is None:
            # Below the signature a page goes on with links, unless an annex stands there.
            below = takewhile(lambda i: not _WORDS.attached.match(plains[i]), range(end, count))
            links = next((i for i in below if _WORDS.related.match(plains[i])), count)
            regions[links:] = [OTHER] * (count - links)
    return [AFTER if _WORDS.footnote.match(plain) else region for plain, region in zip(plains, regions, strict=True)]


def is_capacity(text: str) -> bool:
    """Tell whether a line names in what capacity somebody signs."""
    return len(text) < 100 and text.upper() == text and bool(_WORDS.capacity.match(plain_letters(text)))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The lines of a document, as printed and without marks, and which of them open a numbered section."""

    texts: Sequence[str]
    plains: Sequence[str]
    is_numbered: Sequence[bool]

    def body_start(self, start: int) -> int:
        """Return where the body of the document begins whose head begins at start."""
        title_at = self.title_at(start)
        window = range(start, min(start + 80, len(self.texts)))
        letter_at = next((i for i in window[:40] if self.plains[i].startswith("kinh gui")), None)
        # What a site prints above a letterhead hides nothing below it.
        letterheads = (i for i in window if len(self.plains[i]) < 110 and _WORDS.letterhead.match(self.plains[i]))
        for index in range(next(letterheads, start), window.stop):
            text, plain = self.texts[index], self.plains[index]
            if _WORDS.digest.match(plain) or index == title_at or (letter_at is not None and index <= letter_at):
                continue
            if self.is_numbered[index]:
                return index
            if plain.startswith("- ") and letter_at is not None and len(text) < 200:
                continue
            if _WORDS.legal_basis.match(plain) and text.endswith((";", ",", ".")):
                return index
            is_ended = text.endswith((".", ";", ":", ",")) and not _WORDS.header_line.match(plain)
            is_opening = _WORDS.opener.match(plain) and (title_at is None or len(text) >= 120)
            is_sentence = len(text) >= 60 and not text.isupper() and (is_ended or is_opening)
            if is_sentence or text.endswith("như sau:") or len(text) > 300:
                return index
        return window.stop

    def title_at(self, start: int) -> int | None:
        """Return where the title stands: after the form's name or, that lost, after the number and date."""
        window = range(start, min(start + 40, len(self.texts)))
        forms = (i for i in window if _WORDS.form_line.match(self.plains[i]) and len(self.plains[i]) < 40)
        if (form := next(forms, None)) is not None:
            return form + 1
        headers = [i for i in window if _WORDS.header_line.match(self.plains[i]) and len(self.plains[i]) < 90]
        if not headers:
            return start
        after = headers[-1] + 1
        is_letter = any(self.plains[i].startswith(("kinh gui", "v/v", "ve viec")) for i in window)
        is_title = not is_letter and after < len(self.texts) and len(self.texts[after]) <= 300
        return after if is_title and not self.texts[after].endswith((".", ":", ";")) else None

    def signature_start(self, body: int) -> int:
        """Return where the signature, or what a page prints behind the document, begins."""
        for index in range(body + 1, len(self.texts)):
            if _WORDS.recipients.match(self.plains[index]) or _WORDS.related.match(self.plains[index]):
                return index
            if is_capacity(self.texts[index]):
                # Above the capacities may stand the bodies that sign together.
                above = reversed(self.texts[body + 1 : index])
                return index - sum(1 for _ in takewhile(_is_shouted, above))
        return len(self.texts)

    def signature_end(self, sign: int) -> int:
        """Return where an annex, a carried document or further text begins behind the signature."""
        named = False
        for index in range(sign, len(self.texts)):
            text, plain = self.texts[index], self.plains[index]
            if index > sign and (
                _WORDS.attached.match(plain)
                or (_WORDS.form_line.match(plain) and text.isupper())
                or (named and self.is_numbered[index])
                or (len(text) > 200 and not _WORDS.marker.match(text))
                or text.count("|") > 1
            ):
                return index
            named = named or is_capacity(text)
        return len(self.texts)

    def closings(self, body: int, sign: int) -> Iterator[int]:
        """Yield the unnumbered paragraphs at the end of the body that speak to everybody, the last one first."""
        for index in range(sign - 1, body, -1) if any(self.is_numbered[body:sign]) else ():
            text, before = self.texts[index], self.texts[index - 1]
            if _WORDS.footnote.match(text):
                continue
            if _WORDS.marker.match(text) or (len(text) < 40 and not text.endswith("/.")):
                break
            is_first_content = self.is_numbered[index - 1] and not before.endswith((".", ";")) and len(before) < 250
            if is_first_content or not (_WORDS.marker.match(before) or _WORDS.closing.match(self.plains[index])):
                break
            yield index

    def carried_document(self, end: int) -> int | None:
        """Return where a plan begins that a decision or letter carries after its own signature."""
        for index in range(end, len(self.texts)):
            is_form = _WORDS.form_line.match(self.plains[index]) and self.texts[index].isupper()
            if is_form and any(self.is_numbered[index + 1 : index + 12]):
                return index
        return None


def _is_shouted(text: str) -> bool:
    return text.isupper() and len(text) < _LONGEST_NAME and not _WORDS.marker.match(text)

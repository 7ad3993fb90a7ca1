"""Which part of a document a line belongs to: head, body, closing, signature, or what is appended after it."""

from collections.abc import Sequence
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
    plains = [plain_letters(line.text) for line in lines]
    regions = [AFTER] * len(lines)
    start: int | None = 0
    while start is not None and start < len(lines):
        body = _body_start(lines, plains, is_numbered, start)
        sign = _signature_start(lines, plains, body)
        is_over = sign < len(lines) and _WORDS.related.match(plains[sign])
        end = len(lines) if is_over else _signature_end(lines, plains, is_numbered, sign)
        regions[start:body] = [HEAD] * (body - start)
        regions[body:sign] = [BODY] * (sign - body)
        regions[sign:end] = [OTHER if is_over else SIGNATURE] * (end - sign)
        for index in _closings(lines, plains, is_numbered, body, sign):
            regions[index] = CLOSING
        start = _carried_document(lines, plains, is_numbered, end)
        if start is None:
            # Below the signature a page goes on with links, unless an annex stands there.
            below = takewhile(lambda i: not _WORDS.attached.match(plains[i]), range(end, len(lines)))
            links = next((i for i in below if _WORDS.related.match(plains[i])), len(lines))
            regions[links:] = [OTHER] * (len(lines) - links)
    return [AFTER if _WORDS.footnote.match(plain) else region for plain, region in zip(plains, regions, strict=True)]


def _body_start(lines: Sequence[Line], plains: Sequence[str], is_numbered: Sequence[bool], start: int) -> int:
    title_at = _title_at(lines, plains, start)
    letter_at = next((i for i in range(start, min(start + 40, len(lines))) if plains[i].startswith("kinh gui")), None)
    window = range(start, min(start + 80, len(lines)))
    # What a site prints above a letterhead hides nothing below it.
    letterhead = next((i for i in window if len(plains[i]) < 110 and _WORDS.letterhead.match(plains[i])), start)
    for index in range(letterhead, window.stop):
        text, plain = lines[index].text, plains[index]
        if _WORDS.digest.match(plain) or index == title_at or (letter_at is not None and index <= letter_at):
            continue
        if is_numbered[index]:
            return index
        if plain.startswith(("- ", "kinh gui")) and letter_at is not None and len(text) < 200:
            continue
        if _WORDS.legal_basis.match(plain) and text.endswith((";", ",", ".")):
            return index
        is_sentence = text.endswith((".", ";", ":", ",")) and not text.isupper() and not _WORDS.header_line.match(plain)
        is_opening = _WORDS.opener.match(plain) and not text.isupper() and title_at is None
        if text.endswith("như sau:") or (len(text) >= 60 and (is_sentence or is_opening)):
            return index
        if len(text) > 300 or (_WORDS.opener.match(plain) and len(text) >= 120 and not text.isupper()):
            return index
    return window.stop


def _title_at(lines: Sequence[Line], plains: Sequence[str], start: int) -> int | None:
    """Return where the title stands: after the form's name or, that lost, after the number and date."""
    window = range(start, min(start + 40, len(lines)))
    forms = [i for i in window if _WORDS.form_line.match(plains[i]) and len(plains[i]) < 40]
    if forms:
        return forms[0] + 1
    headers = [i for i in window if _WORDS.header_line.match(plains[i]) and len(plains[i]) < 90]
    if not headers:
        return start
    after = max(headers) + 1
    if any(plains[i].startswith(("kinh gui", "v/v", "ve viec")) for i in window) or after >= len(lines):
        return None
    return after if len(lines[after].text) <= 300 and not lines[after].text.endswith((".", ":", ";")) else None


def _signature_start(lines: Sequence[Line], plains: Sequence[str], body: int) -> int:
    for index in range(body + 1, len(lines)):
        if _WORDS.recipients.match(plains[index]) or _WORDS.related.match(plains[index]):
            return index
        if is_capacity(lines[index].text):
            # Above the capacities may stand the bodies that sign together.
            above = [line.text for line in lines[body + 1 : index]]
            return index - sum(1 for _ in takewhile(_is_shouted, reversed(above)))
    return len(lines)


def _is_shouted(text: str) -> bool:
    return text.isupper() and len(text) < _LONGEST_NAME and not _WORDS.marker.match(text)


def is_capacity(text: str) -> bool:
    """Tell whether a line names in what capacity somebody signs."""
    return len(text) < 100 and text.upper() == text and bool(_WORDS.capacity.match(plain_letters(text)))


def _signature_end(lines: Sequence[Line], plains: Sequence[str], is_numbered: Sequence[bool], sign: int) -> int:
    named = False
    for index in range(sign, len(lines)):
        text, plain = lines[index].text, plains[index]
        if index > sign and (
            _WORDS.attached.match(plain)
            or (_WORDS.form_line.match(plain) and text.isupper())
            or (named and is_numbered[index])
            or (len(text) > 200 and not _WORDS.marker.match(text))
            or text.count("|") > 1
        ):
            return index
        named = named or is_capacity(text)
    return len(lines)


def _closings(
    lines: Sequence[Line], plains: Sequence[str], is_numbered: Sequence[bool], body: int, sign: int
) -> list[int]:
    found: list[int] = []
    if not any(is_numbered[body:sign]):
        return found
    for index in range(sign - 1, body, -1):
        text = lines[index].text
        if _WORDS.footnote.match(text):
            continue
        if _WORDS.marker.match(text) or (len(text) < 40 and not text.endswith("/.")):
            break
        before = lines[index - 1].text
        is_first_content = is_numbered[index - 1] and not before.endswith((".", ";")) and len(before) < 250
        follows_list = bool(_WORDS.marker.match(before)) and not is_first_content
        if is_first_content or not (follows_list or _WORDS.closing.match(plains[index])):
            break
        found.append(index)
    return found


def _carried_document(
    lines: Sequence[Line], plains: Sequence[str], is_numbered: Sequence[bool], end: int
) -> int | None:
    """Return where a plan begins that a decision or letter carries after its own signature."""
    for index in range(end, len(lines)):
        if _WORDS.form_line.match(plains[index]) and lines[index].text.isupper():
            following = range(index + 1, min(index + 12, len(lines)))
            if any(is_numbered[i] for i in following):
                return index
    return None

"""PDF files and scans: the text layer where there is a good one, else character recognition."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from knowledge.errors import UnreadableFile
from knowledge.reading.ruled import read_page
from knowledge.vietnamese import fold

MAX_PAGES = 500
_DPI = 200
_MAX_PIXELS = 50_000_000
_FEW_LETTERS = 40
"""A page whose layer has fewer letters counts as an image."""


def read_pdf(path: Path) -> str:
    """Read a PDF page by page; pages that are images, or whose layer lost its marks, are recognised."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as fault:
        raise UnreadableFile("locked_file" if "password" in str(fault).lower() else "broken_file") from None
    if len(document) > MAX_PAGES:
        raise UnreadableFile("too_many_pages")
    layers = [_layer(page) for page in _pages(document)]
    are_lost = _lost_its_marks("".join(layers))
    pictures = [are_lost or len(layer) < _FEW_LETTERS for layer in layers]
    if not any(pictures):
        return "\n\n".join(layers)
    if _can_recognise():
        pages = zip(pictures, layers, _pages(document), strict=True)
        return "\n\n".join(_recognise(_picture(page)) if is_one else layer for is_one, layer, page in pages)
    if sum(map(len, layers)) > _FEW_LETTERS * len(layers):
        return "\n\n".join(layers)
    raise UnreadableFile("no_recognition")


def read_image(path: Path) -> str:
    """Recognise a scanned page."""
    if not _can_recognise():
        raise UnreadableFile("no_recognition")
    return _recognise(path.read_bytes())


def _pages(document: Any) -> Iterator[Any]:
    for number in range(len(document)):
        page = document[number]
        yield page
        page.close()


def _layer(page: Any) -> str:
    text_page = page.get_textpage()
    text = read_page(page, text_page)
    text_page.close()
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "").strip()


def _lost_its_marks(text: str) -> bool:
    """Whether a layer holds Vietnamese recognised as bare ASCII; real text has a mark in most words."""
    letters = [letter for letter in text.lower() if letter.isalpha()]
    marked = sum(fold(letter) != letter for letter in letters)
    return len(letters) > 200 and marked < len(letters) // 50


def _picture(page: Any) -> bytes:
    """Return the page as a grey PGM image, smaller than 50 megapixels."""
    width, height = page.get_size()
    scale = min(_DPI / 72, (_MAX_PIXELS / max(width * height, 1)) ** 0.5)
    pixels = page.render(scale=scale, grayscale=True).to_numpy()
    rows, columns = pixels.shape[:2]
    header = b"P5 %d %d 255\n" % (columns, rows)
    return header + bytes(pixels.reshape(rows, columns).tobytes())


def _can_recognise() -> bool:
    if not shutil.which("tesseract"):
        return False
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, timeout=20, check=False)
    return b"vie" in listed.stdout.split()


def _recognise(picture: bytes) -> str:
    done = subprocess.run(
        ["tesseract", "stdin", "stdout", "-l", "vie", "--psm", "4"],
        input=picture,
        capture_output=True,
        timeout=55,
        check=False,
    )
    if done.returncode != 0:
        raise UnreadableFile("broken_file")
    return done.stdout.decode("utf-8", errors="replace").replace("\f", "\n").strip()

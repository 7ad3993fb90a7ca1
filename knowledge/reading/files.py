"""Any accepted file to its text."""

from pathlib import Path

from knowledge.errors import UnreadableFile


def read_file(path: Path) -> str:
    """Return the file's text; raises UnreadableFile."""
    if path.suffix.lower() not in (".txt", ".md"):
        raise UnreadableFile("unknown_format", name=path.name)
    return path.read_text("utf-8-sig")

"""Reads one file in a process of its own, with limits; prints {"text"} or {"fault"} as JSON."""

import json
import resource
import sys
import unicodedata
from pathlib import Path

from knowledge.errors import UnreadableFile
from knowledge.reading.formats import READERS

MEMORY_BYTES = 1024**3
CPU_SECONDS = 60
FILE_BYTES = 64 * 1024 * 1024
MAX_LETTERS = 20_000_000


def main() -> None:
    """Limit this process, then read the file named on the command line."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(read_limited(Path(sys.argv[1])), sys.stdout, ensure_ascii=False)


def read_limited(path: Path) -> dict[str, str]:
    """Return the text, or the code of why there is none."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        return {"fault": "unknown_format"}
    try:
        return {"text": unicodedata.normalize("NFC", reader(path)[:MAX_LETTERS]).replace("\x00", "")}
    except UnreadableFile as fault:
        return {"fault": fault.code}
    except MemoryError:
        return {"fault": "too_much_memory"}
    except Exception:
        # A hostile or broken file may raise anything inside a parser; the person needs one clear sentence.
        return {"fault": "broken_file"}


if __name__ == "__main__":
    main()

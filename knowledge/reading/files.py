"""Any accepted file to its text, read by a limited child process that cannot harm this one."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from knowledge.errors import UnreadableFile

MAX_BYTES = 25 * 1024 * 1024
MAX_SECONDS = 60


def read_file(path: Path, *, seconds: float = MAX_SECONDS) -> str:
    """Return the file's text in NFC as printed; raises UnreadableFile with the reason as its code."""
    name = path.name
    try:
        size = path.stat().st_size
    except OSError:
        raise UnreadableFile("missing_file", name=name) from None
    if size > MAX_BYTES:
        raise UnreadableFile("too_big", name=name, limit=MAX_BYTES // (1024 * 1024))
    if size == 0:
        raise UnreadableFile("empty_file", name=name)
    outcome = _run_child(path, seconds)
    if "fault" in outcome:
        raise UnreadableFile(str(outcome["fault"]), name=name)
    text = str(outcome["text"])
    if not text.strip():
        raise UnreadableFile("no_text", name=name)
    return text


def _run_child(path: Path, seconds: float) -> dict[str, object]:
    """Run the reader on one file; whatever way it dies becomes a fault code."""
    environment = {
        key: os.environ[key] for key in ("PATH", "LANG", "TESSDATA_PREFIX", "VIRTUAL_ENV") if key in os.environ
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "knowledge.reading.child", str(path.resolve())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment | {"PYTHONIOENCODING": "utf-8", "OMP_THREAD_LIMIT": "1"},
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    try:
        output, _ = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return {"fault": "too_slow"}
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    try:
        outcome: dict[str, object] = json.loads(output)
    except ValueError:
        return {"fault": "too_slow" if child.returncode == -signal.SIGXCPU else "broken_file"}
    return outcome

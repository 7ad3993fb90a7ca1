"""The program as it is started in a province, but for its clock: `python -m tests.support.province CLOCK COMMAND …`.

CLOCK is a file with a moment, from which the clock runs on; nothing else differs from `python -m bot COMMAND …`.
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tests.support.serving import free_port

ROOT = Path(__file__).parents[2]
_PATIENCE_S = 120.0


def main(words: list[str]) -> int:
    """Run one command with the clock of a file."""
    import bot.app
    from bot.__main__ import main as run

    bot.app.local_now = WallClock(Path(words[0])).now
    return run(words[1:])


@dataclass(frozen=True, slots=True)
class WallClock:
    """A clock that several processes look at; setting it moves all of them at once."""

    file: Path

    def now(self) -> datetime:
        """Return the moment it was set to, and what passed since."""
        moment, at = self.file.read_text("utf-8").split()
        return datetime.fromisoformat(moment) + timedelta(seconds=time.time() - float(at))

    def set(self, moment: datetime) -> None:
        """Set it, all at once for whoever looks."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{moment.isoformat()} {time.time()}", "utf-8")
        new.replace(self.file)


def run_command(clock: WallClock, environment: Mapping[str, str], *words: str) -> str:
    """Run a command to its end in a process of its own; returns what it printed."""
    done = subprocess.run(
        _command(clock, *words),
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@contextmanager
def replica(clock: WallClock, environment: Mapping[str, str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a serving process and end it by its own handle; use `wait_ready` before talking to it."""
    words = _command(clock, "serve", "--host", "127.0.0.1", "--port", str(port))
    process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)


def wait_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until a serving process says it is ready."""
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert process.poll() is None, "the process ended by itself"
            assert time.monotonic() < end, "the process never was ready"
            time.sleep(0.1)


def two_ports() -> tuple[int, int]:
    """Return two ports nobody listens on."""
    first = free_port()
    second = free_port()
    return first, second if second != first else free_port()


def _command(clock: WallClock, *words: str) -> list[str]:
    return [sys.executable, "-m", "tests.support.province", str(clock.file), *words]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The whole assistant over a temporary data folder, the way it is served."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from fastapi.testclient import TestClient

from bot.app import Workplace, create_app, open_workplace


@contextlib.contextmanager
def office(folder: Path, **settings: str) -> Iterator[tuple[Workplace, TestClient]]:
    """Give a running assistant and a client of its web side; settings are environment variables."""
    wanted = {"ANTAM_DATA_DIR": str(folder), **settings}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        with open_workplace() as workplace, TestClient(create_app(workplace)) as client:
            yield workplace, client
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def everything_written(folder: Path) -> bytes:
    """Return the bytes of every file below folder: database, its log, index, whatever else."""
    return b"\n".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())

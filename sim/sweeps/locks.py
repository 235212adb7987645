"""Who may write to a results folder: one sweep alone, or shards of one sweep side by side."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sim.core.errors import OutputError

HIDDEN: Final = ".shard-"
_PATIENCE_SECONDS: Final = 20.0
_PAUSE_SECONDS: Final = 0.1


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the folder; the kernel lets go of it when this process ends, however it ends."""
    with _opened(path, os.O_RDONLY) as handle:
        if not _takes(handle, fcntl.LOCK_EX):
            raise _in_use(path)
        yield


@contextlib.contextmanager
def beside_others(path: Path, name: str, prepare: Callable[[], None]) -> Iterator[None]:
    """Hold the folder together with other shards, and one's own name in it alone."""
    own = path / f"{HIDDEN}{name}"
    with _opened(own, os.O_RDWR | os.O_CREAT) as mine, _opened(path, os.O_RDONLY) as folder:
        if not _takes(mine, fcntl.LOCK_EX):
            raise OutputError(f"{path}: the same shard is being computed here; wait for it, or choose another --out")
        try:
            _join(folder, path, prepare)
            yield
        finally:
            own.unlink(missing_ok=True)


def _join(folder: int, path: Path, prepare: Callable[[], None]) -> None:
    """Take the folder for oneself if it is free, make it ready, and let others in."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        if _takes(folder, fcntl.LOCK_EX):
            prepare()
        if _takes(folder, fcntl.LOCK_SH):
            return
        if time.monotonic() > until:
            raise _in_use(path)
        time.sleep(_PAUSE_SECONDS)


def _in_use(path: Path) -> OutputError:
    return OutputError(f"{path}: another sweep is writing here; wait for it, or choose another --out")


def _takes(handle: int, lock: int) -> bool:
    try:
        fcntl.flock(handle, lock | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _opened(path: Path, how: int) -> Iterator[int]:
    handle = os.open(path, how)
    try:
        yield handle
    finally:
        os.close(handle)

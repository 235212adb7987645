"""Who may write to a results folder: one sweep alone, or shards of one sweep side by side."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import portalocker
from portalocker import LockFlags

from sim.core.errors import OutputError

HIDDEN: Final = ".shard-"
_FOLDER_LOCK: Final = ".lock"
_PATIENCE_SECONDS: Final = 20.0
_PAUSE_SECONDS: Final = 0.1


@contextlib.contextmanager
def hold_alone(path: Path) -> Iterator[None]:
    """Hold a folder that no sweep and no shard of one writes to; the system lets go of it when this process ends."""
    with _open_folder(path) as handle:
        if not _try_lock(handle, LockFlags.EXCLUSIVE):
            raise _in_use(path)
        yield


@contextlib.contextmanager
def hold_shared(path: Path, name: str, prepare: Callable[[], None]) -> Iterator[None]:
    """Hold a folder together with other shards, and the name of a shard, such as ``3-of-8``, in it alone.

    Whoever finds nobody else prepares the folder, and so may the next one who does.
    """
    own = path / f"{HIDDEN}{name}"
    while True:
        with _open(own, os.O_RDWR | os.O_CREAT) as mine, _open_folder(path) as folder:
            if not _try_lock(mine, LockFlags.EXCLUSIVE):
                raise OutputError(
                    f"{path}: the same shard is being computed here; wait for it, or choose another --out"
                )
            try:
                _join(folder, path, prepare)
                # Whoever held it before, or a whole sweep, may have taken the file away: another may hold a new one.
                if _stands_at(own, mine):
                    yield
                    return
            finally:
                # Windows keeps a file that is open; there the next whole sweep clears it away.
                with contextlib.suppress(PermissionError):
                    if _stands_at(own, mine):
                        own.unlink(missing_ok=True)


def _stands_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _join(folder: int, path: Path, prepare: Callable[[], None]) -> None:
    """Take the folder for oneself if it is free, make it ready, and let others in."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        if _try_lock(folder, LockFlags.EXCLUSIVE):
            prepare()
            portalocker.unlock(folder)
        if _try_lock(folder, LockFlags.SHARED):
            return
        if time.monotonic() > until:
            raise _in_use(path)
        time.sleep(_PAUSE_SECONDS)


def _in_use(path: Path) -> OutputError:
    return OutputError(f"{path}: another sweep is writing here; wait for it, or choose another --out")


def _try_lock(handle: int, kind: LockFlags) -> bool:
    try:
        portalocker.lock(handle, kind | LockFlags.NON_BLOCKING)
    except portalocker.LockException:
        return False
    return True


def _open_folder(path: Path) -> contextlib.AbstractContextManager[int]:
    """Open what stands for a folder: itself, or a hidden file in it where the system opens no folders."""
    if sys.platform == "win32":
        return _open(path / _FOLDER_LOCK, os.O_RDWR | os.O_CREAT)
    return _open(path, os.O_RDONLY)


@contextlib.contextmanager
def _open(path: Path, flags: int) -> Iterator[int]:
    handle = os.open(path, flags)
    try:
        yield handle
    finally:
        os.close(handle)

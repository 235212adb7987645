"""A file of evidence that is replaced whole, and only if nobody else has written it since it was read."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from pathlib import Path

import portalocker

from sim.core.errors import InputError, OutputError
from sim.evidence.text_tables import is_plain

_PATIENCE_SECONDS = 20
_PACKED_NAMES = (".gz", ".bz2", ".xz", ".zip", ".xlsx", ".xls")


def read_whole(path: Path) -> bytes:
    """Return the content of a file that is to be replaced, empty where there is none; refuse one that is packed."""
    if path.suffix.lower() in _PACKED_NAMES or (path.exists() and path.is_file() and not is_plain(path)):
        raise InputError.single(path, "", "is packed; a file that is added to must be plain CSV")
    return path.read_bytes() if path.exists() else b""


def replace_whole(path: Path, before: bytes, content: bytes) -> None:
    """Replace a file whole or not at all; a link stays a link, and what it was read as must still stand there."""
    target = path.resolve()
    name = hashlib.sha256(str(target).encode()).hexdigest()[:16]
    temporary = target.with_name(f".tmp-{os.getpid()}-{target.name}")
    try:
        # The lock lies elsewhere, so that nothing is left beside the file, and it is let go of if the process ends.
        with portalocker.Lock(Path(tempfile.gettempdir()) / f"sim-{name}.lock", "a", timeout=_PATIENCE_SECONDS):
            if read_whole(target) != before:
                raise OutputError(f"{path}: was changed by somebody else meanwhile; nothing is written, try again")
            temporary.write_bytes(content)
            temporary.replace(target)
    except portalocker.LockException:
        raise OutputError(f"{path}: is being written by somebody else; nothing is written, try again") from None
    except OSError as error:
        why = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror or error
        raise OutputError(f"{path}: cannot be written ({why}); nothing was changed") from error
    finally:
        temporary.unlink(missing_ok=True)

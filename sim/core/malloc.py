"""Keep the memory of short-lived arrays in the process.

Every block makes arrays of some ten megabytes. By default the C library gives each back to the system and asks for it
anew, and the page faults cost as much as the arithmetic. Here it is asked to keep them. Results do not
depend on it.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Final

_TRIM_THRESHOLD: Final = -1
_TOP_PAD: Final = -2
_MMAP_THRESHOLD: Final = -3
_KEPT_BYTES: Final = 256 * 1024 * 1024
_PAD_BYTES: Final = 16 * 1024 * 1024


@functools.cache
def keep_freed_memory() -> bool:
    """Ask the C library to keep freed memory for the next arrays, and return whether it took the request.

    Other systems than Linux with glibc do not know it.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    requests = ((_MMAP_THRESHOLD, _KEPT_BYTES), (_TRIM_THRESHOLD, _KEPT_BYTES), (_TOP_PAD, _PAD_BYTES))
    return [mallopt(option, size) for option, size in requests] == [1, 1, 1]

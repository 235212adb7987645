"""Compile plain Python by numba: one source that runs compiled, and uncompiled to the same bits under a debugger.

A function marked `compiled` is compiled when it is first called. What was compiled is kept in a folder of the user's
(``NUMBA_CACHE_DIR``, else the platform's cache folder), under the digest of all that could have gone into it, so that
no process runs code of another version; where that folder cannot be written, it lives as long as the process. The
environment variable ``SIM_KERNEL=python`` asks for the uncompiled form.
"""

import ctypes
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import numba
import numpy as np
import numpy.typing as npt
from numba import types
from numba.core import event
from numba.extending import intrinsic
from platformdirs import user_cache_path

from sim.core.compile_notice import give_notice
from sim.core.foreign_code import blame

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])

IS_COMPILED: Final = os.environ.get("SIM_KERNEL") != "python"  # whether marked functions are compiled
# Wrappers for callers in C, and of parts for those in Python, take a tenth of all compiling; nobody calls them so.
_OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_OPTIONS_OF_PARTS: Final[dict[str, Any]] = {"boundscheck": True, "no_cpython_wrapper": True}
_ROOMS: Final = ("core", "policies", "engine")


@cache
def cache_folder() -> Path:
    """Return the folder for what is compiled from this version of the package."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(path for room in _ROOMS for path in (package / room).rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    given = os.environ.get("NUMBA_CACHE_DIR")
    root = Path(given).absolute() if given else user_cache_path("escalation-sim") / "compiled"
    return root / digest.hexdigest()[:16]


@cache
def can_keep() -> bool:
    """Return whether what is compiled can be kept on the disk: a home may be read-only, or there may be none."""
    folder = cache_folder()
    # Without a home the platform names a folder below "~", which would come to lie wherever the process stands.
    if not folder.is_absolute():
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def count_kept(name: str) -> int:
    """Return for how many kinds of records a marked function, such as ``runs.run_lanes``, is kept on the disk."""
    return len(list(cache_folder().rglob(f"{name}-*.nbc"))) if cache_folder().is_absolute() else 0


@contextmanager
def _caching_in(folder: Path) -> Iterator[None]:
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        config.CACHE_DIR = before


class _EngineCompilation(event.Listener):
    """Gives notice when a function of the engine is compiled and not loaded; rules of policies take no time."""

    def on_start(self, event: Any) -> None:
        if event.data["dispatcher"].py_func.__module__.startswith("sim.engine."):
            give_notice()

    def on_end(self, event: Any) -> None:
        pass


event.register("numba:compile", _EngineCompilation())  # type: ignore[no-untyped-call]


def compiled(function: AnyFunction) -> AnyFunction:
    """Return a function that is compiled when it is first called; itself where the uncompiled form is asked for."""
    if not IS_COMPILED:
        return function
    with _caching_in(cache_folder()):
        # Told to keep it, numba would look for a place of its own, where it knows a function by its file's time alone.
        return numba.njit(cache=can_keep(), **_OPTIONS)(function)  # type: ignore[no-any-return]


def compiled_part(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is compiled as a part of a marked one; it checks its indices, and is kept nowhere."""
    return numba.njit(**_OPTIONS | _OPTIONS_OF_PARTS)(function)  # type: ignore[no-any-return]


def compile_for(function: Callable[..., Any], dtypes: tuple[np.dtype[Any], ...]) -> int:
    """Compile a marked function for records of some types and return its address; see `call_by_address`."""
    signature = tuple(numba.from_dtype(dtype) for dtype in dtypes)
    function.compile(signature)  # type: ignore[attr-defined]
    result = function.overloads[signature]  # type: ignore[attr-defined]
    return int(result.library.get_pointer_to_function(result.fndesc.llvm_func_name))


@intrinsic
def _call_compiled(_: Any, address: Any, first: Any, second: Any, third: Any) -> Any:
    """Call a compiled function of three records by its address and theirs; 1 if it raised an error, else 0.

    The call goes by numba's own convention, so one compiled caller serves all functions, also those compiled later.
    """
    records = (numba.from_dtype(np.dtype([("word", "u8")])),) * 3

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        convention = context.call_conv
        kind = convention.get_function_type(types.none, records)
        function = builder.inttoptr(arguments[0], kind.as_pointer())
        pointers = [builder.inttoptr(at, context.get_value_type(records[0])) for at in arguments[1:]]
        status, _ = convention.call_function(builder, function, types.none, records, pointers)
        return builder.zext(status.is_error, context.get_value_type(types.int64))

    return types.int64(types.int64, types.int64, types.int64, types.int64), generate


@intrinsic
def _load(_: Any, address: Any, place: Any) -> Any:
    """Read the number at a place of a table of floats that begins at an address."""

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        number = context.get_value_type(types.float64)
        start = builder.inttoptr(arguments[0], number.as_pointer())
        return builder.load(builder.gep(start, [arguments[1]], source_etype=number))

    return types.float64(types.int64, types.int64), generate


def _read(address: int, place: int) -> float:
    return ctypes.c_double.from_address(int(address) + 8 * int(place)).value


number_at: Final[Callable[[int, int], float]] = _load if IS_COMPILED else _read  # type: ignore[assignment]
"""Returns the number at a place of a table of floats that begins at an address.

A table that goes from function to function as an array is counted at each call, which costs more than reading it.
"""


class Fields:
    """A record of a structured array whose fields are attributes, as compiled code sees it; nested ones too."""

    __slots__ = ("_name", "_record")

    def __init__(self, record: npt.NDArray[Any] | np.void, name: str = "it") -> None:
        object.__setattr__(self, "_record", record)
        object.__setattr__(self, "_name", name)

    def __getattr__(self, name: str) -> Any:
        value = self._record[name] if name in self._record.dtype.names else self._missing(name)
        return Fields(value, name) if isinstance(value, np.void) else value

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._record.dtype.names:
            self._missing(name)
        self._record[name] = value

    def _missing(self, name: str) -> Any:
        known = ", ".join(self._record.dtype.names) or "nothing"
        raise AttributeError(f"{self._name} has no {name!r}; it has {known}")


def names_in(fields: Fields) -> tuple[str, ...]:
    """Return the names of the fields of a record."""
    return fields._record.dtype.names or ()


def record_of(array: npt.NDArray[Any], *place: int) -> Any:
    """Return a record of a structured array as marked functions take it, compiled or not."""
    return array[place] if IS_COMPILED else Fields(array[place])


class Records:
    """A structured array whose records have their fields as attributes, as compiled code sees it."""

    def __init__(self, array: npt.NDArray[Any]) -> None:
        self._array = array

    def __getitem__(self, place: int) -> Fields:
        return Fields(self._array[place])

    def __len__(self) -> int:
        return len(self._array)


_UNCOMPILED: Final[list[tuple[Callable[..., Any], tuple[np.dtype[Any], ...]]]] = []  # in place of compiled ones


def address_of(function: int | Callable[..., Any], dtypes: tuple[np.dtype[Any], ...]) -> int:
    """Return the address of a compiled function; of a Python one a number that stands for it."""
    if isinstance(function, int):
        return function
    _UNCOMPILED.append((function, dtypes))
    return len(_UNCOMPILED) - 1


def _call_python(address: int, *records: int) -> int:
    """Call a Python function of records by the number that stands for it, and their addresses."""
    function, dtypes = _UNCOMPILED[address]
    with blame(f"policy {function.__qualname__}", always=True):
        function(*(Fields(_record_at(int(at), dtype)) for at, dtype in zip(records, dtypes, strict=True)))
    return 0


def _record_at(address: int, dtype: np.dtype[Any]) -> Any:
    if dtype.itemsize == 0:
        # A rule without parameters; NumPy reads no record of no bytes.
        return np.zeros((), dtype)[()]
    memory: Any = (ctypes.c_byte * dtype.itemsize).from_address(address)
    return np.frombuffer(memory, dtype)[0]


call_by_address: Final[Callable[[int, int, int, int], int]] = _call_compiled if IS_COMPILED else _call_python  # type: ignore[assignment]


def as_records(array: npt.NDArray[Any]) -> Any:
    """Return a structured array as marked functions take it, compiled or not."""
    return array if IS_COMPILED else Records(array)


def overflowing_words() -> Any:
    """Return a context in which words may overflow without a warning, as the hashing of addresses wants it."""
    return np.errstate(over="ignore")

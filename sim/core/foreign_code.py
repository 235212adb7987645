"""Code that others wrote runs inside of ours: it may end nothing, and changes nothing of the process for good."""

import contextlib
import dis
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, Final, NoReturn

from sim.core.errors import InputError, PolicyError, SimError

CONTENT: Final = "__sim_content__"  # where the module of a user's file holds its text, as it was imported
PACKAGES: Final[set[str]] = set()  # modules of policies that installed packages offer
SLOW_SECONDS: Final = 30.0  # an answer that takes longer is told of, and again each time that the wait has doubled


def describe(error: BaseException) -> str:
    """Return kind and words of an error on one line; an error may fail to say what it is."""
    try:
        words = " ".join(str(error).split())
    except BaseException:
        words = ""
    return f"{type(error).__name__}: {words}".rstrip(": ")


def is_interrupt(error: BaseException) -> bool:
    """Return whether an error is Ctrl-C, and not a statement ``raise KeyboardInterrupt`` of somebody."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    operation = "" if trace is None else dis.opname[trace.tb_frame.f_code.co_code[trace.tb_lasti]]
    return isinstance(error, KeyboardInterrupt) and operation not in ("RAISE_VARARGS", "RERAISE")


def find_place(error: BaseException, *modules: str) -> str:
    """Return file and line of the last statement of others that an error went through, or an empty text."""
    place, trace = "", error.__traceback__
    while trace is not None:
        # What a dataclass or `eval` makes has no file.
        if is_foreign(trace.tb_frame, *modules) and trace.tb_frame.f_code.co_filename != "<string>":
            place = f"{Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


def is_foreign(frame: FrameType, *modules: str) -> bool:
    """Return whether a frame runs code of a user's file, of a package that offers policies, or of a module."""
    return CONTENT in frame.f_globals or frame.f_globals.get("__name__") in {*modules, *PACKAGES}


@contextlib.contextmanager
def blame(
    name: str, *modules: str, passing: tuple[type[BaseException], ...] = (), always: bool = False
) -> Iterator[None]:
    """Turn whatever goes wrong inside the block into a `PolicyError` that begins with a name.

    Errors of ours, those that are to pass and Ctrl-C do so; and, unless it is always to blame, what came through no
    code of others where no such code was imported.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, (SimError, *passing)) or is_interrupt(error):
            raise
        place = find_place(error, *modules)
        doubt = "" if place else ", ".join(list_imported())
        if not (place or doubt or always):
            raise
        where = place or (f"in {doubt} perhaps; `sim check` says more" if doubt else "")
        raise PolicyError(f"{name} failed: {describe(error)}" + (f" ({where})" if where else "")) from error


def list_imported() -> list[str]:
    """Return the files and modules of others that were imported in this process."""
    every = [(name, getattr(module, "__dict__", {})) for name, module in list(sys.modules.items())]
    return sorted({Path(str(names.get("__file__"))).name for _, names in every if CONTENT in names} | PACKAGES)


def import_source(name: str, path: str, content: bytes) -> ModuleType:
    """Import the text of a file under a name, once; an `InputError` says in which line it fails."""
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = path
    vars(module)[CONTENT] = content
    sys.modules[name] = module
    try:
        # Not by an import loader: that may run a stale byte-code file, and leaves one beside the user's file.
        with call(f"the import of {path}"):
            exec(compile(content, path, "exec", dont_inherit=True), vars(module))
    except BaseException as error:
        sys.modules.pop(name, None)
        if is_interrupt(error):
            raise
        raise InputError.single(path, _line_of(error, path), describe(error)) from error
    return module


def _line_of(error: BaseException, path: str) -> str:
    """Return the last line of a file that an error went through, or an empty text."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return f"line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f"line {lines[-1]}" if lines else ""


_calls: Final[dict[int, tuple[str, str, float]]] = {}  # what is asked in each thread, about what, and since when [s]
_watches: Final[list[threading.Thread]] = []


@contextlib.contextmanager
def call(name: str, words: str = "") -> Iterator[None]:
    """Call code of others inside the block: what it changes of the process is put back, and slowness is told of.

    The handler of Ctrl-C is looked at where there are no words: at every answer it would take too long.
    """
    if not (_watches and _watches[0].is_alive()):
        _watches[:] = [threading.Thread(target=_watch, daemon=True)]
        _watches[0].start()
    thread = threading.get_ident()
    _calls[thread] = name, words, time.monotonic()
    # Other threads can neither set signals nor tell whose change it was.
    is_main = threading.current_thread() is threading.main_thread()
    state = ProcessState(watches_signals=not words, refused=_REFUSERS) if is_main else None
    try:
        yield
    finally:
        if state is not None:
            state.put_back()
        _calls.pop(thread, None)


def _watch() -> None:
    """Say on stderr which call is slow, and again when it has taken twice as long: it may hang a sweep for good."""
    told: dict[float, float] = {}
    while True:
        time.sleep(1.0)
        for thread, (name, words, began) in list(_calls.items()):
            seconds = time.monotonic() - began
            if seconds < told.get(began, SLOW_SECONDS):
                continue
            told = {began: 2 * seconds}
            frame = sys._current_frames().get(thread)
            while frame is not None and not is_foreign(frame):
                frame = frame.f_back
            place = "" if frame is None else f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"
            facts = "; ".join(fact for fact in (place, words) if fact)
            sys.stderr.write(f"sim: {name} has taken {seconds:.0f} s and goes on{f' ({facts})' if facts else ''}\n")
            sys.stderr.flush()


def _refuser(name: str) -> Callable[..., NoReturn]:
    """Return what stands in place of a function of `os` that ends or doubles the process."""

    def refuse(*arguments: Any, **_: Any) -> NoReturn:
        raise SystemExit(*arguments[:1]) if name == "_exit" else SystemExit(f"os.{name}")

    return refuse


_REFUSERS: Final = {
    name: _refuser(name)
    for name in ("_exit", "abort", "execv", "execve", "fork", "forkpty", "kill", "killpg")
    if hasattr(os, name)
}


class ProcessState:
    """What code may change of its process, as it was; meanwhile some functions of `os` neither end nor double it."""

    def __init__(self, *, watches_signals: bool = True, refused: Collection[str] = ("_exit",)) -> None:
        # Not above: `sim --help` does without it.
        import numpy as np

        self._numpy = np
        self._folder = _folder()
        self._streams = sys.stdout, sys.stderr
        self._arithmetic = np.geterr()
        self._warnings = list(warnings.filters)
        self._on_interrupt = signal.getsignal(signal.SIGINT) if watches_signals else None
        self._depth = sys.getrecursionlimit()
        self._endings = {name: getattr(os, name) for name in refused}
        vars(os).update({name: _REFUSERS[name] for name in refused})

    def put_back(self) -> list[str]:
        """Put everything back, and return the words for what had been changed."""
        vars(os).update(self._endings)
        changed = []
        if self._folder is not None and _folder() != self._folder:
            os.chdir(self._folder)
            changed.append("the working folder")
        if (sys.stdout, sys.stderr) != self._streams:
            sys.stdout, sys.stderr = self._streams
            changed.append("sys.stdout or sys.stderr")
        if self._numpy.geterr() != self._arithmetic:
            self._numpy.seterr(**self._arithmetic)
            changed.append("numpy.seterr")
        if warnings.filters != self._warnings:
            filters: Any = warnings.filters
            filters[:] = self._warnings
            changed.append("the filters of warnings")
        if self._on_interrupt is not None and signal.getsignal(signal.SIGINT) is not self._on_interrupt:
            signal.signal(signal.SIGINT, self._on_interrupt)
            changed.append("the handler of Ctrl-C")
        if sys.getrecursionlimit() != self._depth:
            sys.setrecursionlimit(self._depth)
            changed.append("the limit of recursion")
        return changed


def _folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - several times quicker, and asked at every answer
    except OSError:
        return None

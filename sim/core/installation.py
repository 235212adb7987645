"""What this installation is made of, and whether it can work: versions, compiled code, machine, optional extras."""

import contextlib
import importlib
import os
import platform
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sim.core.errors import SimError

PACKAGE: Final = "escalation-sim"
FINE, WARNING, WRONG = "fine", "warning", "wrong"
_LITTLE_MEMORY: Final = 2.0
_ENTRY: Final = "runs.run_lanes"  # the function of the engine that is kept once for each size of theatre that was run
_NAME: Final = re.compile(r"[\w.-]+")
_EXTRA: Final = re.compile(r"""extra\s*==\s*["']([\w-]+)["']""")


@dataclass(frozen=True)
class Aspect:
    """One thing that was looked at."""

    name: str
    words: str
    verdict: str = FINE
    facts: dict[str, Any] | None = None  # the same for programs


def examine() -> list[Aspect]:
    """Look at everything; nothing is run and nothing is compiled."""
    return [_versions(), *_compiled_code(), *_machine(), _extras()]


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_extra(module: str, extra: str, purpose: str) -> Any:
    """Return a module of an optional extra, or say which extra the purpose needs."""
    try:
        with warnings.catch_warnings():
            # They warn of optional parts of their own that are not installed.
            warnings.simplefilter("ignore")
            return importlib.import_module(module)
    except ImportError as error:
        need = module.partition(".")[0]
        raise SimError(f'{purpose} needs {need}: pip install "{PACKAGE}[{extra}]"') from error


def _requirements() -> dict[str, list[str]]:
    """Return the packages that this one needs under an empty name, and those of each extra under its name."""
    from importlib.metadata import PackageNotFoundError, requires

    needed: dict[str, list[str]] = {"": []}
    with contextlib.suppress(PackageNotFoundError):
        for line in requires(PACKAGE) or []:
            name, extra = _NAME.match(line), _EXTRA.search(line)
            if name is not None:
                needed.setdefault(extra[1] if extra else "", []).append(name[0])
    return needed


def _version_of(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _versions() -> Aspect:
    found = {PACKAGE: _version_of(PACKAGE), "python": platform.python_version()}
    found |= {name: _version_of(name) for name in ("numba", *_requirements()[""])}
    missing = [name for name, number in found.items() if number is None]
    words = ", ".join(f"{name} {number or 'is missing'}" for name, number in found.items())
    return Aspect("versions", words, WRONG if missing else FINE, found)


def _compiled_code() -> list[Aspect]:
    """Return where compiled code is kept, and whether that of the engine is there."""
    try:
        from sim.core.compilation import IS_COMPILED, cache_folder, can_keep, count_kept
    except ImportError as error:
        return [Aspect("compiled code", f"the compiler cannot be loaded ({error})", WRONG)]
    folder, kept = cache_folder(), count_kept(_ENTRY)
    facts = {"folder": str(folder), "writable": can_keep(), "engines": kept, "compiles": IS_COMPILED}
    if not IS_COMPILED:
        return [Aspect("compiled code", "SIM_KERNEL=python: nothing is compiled, which is slow", WARNING, facts)]
    if not can_keep():
        words = f"{folder} cannot be written, so each process compiles anew (20 s); set NUMBA_CACHE_DIR to another"
        return [Aspect("compiled code", words, WARNING, facts)]
    engine = f"the engine is there for {kept} size{'s' * (kept != 1)} of theatres" if kept else "no engine is there yet"
    return [Aspect("compiled code", f"{folder}; {engine}", FINE, facts)]


def _machine() -> list[Aspect]:
    free, whole = _memory()
    found = [Aspect("cores", str(cores()), FINE, {"cores": cores()})]
    if whole is None or free is None:
        return [*found, Aspect("memory", "unknown", FINE, {"free_gb": None, "all_gb": None})]
    verdict = WARNING if free < _LITTLE_MEMORY else FINE
    facts = {"free_gb": round(free, 1), "all_gb": round(whole, 1)}
    return [*found, Aspect("memory", f"{free:.1f} GB free of {whole:.1f} GB", verdict, facts)]


def _memory() -> tuple[float | None, float | None]:
    """Return the memory that is free, and all of it [GB]; a limit of the container counts as all."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None, None
    sizes = {line.split(":")[0]: float(line.split()[1]) * 1024 / 1e9 for line in lines if line.endswith(" kB")}
    free, whole = sizes.get("MemAvailable"), sizes.get("MemTotal")
    with contextlib.suppress(OSError, ValueError, TypeError):
        folder = Path("/sys/fs/cgroup")
        limit = int((folder / "memory.max").read_text(encoding="ascii")) / 1e9
        used = int((folder / "memory.current").read_text(encoding="ascii")) / 1e9
        free, whole = min(free or limit, limit - used), min(whole or limit, limit)
    return free, whole


def _extras() -> Aspect:
    """Return which optional extras are installed whole."""
    extras = {
        extra: all(_version_of(name) is not None for name in names)
        for extra, names in sorted(_requirements().items())
        if extra
    }
    words = ", ".join(f"{extra} {'is' if there else 'not'} there" for extra, there in extras.items())
    return Aspect("extras", words or "none are known", FINE, extras)

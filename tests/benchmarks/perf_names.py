"""Name compiled functions for Linux perf: run a scenario and write the map of addresses that perf reads.

``perf record -o perf.data python -m benchmarks.perf_names lebanon-2023/baseline`` with ``PYTHONPATH=.:tests``, then
``perf report -i perf.data``. The kernel is compiled anew, since only then numba still has the table of its symbols.
perf looks for the map at ``/tmp/perf-PID.map``.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

SEED = 20231107
_HEADER, _SECTION, _SYMBOL = "<16xHHIQQQIHHHHHH", "<IIQQQQIIQQ", "<IBBHQQ"
_SYMBOLS, _FUNCTION = 2, 2


def symbols_of(code: bytes) -> Iterator[tuple[str, int, int]]:
    """Return the functions of an object file (ELF, 64 bits): name, place, size."""
    at, n_sections = struct.unpack_from(_HEADER, code)[5], struct.unpack_from(_HEADER, code)[11]
    sections = [struct.unpack_from(_SECTION, code, at + 64 * number) for number in range(n_sections)]
    for _, kind, _, _, start, size, link, *_ in sections:
        if kind == _SYMBOLS:
            names = sections[link][4]
            for place in range(start, start + size, 24):
                name, info, _, _, value, length = struct.unpack_from(_SYMBOL, code, place)
                if info & 15 == _FUNCTION and length:
                    text = code[names + name : code.index(b"\0", names + name)]
                    yield text.decode(), value, length


def readable(name: str) -> str:
    """Return the Python name in a name as numba mangles it: the parts of a nested name, each behind its length."""
    place, parts = name.find("_ZN"), []
    if place < 0:
        return name
    place += 3
    while place < len(name) and name[place].isdigit():
        digits = place
        while name[digits].isdigit():
            digits += 1
        end = digits + int(name[place:digits])
        parts.append(name[digits:end])
        place = end
    return ".".join(parts[:-1] if parts and parts[-1].startswith("B") else parts)


def compiled_in(modules: list[ModuleType]) -> Iterator[Any]:
    """Return what numba compiled of the functions of some modules."""
    for module in modules:
        for function in vars(module).values():
            yield from getattr(function, "overloads", {}).values()


def write_map() -> int:
    """Write the map of this process, and return how many functions it names."""
    lines = set()
    kernel = [module for name, module in sys.modules.items() if name.startswith("sim.engine.kernel.")]
    for result in compiled_in(kernel):
        try:
            code = result.library._get_compiled_object()
        except RuntimeError:
            continue
        found = {name: (place, size) for name, place, size in symbols_of(code)}
        own = result.fndesc.llvm_func_name
        address = ctypes.c_uint64(result.library.get_pointer_to_function(own)).value
        start = address - found[own][0]
        lines |= {f"{start + place:x} {size:x} {readable(name)}" for name, (place, size) in found.items()}
    Path(f"/tmp/perf-{os.getpid()}.map").write_text("".join(f"{line}\n" for line in sorted(lines)), encoding="ascii")
    return len(lines)


def main() -> None:
    """Run a scenario and write the map."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("scenario")
    options.add_argument("--replicates", type=int, default=4_000)
    options.add_argument("--days", type=int, default=365)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NUMBA_CACHE_DIR"] = folder
        from sim.scenario import Scenario

        scenario = Scenario.load(chosen.scenario)
        scenario.ensemble(scenario.points()[0], 2, SEED, horizon_days=2).conflict.run()
        print(f"{write_map()} functions are named; now running")
        scenario.ensemble(scenario.points()[0], chosen.replicates, SEED, horizon_days=chosen.days).conflict.run()


if __name__ == "__main__":
    main()

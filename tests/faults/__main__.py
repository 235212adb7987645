"""``python -m tests.faults``: put small faults into a copy of the package and report which ones the tests let pass."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from .kinds import KINDS
from .reach import measure_reach
from .sites import Fault, choose_faults, find_faults
from .trial import Copy, Verdict

ROOT = Path(__file__).parents[2]
ENOUGH = 0.95


def main() -> int:
    """Try the faults that were asked for and return the exit status: 1 where too few were caught."""
    arguments = _read_arguments()
    paths = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("sim/**/*.py"))]
    faults = find_faults(ROOT, [path for path in paths if path.startswith(tuple(arguments.path))])
    harmless = tomllib.loads((Path(__file__).parent / "harmless.toml").read_text())
    stale = sorted(name for name in harmless if name not in {fault.name for fault in faults})
    if stale and arguments.path == ["sim"]:
        print("; ".join(f"harmless.toml names a fault that is no more: {name}" for name in stale))
        return 2
    faults = [fault for fault in faults if fault.kind in arguments.kind and arguments.match in fault.name]
    if not faults:
        print("there is no such fault")
        return 2
    chosen = choose_faults(faults, arguments.number, arguments.seed)
    if arguments.list:
        print("\n".join(fault.name for fault in chosen))
        return 0
    verdicts = _try_all(chosen, arguments.tests, arguments.workers)
    return _report(verdicts, harmless)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    kinds = [kind.name for kind in KINDS]
    parser.add_argument("--path", nargs="+", default=["sim"], help="modules or rooms, such as sim/engine")
    parser.add_argument("--kind", nargs="+", default=kinds, choices=kinds, help="kinds of faults, all without it")
    parser.add_argument("--match", default="", help="only faults whose name has this in it")
    parser.add_argument("--number", type=int, default=160, help="faults to choose, spread over rooms and kinds")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another choice")
    parser.add_argument("--tests", nargs="+", help="run these for each fault instead of those that reach its line")
    parser.add_argument("--workers", type=int, default=2, help="copies of the tree at work at once")
    parser.add_argument("--list", action="store_true", help="name the chosen faults and try none")
    return parser.parse_args()


def _try_all(chosen: list[Fault], tests: list[str] | None, workers: int) -> list[Verdict]:
    reach = None if tests else measure_reach(ROOT, ROOT / "build" / "faults")
    copies: SimpleQueue[Copy] = SimpleQueue()

    def attempt(fault: Fault) -> Verdict:
        copy = copies.get()
        try:
            verdict = copy.try_fault(fault, tests or reach.tests_of(fault))
        finally:
            copies.put(copy)
        print(f"{verdict.word:9} {fault.name}", flush=True)
        return verdict

    with TemporaryDirectory(prefix="faults-") as folder, ThreadPoolExecutor(workers) as pool:
        for number in range(workers):
            copies.put(Copy(ROOT, Path(folder, str(number))))
        verdicts = list(pool.map(attempt, chosen))
        deciding = sorted({verdict.by for verdict in verdicts} - {""})
        failing = {name for _ in range(workers) for name in copies.get().fail_unchanged(deciding)}
    if failing:
        print("these fail without any fault, so what they caught is not known: " + ", ".join(sorted(failing)))
        sys.exit(2)
    return verdicts


def _report(verdicts: list[Verdict], harmless: dict[str, str]) -> int:
    counted = [verdict for verdict in verdicts if verdict.caught or verdict.fault.name not in harmless]
    _table("room", ((verdict.fault.room, verdict.caught) for verdict in counted))
    _table("kind", ((verdict.fault.kind, verdict.caught) for verdict in counted))
    through = [verdict for verdict in counted if not verdict.caught]
    if through:
        print("\npassed unseen:")
        print("\n".join(f"  {verdict.word}: {verdict.fault.name}" for verdict in through))
    share = 1.0 - len(through) / len(counted) if counted else 0.0
    aside = len(verdicts) - len(counted)
    caught = len(counted) - len(through)
    print(f"\n{caught} of {len(counted)} faults caught ({share:.1%}); {aside} aside that change nothing")
    return 0 if share >= ENOUGH else 1


def _table(head: str, rows: Iterable[tuple[str, bool]]) -> None:
    tried, caught = Counter[str](), Counter[str]()
    for name, was_caught in rows:
        tried[name] += 1
        caught[name] += was_caught
    print(f"\n{head:13} caught  tried")
    print("\n".join(f"{name:13} {caught[name]:6} {tried[name]:6}" for name in sorted(tried)))


if __name__ == "__main__":
    sys.exit(main())

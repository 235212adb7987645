"""Matches a second beside the Axelrod library: ``PYTHONPATH=tests python -m benchmarks.measure_matches`` writes them.

Both play the same field, every policy against every policy and itself, rounds and noise alike. The library plays one
match after the other by its plain loop over matches, without its results object; ours plays all at once. The clock is
processor time of one process; the ratio holds for this machine.
"""

from __future__ import annotations

import json
import platform
import time
import warnings
from importlib.metadata import version
from pathlib import Path

from sim.tournament.prisoners_dilemma import play_dilemma

TABLE = Path(__file__).parents[2] / "results" / "benchmarks" / "matches.json"
TURNS = 200
NOISE = 0.05


def library(repetitions: int) -> tuple[int, float]:
    """Return how many matches the library played, and its processor time [s]."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import axelrod
    from axelrod_field import DETERMINISTIC, players

    field = players(DETERMINISTIC)
    pairs = [(i, j) for i in range(len(field)) for j in range(i, len(field))]
    start = time.process_time()
    for seed in range(repetitions):
        for i, j in pairs:
            both = (field[i].clone(), field[j].clone())
            axelrod.Match(both, turns=TURNS, noise=NOISE, seed=seed).play()
    return len(pairs) * repetitions, time.process_time() - start


def ours(replicates: int) -> tuple[int, float]:
    """Return how many matches our tournament played, and its processor time [s]."""
    from axelrod_field import DETERMINISTIC, entrants

    field = entrants(DETERMINISTIC)
    start = time.process_time()
    play_dilemma(field, (NOISE,), replicates=replicates, seed=1, turns=TURNS)
    return len(field) * (len(field) + 1) // 2 * replicates, time.process_time() - start


def measured(repetitions: int, replicates: tuple[int, ...]) -> dict[str, object]:
    """Return the rates of both in one run."""
    matches, seconds = library(repetitions)
    yardstick = matches / seconds
    ours(2)
    rows = []
    for size in replicates:
        played, spent = ours(size)
        row = {"replicates": size, "matches": played, "cpu_s": round(spent, 3)}
        rate = played / spent
        rows.append(row | {"matches_per_cpu_s": float(f"{rate:.4g}"), "ratio": float(f"{rate / yardstick:.3g}")})
    return {
        "field": "17 strategies, each against each and itself, 200 rounds, noise 0.05",
        "axelrod": {
            "version": version("axelrod"),
            "matches": matches,
            "cpu_s": round(seconds, 3),
            "matches_per_cpu_s": float(f"{yardstick:.4g}"),
        },
        "sim": rows,
        "python": platform.python_version(),
        "numpy": version("numpy"),
    }


def main() -> None:
    """Measure and write."""
    found = measured(10, (10, 100, 1000))
    TABLE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(TABLE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()

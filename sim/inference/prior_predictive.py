"""Prior predictive check: what the priors imply, beside what was reported (S2.16).

The checks are data of the theatre: each names a statistic of the simulated month or year and the reported figure. A
check passes where the reported figure lies between the 5 % and the 95 % quantile over replicates; odds pass where they
lie in the range that the file states.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats
from sim.core.errors import InputError, Problems, nearest
from sim.core.parameters import Interval
from sim.core.shipped_data import find_beside_theatre
from sim.core.toml_table import TomlTable, read_toml
from sim.engine.model import Conflict
from sim.engine.rolling_windows import Groups
from sim.inference import count_patterns
from sim.scenario.scenario import Scenario

QUANTILES: Final = (0.05, 0.25, 0.50, 0.75, 0.95)
MONTH: Final = 30
_BLOCK: Final = 2000


@dataclass(frozen=True)
class PriorCheck:
    """One reported figure and the statistic that it is compared with."""

    text: str  # what is compared
    statistic: str  # one of `STATISTICS`, or "odds"
    reported: float
    source: str
    subject: str  # side, place or question
    days: int  # from the start [days]
    low: float  # for odds: the range in which they should lie [1]
    high: float
    held_out: bool  # whether the figure dates from after the start


def acts_per_day(run: Conflict, check: PriorCheck) -> Floats:
    """Return acts of a side a day."""
    mean: Floats = daily_acts(run, check.subject, check.days).mean(axis=0)
    return mean


def killed(run: Conflict, check: PriorCheck) -> Floats:
    """Return the killed at a place."""
    groups = Groups(run.theatre).cells_hit_at(check.subject)
    dead: Floats = run.totals.total("killed", groups, 1, check.days)[0].astype(np.float64)
    return dead


def dispersion(run: Conflict, check: PriorCheck) -> Floats:
    """Return variance over mean of the daily acts of a side; not a number where there were none."""
    return count_patterns.dispersion(daily_acts(run, check.subject, check.days))


def killed_without_war(run: Conflict, check: PriorCheck) -> Floats:
    """Return the killed at a place in replicates without a war; not a number in the others."""
    return np.where(run.judge().war_day > check.days, killed(run, check), np.nan)


def truce_ratio(run: Conflict, check: PriorCheck) -> Floats:
    """Return acts of a side a day in the first truce over those of the days before; not a number after a war."""
    truce = run.timeline.truces[0]
    first, last = round(truce.start_day), round(truce.start_day + truce.days)
    acts = daily_acts(run, check.subject, last)
    before = acts[:first].mean(axis=0)
    ratio = np.divide(acts[first:].mean(axis=0), before, out=np.full(before.shape, np.nan), where=before > 0)
    return np.where(run.judge().war_day > last, ratio, np.nan)


STATISTICS: Final[dict[str, Callable[[Conflict, PriorCheck], Floats]]] = {
    function.__name__: function for function in (acts_per_day, killed, dispersion, killed_without_war, truce_ratio)
}


def daily_acts(run: Conflict, side: str, days: int) -> Floats:
    """Return the acts of a side of the front by day, shape (days, n_replicates) [1]."""
    acts = run.totals.by_day("acts", Groups(run.theatre).sides, 2)
    of_side: Floats = acts[0 if side == "side_a" else 1, :days].astype(np.float64)
    return of_side


def prior_check(path: Path, replicates: int, seed: int | None = None) -> pd.DataFrame:
    """Return a row for each check of a file: quantiles over replicates, reported figure, whether it is in the range."""
    scenario, truce_scenario, checks = _read(path)
    truce_checks = [check for check in checks if check.statistic == "truce_ratio"]
    year_checks = [check for check in checks if check.statistic != "truce_ratio"]
    values = _simulate(scenario, year_checks, replicates, seed)
    if truce_scenario is not None:
        values |= _simulate(truce_scenario, truce_checks, replicates, seed)
    return pd.DataFrame([_row(check, values[check.text]) for check in checks])


def _simulate(scenario: Scenario, checks: list[PriorCheck], replicates: int, seed: int | None) -> dict[str, Floats]:
    """Return the statistic of each check in each replicate, computed block by block."""
    root = scenario.seed if seed is None else seed
    truce_end = max((round(t.start_day + t.days) for t in scenario.file.truces), default=1)
    days = max([truce_end, *(check.days for check in checks)])
    parts: dict[str, list[Floats]] = {check.text: [] for check in checks}
    for first in range(0, replicates, _BLOCK):
        lanes = np.arange(first, min(first + _BLOCK, replicates))
        run = scenario.ensemble(scenario.points()[0], lanes, root, horizon_days=days).conflict.run()
        for check in checks:
            parts[check.text].append(np.where(run.failed, np.nan, _statistic(run, check)))
        run.release()
    return {text: np.concatenate(blocks) for text, blocks in parts.items()}


def _statistic(run: Conflict, check: PriorCheck) -> Floats:
    if check.statistic == "odds":
        first_day = np.asarray(run.columns()[f"{check.subject}_day"], dtype=np.float64)
        return np.where(first_day <= check.days, 1.0, 0.0)
    return STATISTICS[check.statistic](run, check)


def _row(check: PriorCheck, values: Floats) -> dict[str, object]:
    known = values[np.isfinite(values)]
    is_share = check.statistic == "odds"
    quantiles = [float("nan")] * len(QUANTILES) if is_share else [float(q) for q in np.quantile(known, QUANTILES)]
    low, high = (check.low, check.high) if is_share else (quantiles[0], quantiles[-1])
    inside = low <= (float(known.mean()) if is_share else check.reported) <= high
    return {
        "check": check.text,
        "n": known.size,
        "mean": float(known.mean()),
        **{f"q{round(100 * level):02d}": value for level, value in zip(QUANTILES, quantiles, strict=True)},
        "reported": check.reported,
        "in_range": inside,
        "held_out": check.held_out,
        "source": check.source,
    }


def _read(path: Path) -> tuple[Scenario, Scenario | None, list[PriorCheck]]:
    path = find_beside_theatre(path, "prior-check.toml")
    problems = Problems(path)
    root = TomlTable(read_toml(path), "", problems)
    names = root.text("scenario"), root.text("truce_scenario", "")
    root.take("check")
    root.finish()
    problems.raise_if_any()
    scenario = Scenario.load(path.parent / names[0])
    truce_scenario = Scenario.load(path.parent / names[1]) if names[1] else None
    checks = [_check(table, scenario, truce_scenario) for table in root.each("check", once="text")]
    problems.raise_if_any()
    if not checks:
        raise InputError.single(path, "check", f"is missing; {nearest('check', ['[[check]]'])}")
    return scenario, truce_scenario, checks


def _check(table: TomlTable, scenario: Scenario, truce_scenario: Scenario | None) -> PriorCheck:
    statistic = table.one_of("statistic", [*STATISTICS, "odds"])
    is_share = statistic == "odds"
    if statistic == "truce_ratio" and (truce_scenario is None or not truce_scenario.file.truces):
        table.add("statistic", "truce_ratio needs a truce_scenario with a truce")
    subject = ""
    if is_share:
        subject = table.one_of("question", [q.id for q in scenario.questions if not q.is_state])
    elif statistic in ("killed", "killed_without_war"):
        subject = table.one_of("location", sorted({party.location for party in scenario.theatre.parties}))
    elif statistic:
        subject = table.one_of("side", ["side_a", "side_b"])
    share = Interval(0, 1)
    return PriorCheck(
        text=table.text("text"),
        statistic=statistic,
        reported=table.number("reported", Interval(0, 1e7)),
        source=table.text("source"),
        subject=subject,
        days=table.integer("days", Interval(1, scenario.horizon_days), MONTH),
        low=table.number("low", share) if is_share else 0.0,
        high=table.number("high", share) if is_share else 0.0,
        held_out=table.flag("held_out", False),
    )

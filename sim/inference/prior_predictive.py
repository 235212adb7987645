"""Prior predictive check: what the priors imply, beside what was reported (S2.16).

The checks are data of the theatre: each names a statistic of the simulated month or year and the reported figure. A
check is in range where the reported figure lies between the 5 % and the 95 % quantile over replicates, odds where they
lie in the range that the file states. Ranges are wide and figures hang together, so all but the odds are also judged
jointly, pairs of the file among them: those of the record, and those that are held out (`sim.inference.joint_checks`).
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
from sim.inference.count_patterns import ratio
from sim.inference.joint_checks import judge_jointly
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
    place: str = ""  # where the killed are counted, for those of a side
    without_war: bool = False  # whether histories with a war by then are left out, as the record had none
    window_days: int = 1  # whose counts are correlated with the counts of the window before [days]


def daily_acts(run: Conflict, side: str, days: int, what: str = "acts") -> Floats:
    """Return the acts of a side of the front by day, or its launches, shape (days, n_replicates) [1]."""
    acts = run.totals.by_day(what, Groups(run.theatre).sides, 2)
    of_side: Floats = acts[0 if side == "side_a" else 1, :days].astype(np.float64)
    return of_side


def _acts(run: Conflict, check: PriorCheck, what: str = "acts") -> Floats:
    return daily_acts(run, check.subject, check.days, what)


def _killed(run: Conflict, check: PriorCheck) -> Floats:
    """Return the killed at a place by day."""
    groups = Groups(run.theatre).cells_hit_at(check.place or check.subject)
    return np.asarray(run.totals.by_day("killed", groups, 1)[0][: check.days], dtype=np.float64)


def _autocorrelation(run: Conflict, check: PriorCheck) -> Floats:
    """Return the correlation of the acts of a side in a window with those in the window before."""
    counts = count_patterns.sum_windows(_acts(run, check), check.window_days)
    return count_patterns.correlation(counts, counts, 1)


def _truce_ratio(run: Conflict, check: PriorCheck) -> Floats:
    """Return acts of a side a day in the first truce over those of the days before; not a number after a war."""
    truce = run.timeline.truces[0]
    first, last = round(truce.start_day), round(truce.start_day + truce.days)
    acts = daily_acts(run, check.subject, last)
    calm = ratio(acts[first:].mean(axis=0), acts[:first].mean(axis=0))
    return np.where(run.judge().war_day > last, calm, np.nan)


Statistic = Callable[[Conflict, PriorCheck], Floats]
_OF_SIDES: Final[dict[str, Statistic]] = {
    "acts_per_day": lambda run, check: _acts(run, check).mean(axis=0),
    "dispersion": lambda run, check: count_patterns.dispersion(_acts(run, check)),
    "truce_ratio": _truce_ratio,
    "launches_per_act": lambda run, check: _ratio_of_sums(_acts(run, check, "launches"), _acts(run, check)),
    "autocorrelation": _autocorrelation,
}
_OF_PLACES: Final[dict[str, Statistic]] = {
    "killed": lambda run, check: _killed(run, check).sum(axis=0),
    "largest_day": lambda run, check: _killed(run, check).max(axis=0),
}
_OF_BOTH: Final[dict[str, Statistic]] = {
    "killed_per_act": lambda run, check: _ratio_of_sums(_killed(run, check), _acts(run, check)),
    "killed_per_launch": lambda run, check: _ratio_of_sums(_killed(run, check), _acts(run, check, "launches")),
}
STATISTICS: Final = _OF_SIDES | _OF_PLACES | _OF_BOTH
"""Of a side of the front, a place, or both; an unknown ratio is not a number."""


def _ratio_of_sums(above: Floats, below: Floats) -> Floats:
    return ratio(above.sum(axis=0), below.sum(axis=0))


def prior_check(path: Path, replicates: int, seed: int | None = None) -> pd.DataFrame:
    """Return a row for each check, pair and all together: quantiles, reported figure, ``p``, if it is in range."""
    scenario, truce_scenario, checks, pairs = _read(path)
    truce_checks = [check for check in checks if check.statistic == "truce_ratio"]
    year_checks = [check for check in checks if check.statistic != "truce_ratio"]
    values = _simulate(scenario, year_checks, replicates, seed)
    if truce_scenario is not None:
        values |= _simulate(truce_scenario, truce_checks, replicates, seed)
    rows = {(check.text, check.held_out): _row(check, values[check.text]) for check in checks}
    for held_out in (False, True):
        asked = {check.text: check for check in checks if check.held_out == held_out and check.statistic != "odds"}
        reported = {text: check.reported for text, check in asked.items()}
        own = [pair for pair in pairs if asked.keys() >= {*pair}]
        for judged in judge_jointly({text: values[text] for text in asked}, reported, own).to_dict("records"):
            text, seen, low, high = (judged[name] for name in ("quantity", "observed", "low_90", "high_90"))
            joint = {"n": replicates, "q05": low, "q95": high, "reported": seen, "in_range": low <= seen <= high}
            joint |= {"held_out": held_out, "source": "the figures named" if "distance" in text else "all rows above"}
            row = rows.get((text, held_out), {"check": text} | joint)
            rows[text, held_out] = row | {"p": judged["p"], "p_error": judged["p_error"]}
    return pd.DataFrame(list(rows.values()))


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
    values = STATISTICS[check.statistic](run, check)
    return np.where(run.judge().war_day > check.days, values, np.nan) if check.without_war else values


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


def _read(path: Path) -> tuple[Scenario, Scenario | None, list[PriorCheck], list[tuple[str, str]]]:
    path = find_beside_theatre(path, "prior-check.toml")
    problems = Problems(path)
    root = TomlTable(read_toml(path), "", problems)
    names = root.text("scenario"), root.text("truce_scenario", "")
    root.take("check")
    root.take("pair")
    root.finish()
    problems.raise_if_any()
    scenario = Scenario.load(path.parent / names[0])
    truce_scenario = Scenario.load(path.parent / names[1]) if names[1] else None
    checks = [_check(table, scenario, truce_scenario) for table in root.each("check", once="text")]
    pairs = []
    for table in root.each("pair"):
        both = table.names("of", [check.text for check in checks if check.statistic != "odds"])
        if len(both) != 2 and len(table.values.get("of", ())) != 2:
            table.add("of", "must name two checks")
        pairs.append((both[0], both[-1]) if both else ("", ""))
    problems.raise_if_any()
    if not checks:
        raise InputError.single(path, "check", f"is missing; {nearest('check', ['[[check]]'])}")
    return scenario, truce_scenario, checks, pairs


def _check(table: TomlTable, scenario: Scenario, truce_scenario: Scenario | None) -> PriorCheck:
    statistic = table.one_of("statistic", [*STATISTICS, "odds"])
    is_share = statistic == "odds"
    if statistic == "truce_ratio" and (truce_scenario is None or not truce_scenario.file.truces):
        table.add("statistic", "truce_ratio needs a truce_scenario with a truce")
    subject = place = ""
    if is_share:
        subject = table.one_of("question", [q.id for q in scenario.questions if not q.is_state])
    elif statistic:
        places = sorted({party.location for party in scenario.theatre.parties})
        place = table.one_of("location", places) if statistic not in _OF_SIDES else ""
        subject = place if statistic in _OF_PLACES else table.one_of("side", ["side_a", "side_b"])
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
        place=place if subject != place else "",
        without_war=not is_share and table.flag("without_war", False),
        window_days=table.integer("window_days", Interval(1, 30), 1) if statistic == "autocorrelation" else 1,
    )

"""The engine against its scalar twin: one Mesa model for one history, written apart, with luck of its own (S2.5-S2.10).

Two comparisons, each with a fixed seed. *Paired*: a history of the twin has the parameters of one replicate of the
engine and nothing else in common with it, so under equal laws the two are exchangeable (signed ranks). *Apart*: the
histories against ten times as many other replicates (Kolmogorov-Smirnov, and the mean within its standard error). The
p-values of a world are taken together after Holm, with a false-alarm rate of 0.001 for each world and comparison. The
worlds are the Lebanon part of the baseline as it is shipped, and stirred up, so that campaigns, ground operations,
ceasefires, false alarms, wandering mediation and shocks to the posture happen within weeks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from benchmarks.scalar_draws import histories
from benchmarks.scalar_run import changed, outcomes
from forms import OTHER_SEED, forms
from reduced import lebanon_part
from scipy import stats

from sim.engine.rolling_windows import Groups
from sim.scenario.scenario import Scenario

pytestmark = pytest.mark.slow

STIRRED = """
title = "Baseline, stirred"
base = "baseline.toml"

[parameters.every_party]
civilian_shock = 0.2
leader_shock = 0.5
own_loss_weight = 1.5

[parameters.party.ISR]
leader_strikes = 0.8
campaign_hazard = 0.015

[parameters.party.HZB]
campaign_hazard = 0.01

[parameters.dyad.HZB-ISR]
false_alarms = 1.0
excitation = 0.2

[parameters.dyad.ISR-HZB]
excitation = 1.5

[parameters.world]
mediation_spread = 0.3

[parameters.front]
ground_hazard = 0.15
ceasefire_hazard = 0.15
ceasefire_mediation = 0.5
reignition_hazard = 0.1
"""
PRIOR_SEED, LUCK_SEED = 20231107 + OTHER_SEED, 5 + OTHER_SEED
WORLDS = forms(*([(world, pairs) for world in ("baseline", "stirred")] for pairs in (100, 400)))
FALSE_ALARMS = 0.001
GRAVE_RUNG = 4

Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Two:
    """Outcomes of the twin, and of the engine: of the same parameters first, then of others."""

    twin: Columns
    engine: Columns


def scenario_of(world: str, folder: Path) -> Scenario:
    path = lebanon_part(folder)
    if world == "baseline":
        return Scenario.load(path)
    path = folder / "stirred.toml"
    path.write_text(STIRRED)
    return Scenario.load(path)


def days_of(world: str) -> int:
    return 20 if world == "baseline" else 25


def alone(count: int) -> np.ndarray:
    """Return replicates that share no draw with another, as the tests of samples require."""
    replicates = np.arange(2 * count)
    return replicates[~np.isin(replicates % 8, (1, 2, 3))][:count]


def engine_columns(scenario: Scenario, replicates: np.ndarray, days: int) -> Columns:
    """Run the engine and return the quantities that are compared."""
    conflict = scenario.ensemble(scenario.points()[0], replicates, PRIOR_SEED, horizon_days=days).conflict
    conflict.run()
    totals, groups, dyads = conflict.totals, Groups(scenario.theatre), scenario.theatre.dyads
    acts = totals.total("acts", groups.dyads, len(dyads), days)
    found = {f"acts_{dyad.id}": acts[i] for i, dyad in enumerate(dyads)}
    grave = np.where(np.arange(groups.sides.shape[1]) >= GRAVE_RUNG, groups.sides, -1)
    for name, value, sides in (("grave", "acts", grave), ("launches", "launches", groups.sides)):
        found |= {f"{name}_{side}": sums for side, sums in enumerate(totals.total(value, sides, 2, days))}
    for place in scenario.theatre.locations:
        for part in ("killed", "civilians"):
            found[f"{part}_{place}"] = totals.total(part, groups.cells_hit_at(place), 1, days)[0]
    columns = conflict.columns()
    found["war"] = columns["war_day"] <= days
    asked = [question.id for question in conflict.timeline.questions if not question.is_state]
    found |= {question: columns[f"{question}_day"] <= days for question in asked}
    conflict.release()
    return {name: values.astype(np.float64) for name, values in found.items()}


def twin_columns(rows: list[dict[str, float]], names: list[str], days: int) -> Columns:
    """Return the same quantities of the twin."""
    questions = {name.removesuffix("_day") for name in rows[0] if name.endswith("_day")}
    table = {}
    for name in names:
        if name in questions:
            table[name] = np.array([float(row[f"{name}_day"] <= days) for row in rows])
        else:
            table[name] = np.array([float(row.get(name, 0)) for row in rows])
    return table


@cache
def compared(world: str, pairs: int, folder: Path) -> Two:
    scenario, days = scenario_of(world, folder), days_of(world)
    replicates = alone(11 * pairs)
    engine = engine_columns(scenario, replicates, days)
    told = histories(scenario, replicates[:pairs].tolist(), PRIOR_SEED, LUCK_SEED, days)
    return Two(twin_columns(outcomes(told), list(engine), days), engine)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stirred")


def signed_ranks(left: np.ndarray, right: np.ndarray) -> float:
    """Return the p-value of the signed ranks of paired differences; 1 where no pair differs."""
    if np.array_equal(left, right):
        return 1.0
    return float(stats.wilcoxon(left - right, zero_method="zsplit", method="asymptotic").pvalue)


def rejected(p_values: dict[str, float]) -> dict[str, float]:
    """Return the quantities that differ after Holm."""
    found = {}
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        if p * (len(p_values) - rank) >= FALSE_ALARMS:
            break
        found[name] = p
    return found


@pytest.mark.parametrize(("world", "pairs"), WORLDS)
def test_twin_and_engine_agree_with_the_same_parameters(world: str, pairs: int, folder: Path) -> None:
    both = compared(world, pairs, folder)
    p_values = {name: signed_ranks(values, both.engine[name][:pairs]) for name, values in both.twin.items()}
    assert not rejected(p_values)


@pytest.mark.parametrize(("world", "pairs"), WORLDS)
def test_twin_agrees_with_other_replicates_in_law(world: str, pairs: int, folder: Path) -> None:
    both = compared(world, pairs, folder)
    p_values = {name: stats.ks_2samp(values, both.engine[name][pairs:]).pvalue for name, values in both.twin.items()}
    assert not rejected(p_values)


@pytest.mark.parametrize(("world", "pairs"), WORLDS)
def test_twin_agrees_with_other_replicates_in_the_mean(world: str, pairs: int, folder: Path) -> None:
    both = compared(world, pairs, folder)
    found = {}
    for name, of_twin in both.twin.items():
        of_engine = both.engine[name][pairs:]
        # Some histories explode, and a single one would decide the mean.
        values, others = (np.minimum(part, np.quantile(of_engine, 0.99)) for part in (of_twin, of_engine))
        # Shares of wars are small: the standard error of the larger sample holds for both.
        spread = np.sqrt(others.var() * (1 / pairs + 1 / len(others)))
        distance = abs(values.mean() - others.mean())
        found[name] = 2 * stats.norm.sf(distance / spread) if spread > 0 else float(distance == 0)
    assert not rejected(found)


@pytest.mark.parametrize("pairs", forms([100], [400]))
def test_stirred_world_stirs(pairs: int, folder: Path) -> None:
    both = compared("stirred", pairs, folder)
    war, ground = both.engine["war"], both.engine["Q7"]
    assert 0.2 < war.mean() < 0.8
    assert ground.mean() > 0.1


@pytest.mark.parametrize(("pairs", "factor"), forms([(100, 0.5)], [(400, 0.8)]))
def test_comparison_sees_a_rule_that_is_off(pairs: int, factor: float, folder: Path) -> None:
    """A twin whose Israel answers provocations below its red line a fifth less must be found out; daily, by half."""
    scenario, days = scenario_of("baseline", folder), days_of("baseline")
    both = compared("baseline", pairs, folder)
    told = histories(scenario, alone(pairs).tolist(), PRIOR_SEED, LUCK_SEED, days)
    wrong = twin_columns(outcomes(changed(told, policy__ISR__weight_below=factor)), list(both.engine), days)
    p_values = {name: signed_ranks(values, both.engine[name][:pairs]) for name, values in wrong.items()}
    assert "acts_ISR-HZB" in rejected(p_values)

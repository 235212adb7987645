"""Known answers of S2.17, and what the engine, the fit and the policies give: the checks of `sim verify`.

A check is a function of a root of draws that yields figures, each with what theory expects and how far it may lie off.
The process is two parties that excite each other, the shipped like parties without deaths, posture and war: rows of its
matrix react, columns acted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from sim.core.arrays import Floats
from sim.core.compilation import Fields
from sim.core.distributions import ZetaTable
from sim.core.random_streams import act_uniform
from sim.engine.acts import GivenAct
from sim.engine.branching import Reactions, release_shares
from sim.engine.configuration import AllianceParameters, EntryParameters, Parameters, Timeline, Truce, WorldParameters
from sim.engine.kernel.parties import move_posture
from sim.engine.model import Conflict
from sim.engine.party_parameters import PartyParameters
from sim.engine.rolling_windows import Groups
from sim.engine.theatre import Alliance, Dyad, DyadParameters, Joiner, PartyProfile, Theatre
from sim.inference.bivariate_hawkes import Sides
from sim.policies.expected_cost import relative_odds
from sim.policies.overlay import GrimTrigger
from sim.policies.reciprocal import GenerousTitForTat, NoRetaliation
from sim.scenario.scenario import Scenario
from sim.tournament.entrants import Entrant
from sim.tournament.prisoners_dilemma import OFFENCE_RUNG, Rules, play_rounds

ALIKE: Final = "symmetric/tit-for-tat"
_ERRORS: Final = 4.5
_MATRIX, _BACKGROUND, _DELAY = np.array([[0.15, 0.08], [2.3, 0.28]]), np.array([1.5, 3.2]), 0.6
_RADIUS, _RATES, _FANO = 0.64884905, (3.12149533, 14.41588785), (2.99129, 10.19714)
_ALONE: Final = np.diag([0.42, 0.0])
_DAYS, _WARM = 200, 50
_CAMPAIGNS: Final = {30: 0.0063, 90: 0.0187, 180: 0.0371, 365: 0.0738}
_RESTRAINT: Final = {0.01: (0.5, 0.9712, 0.9804), 0.05: (0.5, 0.875, 0.9091), 0.1: (0.5, 0.7857, 0.8333)}
"""Share of moves that restrain in symmetric play, by the chance of an error, for forgiveness 0, 1/3 and 1/2."""


@dataclass(frozen=True)
class KnownFigure:
    """One number that is known beforehand, and how far it may lie off: not at all if nothing is said."""

    name: str  # with its unit
    expected: float
    value: float
    tolerance: float = 0.0

    @property
    def strain(self) -> float:
        """How far the value lies off, as a share of what is allowed."""
        off = abs(self.value - self.expected)
        return 0.0 if off == 0 else off / self.tolerance if self.tolerance > 0 and off >= 0 else math.inf


def mean_figure(name: str, samples: npt.ArrayLike, expected: float, besides: float = 0.0) -> KnownFigure:
    """Return the mean of independent samples, which may lie 4.5 standard errors off and by what is known beside."""
    values = np.asarray(samples, dtype=np.float64)
    error = float(values.std(ddof=1)) / math.sqrt(values.size)
    return KnownFigure(name, expected, float(values.mean()), _ERRORS * error + besides)


def _world(
    n: int, days: int, seed: int, step_days: float = 0.5, matrix: Floats = _MATRIX, background: Floats = _BACKGROUND,
    also: dict[str, float] | None = None, **given: Any,
) -> Conflict:  # fmt: skip
    """Return the process as a world: `also` goes to every party, the rest to the scenario."""
    scenario = Scenario.load(ALIKE)
    run = {**scenario.file.run, "horizon_days": days, "horizons": (days,), "step_days": step_days}
    scenario = replace(scenario, file=replace(scenario.file, run=run, **given))
    still = dict.fromkeys(("productivity", "lethality", "campaign_hazard", "imitation", "civilian_shock"), 0.0)
    values: dict[str, float] = {"definition.campaign_acts": 1e6}
    for i, dyad in enumerate(scenario.theatre.dyads):
        own = {"baseline": float(background[i]), "follow_up": float(matrix[i, i])} | still | (also or {})
        values |= {f"party.{dyad.sender}.{name}": value for name, value in own.items()}
        values[f"dyad.{dyad.id}.excitation"] = float(matrix[i, 1 - i])
    return scenario.ensemble(scenario.points()[0], n, seed, changed=values).conflict


def _acts(world: Conflict) -> Floats:
    """Run a world and return the acts of either party by day, shape (2, n_days, n_replicates)."""
    acts = world.run().totals.by_day("acts", Groups(world.theatre).dyads, 2)
    world.release()
    return np.asarray(acts, dtype=np.float64)


def _spread(name: str, row: Floats, span: int, rate: float, fano: float, short: float = 0.0) -> Iterator[KnownFigure]:
    """Yield rate and variance over mean of counts over a span [days]; the latter may lack a share."""
    yield mean_figure(f"acts of {name} [1/day]", row / span, rate)
    yield mean_figure(f"variance over mean, {name}", (row - row.mean()) ** 2 / row.mean(), fano, fano * short)


def check_reactions(_: int) -> Iterator[KnownFigure]:
    """Compute closed forms of the process."""
    world = _world(1, 1, 0)
    law = Reactions(world.theatre, world.parameters.parties, world.parameters.dyads, {}, 0.25, 1)
    inverse = np.column_stack([law.stationary_rates(column[:, None])[:, 0] for column in np.eye(2)])
    rates = law.stationary_rates(_BACKGROUND[:, None])
    sides = Sides(rates, _MATRIX[:, :, None], np.full((2, 1), _DELAY), np.zeros((2, 1)))
    for name, known, found, digits in (
        ("spectral radius", (_RADIUS,), law.branching_ratio, 5e-9),
        ("(I - G)^-1", (1.68224299, 0.18691589, 5.37383178, 1.98598131), inverse, 5e-9),
        ("stationary rates [1/day]", _RATES, rates, 5e-9),
        ("covariance [1/day]", (9.33730, 33.56994, 33.56994, 147.00077), (inverse * rates[:, 0]) @ inverse.T, 5e-6),
        ("variance over mean in the fit", _FANO, [sides.fano(side) for side in (0, 1)], 5e-6),
        ("bias of a naive step", (1.2228,), 0.25 / _DELAY / release_shares(np.array([_DELAY]), 0.25)[0], 5e-5),
    ):
        yield from (KnownFigure(name, *pair, digits) for pair in zip(known, np.ravel(found).tolist(), strict=True))


def check_docking(seed: int) -> Iterator[KnownFigure]:
    """Hold rates and spread of the engine against (I - G)^-1 mu."""
    counts = _acts(_world(4000, _DAYS, seed))[:, _WARM:].sum(axis=1)
    # Spans are finite: a fluctuation that fades in 1.7 days is cut at their ends.
    short = _DELAY / (1 - _RADIUS) / (_DAYS - _WARM)
    for name, row, rate, fano in zip(("one", "other"), counts, _RATES, _FANO, strict=True):
        yield from _spread(name, row, _DAYS - _WARM, rate, fano, short)
    yield mean_figure("correlation of both", np.prod(stats.zscore(counts, axis=1), axis=0), 0.906108, short)


def check_clusters(seed: int) -> Iterator[KnownFigure]:
    """Hold clusters of one party against Borel's law."""
    dyad = _world(1, 1, 0).theatre.dyads[0]
    first = (GivenAct(0.0, dyad.sender, dyad.target, 1),)
    size = _acts(_world(20_000, 30, seed, 1.0, _ALONE, np.zeros(2), incidents=first))[0].sum(axis=0)
    yield mean_figure("acts of a cluster", size, 1.72414)
    for k, chance in enumerate((0.6570, 0.1813, 0.0751, 0.0368), 1):
        yield mean_figure(f"share of clusters of {k}", size == k, chance, 5e-5)
    counts = _acts(_world(4000, _DAYS, seed, 0.5, _ALONE, np.array([3.0, 0.0])))[0, _WARM:].sum(axis=0)
    yield from _spread("one alone", counts, _DAYS - _WARM, 3 / 0.58, 2.97265, _DELAY / 0.58 / (_DAYS - _WARM))


def check_decay(seed: int) -> Iterator[KnownFigure]:
    """Watch fire die away after its background stops."""
    total = _acts(_world(8000, 26, seed, 0.25, truces=(Truce(20.0, 6.0),), also={"driver_share": 1.0})).sum(axis=0)
    early, late = total[22:24].sum(axis=0), total[24:26].sum(axis=0)
    # After two days a hundredth of the faster mode is left.
    known = math.exp(-2 / 1.709)
    yield mean_figure("fire two days later [share]", known + (late - known * early) / early.mean(), known, 0.002)


def check_residuals(seed: int) -> Iterator[KnownFigure]:
    """Rescale times of acts by their rate, which makes them exponential."""
    world = _world(100, 60, seed, 0.125)
    times: list[list[tuple[float, int]]] = [[] for _ in range(100)]
    for step in range(60 * 8):
        world.step()
        # Within a step an act may fall at any time.
        at = (step + act_uniform(world.latest["word"], "time in its step")) / 8
        for lane, moment, dyad in zip(world.latest["lane"], at, world.latest["dyad"], strict=True):
            times[lane].append((float(moment), int(dyad)))
    world.release()
    fine = [float(stats.kstest(_rescale(sorted(acts)), "expon").pvalue) > 0.01 for acts in times]
    yield KnownFigure("histories with p > .01 [share]", 1.0, sum(fine) / 100, 0.05)


def _rescale(acts: list[tuple[float, int]]) -> Floats:
    """Return the integral of each party's rate between its acts."""
    excitation, since, last, found = np.zeros(2), np.zeros(2), 0.0, []
    for at, who in acts:
        faded = np.exp(-(at - last) / _DELAY)
        since += _BACKGROUND * (at - last) + excitation * _DELAY * (1 - faded)
        found.append(since[who])
        excitation, last, since[who] = excitation * faded + _MATRIX[:, who] / _DELAY, at, 0.0
    return np.array(found)


def check_uncoupled(seed: int) -> Iterator[KnownFigure]:
    """Hold parties without reactions against independent Poisson counts."""
    counts = _acts(_world(4000, 20, seed, 0.25, np.zeros((2, 2)))).sum(axis=1)
    for name, row, rate in zip(("one", "other"), counts, _BACKGROUND.tolist(), strict=True):
        yield from _spread(name, row, 20, rate, 1.0)
    yield mean_figure("correlation of both", np.prod(stats.zscore(counts, axis=1), axis=0), 0.0)


def check_decisions(seed: int) -> Iterator[KnownFigure]:
    """Count campaigns of a constant hazard, and days until two allies have drawn each other in."""
    like = _world(1, 1, 0).theatre
    parties = [*like.parties, *(PartyProfile(name, name, name) for name in "AB")]
    dyads = [*like.dyads, *(Dyad(name, like.parties[0].id) for name in "AB")]
    allies = Alliance("A", "B"), Alliance("B", "A")
    theatre = Theatre("still", parties, dyads, like.ladder, like.front, (Joiner("A"), Joiner("B")), allies)
    law = {"campaign_hazard": 1.5e-4, "campaign_slope": 1.1, "campaign_mediation": -math.log(0.7)}
    given = Parameters(
        dict.fromkeys("AB", PartyParameters())
        | dict.fromkeys(like.party_index, PartyParameters(posture_baseline=3.0, **law)),
        dict.fromkeys(theatre.dyad_index, DyadParameters()),
        WorldParameters(mediation=1.0),
        entries=dict.fromkeys("AB", EntryParameters(hazard=0.01, exit_hazard=0.0)),
        alliances=dict.fromkeys(("A-B", "B-A"), AllianceParameters(weight=1.0)),
    )
    silent, timeline = dict.fromkeys(theatre.party_index, NoRetaliation()), Timeline(600, 1.0, horizons=())
    world = Conflict(theatre, given, silent, timeline, replicates=10_000, seed=seed).run()
    columns: dict[str, Any] = dict(world.columns())
    world.release()
    for days, share in _CAMPAIGNS.items():
        yield mean_figure(f"campaign within {days} days, 1 - exp(-h t)", columns["campaign_day"] <= days, share, 5e-5)
    yield KnownFigure("1 / (2 h) + 1 / (h e), h = .001 [days]", 867.8794, 1 / 0.002 + 1 / (0.001 * math.e), 5e-5)
    both = np.maximum(columns["joined_A_day"], columns["joined_B_day"])
    # A step of a day goes by before the other ally can know.
    yield mean_figure("both allies in, at ten times the hazard [days]", both - 1.0, 86.78794, 0.1)


def check_posture(_: int) -> Iterator[KnownFigure]:
    """Let postures watch each other, one of them shocked."""
    (alone, _bystander), (together, other) = _mirrored(0.0), _mirrored(0.5)
    yield KnownFigure("gain of a shock, 1 / (1 - (k/a)^2)", 1.3333, together / alone, 5e-5)
    yield KnownFigure("the other side's share of the shift, k/a", 0.5, other / together, 5e-5)


def _mirrored(imitation: float) -> tuple[float, float]:
    """Return how far two postures shift in the end."""
    watching = {"posture_baseline": 2.0, "posture_memory_days": 5.0, "civilian_shock": 1.0, "imitation": imitation}
    world = _world(1, 1, 0, also=watching)
    values, history = Fields(world.histories.values[0]), Fields(world.histories.states[0])
    world.release()
    history.shock_seen[0], values.routine_shock[:2] = 0.025, 0.0
    for _ in range(2400):
        seen = history.posture[:2] - 2.0
        for party in (0, 1):
            move_posture.py_func(values, history, party, seen[1 - party])  # type: ignore[attr-defined]
    return float(history.posture[0] - 2.0), float(history.posture[1] - 2.0)


def check_severity(_: int) -> Iterator[KnownFigure]:
    """Compute means of the truncated zeta law of the killed."""
    for exponent, mean in {2.3: 2.3255, 2.5: 1.8615, 2.7: 1.5915}.items():
        found = ZetaTable(np.array([[exponent]])).mean
        yield KnownFigure(f"killed in a deadly act, exponent {exponent}", mean, float(found[0, 0]), 5e-5)


def check_generosity(seed: int) -> Iterator[KnownFigure]:
    """Play tit-for-tat and its generous form under errors."""
    yield KnownFigure("optimal generosity", 1 / 3, float(GenerousTitForTat().forgiveness), 1e-12)
    entrants = [Entrant(f"{f:.2f}", GenerousTitForTat(forgiveness=f)) for f in (0.0, 1 / 3, 0.5)]
    for error, known in _RESTRAINT.items():
        # The first moves count until errors of either side have mixed them.
        moves = list(play_rounds(entrants, Rules(round(8 / error), error, 400, seed)))[round(4 / error) :]
        for place, share in enumerate(known):
            restrained = 1.0 - np.mean([acts[place, place] for acts in moves], axis=0)
            yield mean_figure(f"restraint, error {error}, generosity {entrants[place].name}", restrained, share, 5e-4)


def check_grim(seed: int) -> Iterator[KnownFigure]:
    """Pull the grim trigger by errors of the other side."""
    p, entrants = 0.1, [Entrant("grim", GrimTrigger(grim_rung=float(OFFENCE_RUNG))), Entrant("mild", NoRetaliation())]
    offends = np.array([acts[0, 1] for acts in play_rounds(entrants, Rules(200, p, 4000, seed))])
    # Errors of its own are taken out of its moves.
    yield mean_figure("days until it is pulled, 1 / p", (1.0 - (offends - p) / (1.0 - 2.0 * p)).sum(axis=0), 1 / p)
    yield mean_figure("offences from then on, but for errors", offends[100:].mean(axis=0), 1.0 - p, 1e-4)


def check_quantal(_: int) -> Iterator[KnownFigure]:
    """Compute limits of quantal response."""
    worth = np.array([-3.0, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0])
    odds = np.array([[relative_odds(one, 2.0, precision) for one in worth] for precision in (0.0, 1.0, 1e6)])
    uniform, usual, sharp = odds / odds.sum(axis=1, keepdims=True)
    yield KnownFigure("largest chance at precision 0", 1 / 7, float(uniform.max()), 1e-12)
    yield KnownFigure("chance of the best at precision 1e6", 1.0, float(sharp[-1]), 1e-12)
    yield KnownFigure("rungs whose chance rises with their worth", 6.0, float((np.diff(usual) > 0).sum()))


CHECKS: Final[tuple[Callable[[int], Iterator[KnownFigure]], ...]] = (
    *(check_reactions, check_docking, check_clusters, check_decay, check_residuals, check_uncoupled),
    *(check_decisions, check_posture, check_severity, check_generosity, check_grim, check_quantal),
)

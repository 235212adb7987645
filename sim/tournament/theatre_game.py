"""A tournament on a theatre: every policy in the place of either main party, against every policy in the other's.

The scenario gives everything else. Noise is the chance that either main party takes an act for one rung higher or
lower than it was. All pairs share their luck, history by history.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers
from sim.core.errors import InputError, nearest
from sim.core.shipped_data import shipped_scenarios
from sim.engine.model import Conflict
from sim.engine.theatre import Theatre
from sim.policies.base import Policy
from sim.scenario.scenario import Scenario
from sim.scenario.shared_draws import PERIOD
from sim.tournament.entrants import Entrant, Matches
from sim.tournament.policy_by_replicate import PolicyByReplicate

DILEMMA: Final = "dilemma"  # the iterated prisoner's dilemma, which needs no scenario
GROUNDS: Final[Mapping[str, str]] = MappingProxyType(
    {"symmetric": "symmetric/tit-for-tat", "lebanon-2023": "lebanon-2023/baseline"}
)
"""Shipped scenarios by the name of the theatre."""
FEWEST_UNITS: Final = 12
"""Independent histories, or groups of those that share draws, below which nothing is said of a match: a bootstrap of
ranks over fewer is too narrow (with six, normal luck is covered in 86 of 100 where 95 are meant)."""
REPLICATES: Final = FEWEST_UNITS * PERIOD  # histories of a match where nothing else is said: enough on every theatre
DAYS: Final = 90  # longest match on a theatre where nothing else is said [days]


def load_ground(theatre: str) -> Scenario:
    """Return the scenario of a shipped theatre, or of a scenario file, on which a tournament is played."""
    if theatre in GROUNDS:
        return Scenario.load(shipped_scenarios()[GROUNDS[theatre]])
    if not Path(theatre).is_file() and theatre.removesuffix(".toml") not in (shipped := shipped_scenarios()):
        hint = nearest(theatre, [*GROUNDS, DILEMMA, *shipped])
        raise InputError.single("--theatre", "", f'"{theatre}" is neither a theatre nor a scenario; {hint}')
    return Scenario.load(theatre)


LANES: Final = 4000  # most replicates of one ensemble: large enough for the arrays to pay, small enough for the memory

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Ground:
    """Where pairs of policies meet."""

    scenario: Scenario  # gives the theatre, its parameters and the policies of all other parties
    replicates: int  # histories of each match
    seed: int
    days: int  # length of a match

    @property
    def parties(self) -> tuple[str, str]:
        """The main parties: the first of either side of the front."""
        first, second = self.scenario.theatre.front.sides
        return first[0], second[0]


def play_theatre(
    ground: Ground, entrants: Sequence[Entrant], noises: Sequence[float], on_progress: Progress | None = None
) -> Matches:
    """Play every policy against every policy; progress is told in ensembles, done and in all.

    Refused are a scenario that varies something, and histories too few for an interval, also as too many fail.
    """
    if len(ground.scenario.points()) > 1:
        raise InputError.single(ground.scenario.path, "factor", "a tournament needs a scenario without factors")
    unit = _count_unit(ground)
    size, top = len(entrants), ground.scenario.theatre.ladder.top
    shape = (len(noises), size, size, ground.replicates)
    done_by = {name: np.full((2, *shape), np.nan) for name in ("harm", "war")}
    days = np.full((top + 1, *shape), np.nan)
    batches = list(_batches(len(noises), size, ground.replicates))
    for number, (level, pairs) in enumerate(batches):
        outcomes = _play_pairs(ground, entrants, noises[level], pairs)
        first, second = pairs.T
        for name, values in done_by.items():
            values[:, level, first, second] = outcomes[name].reshape(2, len(pairs), -1)
        days[:, level, first, second] = outcomes["days"].reshape(top + 1, len(pairs), -1)
        if on_progress:
            on_progress(number + 1, len(batches))
    failed = np.isnan(done_by["war"][0])
    matches = Matches(
        ground.scenario.theatre.name,
        tuple(entrant.name for entrant in entrants),
        tuple(noises),
        _in_both_places(done_by),
        payoff="harm_suffered",
        payoff_sign=-1.0,
        unit=unit,
        failed=int(failed.sum()),
    )
    _refuse_too_few(matches, failed)
    mean_days = np.moveaxis(days[..., matches.finished].mean(axis=-1), 0, -1)
    return replace(matches, days=(mean_days + mean_days.swapaxes(1, 2)) / 2.0)


def _count_unit(ground: Ground) -> int:
    """Return how many histories in a row may share draws, or refuse too few of them."""
    unit = PERIOD if any(one.law.is_uncertain and not one.is_following for one in ground.scenario.settings()) else 1
    if ground.replicates < FEWEST_UNITS * unit:
        why = f"histories of {ground.scenario.name} share parameters in groups of {unit}, and " if unit > 1 else ""
        words = f"must be at least {FEWEST_UNITS * unit}, not {ground.replicates}: {why}"
        words += f"an interval needs {FEWEST_UNITS} independent {_noun(unit)}"
        raise InputError.single("--replicates", "", words)
    return unit


def _noun(unit: int) -> str:
    return "histories" if unit == 1 else "groups"


def _refuse_too_few(matches: Matches, failed: npt.NDArray[np.bool_]) -> None:
    """Refuse where too few histories finished in every match; failures have shape (n_noises, n, n, n_replicates)."""
    if matches.n_units >= FEWEST_UNITS:
        return
    counts = failed.sum(axis=-1)
    level, first, second = np.unravel_index(np.argmax(counts), counts.shape)
    words = (
        f"{matches.names[first]} against {matches.names[second]} at noise {matches.noises[level]:g}: "
        f"{counts[level, first, second]} of {matches.n_replicates} histories failed, so that {matches.n_units} "
        f"independent {_noun(matches.unit)} finished in every match and an interval needs {FEWEST_UNITS}; "
        "leave a policy out or raise --replicates"
    )
    raise InputError.single("--policies", "", words)


def _in_both_places(done_by: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return what a policy got against another, the mean over the two places in which it may stand."""
    harm, war = done_by["harm"], done_by["war"]
    places = {"harm_suffered": (harm[1], harm[0]), "harm_done": (harm[0], harm[1]), "war": (war[0], war[1])}
    return {name: (as_first + as_second.swapaxes(1, 2)) / 2.0 for name, (as_first, as_second) in places.items()}


def _batches(n_noises: int, n_policies: int, replicates: int) -> Iterator[tuple[int, Integers]]:
    """Return which pairs share an ensemble: a level of noise, and pairs with shape (n_pairs, 2)."""
    pairs = np.array([*np.ndindex(n_policies, n_policies)])
    together = max(1, LANES // replicates)
    for level in range(n_noises):
        for start in range(0, len(pairs), together):
            yield level, pairs[start : start + together]


def _play_pairs(ground: Ground, entrants: Sequence[Entrant], noise: float, pairs: Integers) -> dict[str, Floats]:
    """Play some pairs in one ensemble and return what came of them; the last axis is pair by pair the replicate."""
    replicates = np.tile(np.arange(ground.replicates), len(pairs))
    policies = tuple(entrant.policy for entrant in entrants)
    chosen = np.repeat(pairs, ground.replicates, axis=0).T
    rules = {party: PolicyByReplicate.of(policies, index) for party, index in zip(ground.parties, chosen, strict=True)}
    conflict = build_match_ensemble(ground, rules, noise, replicates)
    conflict.run()
    scores = _score(conflict)
    conflict.release()
    return scores


def build_match_ensemble(
    ground: Ground, policies: Mapping[str, Policy], noise: float, replicates: npt.NDArray[np.int64]
) -> Conflict:
    """Return the scenario's ensemble with other policies of the main parties and a level of noise.

    A rule of the scenario against one opponent alone stays. One history may stand several times.
    """
    scenario, point = ground.scenario, ground.scenario.points()[0]
    given = scenario.ensemble(point, replicates, ground.seed, horizon_days=ground.days).conflict
    answering: dict[str, Policy] = {}
    stated = scenario.policies(point)
    for party in given.parties.values():
        if party.policies:
            answering[party.profile.id] = party.policies[0]
        for opponent, policy in zip(party.opponents, party.policies, strict=True):
            dyad = f"{party.profile.id}-{opponent}"
            answering[dyad] = policy if dyad in stated else policies.get(party.profile.id, policy)
    parties = given.parameters.parties
    noisy = {party: replace(parties[party], misperception=noise) for party in policies}
    parameters = replace(given.parameters, parties={**parties, **noisy})
    conflict = Conflict(given.theatre, parameters, answering, given.timeline, replicates=replicates, seed=ground.seed)
    given.release()
    return conflict


def _score(conflict: Conflict) -> dict[str, Floats]:
    """Return harm done by either side, wars twice, and days by the rung of the gravest act of the day."""
    theatre, size = conflict.theatre, conflict.n_replicates
    groups, n_groups = _cells(theatre), 2 * (theatre.ladder.top + 1)
    acts = conflict.totals.by_day("acts", groups, n_groups).reshape(2, theatre.ladder.top + 1, -1, size)
    killed = conflict.totals.by_day("killed", groups, n_groups).reshape(acts.shape).sum(axis=(1, 2))
    harm = (acts.sum(axis=2) * theatre.ladder.harm[:, None]).sum(axis=1) + killed
    rungs = np.arange(theatre.ladder.top + 1)
    gravest = ((acts.sum(axis=0) > 0) * rungs[:, None, None]).max(axis=0)
    days = np.array([(gravest == rung).sum(axis=0) for rung in rungs], dtype=np.float64)
    columns = conflict.columns()
    war = np.asarray(columns["war_day"], dtype=np.float64) <= conflict.timeline.horizon_days
    failed = np.asarray(columns["failed"], dtype=bool)
    return {
        "harm": np.where(failed, np.nan, harm),
        "war": np.where(failed, np.nan, np.stack([war, war])),
        "days": np.where(failed, np.nan, days),
    }


def _cells(theatre: Theatre) -> Integers:
    """Return the group of each cell of dyad and rung: side of the sender and rung; -1 off the front."""
    rungs = np.arange(theatre.ladder.top + 1)
    return np.where(theatre.side[:, None] >= 0, theatre.side[:, None] * len(rungs) + rungs, -1)

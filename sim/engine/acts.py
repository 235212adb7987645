"""Acts that are given, and the laws of the marks of acts: killed, civilians, leader, launches (S2.5)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from sim.core.arrays import Floats
from sim.core.distributions import ZetaTable, count_edges
from sim.core.parameters import LaneValues
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import Ladder, Theatre

LAUNCH_DISPERSION: Final = 0.7  # size of the negative binomial law of further launches (S2.5)
_MOST_LAUNCHES: Final = 400


@dataclass(frozen=True)
class GivenAct:
    """An act whose marks are known: an incident of the record, or one that a scenario schedules."""

    day: float  # from the start of the scenario; below 0 for the record [days]
    sender: str
    target: str
    rung: int  # reported
    killed: int = 0  # of the target, civilians and leaders included [persons]
    civilians: int = 0
    leaders: int = 0
    charged: str | None = None  # party that the target charged, where it is not the sender


def group_by_step(given: Iterable[GivenAct], step_days: float) -> dict[int, tuple[GivenAct, ...]]:
    """Return given acts by the step in which they fall."""
    steps: dict[int, tuple[GivenAct, ...]] = defaultdict(tuple)
    for act in given:
        steps[int(np.floor(act.day / step_days))] += (act,)
    return steps


@dataclass(frozen=True)
class Record:
    """What is replayed, so that harm, posture and pending reactions are warm on the first day (S2.3).

    A record itemises the acts that stand out, not the routine. What it leaves out enters the parties' memory of each
    other and the pools of reactions at the stationary rate and on the baseline posture, so that the record's choice of
    incidents does not pass for a rise of the posture, and the first days are not too quiet.
    """

    steps: dict[int, tuple[GivenAct, ...]]  # itemised acts; all steps are below 0
    unitemised: Floats  # (n_dyads, n_replicates) routine acts beside them [1/day]
    received: Floats  # the same by the dyad that would answer them [1/day]

    def __iter__(self) -> Iterator[tuple[int, tuple[GivenAct, ...]]]:
        first = min(self.steps, default=0)
        return ((step, self.steps.get(step, ())) for step in range(first, 0))


def build_record(theatre: Theatre, history: tuple[GivenAct, ...], stationary: Floats, step_days: float) -> Record:
    """Return the record of a theatre; ``stationary`` is the mean of an undisturbed exchange by dyad [1/day]."""
    steps = group_by_step(history, step_days)
    if not steps:
        return Record({}, np.zeros_like(stationary), np.zeros_like(stationary))
    rows = [theatre.dyad_index[f"{act.sender}-{act.target}"] for act in history]
    itemised = np.bincount(rows, minlength=len(theatre.dyads)) / (-min(steps) * step_days)
    unitemised = np.maximum(stationary - itemised[:, None], 0.0)
    received = np.where(theatre.answers[:, None] >= 0, unitemised[theatre.answers], 0.0)
    return Record(steps, unitemised, received)


def stack_values(values: Sequence[LaneValues], n_replicates: int) -> Floats:
    """Return one row of replicates for each value, shape (len(values), n_replicates)."""
    return np.stack([np.broadcast_to(np.asarray(value, dtype=np.float64), (n_replicates,)) for value in values])


class Marks:
    """The laws of the marks of acts, by party and replicate."""

    def __init__(self, theatre: Theatre, parties: Mapping[str, PartyParameters], n_replicates: int) -> None:
        ordered = [parties[party.id] for party in theatre.parties]
        self._ladder = theatre.ladder
        self.lethality = np.minimum(
            stack_values([p.lethality for p in ordered], n_replicates)[:, None, :] * theatre.ladder.lethality[:, None],
            0.98,
        )
        self._leader_strikes = stack_values([p.leader_strikes for p in ordered], n_replicates)
        self.zeta = ZetaTable(stack_values([p.severity_exponent for p in ordered], n_replicates))
        self.launch_edges = launch_edges(theatre.ladder)

    def mean_civilian_shock(self, sender: int, rungs: Floats) -> Floats:
        """Return the mean of log(1 + civilians killed) of one act of a sender, shape (n_replicates,) [1].

        ``rungs`` is the law of its launched rung, shape (n_rungs, n_replicates or 1).
        """
        given_deadly = np.stack([self.zeta.mean_log_civilians(sender, share) for share in self._ladder.civilian_share])
        mean: Floats = (rungs * self.lethality[sender] * given_deadly).sum(axis=0)
        return mean

    def mean_harm(self, theatre: Theatre, sender: str, observer: PartyParameters) -> Floats:
        """Return the mean harm by rung as an observer weighs it, shape (n_rungs, n_replicates) [killed-equivalents]."""
        index = theatre.party_index[sender]
        share = theatre.ladder.civilian_share[:, None]
        weight = 1.0 - share + share * np.asarray(observer.civilian_weight)
        leaders = theatre.ladder.leader[:, None] * self._leader_strikes[index] * np.asarray(observer.leader_weight)
        harm: Floats = theatre.ladder.harm[:, None] + self.lethality[index] * self.zeta.mean[index] * weight + leaders
        return harm


def launch_edges(ladder: Ladder) -> Floats:
    """Return the negative binomial law of further launches for each rung (S2.5)."""
    counts = np.arange(_MOST_LAUNCHES + 1)
    rows = []
    for mean in ladder.launches:
        chance = LAUNCH_DISPERSION / (LAUNCH_DISPERSION + mean)
        row = stats.nbinom.pmf(counts, LAUNCH_DISPERSION, chance) if mean > 0 else (counts == 0).astype(float)
        rows.append(row / row.sum())
    return count_edges(np.array(rows), np.arange(len(rows)))

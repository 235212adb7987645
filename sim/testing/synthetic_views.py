"""Made-up histories: what a party could have seen, step by step, and what a policy answers to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.random_streams import Draw, Streams
from sim.policies.base import Policy, View, first_memory
from sim.policies.response_check import validate_response
from sim.policies.view import NOTHING, Encounter, LastStep, ViewPart, example_view, read_only, view_parts

LANE_COUNTS: Final = (1, 2, 3, 257)
"""Numbers of replicates at which a policy is tried: 1 and 2 hide different mistakes, 257 fills no block evenly."""
STEPS: Final = 16  # steps of a made-up history: enough for a round of a week to end twice
STEP_DAYS: Final = 1.0
TOP: Final = 6
_PHASE_STEPS: Final = 4
_PHASES_ENDS: Final = (0.6, 0.75, 0.85)


@dataclass(frozen=True)
class ResponseSeries:
    """The responses of a policy to a history; the first axis is the step.

    Parameters
    ----------
    multiplier, rung : ndarray, shape (n_steps, n_provocations, n_replicates)
        Factor of the calibrated reactions [1], and their rung.
    campaign, strategic : ndarray of float, shape (n_steps, n_replicates)
        Addition to the log rate of a campaign [1]; unprovoked acts on the top rung [1/day].
    memory : dict of str to ndarray of float, shape (n_steps, ..., n_replicates)
        What the policy remembered after each step.
    """

    multiplier: Floats
    rung: npt.NDArray[np.integer[Any]]
    campaign: Floats
    strategic: Floats
    memory: dict[str, Floats]

    def parts(self) -> dict[str, npt.NDArray[Any]]:
        """Return all arrays by name."""
        own = {name: values for name, values in vars(self).items() if name != "memory"}
        return {**own, **{f"memory {name}": values for name, values in self.memory.items()}}

    def select(self, lanes: Any) -> ResponseSeries:
        """Return the responses for some replicates, by position."""
        return self._take((..., lanes))

    def since(self, step: int) -> ResponseSeries:
        """Return the responses from a step on, without the memory."""
        return replace(self, memory={})._take(slice(step, None))

    def equals(self, other: ResponseSeries) -> bool:
        """Return whether all parts are equal, bit for bit."""
        mine, theirs = self.parts(), other.parts()
        return mine.keys() == theirs.keys() and all(np.array_equal(mine[name], theirs[name]) for name in mine)

    def _take(self, where: Any) -> ResponseSeries:
        own: dict[str, Any] = {name: values[where] for name, values in vars(self).items() if name != "memory"}
        return ResponseSeries(**own, memory={name: values[where] for name, values in self.memory.items()})


def view_of(replicates: npt.ArrayLike, step: int = 0, seed: int = 0, memory: Mapping[str, Floats] = NOTHING) -> View:
    """Return what a party could know, made up for some replicates; the same for a replicate in any company.

    Parameters
    ----------
    replicates : ndarray of int, shape (n_replicates,)
        Indices of the replicates.
    step : int, optional
        Step of the model.
    seed : int, optional
        Root of the made-up state.
    memory : mapping of str to ndarray of float, optional
        What the policy remembers.

    Returns
    -------
    View
        Read-only arrays that cover calm and war: some replicates have nothing to answer, some very much.
    """
    indices = np.asarray(replicates, dtype=np.int64).tobytes()

    def uniform(name: str, part: int = 0, at: int = step) -> Floats:
        return _uniform(seed, indices, name, at, part)

    def harms(name: str) -> Floats:
        rises = np.array([uniform(name, rung) + 0.05 for rung in range(TOP + 1)])
        return np.asarray(np.cumsum(rises * 2.0 ** np.arange(TOP + 1)[:, None], axis=0) / 4.0)

    def acts(name: str) -> Floats:
        rarity = np.linspace(0.6, 0.95, TOP)[:, None]
        return np.ceil(4.0 * (np.array([uniform(name, rung) for rung in range(TOP)]) - rarity).clip(min=0.0))

    due = np.array([uniform("due", rung) * (uniform("calm", rung) < 0.7) for rung in range(TOP)])
    harm = harms("opponent")
    return example_view(
        np.size(replicates),
        **{name: _spread(part, partial(uniform, name)) for name, part in view_parts().items() if part.span},
        reactions_due=due * 3.0,
        unanswered_harm=np.where(uniform("harmed") < 0.2, 0.0, uniform("harm") ** 3 * 200.0),
        own_harm=harms("own"),
        opponent_harm=harm,
        mediation=np.where(uniform("mediated") < 0.3, 0.0, uniform("mediation")),
        phase=np.searchsorted(_PHASES_ENDS, uniform("phase", at=step // _PHASE_STEPS)),
        # Some are in the war from the start, some join, some never do.
        entered=3 * STEPS * uniform("entry", at=0) - STEPS <= step,
        day=step * STEP_DAYS,
        step_days=STEP_DAYS,
        last=_last_step(acts("received"), acts("sent"), harm),
        memory={name: values.copy() for name, values in memory.items()},
    )


def quiet_view_of(
    replicates: npt.ArrayLike, step: int = 0, seed: int = 0, memory: Mapping[str, Floats] = NOTHING
) -> View:
    """Return `view_of` for a history in which nothing was ever received and nothing is due."""
    view = view_of(replicates, step, seed, memory)
    nothing = np.zeros((TOP, view.n_replicates))
    return replace(
        view,
        reactions_due=nothing,
        unanswered_harm=nothing[0],
        observed=np.full(view.n_replicates, 0.5),
        phase=np.zeros(view.n_replicates, dtype=np.int64),
        last=LastStep(lambda: Encounter.none(TOP, view.n_replicates)),
    )


def arrays_of(view: View) -> dict[str, npt.NDArray[Any]]:
    """Return all arrays that a view shows, by the name under which a policy reads them."""
    arrays = {name: value for name, value in vars(view).items() if isinstance(value, np.ndarray)}
    arrays |= vars(view.last.encounter)
    return arrays | {f'memory["{name}"]': values for name, values in view.memory.items()}


def answers_of(
    policy: Policy,
    replicates: npt.ArrayLike,
    *,
    seed: int = 0,
    n_steps: int = STEPS,
    views: Callable[..., View] = view_of,
) -> ResponseSeries:
    """Return the responses of a policy to a made-up history, in the course of which it remembers.

    Parameters
    ----------
    policy : Policy
        The policy.
    replicates : ndarray of int, shape (n_replicates,)
        Indices of the replicates.
    seed : int, optional
        Root of the draws; the views stay the same.
    n_steps : int, optional
        Length of the history.
    views : callable, optional
        Makes the view of some replicates in a step, called as `view_of` is.

    Raises
    ------
    PolicyError
        If an answer breaks the contract; the engine's own message.
    """
    streams = Streams(seed, replicates)
    memory = first_memory(policy, TOP, streams.n_replicates)
    steps = []
    for step in range(n_steps):
        view = views(replicates, step, memory=memory)
        answer = validate_response(policy.respond(view, Draw(streams, "kit", step)), view, type(policy).__name__)
        memory = {**memory, **answer.memory}
        steps.append((answer, memory))
    lanes = (streams.n_replicates,)
    return ResponseSeries(
        multiplier=np.array([answer.multiplier for answer, _ in steps]),
        rung=np.array([answer.rung for answer, _ in steps]),
        campaign=np.array([np.broadcast_to(answer.campaign, lanes) for answer, _ in steps]),
        strategic=np.array([np.broadcast_to(answer.strategic, lanes) for answer, _ in steps]),
        memory={name: np.array([after[name] for _, after in steps]) for name in memory},
    )


@lru_cache(maxsize=8192)
def _uniform(seed: int, replicates: bytes, name: str, step: int, part: int) -> Floats:
    """Return the uniforms at an address, kept because a policy is shown the same history many times."""
    return read_only(_streams(seed, replicates).uniform("view", name, step, part))


@lru_cache(maxsize=64)
def _streams(seed: int, replicates: bytes) -> Streams:
    return Streams(seed, np.frombuffer(replicates, dtype=np.int64))


def _spread(part: ViewPart, uniform: Callable[[int], Floats]) -> Floats:
    """Return a part of a view drawn evenly between the ends that it declares, row by row."""
    low, high = part.span or (0.0, 0.0)
    n_rows = part.shape(1)[0]
    chance = uniform(0) if len(part.axes) == 1 else np.array([uniform(row) for row in range(n_rows)])
    return np.asarray(low + (high - low) * chance)


def _last_step(received: Floats, sent: Floats, harm: Floats) -> LastStep:
    encounter = Encounter(received, sent, (received * harm[1:]).sum(axis=0), (sent * harm[1:]).sum(axis=0))
    return LastStep(lambda: encounter)

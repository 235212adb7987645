"""Whether a policy's claims about itself are true, see `sim.policies.Claims`."""

import dataclasses
import math
from collections.abc import Mapping
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.parameters import parameters_of
from sim.policies.base import Policy, View
from sim.testing.synthetic_views import LANE_COUNTS, STEP_DAYS, TOP, answers_of, quiet_view_of, view_of
from sim.testing.verdicts import demand, find_assignment, find_draw, find_method, find_own_chance

_LANES: Final = np.arange(max(LANE_COUNTS))
_SEEDS: Final = (1, 2, 3)
_APART: Final = 8  # steps in which two histories differ before they are alike
_LONGEST: Final = 40  # steps of like history that the kit is ready to play; a claim of a longer memory is not tried
_AFTER: Final = 4


def check_stochastic(policy: Policy) -> None:
    """Compare the claim ``stochastic`` with the answers under other draws."""
    varies = _varies(policy)
    demand(
        not varies or policy.claims().stochastic,
        "claims stochastic = False, but its answers change with chance; declare stochastic = True",
        find_draw,
        find_own_chance,
    )
    # Parameters may switch chance off, and a policy inside may never come to its turn.
    defaults = {name: parameter.default for name, parameter in parameters_of(type(policy)).items()}
    demand(
        not policy.stochastic or varies or _varies(dataclasses.replace(policy, **defaults)),
        "claims stochastic = True, but its answers never change with chance",
        find_assignment("stochastic"),
    )


def check_never_escalates(policy: Policy) -> None:
    """Compare the claim ``never_escalates`` with the rungs of the reactions."""
    series = answers_of(policy, _LANES)
    rises = np.any((series.rung > np.arange(1, TOP + 1)[:, None]) & (series.multiplier > 0))
    demand(
        not (policy.claims().never_escalates and rises),
        "claims never_escalates = True, but reacts on a higher rung than it was provoked on",
        find_assignment("never_escalates"),
    )


def check_never_first(policy: Policy) -> None:
    """Compare the claim ``never_first`` with the answers to a history without any act."""
    series = answers_of(policy, _LANES, views=quiet_view_of)
    begins = np.any(series.strategic > 0) or np.any(series.campaign > 0)
    demand(
        not (policy.claims().never_first and begins),
        "claims never_first = True, but acts or leans to a campaign where nothing was received",
        find_assignment("never_first"),
    )


def check_memory_days(policy: Policy) -> None:
    """Show two histories that are alike for as long as the policy claims to look back, and compare the last answers."""
    days = policy.claims().memory_days
    demand(days >= 0, f"memory_days() must be 0 or more, not {days}", find_method("memory_days"))
    shared = math.ceil(min(days, 1e6) / STEP_DAYS) + 1
    if shared > _LONGEST:
        return

    def parting(past: int, replicates: npt.ArrayLike, step: int, *, memory: Mapping[str, Floats]) -> View:
        return view_of(replicates, step, past if step < _APART else 0, memory)

    histories = [partial(parting, past) for past in (1, 2)]
    played = [answers_of(policy, _LANES, n_steps=_APART + shared + _AFTER, views=views) for views in histories]
    # What is remembered may differ, as long as no answer shows it.
    first, second = (series.since(_APART + shared - 1) for series in played)
    demand(
        first.equals(second),
        f"claims to look back {days:g} days, but its answers depend on what was before; correct memory_days()",
        find_method("memory_days"),
        find_own_chance,
    )


def _varies(policy: Policy) -> bool:
    first = answers_of(policy, _LANES)
    return any(not first.equals(answers_of(policy, _LANES, seed=seed)) for seed in _SEEDS)

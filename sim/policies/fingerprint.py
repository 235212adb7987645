"""The fingerprint of a policy: what it answers in two standard situations.

The *table* holds the answers to each rung of provocation in one standard situation; the *story* follows the answers
through two fixed weeks, and so shows what the policy remembers. Two policies are compared by their fingerprints and
not by their code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sim.core.arrays import Floats
from sim.core.random_streams import Draw, Streams
from sim.policies.base import Policy, first_memory
from sim.policies.response_check import CheckedResponse, ask_policy
from sim.policies.view import CEASEFIRE, HARM, NOTHING, Encounter, LastStep, View, example_view

DRAWS: Final = 1000  # draws over which the answer of a policy that leaves things to chance is shown
STORY: Final = (
    *((0, 0), (4, 0), (0, 0), (4, 0), (4, 0), (0, 0), (0, 4)),
    *((4, 0), (4, 4), (0, 0), (6, 0), (0, 0), (0, 0), (0, 0)),
)
"""Rung received and rung sent on each day of the story, 0 for none: an offence, two in a row, an own one and its
answer, a mutual one, a grave act."""
ENTRY_DAY: Final = 2  # day of the story on which the party joins the war
CEASEFIRE_DAY: Final = 13  # day of the story on which a ceasefire begins
STORY_RUNG: Final = 4  # rung of the provocation whose answer the story shows


@dataclass(frozen=True)
class RungAnswer:
    """The answer to one rung of provocation."""

    provocation: int
    multiplier: float  # mean factor of the calibrated reactions [1]
    rungs: dict[int, float]  # share of the draws in which reactions are on a rung [1]


@dataclass(frozen=True)
class DayAnswer:
    """The answer on one day of the story; what was received and sent is that of the day before, 0 for none."""

    day: int
    received: int
    sent: int
    multiplier: float  # mean factor of the reactions to the rung of the story [1]
    rung: float  # mean rung of these reactions where there are any, else 0
    campaign: float  # mean addition to the log rate of a campaign [1]
    strategic: float  # mean unprovoked acts [1/day]


def standard_view(
    n_replicates: int = DRAWS, *, day: int = 0, received: int = 0, sent: int = 0, memory: Mapping[str, Floats] = NOTHING
) -> View:
    """Return the standard situation on a day, for some replicates all alike; see `sim.policies.view.example_view`.

    In the step before, which is a day long, one act was received and one sent on the rungs given; 0 is none.
    """
    rungs = np.arange(1, len(HARM))[:, None]
    last = Encounter(
        received=np.repeat(1.0 * (rungs == received), n_replicates, axis=1),
        sent=np.repeat(1.0 * (rungs == sent), n_replicates, axis=1),
        harm_received=np.full(n_replicates, HARM[received]),
        harm_inflicted=np.full(n_replicates, HARM[sent]),
    )
    return example_view(n_replicates, day=float(day), last=LastStep(lambda: last), memory=memory)


def fingerprint(policy: Policy) -> list[RungAnswer]:
    """Return the answers of a policy in the standard situation, one for each rung of provocation from 1 upwards."""
    view = standard_view(memory=first_memory(policy, len(HARM) - 1, DRAWS))
    response, answers = _ask(policy, view, 0), []
    for row in range(view.top):
        levels, counts = np.unique(response.rung[row], return_counts=True)
        shares = {int(level): int(count) / DRAWS for level, count in zip(levels, counts, strict=True)}
        answers.append(RungAnswer(row + 1, float(response.multiplier[row].mean()), shares))
    return answers


def story(policy: Policy) -> list[DayAnswer]:
    """Return the answers of a policy through the days of the story."""
    days = []
    memory = first_memory(policy, len(HARM) - 1, DRAWS)
    for day, (received, sent) in enumerate(((0, 0), *STORY)):
        view = standard_view(day=day, received=received, sent=sent, memory=memory)
        phase = np.full(DRAWS, CEASEFIRE if day >= CEASEFIRE_DAY else 0)
        view = replace(view, entered=np.full(DRAWS, day >= ENTRY_DAY), phase=phase)
        response = _ask(policy, view, day)
        multiplier, rung = response.multiplier[STORY_RUNG - 1], response.rung[STORY_RUNG - 1]
        reacts = multiplier > 0
        mean_rung = float(rung[reacts].mean()) if reacts.any() else 0.0
        extra = float(np.mean(response.campaign)), float(np.mean(response.strategic))
        days.append(DayAnswer(day, received, sent, float(multiplier.mean()), mean_rung, *extra))
        memory = {**memory, **response.memory}
    return days


def _ask(policy: Policy, view: View, step: int) -> CheckedResponse:
    draw = Draw(Streams(0, np.arange(DRAWS)), "fingerprint", step)
    return ask_policy(policy, view, draw, f"policy {type(policy).__name__}")

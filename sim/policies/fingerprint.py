"""The fingerprint of a policy: what it answers to each rung of provocation in one standard situation.

Two policies are compared by their fingerprints and not by their code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.policies.base import Policy, View
from sim.primitives import Floats
from sim.streams import Draw, Streams

HARM: Final = (0.0, 0.1, 0.4, 1.0, 2.5, 4.5, 15.0)
"""Mean harm of an act at each rung in the standard situation, near that of S2.5 [killed-equivalents]."""
UNANSWERED: Final = 4.0
"""Harm received and not yet answered in the standard situation [killed-equivalents]."""
DRAWS: Final = 1000
"""Draws over which the answer of a policy that leaves things to chance is shown."""


@dataclass(frozen=True)
class Answer:
    """The answer to one rung of provocation.

    Parameters
    ----------
    provocation : int
        Rung of the provocation.
    multiplier : float
        Mean multiplier of the calibrated reactions [1].
    rungs : dict of int to float
        Share of the draws in which reactions are on a rung [1].
    """

    provocation: int
    multiplier: float
    rungs: dict[int, float]


def standard_view(n_replicates: int = DRAWS) -> View:
    """Return the standard situation: some harm unanswered, both sides on the middle of the ladder, no mediation.

    Parameters
    ----------
    n_replicates : int
        Number of replicates, all alike.
    """

    def constant(value: float) -> Floats:
        return np.full(n_replicates, value)

    harm = np.repeat(np.array(HARM)[:, None], n_replicates, axis=1)
    top = len(HARM) - 1
    view = View(
        provocation=np.arange(1, top + 1)[:, None],
        reactions_due=np.ones((top, n_replicates)),
        unanswered_harm=constant(UNANSWERED),
        own_harm=harm,
        opponent_harm=harm,
        observed=constant(3.0),
        posture=constant(3.0),
        resolve=constant(0.5),
        weariness=constant(0.0),
        mediation=constant(0.0),
    )
    for array in vars(view).values():
        array.flags.writeable = False
    return view


def fingerprint(policy: Policy) -> list[Answer]:
    """Return the answers of a policy in the standard situation.

    Parameters
    ----------
    policy : Policy
        The policy with its parameters.

    Returns
    -------
    list of Answer
        One for each rung of provocation, from 1 upwards.
    """
    view = standard_view()
    response = policy.respond(view, Draw(Streams(0, np.arange(DRAWS)), "fingerprint", 0))
    shape = (view.top, DRAWS)
    multiplier = np.broadcast_to(np.asarray(response.multiplier, dtype=np.float64), shape)
    rung = np.broadcast_to(response.rung, shape)
    answers = []
    for row in range(view.top):
        found, counts = np.unique(rung[row], return_counts=True)
        shares = {int(level): int(count) / DRAWS for level, count in zip(found, counts, strict=True)}
        answers.append(Answer(row + 1, float(multiplier[row].mean()), shares))
    return answers

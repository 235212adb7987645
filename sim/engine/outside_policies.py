"""Policies that the kernel cannot ask, as they answer in arrays: asked between the halves of a step (step 4)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.random_streams import Draw, Streams
from sim.engine.kernel.histories import Histories
from sim.engine.theatre import Dyad, Theatre
from sim.policies.base import Policy, first_memory
from sim.policies.response_check import ask_policy
from sim.policies.view import Encounter, LastStep, View


def name_of(policy: Policy, dyad: Dyad) -> str:
    """Return the name of a policy in errors."""
    return f"policy {type(policy).__name__} of {dyad.sender} against {dyad.target}"


class OutsidePolicies:
    """Asks array policies, shows them what their parties could know, and keeps what they remember."""

    def __init__(
        self, theatre: Theatre, policies: Mapping[str, Policy], histories: Histories, streams: Streams, step_days: float
    ) -> None:
        self._theatre = theatre
        self._policies = policies
        self._histories = histories
        self._states = histories.states
        self._streams = streams
        self._step_days = step_days
        self._top = theatre.ladder.top
        self.rows = histories.rows_asked_outside
        size = streams.n_replicates
        self.memories = {row: first_memory(policies[theatre.dyads[row].id], self._top, size) for row in self.rows}
        self._provocation = np.arange(1, self._top + 1)[:, None]

    @property
    def has_any(self) -> bool:
        """Whether any policy is asked here."""
        return bool(self.rows)

    def answer(self, step: int) -> None:
        """Let each of these policies answer its opponent, and put the answer where the kernel finds it."""
        for row in self.rows:
            dyad = self._theatre.dyads[row]
            policy = self._policies[dyad.id]
            view, draw = self.build_view(row, step), Draw(self._streams, dyad.id, step)
            response = ask_policy(policy, view, draw, name_of(policy, dyad))
            self.memories[row] = {**self.memories[row], **response.memory}
            rungs = slice(1, self._top + 1)
            self._states["multiplier"][:, rungs, row] = np.where(response.rung > 0, response.multiplier, 0.0).T
            self._states["chosen_rung"][:, rungs, row] = response.rung.T
            self._states["campaign_answer"][:, row] = response.campaign
            self._states["has_push"] |= np.asarray(response.campaign) != 0.0
            self._states["strategic_answer"][:, row] = response.strategic

    def build_view(self, row: int, step: int) -> View:
        """Return what the sender of a dyad could know at the start of a step about its target."""
        theatre, days = self._theatre, self._step_days
        party = theatre.sender[row]
        values = self._histories.values
        rungs, acts = slice(0, self._top + 1), slice(1, self._top + 1)

        def now(name: str, *place: Any) -> npt.NDArray[Any]:
            return np.ascontiguousarray(self._states[name][:, *place].T)

        def encounter() -> Encounter:
            received, sent = (now(name, acts, row).astype(np.float64) for name in ("received", "sent"))
            return Encounter(received, sent, now("harm_received", row), now("harm_inflicted", row))

        def by_rung(name: str) -> Floats:
            harm = values[name][:, row, rungs].T
            return np.broadcast_to(harm, (harm.shape[0], len(self._states)))

        return View(
            provocation=self._provocation,
            reactions_due=now("released", acts, row),
            unanswered_harm=now("unanswered_harm", row),
            own_harm=by_rung("own_harm"),
            opponent_harm=by_rung("opponent_harm"),
            observed=now("observed", row),
            posture=now("posture", party),
            resolve=now("resolve", party),
            weariness=now("weariness", party),
            mediation=now("mediation"),
            phase=now("phase") if theatre.is_of_front[row] else np.zeros(len(self._states), dtype=np.int64),
            entered=now("joined", party) > 0,
            day=step * days,
            step_days=days,
            last=LastStep(encounter),
            memory=self.memories.get(row, {}),
        )

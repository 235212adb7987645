"""Everything that is known at the end of a day, by name: of an ensemble, and of its histories written out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from memories import memories_of

from sim.engine.model import Conflict
from sim.policies.view import View, view_parts
from written_out.history import History

Trace = dict[str, np.ndarray]


def trace(conflict: Conflict) -> Trace:
    """Return what is known now; the replicate is the last axis of each array."""
    theatre = conflict.theatre
    found = {"phase": conflict.phase, "driver": conflict.driver, "truce": conflict.in_truce}
    found["began by"] = conflict.histories.states["began_by"]
    rates = conflict.campaign_rates()
    for party, index in theatre.party_index.items():
        found[f"campaign rate of {party}"] = rates[index]
        found[f"capability of {party}"] = conflict.parties[party].capability
        found[f"{party} is in"] = conflict.joined[index]
    found |= {f"joining rate of {party}": rate for party, rate in conflict.joining_rates().items()}
    for dyad, row in theatre.dyad_index.items():
        found |= {f"{name} of {dyad}": values for name, values in _seen(conflict.build_view(row)).items()}
        remembered = memories_of(conflict, row)
        found |= {f"remembered {name} of {dyad}": values for name, values in remembered.items()}
    return {name: np.array(values) for name, values in found.items()}


def trace_written_out(histories: Sequence[History], day: int) -> Trace:
    """Return the same of histories that ran for some days."""
    told = [_trace(history, day) for history in histories]
    return {name: np.stack([one[name] for one in told], axis=-1) for name in told[0]}


def _trace(history: History, day: int) -> Trace:
    one, step = history.one, day * history.one.timeline.steps_per_day
    found = {"phase": history.phase, "driver": history.driver, "truce": history.in_truce}
    parties = list(history.people)
    found["began by"] = parties.index(history.began_by) if history.began_by else -1
    for party, person in history.people.items():
        found[f"campaign rate of {party}"] = history.campaign_rate(party, float(day))
        found[f"capability of {party}"] = person.capability
        found[f"{party} is in"] = person.joined
    for joiner in one.theatre.joiners:
        is_in, rate = history.people[joiner.party].joined, history.pull(joiner, float(day))[0]
        found[f"joining rate of {joiner.party}"] = 0.0 if is_in else rate
    for dyad in one.dyads:
        seen = _seen(history.view(dyad, step))
        found |= {f"{name} of {dyad}": np.asarray(values)[..., 0] for name, values in seen.items()}
    return {name: np.asarray(value) for name, value in found.items()}


def _seen(view: View) -> Trace:
    parts = {name: getattr(view, name) for name in view_parts() if name not in ("provocation", "day", "step_days")}
    parts |= {"provocation": view.provocation, "day": np.full(view.n_replicates, view.day)}
    parts |= {f"last {name}": values for name, values in vars(view.last.encounter).items()}
    return parts | {f"remembered {name}": values for name, values in view.memory.items()}

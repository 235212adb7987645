"""Makes the histories of an ensemble from a theatre and its parameters."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.core.random_streams import Streams
from sim.engine.acts import Marks, build_record, stack_values
from sim.engine.branching import Reactions
from sim.engine.configuration import Parameters, Timeline
from sim.engine.kernel.days import NO_DAY
from sim.engine.kernel.histories import Histories
from sim.engine.kernel.law_tables import Laws
from sim.engine.kernel.moments import build_moments
from sim.engine.kernel.records import Size, zeroed_records
from sim.engine.kernel.rules import DyadRules
from sim.engine.kernel.setting import build_setting
from sim.engine.kernel.values import background, build_values
from sim.engine.theatre import Theatre
from sim.policies.base import Policy

Records = npt.NDArray[Any]


def prepare(
    theatre: Theatre,
    parameters: Parameters,
    policies: Mapping[str, Policy],
    timeline: Timeline,
    streams: Streams,
    take_rows: Callable[[Records], None],
) -> Histories:
    """Return the histories of an ensemble before the record; ``policies`` are by dyad id.

    Raises `SupercriticalError` if reactions would sustain themselves in some replicate.
    """
    n = streams.n_replicates
    red_lines = {dyad: line for dyad, policy in policies.items() if (line := policy.red_line()) is not None}
    fast = {dyad: line.delay_days for dyad, line in red_lines.items() if line.delay_days is not None}
    marks = Marks(theatre, parameters.parties, n)
    reactions = Reactions(theatre, parameters.parties, parameters.dyads, fast, timeline.step_days, n)
    usual = stack_values([background(parameters, dyad) for dyad in theatre.dyads], n)
    stationary = reactions.stationary_rates(usual)
    record = build_record(theatre, timeline.history, stationary, timeline.step_days)
    laws = Laws(theatre, parameters, marks, reactions, n)
    rules = DyadRules(theatre, policies)
    size = size_of(theatre, timeline, rules)
    setting = build_setting(size, theatre, parameters, timeline, laws, streams)
    rules.enter(setting[0])
    for row, dyad in enumerate(theatre.dyads):
        setting[0]["is_fast"][row], setting[0]["has_line"][row] = dyad.id in fast, dyad.id in red_lines
    setting[0]["has_fast"] = len(fast) > 0
    values = build_values(size, theatre, parameters, timeline, laws, marks, reactions, red_lines, record, stationary, n)
    moments, given = build_moments(size, theatre, timeline, record, rules.draws)
    states = build_states(size, theatre, values, streams)
    rules.fill(states)
    return Histories(
        setting, values, states, moments, -min(record.steps, default=0), given, laws.tables(), streams.branches,
        rules.asked_outside, len(theatre.parties), take_rows,
    )  # fmt: skip


def size_of(theatre: Theatre, timeline: Timeline, rules: DyadRules) -> Size:
    """Return the size class of a theatre with the rules of its dyads."""
    truces = sum(question.kind == "driver_truce" for question in timeline.questions)
    return Size.holding(
        P=len(theatre.parties), D=len(theatre.dyads), R=theatre.ladder.top + 1, A=len(theatre.alliances),
        H=len(timeline.horizons), Q=truces, N=len(rules.nodes), L=len(rules.draws), S=rules.n_numbers,
    )  # fmt: skip


def build_states(size: Size, theatre: Theatre, values: Records, streams: Streams) -> Records:
    """Return the state of every history before the record and the first step."""
    histories = zeroed_records("history", size, streams.n_replicates)
    histories["luck"] = streams.lane_words
    histories["began_by"], histories["civilian_day"] = -1, NO_DAY
    for name in ("campaign_day", "ground_day", "ceasefire_day", "first_day", "since", "truce_day"):
        histories[name] = np.inf
    for name in ("mass_day", "top_day", "rung_day"):
        histories[name] = -np.inf
    for name in ("capability", "observed_acts", "observation_fade", "activity", "mediated"):
        histories[name] = 1.0
    histories["driver"] = values["driver_level"]
    histories["mediation"] = np.clip(values["mediation_level"], 0.0, 1.0)
    histories["posture"], histories["resolve"] = values["posture_baseline"], values["resolve_baseline"]
    histories["observed_rungs"] = histories["observed"] = values["expected"]
    histories["trigger"] = -1
    for place, party in enumerate(theatre.parties):
        histories["joined"][:, place] = not theatre.may_join(party.id)
    return histories

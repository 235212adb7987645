"""Fills the records of the parameters of every history."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.parameters import LaneValues
from sim.engine.acts import Marks, Record
from sim.engine.branching import Reactions, routine_rungs
from sim.engine.configuration import EntryParameters, Parameters, Timeline
from sim.engine.kernel.law_tables import Laws, depth_shares
from sim.engine.kernel.records import Size, zeroed_records
from sim.engine.theatre import Dyad, Theatre
from sim.policies.base import RedLine

ALARM_DAYS: Final = 2.0 / 24.0  # time for which a false alarm is believed (S2.6) [days]
_NO_LINE: Final = RedLine(rung=0.0, civilians=np.inf, depth=np.inf)


class Columns:
    """Values of parameters, gathered by name and place, until it is known whether histories differ in any."""

    def __init__(self, n_replicates: int) -> None:
        self._n_replicates = n_replicates
        self._given: list[tuple[str, tuple[Any, ...], npt.NDArray[Any]]] = []

    def put(self, name: str, value: npt.ArrayLike, *place: int) -> None:
        """Give a value, or one by replicate."""
        self._given.append((name, place, np.asarray(value)))

    def put_by_rung(self, name: str, values: npt.ArrayLike, *place: int) -> None:
        """Give a value for each rung from 0, shape (n_rungs, n_replicates or 1)."""
        array = np.asarray(values)
        self._given.append((name, (*place, slice(0, len(array))), array))

    def records(self, size: Size) -> npt.NDArray[Any]:
        """Return one record for every replicate; a single one where all are alike."""
        varies = any(array.ndim and (array != array[..., :1]).any() for _, _, array in self._given)
        records = zeroed_records("values", size, self._n_replicates if varies else 1)
        for name, place, array in self._given:
            known = array if varies or array.ndim == 0 else array[..., :1]
            records[name][:, *place] = known.T
        return records


def build_values(
    size: Size, theatre: Theatre, parameters: Parameters, timeline: Timeline, laws: Laws, marks: Marks,
    reactions: Reactions, red_lines: Mapping[str, RedLine], record: Record, stationary: Floats, n_replicates: int,
) -> npt.NDArray[Any]:  # fmt: skip
    """Return the parameters of every history, or of all where they are alike."""
    columns = Columns(n_replicates)
    _put_world(columns, parameters, timeline)
    shocks = routine_shocks(theatre, parameters, marks, stationary)
    for place, party in enumerate(theatre.parties):
        _put_party(columns, place, theatre, parameters, timeline, marks)
        columns.put("severity_law", laws.severity[place], place)
        columns.put("noise_law", laws.noise[place], place)
        columns.put("routine_shock", shocks[place] * timeline.step_days, place)
        if party.id in parameters.entries:
            _put_entry(columns, place, parameters.entries[party.id])
    for row, dyad in enumerate(theatre.dyads):
        line = red_lines.get(dyad.id, _NO_LINE)
        _put_dyad(columns, row, theatre, parameters, timeline.step_days, reactions, line)
        columns.put("gamma_law", laws.gamma[row], row)
        columns.put("unitemised", record.unitemised[row], row)
        columns.put("unitemised_received", record.received[row], row)
        observer = parameters.parties[dyad.sender]
        columns.put_by_rung("own_harm", marks.mean_harm(theatre, dyad.sender, observer), row)
        columns.put_by_rung("opponent_harm", marks.mean_harm(theatre, dyad.target, observer), row)
    for place, alliance in enumerate(theatre.alliances_by_party()):
        columns.put("ally_weight", parameters.alliances[alliance.id].weight, place)
    return columns.records(size)


def _put_world(columns: Columns, parameters: Parameters, timeline: Timeline) -> None:
    world, front, days = parameters.world, parameters.front, timeline.step_days
    columns.put("driver_level", np.power(world.driver_level, world.driver_exponent))
    columns.put("truce_begins", -np.expm1(-np.asarray(world.truce_hazard) * days))
    columns.put("truce_ends", -np.expm1(-days / np.asarray(world.truce_days)))
    columns.put("shock_chance", -np.expm1(-np.asarray(world.mediation_shock_hazard) * days))
    columns.put("shock_size", world.mediation_shock_size)
    fading = np.exp(-days / np.asarray(world.mediation_decay_days))
    columns.put("mediation_fading", fading)
    columns.put("mediation_spread", world.mediation_spread * np.sqrt(1.0 - fading**2))
    columns.put("mediation_usual", world.mediation)
    columns.put("mediation_level", np.asarray(world.mediation) + world.mediation_added)
    for name in ("ground_hazard", "ceasefire_hazard", "ceasefire_mediation", "reignition_hazard", "ceasefire_activity",
                 "campaign_posture", "mass_memory_days", "mass_killed"):  # fmt: skip
        columns.put(name, getattr(front, name))
    for name in ("acts", "launches", "days", "killed", "killed_days"):
        columns.put(f"campaign_{name}", getattr(parameters.definitions, f"campaign_{name}"))
    columns.put("war_killed", parameters.definitions.war_killed)


_AS_DECLARED = (
    "posture_baseline", "posture_spread", "imitation", "civilian_shock", "leader_shock",
    "resolve_baseline", "weariness_effect", "leader_loss", "civilian_weight", "leader_weight", "own_loss_weight",
    "misperception", "most_killed", "leader_strikes", "claim_bias", "claim_spread", "driver_share", "trend",
    "restraint", "campaign_hazard", "campaign_slope", "campaign_shock", "campaign_mediation",
)  # fmt: skip


def _put_party(
    columns: Columns, place: int, theatre: Theatre, parameters: Parameters, timeline: Timeline, marks: Marks
) -> None:
    own, days = parameters.parties[theatre.parties[place].id], timeline.step_days
    for name in _AS_DECLARED:
        columns.put(name, getattr(own, name), place)
    columns.put("posture_share", -np.expm1(-days / np.asarray(own.posture_memory_days)), place)
    columns.put("capacity", 1000.0 * np.asarray(own.strength), place)
    columns.put("campaign_deterrence", np.asarray(own.campaign_deterrence) * own.expected_loss, place)
    columns.put_by_rung("lethality", marks.lethality[place], place)
    rungs = np.arange(theatre.ladder.top + 1)[:, None]
    columns.put_by_rung("detection", 1.0 - np.power(1.0 - np.asarray(own.detection), 1 + rungs), place)
    columns.put_by_rung("routine_law", routine_rungs(own, theatre.ladder.top), place)


def _put_entry(columns: Columns, place: int, entry: EntryParameters) -> None:
    for name in ("hazard", "rung_slope", "civilians", "driver", "deterrence", "mediation", "posture"):
        columns.put(f"entry_{name}", getattr(entry, name), place)
    columns.put("entry_days", entry.shortest_days, place)
    columns.put("exit_hazard", entry.exit_hazard, place)


def _put_dyad(
    columns: Columns,
    row: int,
    theatre: Theatre,
    parameters: Parameters,
    step_days: float,
    reactions: Reactions,
    line: RedLine,
) -> None:
    dyad = theatre.dyads[row]
    own, sender = parameters.dyads[dyad.id], parameters.parties[dyad.sender]
    columns.put("background", background(parameters, dyad), row)
    for name in ("campaign_factor", "entry_rate", "strategic_rate", "spill"):
        columns.put(name, getattr(own, name), row)
    columns.put("alarm_rate", own.false_alarms, row)
    columns.put("follow_up", sender.follow_up, row)
    columns.put("harm_kept", np.exp(-step_days / np.asarray(sender.harm_memory_days)), row)
    columns.put("discharge", sender.discharge, row)
    columns.put("attention", own.share if own.attention is None else own.attention, row)
    columns.put("expected", parameters.parties[dyad.target].posture_baseline, row)
    columns.put("falls_due", reactions.later[row], row)
    columns.put("in_step", reactions.now[row], row)
    if row in reactions.fast:
        later, now = reactions.fast[row]
        columns.put("fast_falls_due", later, row)
        columns.put("fast_in_step", now, row)
    columns.put("believed", -np.expm1(-ALARM_DAYS / reactions.delay[row]), row)
    # A line above the ladder lifts to its top: no act can stand higher.
    columns.put("line_rung", np.minimum(line.rung, theatre.ladder.top), row)
    columns.put("line_civilians", line.civilians, row)
    columns.put("line_depth", line.depth, row)
    columns.put("line_leader", np.asarray(line.leader, dtype=np.float64), row)
    columns.put_by_rung("short_of_line", depth_shares(theatre.ladder, line.depth), row)
    columns.put_by_rung("mean_reactions", reactions.mean[row], row)
    columns.put_by_rung("lead", reactions.lead[row], row)


def background(parameters: Parameters, dyad: Dyad) -> LaneValues:
    """Return the background of a dyad before the driver, the trend and the phase of the front [1/day]."""
    sender = parameters.parties[dyad.sender]
    free = np.asarray(sender.baseline) * (1.0 - np.asarray(sender.host_control))
    return free * np.asarray(parameters.dyads[dyad.id].share)


def routine_shocks(theatre: Theatre, parameters: Parameters, marks: Marks, stationary: Floats) -> Floats:
    """Return the mean sum of log(1 + civilians killed) that routine fire on each party brings [1/day].

    The baseline posture is that of an exchange with routine fire, so only what exceeds it moves the posture.
    """
    shocks = np.zeros((len(theatre.parties), stationary.shape[1]))
    for row, (sender, target) in enumerate(zip(theatre.sender, theatre.target, strict=True)):
        law = routine_rungs(parameters.parties[theatre.parties[sender].id], theatre.ladder.top)
        law = np.broadcast_to(law, (theatre.ladder.top + 1, stationary.shape[1]))
        shocks[target] += stationary[row] * marks.mean_civilian_shock(sender, law)
    return shocks

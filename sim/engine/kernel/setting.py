"""Fills the record of what is the same in every history."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.random_streams import Streams, word_of
from sim.engine.configuration import Parameters, Timeline
from sim.engine.kernel.law_tables import Laws, depth_law
from sim.engine.kernel.records import Size, zeroed_records
from sim.engine.theatre import Theatre

OBSERVATION_MEMORY_DAYS: Final = 7.0  # time over which observed rungs are averaged (S2.7)
OBSERVATION_FADING_DAYS: Final = 30.0  # time over which an observation fades in a lull (S2.7)
WEARINESS_DAYS: Final = 120.0  # time over which weariness fades (S2.7)


def build_setting(
    size: Size, theatre: Theatre, parameters: Parameters, timeline: Timeline, laws: Laws, streams: Streams
) -> npt.NDArray[Any]:
    """Return the record of what is the same in every history, but for the rules of the dyads."""
    setting = zeroed_records("setting", size, 1)
    record = setting[0]
    days = timeline.step_days
    record["n_parties"], record["n_dyads"] = len(theatre.parties), len(theatre.dyads)
    record["n_dyads_in_eights"] = -(-len(theatre.dyads) // 8) * 8
    record["n_horizons"] = len(timeline.horizons)
    record["top"], record["steps_per_day"], record["step_days"] = theatre.ladder.top, timeline.steps_per_day, days
    record["observation_kept"] = np.exp(-days / OBSERVATION_MEMORY_DAYS)
    record["observation_fading"] = np.exp(-days / OBSERVATION_FADING_DAYS)
    record["weariness_kept"] = np.exp(-days / WEARINESS_DAYS)
    record["branch_word"] = word_of("branch", streams.seed)
    record["horizon"][: len(timeline.horizons)] = timeline.horizons
    truces = [question.threshold for question in timeline.questions if question.kind == "driver_truce"]
    record["n_truce_questions"] = len(truces)
    record["truce_length"][: len(truces)] = truces
    record["normal_table"], record["launch_table"] = laws.normal, laws.launches
    _note_mechanisms(record, theatre, parameters, timeline)
    _note_theatre(record, theatre, parameters)
    _note_ladder(record, theatre)
    return setting


def _note_mechanisms(record: Any, theatre: Theatre, parameters: Parameters, timeline: Timeline) -> None:
    """Say which mechanisms can act in any history of the ensemble."""
    parties, world = list(parameters.parties.values()), parameters.world

    def differs(values: Sequence[npt.ArrayLike], usual: float) -> bool:
        return any(np.any(np.asarray(value) != usual) for value in values)

    usual = {"gamma": ("overdispersion", 0.0), "detection": ("detection", 1.0), "misperception": ("misperception", 0.0),
             "noise": ("harm_noise", 0.0), "own_loss_weight": ("own_loss_weight", 1.0)}  # fmt: skip
    for mechanism, (name, value) in usual.items():
        record[f"has_{mechanism}"] = differs([getattr(party, name) for party in parties], value)
    record["has_claims"] = differs([one for party in parties for one in (party.claim_bias, party.claim_spread)], 0.0)
    record["has_spill"] = differs([parameters.dyads[dyad.id].spill for dyad in theatre.dyads], 0.0)
    record["has_truces_by_chance"] = differs([world.truce_hazard], 0.0)
    record["has_truces"] = bool(timeline.truces) or record["has_truces_by_chance"]
    record["has_wandering_mediation"] = differs([world.mediation_spread], 0.0)
    record["has_shocks_by_chance"] = differs([world.mediation_shock_hazard], 0.0)
    moves = bool(timeline.shocks) or record["has_wandering_mediation"] or record["has_shocks_by_chance"]
    record["has_moving_mediation"] = moves
    record["is_mediated_anew"] = moves or differs([world.mediation_added], 0.0)


def _note_theatre(record: Any, theatre: Theatre, parameters: Parameters) -> None:
    """Say who stands where and who can act on whom."""
    for place, party in enumerate(theatre.parties):
        rows = theatre.rows_of(party.id)
        record["first_dyad"][place], record["last_dyad"][place] = rows.start, rows.stop
        record["is_of_front"][place] = theatre.front.holds(party.id)
        record["counts_launches"][place] = party.counts_launches
        record["may_join"][place] = theatre.may_join(party.id)
        record["is_campaigner"][place] = np.any(np.asarray(parameters.parties[party.id].campaign_hazard) > 0)
    record["has_joiners"] = len(theatre.joiners) > 0
    for joiner in theatre.joiners:
        place = theatre.party_index[joiner.party]
        record["waits"][place] = len(joiner.only_after) > 0
        for other in joiner.only_after:
            record["waits_for"][place, theatre.party_index[other]] = 1
    for number, alliance in enumerate(theatre.alliances_by_party()):
        place = theatre.party_index[alliance.party]
        record["ally"][number] = theatre.party_index[alliance.ally]
        if record["last_alliance"][place] == 0:
            record["first_alliance"][place] = number
        record["last_alliance"][place] = number + 1
    rows = slice(0, len(theatre.dyads))
    record["sender"][rows], record["target"][rows] = theatre.sender, theatre.target
    record["answer"][rows], record["spilled_answer"][rows] = theatre.answers, theatre.spilled_answers
    record["is_dyad_of_front"][rows], record["side"][rows] = theatre.is_of_front, theatre.side
    for row, dyad in enumerate(theatre.dyads):
        record["has_alarms"][row] = np.any(np.asarray(parameters.dyads[dyad.id].false_alarms) > 0)


def _note_ladder(record: Any, theatre: Theatre) -> None:
    ladder = theatre.ladder
    rungs = slice(0, ladder.top + 1)
    record["rung_harm"][rungs], record["civilian_share"][rungs] = ladder.harm, ladder.civilian_share
    record["leader_chance"][rungs], record["reach"][rungs] = ladder.leader, ladder.depth_high
    for name in ("criterion_killed", "criterion_civilians", "criterion_leader"):
        record[name][rungs] = [getattr(rung, name) for rung in ladder.rungs]
    record["depth_middle"][rungs], record["depth_spread"][rungs] = depth_law(ladder)

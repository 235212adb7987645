"""The campaign decision: how a border exchange becomes a war, and ends (S2.10).

A front is in one of four phases. Border: parties may decide on a campaign by hazard, and a front that meets the counts
of a campaign is in one too. Campaign and ground operation: background rates are multiplied and acts stand on the high
rungs, until a ceasefire. Ceasefire: little fire, with a hazard of re-ignition. Here stand the parameters; the phases
pass in `sim.engine.kernel.phases`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter


@dataclass(frozen=True)
class FrontParameters:
    """Parameters of the phases of a front (S2.10)."""

    ground_hazard: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/day", source="S2.10", text="rate of ground operations: during a campaign"
    )
    ceasefire_hazard: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/day", source="S2.10", text="rate of a ceasefire: during a campaign"
    )
    ceasefire_mediation: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1", source=ASSUMPTION, text="weight of mediation: rise of the log ceasefire rate"
    )
    reignition_hazard: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/day", source="S2.10", text="rate of renewed fighting: breakdown of a ceasefire"
    )
    ceasefire_activity: LaneValues = parameter(
        0.1, Interval(0, 1), unit="1", source="S2.10", text="fire in a ceasefire: factor of all fire"
    )
    campaign_posture: LaneValues = parameter(
        6.0, Interval(1, 6.5), unit="rung", source="S2.10", text="posture in a campaign: mean rung, plus one half"
    )
    mass_memory_days: LaneValues = parameter(
        7.0, Interval(0.25, 365), unit="days", source="S2.10", text="memory of mass killing: time of the raised hazard"
    )
    mass_killed: LaneValues = parameter(
        12.0, Interval(1, 1e5), unit="persons", source="S2.4", text="mass killing: killed by one act that count as such"
    )

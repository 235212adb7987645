"""The declared parameters of a party (S2.5-S2.10)."""

from __future__ import annotations

from dataclasses import dataclass

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter


@dataclass(frozen=True)
class PartyParameters:
    """Parameters of one party."""

    baseline: LaneValues = parameter(
        0.0, Interval(0, 1000), unit="acts/day", source="S2.8", text="background acts without any provocation"
    )
    follow_up: LaneValues = parameter(
        0.0, Interval(0, 0.95), unit="acts per act", source="S2.8", text="mean own follow-up fire of one own act"
    )
    driver_share: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.8", text="share of the background that hangs on the driver"
    )
    host_control: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.12", text="share of the background that the host prevents"
    )
    trend: LaneValues = parameter(
        0.0, Interval(-0.1, 0.1), unit="1/day", source="S2.8", text="growth of the background"
    )
    productivity: LaneValues = parameter(
        0.0, Interval(0, 3), unit="1/rung", source="S2.8", text="rise of the log number of reactions with the rung"
    )
    overdispersion: LaneValues = parameter(
        0.0, Interval(0, 100), unit="1", source="S2.8", text="variance of the gamma factor of the number of reactions"
    )
    package: LaneValues = parameter(
        0.0,
        Interval(0, 1),
        unit="1",
        source=ASSUMPTION,
        text="1 if one act of a reaction of several is on the rung that the policy chose, the others are routine",
    )
    restraint: LaneValues = parameter(
        0.0, Interval(-2, 5), unit="1", source="S2.12", text="fall of log reactions under a full diplomatic shock"
    )
    posture_baseline: LaneValues = parameter(
        2.5, Interval(0, 6.5), unit="rung", source="S2.7", text="mean rung of routine acts, plus one half"
    )
    posture_spread: LaneValues = parameter(
        0.9, Interval(0.05, 5), unit="rung", source="S2.5", text="spread of the rungs of routine acts"
    )
    posture_memory_days: LaneValues = parameter(
        30.0, Interval(0.5, 3650), unit="days", source="S2.7", text="time over which posture returns to its baseline"
    )
    imitation: LaneValues = parameter(
        0.0, Interval(0, 0.99), unit="1", source="S2.7", text="pull of the opponent's observed posture on the own"
    )
    civilian_shock: LaneValues = parameter(
        0.0, Interval(0, 5), unit="rung", source="S2.7", text="rise of posture by log(1 + civilians killed)"
    )
    leader_shock: LaneValues = parameter(
        0.0, Interval(0, 20), unit="rung", source="S2.7", text="rise of posture by a leader killed"
    )
    civilian_weight: LaneValues = parameter(
        1.0, Interval(0, 100), unit="killed-equivalents", source="S2.5", text="harm of a civilian killed"
    )
    leader_weight: LaneValues = parameter(
        0.0, Interval(0, 1000), unit="killed-equivalents", source="S2.5", text="harm of a leader killed"
    )
    own_loss_weight: LaneValues = parameter(
        1.0, Interval(1, 10), unit="1", source="S2.6", text="factor by which own losses are over-weighted"
    )
    discharge: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.7", text="unanswered harm settled per harm inflicted"
    )
    harm_memory_days: LaneValues = parameter(
        7.0, Interval(0.1, 3650), unit="days", source="S2.7", text="time over which unanswered harm fades"
    )
    lethality: LaneValues = parameter(
        1.0, Interval(0, 20), unit="1", source="S2.5", text="factor of the chance that an act kills"
    )
    leader_strikes: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.5", text="factor of the chance that an act kills a leader"
    )
    severity_exponent: LaneValues = parameter(
        2.5, Interval(1.2, 6), unit="1", source="S2.5", text="exponent of the law of the number killed"
    )
    most_killed: LaneValues = parameter(
        300.0, Interval(1, 300), unit="persons", source="S2.5", text="largest number killed by one act"
    )
    claim_bias: LaneValues = parameter(
        0.0, Interval(-3, 3), unit="1", source="S2.6", text="log of claimed launches over true ones"
    )
    claim_spread: LaneValues = parameter(0.0, Interval(0, 3), unit="1", source="S2.6", text="spread of that log")
    detection: LaneValues = parameter(
        1.0, Interval(0, 1), unit="1", source="S2.6", text="chance to see an act on rung 0, higher on higher rungs"
    )
    misperception: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.6", text="chance to take an act for one rung higher or lower"
    )
    harm_noise: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1", source="S2.6", text="log spread of perceived harm"
    )
    strength: LaneValues = parameter(
        50.0,
        Interval(0.01, 1e4),
        unit="thousand persons",
        source=ASSUMPTION,
        text="capacity against which losses weary",
    )
    resolve_baseline: LaneValues = parameter(
        0.5, Interval(0, 1), unit="1", source=ASSUMPTION, text="resolve without losses"
    )
    weariness_effect: LaneValues = parameter(
        0.0, Interval(0, 10), unit="1/day", source=ASSUMPTION, text="fall of resolve by weariness"
    )
    leader_loss: LaneValues = parameter(
        0.15, Interval(0, 1), unit="1", source="S2.7", text="capability lost with a leader"
    )
    campaign_hazard: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/day", source="S2.10", text="rate of beginning a campaign at posture 3"
    )
    campaign_slope: LaneValues = parameter(
        1.1, Interval(0, 5), unit="1/rung", source="S2.10", text="rise of the log rate of a campaign with posture"
    )
    campaign_shock: LaneValues = parameter(
        0.0, Interval(0, 20), unit="1", source="S2.10", text="rise of that log rate after a mass or leader killing"
    )
    campaign_mediation: LaneValues = parameter(
        0.0,
        Interval(0, 5),
        unit="1",
        source="S2.10",
        text="weight of mediation: fall of that log rate under full mediation",
    )
    expected_loss: LaneValues = parameter(
        0.0, Interval(-10, 10), unit="1", source=ASSUMPTION, text="own estimate of the loss in a war, standardised"
    )
    campaign_deterrence: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1", source="S2.10", text="fall of the log rate of a campaign with that estimate"
    )

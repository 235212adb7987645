"""The declared parameters of a party (S2.5-S2.10)."""

from __future__ import annotations

from dataclasses import dataclass

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter


@dataclass(frozen=True)
class PartyParameters:
    """Parameters of one party (S2.5-S2.10)."""

    baseline: LaneValues = parameter(
        0.0, Interval(0, 1000), unit="acts/day", source="S2.8", text="background fire: acts without any provocation"
    )
    follow_up: LaneValues = parameter(
        0.0, Interval(0, 0.95), unit="acts per act", source="S2.8", text="follow-up fire: mean further acts of one act"
    )
    driver_share: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.8", text="background tied to the driver: share of it"
    )
    host_control: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.12", text="restraint by the host: share of the background prevented"
    )
    trend: LaneValues = parameter(
        0.0, Interval(-0.1, 0.1), unit="1/day", source="S2.8", text="growth of the background fire: rise of its log"
    )
    productivity: LaneValues = parameter(
        0.0, Interval(0, 3), unit="1/rung", source="S2.8", text="reactions to graver acts: rise of their log by rung"
    )
    overdispersion: LaneValues = parameter(
        0.0, Interval(0, 100), unit="1", source="S2.8", text="scatter of reactions: gamma variance of their number"
    )
    package: LaneValues = parameter(
        0.0,
        Interval(0, 1),
        unit="1",
        source=ASSUMPTION,
        text="reactions in packages: 1 if of several acts one is on the rung that the policy chose, the others routine",
    )
    restraint: LaneValues = parameter(
        0.0, Interval(-2, 5), unit="1", source="S2.12", text="calming by diplomacy: fall of log reactions at full shock"
    )
    posture_baseline: LaneValues = parameter(
        2.5, Interval(0, 6.5), unit="rung", source="S2.7", text="usual posture: mean rung of routine acts plus one half"
    )
    posture_spread: LaneValues = parameter(
        0.9, Interval(0.05, 5), unit="rung", source="S2.5", text="spread of posture: of the rungs of routine acts"
    )
    posture_memory_days: LaneValues = parameter(
        30.0, Interval(0.5, 3650), unit="days", source="S2.7", text="memory of posture: time of return to the usual"
    )
    imitation: LaneValues = parameter(
        0.0, Interval(0, 0.99), unit="1", source="S2.7", text="imitation of the opponent: pull of its observed posture"
    )
    civilian_shock: LaneValues = parameter(
        0.0, Interval(0, 5), unit="rung", source="S2.7", text="shock by civilians killed: posture per log(1 + killed)"
    )
    leader_shock: LaneValues = parameter(
        0.0, Interval(0, 20), unit="rung", source="S2.7", text="shock by a leader killed: rise of posture"
    )
    civilian_weight: LaneValues = parameter(
        1.0, Interval(0, 100), unit="killed-equivalents", source="S2.5", text="weight of civilians: harm of one killed"
    )
    leader_weight: LaneValues = parameter(
        0.0, Interval(0, 1000), unit="killed-equivalents", source="S2.5", text="weight of leaders: harm of one killed"
    )
    own_loss_weight: LaneValues = parameter(
        1.0, Interval(1, 10), unit="1", source="S2.6", text="weight of own losses: factor of over-weighting"
    )
    discharge: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.7", text="settling by retaliation: unanswered harm per harm inflicted"
    )
    harm_memory_days: LaneValues = parameter(
        7.0, Interval(0.1, 3650), unit="days", source="S2.7", text="memory of harm: time until unanswered harm fades"
    )
    lethality: LaneValues = parameter(
        1.0, Interval(0, 20), unit="1", source="S2.5", text="deadliness of acts: factor of the chance to kill"
    )
    leader_strikes: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.5", text="strikes on leaders: factor of the chance to kill one"
    )
    severity_exponent: LaneValues = parameter(
        2.5, Interval(1.2, 6), unit="1", source="S2.5", text="tail of deaths: exponent of the law of the number killed"
    )
    most_killed: LaneValues = parameter(
        300.0, Interval(1, 300), unit="persons", source="S2.5", text="largest death toll: most killed by one act"
    )
    claim_bias: LaneValues = parameter(
        0.0, Interval(-3, 3), unit="1", source="S2.6", text="bias of claims: log of claimed launches over true ones"
    )
    claim_spread: LaneValues = parameter(0.0, Interval(0, 3), unit="1", source="S2.6", text="spread of claims")
    detection: LaneValues = parameter(
        1.0, Interval(0, 1), unit="1", source="S2.6", text="detection of acts: chance on rung 0, higher on higher rungs"
    )
    misperception: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.6", text="misjudged rungs: chance to take an act one higher or lower"
    )
    harm_noise: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1", source="S2.6", text="misjudged harm: log spread of perceived harm"
    )
    strength: LaneValues = parameter(
        50.0, Interval(0.01, 1e4), unit="thousand persons", source=ASSUMPTION, text="armed strength: capacity for loss"
    )
    resolve_baseline: LaneValues = parameter(
        0.5, Interval(0, 1), unit="1", source=ASSUMPTION, text="usual resolve: without losses"
    )
    weariness_effect: LaneValues = parameter(
        0.0, Interval(0, 10), unit="1/day", source=ASSUMPTION, text="effect of weariness: fall of resolve by it"
    )
    leader_loss: LaneValues = parameter(
        0.15, Interval(0, 1), unit="1", source="S2.7", text="cost of a lost leader: capability lost"
    )
    campaign_hazard: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/day", source="S2.10", text="rate of a campaign: of beginning one at posture 3"
    )
    campaign_slope: LaneValues = parameter(
        1.1, Interval(0, 5), unit="1/rung", source="S2.10", text="campaign by posture: rise of its log rate a rung"
    )
    campaign_shock: LaneValues = parameter(
        0.0, Interval(0, 20), unit="1", source="S2.10", text="campaign by shock: log rate after mass or leader killing"
    )
    campaign_mediation: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1", source="S2.10", text="weight of mediation: fall of the log rate of a campaign"
    )
    expected_loss: LaneValues = parameter(
        0.0, Interval(-10, 10), unit="1", source=ASSUMPTION, text="expected loss: own estimate for a war, standardised"
    )
    campaign_deterrence: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1", source="S2.10", text="deterrence from a campaign: fall by the expected loss"
    )

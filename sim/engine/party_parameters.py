"""The declared parameters of a party (S2.5-S2.10)."""

from dataclasses import dataclass

from sim.core.parameters import ASSUMPTION, LaneValues, duration, fraction, level, number, parameter, rate


@dataclass(frozen=True)
class PartyParameters:
    """Parameters of one party (S2.5-S2.10)."""

    baseline: LaneValues = parameter(
        0.0, (0, 1000), "acts/day", "S2.8", "background fire: acts without any provocation"
    )
    follow_up: LaneValues = parameter(
        0.0, (0, 0.95), "acts per act", "S2.8", "follow-up fire: mean further acts of one act"
    )
    driver_share: LaneValues = fraction(0.0, "S2.8", "background tied to the driver: share of it")
    host_control: LaneValues = fraction(0.0, "S2.12", "restraint by the host: share of the background prevented")
    trend: LaneValues = rate(0.0, (-0.1, 0.1), "S2.8", "growth of the background fire: rise of its log")
    productivity: LaneValues = parameter(
        0.0, (0, 3), "1/rung", "S2.8", "reactions to graver acts: rise of their log by rung"
    )
    overdispersion: LaneValues = number(0.0, (0, 100), "S2.8", "scatter of reactions: gamma variance of their number")
    package: LaneValues = fraction(
        0.0,
        ASSUMPTION,
        "reactions in packages: 1 if of several acts one is on the rung that the policy chose, the others routine",
    )
    restraint: LaneValues = number(0.0, (-2, 5), "S2.12", "calming by diplomacy: fall of log reactions at full shock")
    posture_baseline: LaneValues = level(
        2.5, (0, 6.5), "S2.7", "usual posture: mean rung of routine acts plus one half"
    )
    posture_spread: LaneValues = level(0.9, (0.05, 5), "S2.5", "spread of posture: of the rungs of routine acts")
    posture_memory_days: LaneValues = duration(
        30.0, (0.5, 3650), "S2.7", "memory of posture: time of return to the usual"
    )
    imitation: LaneValues = number(0.0, (0, 0.99), "S2.7", "imitation of the opponent: pull of its observed posture")
    civilian_shock: LaneValues = level(0.0, (0, 5), "S2.7", "shock by civilians killed: posture per log(1 + killed)")
    leader_shock: LaneValues = level(0.0, (0, 20), "S2.7", "shock by a leader killed: rise of posture")
    civilian_weight: LaneValues = parameter(
        1.0, (0, 100), "killed-equivalents", "S2.5", "weight of civilians: harm of one killed"
    )
    leader_weight: LaneValues = parameter(
        0.0, (0, 1000), "killed-equivalents", "S2.5", "weight of leaders: harm of one killed"
    )
    own_loss_weight: LaneValues = number(1.0, (1, 10), "S2.6", "weight of own losses: factor of over-weighting")
    discharge: LaneValues = fraction(0.0, "S2.7", "settling by retaliation: unanswered harm per harm inflicted")
    harm_memory_days: LaneValues = duration(
        7.0, (0.1, 3650), "S2.7", "memory of harm: time until unanswered harm fades"
    )
    lethality: LaneValues = number(1.0, (0, 20), "S2.5", "deadliness of acts: factor of the chance to kill")
    leader_strikes: LaneValues = fraction(0.0, "S2.5", "strikes on leaders: factor of the chance to kill one")
    severity_exponent: LaneValues = number(
        2.5, (1.2, 6), "S2.5", "tail of deaths: exponent of the law of the number killed"
    )
    most_killed: LaneValues = parameter(
        300.0, (1, 300), "persons", "S2.5", "largest death toll: most killed by one act"
    )
    claim_bias: LaneValues = number(0.0, (-3, 3), "S2.6", "bias of claims: log of claimed launches over true ones")
    claim_spread: LaneValues = number(0.0, (0, 3), "S2.6", "spread of claims")
    detection: LaneValues = fraction(1.0, "S2.6", "detection of acts: chance on rung 0, higher on higher rungs")
    misperception: LaneValues = fraction(0.0, "S2.6", "misjudged rungs: chance to take an act one higher or lower")
    harm_noise: LaneValues = number(0.0, (0, 5), "S2.6", "misjudged harm: log spread of perceived harm")
    strength: LaneValues = parameter(
        50.0, (0.01, 1e4), "thousand persons", ASSUMPTION, "armed strength: capacity for loss"
    )
    resolve_baseline: LaneValues = fraction(0.5, ASSUMPTION, "usual resolve: without losses")
    weariness_effect: LaneValues = rate(0.0, (0, 10), ASSUMPTION, "effect of weariness: fall of resolve by it")
    leader_loss: LaneValues = fraction(0.15, "S2.7", "cost of a lost leader: capability lost")
    campaign_hazard: LaneValues = rate(0.0, (0, 5), "S2.10", "rate of a campaign: of beginning one at posture 3")
    campaign_slope: LaneValues = parameter(
        1.1, (0, 5), "1/rung", "S2.10", "campaign by posture: rise of its log rate a rung"
    )
    campaign_shock: LaneValues = number(
        0.0, (0, 20), "S2.10", "campaign by shock: log rate after mass or leader killing"
    )
    campaign_mediation: LaneValues = number(
        0.0, (0, 5), "S2.10", "weight of mediation: fall of the log rate of a campaign"
    )
    expected_loss: LaneValues = number(
        0.0, (-10, 10), ASSUMPTION, "expected loss: own estimate for a war, standardised"
    )
    campaign_deterrence: LaneValues = number(
        0.0, (0, 5), "S2.10", "deterrence from a campaign: fall by the expected loss"
    )

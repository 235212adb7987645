"""What counts as a campaign, a war, an active front and a regional war (S2.4, S2.13).

Definitions are inputs. They judge a history from its daily totals, so that the odds can be read again under another
definition without a new run. One of them also steers: a front that meets the counts of a campaign while it is run is in
one from then on (S2.4), and keeps that course when it is judged otherwise later.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.core.parameters import Interval, LaneValues, Rungs, parameter


@dataclass(frozen=True)
class Definitions:
    """Thresholds by which daily totals are judged (S2.4, S2.13)."""

    campaign_acts: LaneValues = parameter(
        100.0, Interval(1, 1e6), unit="1/day", source="S2.4", text="acts on a campaign day: of one side"
    )
    campaign_launches: LaneValues = parameter(
        100.0, Interval(1, 1e6), unit="1/day", source="S2.4", text="launches on a campaign day: of one side"
    )
    campaign_days: LaneValues = parameter(
        3.0, Interval(1, 7), unit="days", source="S2.4", text="days of a campaign: such days within a week"
    )
    campaign_killed: LaneValues = parameter(
        50.0, Interval(1, 1e6), unit="persons/day", source="S2.4", text="killed on a campaign day: of both sides"
    )
    campaign_killed_days: LaneValues = parameter(
        2.0, Interval(1, 7), unit="days", source="S2.4", text="deadly days of a campaign: with that toll, in a week"
    )
    war_killed: LaneValues = parameter(
        1000.0, Interval(1, 1e7), unit="persons", source="S2.4", text="killed in a war: within 30 days, of both sides"
    )
    front_acts: LaneValues = parameter(
        5.0, Interval(1, 1e4), unit="1", source="S2.4", text="acts of an active front: grave ones of a party"
    )
    front_rung: LaneValues = parameter(
        4.0, Rungs(1, 20), unit="rung", source="S2.4", text="rung of an active front: read nowhere, see regional_rung"
    )
    front_days: LaneValues = parameter(
        14.0, Interval(1, 90), unit="days", source="S2.4", text="window of an active front: trailing days"
    )
    front_top_rung: LaneValues = parameter(
        6.0, Rungs(1, 20), unit="rung", source="S2.4", text="rung of a single act: which makes a front active alone"
    )
    regional_parties: LaneValues = parameter(
        2.0, Interval(1, 20), unit="1", source="S2.13", text="parties of a regional war: others with active fronts"
    )
    regional_rung: LaneValues = parameter(
        5.0, Rungs(1, 20), unit="rung", source="S2.13", text="rung of a regional war: from which their acts count"
    )
    regional_days: LaneValues = parameter(
        30.0, Interval(1, 365), unit="days", source="S2.13", text="window of a regional war: days of these fronts"
    )
    exchange_days: LaneValues = parameter(
        14.0, Interval(1, 365), unit="days", source="S2.13", text="window of an exchange: days to go both ways"
    )
    general_rung: LaneValues = parameter(
        6.0, Rungs(1, 20), unit="rung", source="S2.13", text="rung of a general war: of the exchange that makes it"
    )
    calm_acts: LaneValues = parameter(
        1.0, Interval(0, 100), unit="1/day", source="S2.13", text="acts of a calm border: fewer than this, both ways"
    )
    calm_days: LaneValues = parameter(
        14.0, Interval(1, 90), unit="days", source="S2.13", text="days of calm: at the horizon, for a de-escalation"
    )

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
    """Thresholds by which daily totals are judged."""

    campaign_acts: LaneValues = parameter(
        100.0, Interval(1, 1e6), unit="1/day", source="S2.4", text="acts of one side on a day of campaign"
    )
    campaign_launches: LaneValues = parameter(
        100.0, Interval(1, 1e6), unit="1/day", source="S2.4", text="launches of one side on a day of campaign"
    )
    campaign_days: LaneValues = parameter(
        3.0, Interval(1, 7), unit="days", source="S2.4", text="such days within a week that make a campaign"
    )
    campaign_killed: LaneValues = parameter(
        50.0, Interval(1, 1e6), unit="persons/day", source="S2.4", text="killed on a day of campaign, both sides"
    )
    campaign_killed_days: LaneValues = parameter(
        2.0, Interval(1, 7), unit="days", source="S2.4", text="days with that many killed within a week"
    )
    war_killed: LaneValues = parameter(
        1000.0,
        Interval(1, 1e7),
        unit="persons",
        source="S2.4",
        text="killed within 30 days in a war, both sides",
    )
    front_acts: LaneValues = parameter(
        5.0, Interval(1, 1e4), unit="1", source="S2.4", text="grave acts of a party that make its front active"
    )
    front_rung: LaneValues = parameter(
        4.0, Rungs(1, 20), unit="rung", source="S2.4", text="rung from which an act counts towards an active front"
    )
    front_days: LaneValues = parameter(
        14.0, Interval(1, 90), unit="days", source="S2.4", text="trailing days over which a front is active"
    )
    front_top_rung: LaneValues = parameter(
        6.0, Rungs(1, 20), unit="rung", source="S2.4", text="rung of which a single act makes a front active"
    )
    regional_parties: LaneValues = parameter(
        2.0, Interval(1, 20), unit="1", source="S2.13", text="further parties with active fronts in a regional war"
    )
    regional_rung: LaneValues = parameter(
        5.0, Rungs(1, 20), unit="rung", source="S2.13", text="rung from which their acts count in a regional war"
    )
    regional_days: LaneValues = parameter(
        30.0, Interval(1, 365), unit="days", source="S2.13", text="days within which these fronts are active"
    )
    exchange_days: LaneValues = parameter(
        14.0, Interval(1, 365), unit="days", source="S2.13", text="days within which an exchange goes both ways"
    )
    general_rung: LaneValues = parameter(
        6.0, Rungs(1, 20), unit="rung", source="S2.13", text="rung of the exchange that makes a war general"
    )
    calm_acts: LaneValues = parameter(
        1.0, Interval(0, 100), unit="1/day", source="S2.13", text="acts below which a border is calm, both ways"
    )
    calm_days: LaneValues = parameter(
        14.0, Interval(1, 90), unit="days", source="S2.13", text="days of calm at the horizon that make a de-escalation"
    )

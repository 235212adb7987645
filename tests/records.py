"""An invented record of which no two rows share a pair of parties, a number of dead, a day or a place."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, time

import numpy as np

from sim.evidence import UNKNOWN, Figure, Incident, Tally

PARTIES = ("NOR", "SOU", "EAS")
START = date(2023, 11, 7)

INCIDENTS = (
    Incident(
        id="r-1",
        split="calibration",
        date=date(2023, 10, 9),  # a Monday
        time=time(5, 30),
        time_precision="minute",
        initiator="NOR",
        target="SOU",
        place="Alder",
        latitude=33.125,
        longitude=35.5,
        struck="a post",
        weapon="mortars",
        launches_claimed=11,
        launches_counted=17,
        deaths=Figure(3, 4, 6),
        military_deaths=Figure(0, 1, 2),
        civilian_deaths=Figure(2, 3, 5),
        initiator_killed=7,
        rung_low=1,
        rung=2,
        rung_high=4,
        depth_km=1.5,
        certainty=("S",),
        in_article=True,
        source="a paper",
        note="the first",
    ),
    Incident(
        id="r-2",
        split="calibration",
        date=date(2023, 10, 15),  # the Sunday of the same week
        time=time(16, 0),
        time_precision="part_of_day",
        initiator="SOU",
        target="NOR",
        charged="EAS",
        place="Birch",
        launches_claimed=20,
        deaths=Figure(8, 9, 13),
        civilian_deaths=Figure(5, 5, 10),
        initiator_killed=25,
        stated_trigger="r-1; the old quarrel",
        lag_hours=10.5,
        rung=3,
        certainty=("S", "A"),
        source="a wire",
    ),
    Incident(
        id="r-3",
        split="calibration",
        date=date(2023, 10, 30),
        date_end=date(2023, 11, 2),
        time_precision="span",
        initiator="NOR",
        target="EAS",
        place="Cedar",
        launches_claimed=40,
        launches_counted=0,
        deaths=Figure(low=14),
        initiator_killed=2,
        certainty=("M",),
        source="memory",
    ),
    Incident(
        id="r-4",
        split="calibration",
        date=date(2023, 11, 6),
        time=time(23, 0),
        time_precision="hour",
        initiator="EAS",
        target="NOR",
        charged="SOU",
        place="Dogwood",
        launches_counted=80,
        deaths=Figure(best=30),
        military_deaths=Figure(11, 12, 15),
        leader_killed=True,
        rung=5,
        depth_km=28.5,
        certainty=("A", "M"),
        in_article=True,
        source="an archive",
    ),
    Incident(
        id="r-5",
        split="held_out",
        date=date(2023, 11, 5),
        date_end=date(2023, 11, 8),
        time_precision="span",
        initiator="SOU",
        target="EAS",
        place="Elder",
        launches_claimed=160,
        deaths=Figure(47, 49, 70),
        military_deaths=Figure(16, 18, 20),
        civilian_deaths=Figure(29, 31, 50),
        initiator_killed=21,
        rung=6,
        certainty=("S",),
        source="a paper",
    ),
    Incident(
        id="r-6",
        split="held_out",
        date=date(2023, 12, 4),
        initiator="EAS",
        target="SOU",
        place="Fir",
        rung=4,
        certainty=("S",),
        source="a wire",
    ),
    Incident(
        id="r-7",
        split="calibration",
        date=date(2023, 10, 20),
        initiator="NOR",
        kind="signal",
        place="Gorse",
        certainty=("S",),
        source="a wire",
    ),
    Incident(
        id="r-8",
        split="calibration",
        date=date(2023, 10, 7),
        initiator="FAR",
        target="NOR",
        kind="exogenous",
        place="Hazel",
        deaths=Figure(best=900),
        certainty=("S",),
        source="a wire",
    ),
    Incident(
        id="r-9",
        split="calibration",
        date=date(2023, 10, 25),
        initiator=UNKNOWN,
        target="SOU",
        place="Ivy",
        deaths=Figure(0, 0, 1),
        rung=1,
        certainty=("S",),
        source="a wire",
    ),
)

TALLY = Tally(
    id="t-1",
    split="calibration",
    period_start=date(2023, 10, 9),
    period_end=date(2023, 11, 2),
    measure="killed",
    location="Southland",
    initiators=("NOR", UNKNOWN),
    targets=("SOU", "EAS"),
    figure=Figure(low=100, high=300),
    counted_by="an office",
    source="a wire",
)
"""Its items: r-1 on its first day, r-3 up to its last one and r-9; of r-2 the own dead."""


def plain(value):
    """Return containers and arrays of anything as tuples that compare bit for bit."""
    if isinstance(value, np.ndarray):
        return value.shape, value.tobytes()
    if is_dataclass(value):
        return (type(value).__name__, *(plain(getattr(value, field.name)) for field in fields(value)))
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    return value

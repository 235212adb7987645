"""One incident: its place in time, its figures for a replay, and its way through a file and back."""

from datetime import date, time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.evidence import CERTAINTIES, KINDS, SPLITS, UNKNOWN, Figure, Incident, Ledger

PARTIES = ("ISR", "HZB", "HAM", "PIJ", "IRQ", "HTH", "SYR", "IRN", "USA")
START = date(2023, 11, 7)


@pytest.mark.parametrize(
    ("incident", "day"),
    [
        (Incident(id="a", split="calibration", date=date(2023, 11, 6)), -0.5),
        (Incident(id="a", split="calibration", date=date(2023, 11, 8), time=time(6, 0), time_precision="hour"), 1.25),
        (
            Incident(
                id="a",
                split="calibration",
                date=date(2023, 11, 3),
                date_end=date(2023, 11, 4),
                time_precision="span",
            ),
            -3.0,
        ),
    ],
)
def test_day_of(incident, day):
    assert incident.day_of(START) == day
    low, high = incident.window(START)
    assert low < day < high


@pytest.mark.parametrize(
    ("deaths", "military", "civilian", "expected"),
    [
        (Figure(), Figure(), Figure(), (0, 0, 0)),
        (Figure(7, 7, 7), Figure(), Figure(), (7, 7, 0)),
        (Figure(10, 10), Figure(), Figure(10, 10), (10, 0, 10)),
        (Figure(2, None), Figure(), Figure(), (2, 2, 0)),
        (Figure(3, 3, 3), Figure(1, 1, 1), Figure(2, 2, 2), (3, 1, 2)),
    ],
)
def test_the_dead_for_a_replay(deaths, military, civilian, expected):
    one = Incident(
        id="a",
        split="calibration",
        date=START,
        deaths=deaths,
        military_deaths=military,
        civilian_deaths=civilian,
    )
    assert (one.killed, one.killed_military, one.killed_civilian) == expected
    assert one.leader_killed is False


@pytest.mark.parametrize(
    ("counted", "claimed", "launches"), [(None, None, 1), (None, 16, 16), (30, 16, 30), (0, None, 0)]
)
def test_launches(counted, claimed, launches):
    one = Incident(id="a", split="calibration", date=START, launches_counted=counted, launches_claimed=claimed)
    assert one.launches == launches


words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=12)
counts = st.none() | st.integers(0, 10**6)
figures = st.lists(st.integers(0, 99), min_size=3, max_size=3).map(lambda found: Figure(*sorted(found))) | st.just(
    Figure()
)
numbers = st.none() | st.floats(0, 90, allow_nan=False)


@st.composite
def incidents(draw):
    precision = draw(st.sampled_from(["minute", "hour", "part_of_day", "day", "span"]))
    day, last = sorted([draw(st.dates()), draw(st.dates())])
    rungs = draw(
        figures.map(
            lambda figure: Figure(
                *(min(n, 8) if n is not None else None for n in (figure.low, figure.best, figure.high))
            )
        )
    )
    return {
        "split": draw(st.sampled_from(SPLITS)),
        "date": day,
        "date_end": last if precision == "span" else None,
        "time": draw(st.times()).replace(second=0, microsecond=0)
        if precision in ("minute", "hour", "part_of_day")
        else None,
        "time_precision": precision,
        "initiator": draw(st.sampled_from(PARTIES)),
        "target": draw(st.sampled_from([*PARTIES, UNKNOWN])),
        "kind": draw(st.sampled_from(KINDS)),
        "latitude": draw(numbers),
        "longitude": draw(numbers),
        "struck": draw(words),
        "launches_claimed": draw(counts),
        "initiator_killed": draw(counts),
        "deaths": draw(figures),
        "leader_killed": draw(st.booleans()),
        "lag_hours": draw(numbers),
        "rung_low": rungs.low,
        "rung": rungs.best,
        "rung_high": rungs.high,
        "certainty": tuple(draw(st.lists(st.sampled_from(CERTAINTIES), min_size=1, max_size=3, unique=True))),
        "in_article": draw(st.booleans()),
        "source": "AP",
        "note": draw(words),
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(incidents(), min_size=1, max_size=5))
def test_what_is_written_is_read_back(tmp_path, found):
    rows = tuple(Incident(id=f"B-{number:02d}", place=str(number), **one) for number, one in enumerate(found))
    Ledger(rows).write(tmp_path / "a.csv")
    assert Ledger.read(tmp_path / "a.csv", parties=PARTIES).incidents == rows

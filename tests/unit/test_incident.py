"""One incident: its place in time, its figures for a replay, and its way through a file and back."""

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import INCIDENTS, PARTIES

from sim.evidence import CERTAINTIES, KINDS, SPLITS, UNKNOWN, Figure, Incident, Ledger
from sim.evidence.incident_rows import COLUMNS

START = date(2023, 11, 7)
PLAIN = Incident(id="a", split="calibration", date=START)


@pytest.mark.parametrize(
    ("changes", "day", "window"),
    [
        ({"date": date(2023, 11, 6)}, -0.5, (-1, 0)),
        ({"date": date(2023, 11, 9)}, 2.5, (2, 3)),
        ({"time": time(5, 30), "time_precision": "minute"}, 330 / 1440, (329 / 1440, 331 / 1440)),
        (
            {"date": date(2023, 11, 8), "time": time(16), "time_precision": "hour"},
            1 + 16 / 24,
            (1 + 15 / 24, 1 + 17 / 24),
        ),
        ({"date": date(2023, 11, 6), "time": time(2), "time_precision": "part_of_day"}, -22 / 24, (-26 / 24, -18 / 24)),
        ({"date": date(2023, 11, 3), "date_end": date(2023, 11, 4), "time_precision": "span"}, -3, (-4, -2)),
        ({"date": date(2023, 11, 5), "date_end": date(2023, 11, 9), "time_precision": "span"}, 0.5, (-2, 3)),
    ],
)
def test_a_time_is_the_middle_of_what_is_known_and_a_window_its_bounds(changes, day, window):
    incident = replace(PLAIN, **changes)
    assert incident.day_of(START) == pytest.approx(day)
    assert incident.window(START) == pytest.approx(window)
    assert incident.last_day == changes.get("date_end", changes.get("date", START))


@pytest.mark.parametrize(
    ("deaths", "military", "civilian", "expected"),
    [
        (Figure(), Figure(), Figure(), (0, None, None)),
        (Figure(5, 7, 9), Figure(), Figure(), (7, None, None)),
        (Figure(5, 7, 9), Figure(1, 2, 4), Figure(3, 4, 6), (7, 2, 4)),
        (Figure(5, 7, 9), Figure(), Figure(3, 4, 6), (7, 3, 4)),
        (Figure(low=6), Figure(), Figure(low=2), (6, 4, 2)),
        (Figure(low=6), Figure(low=1), Figure(), (6, 1, None)),
        (Figure(high=8), Figure(0, 0, 0), Figure(), (0, 0, None)),
        (Figure(best=1), Figure(), Figure(best=3), (1, 0, 3)),
    ],
)
def test_the_dead_for_a_replay_are_best_figures_else_lower_bounds(deaths, military, civilian, expected):
    one = replace(PLAIN, deaths=deaths, military_deaths=military, civilian_deaths=civilian)
    assert (one.killed, one.killed_military, one.killed_civilian) == expected


@pytest.mark.parametrize(
    ("counted", "claimed", "launches"), [(None, None, 1), (None, 16, 16), (30, 16, 30), (0, 16, 0), (0, None, 0)]
)
def test_launches_are_counted_else_claimed_else_one(counted, claimed, launches):
    assert replace(PLAIN, launches_counted=counted, launches_claimed=claimed).launches == launches


def test_triggers_are_the_ids_among_the_words():
    stated = "S3.1-05b; Gaza;r-1 ;infiltration of 9 October; -3; r-; r-1x2; X_2-17"
    assert replace(PLAIN, stated_trigger=stated).triggers == ("S3.1-05b", "r-1", "X_2-17")
    assert replace(PLAIN, initiator="NOR", target="SOU").dyad == "NOR-SOU"


def test_every_column_of_a_row_in_which_nothing_is_alike_is_written_and_read_back(tmp_path):
    Ledger(INCIDENTS).write(tmp_path / "a.csv")
    ledger = Ledger.read(tmp_path / "a.csv", parties=PARTIES)
    assert ledger.incidents == INCIDENTS
    assert ledger.parties == ("EAS", "FAR", "NOR", "SOU", UNKNOWN)
    header, first, second, *_ = (tmp_path / "a.csv").read_text().splitlines()
    assert tuple(header.split(",")) == COLUMNS
    assert first == (
        "r-1,calibration,2023-10-09,,05:30,minute,NOR,SOU,,act,Alder,33.125,35.5,a post,mortars,11,17,3,4,6,0,1,2,"
        "2,3,5,7,false,,,1,2,4,1.5,S,true,a paper,the first"
    )
    assert second == (
        "r-2,calibration,2023-10-15,,16:00,part_of_day,SOU,NOR,EAS,act,Birch,,,,,20,,8,9,13,,,,5,5,10,25,false,"
        "r-1; the old quarrel,10.5,,3,,,S+A,false,a wire,"
    )


DATES = st.dates(date(1900, 1, 1), date(2023, 12, 31))
words = st.text("aZ,;\n\u2028\x0b\x85\"'#é\u05d4+-", max_size=6).map(str.strip)
counts = st.none() | st.integers(0, 10**6)
figures = st.just(Figure()) | st.lists(st.integers(0, 8), min_size=3, max_size=3).map(
    lambda three: Figure(*sorted(three))
)
numbers = st.none() | st.floats(0, 90, allow_nan=False)


@st.composite
def incidents(draw):
    precision = draw(st.sampled_from(["minute", "hour", "part_of_day", "day", "span"]))
    day, last = sorted([draw(DATES), draw(DATES)])
    rungs = draw(figures)
    initiator = draw(st.sampled_from(PARTIES))
    is_timed = precision in ("minute", "hour", "part_of_day")
    return {
        "split": draw(st.sampled_from(SPLITS)),
        "date": day,
        "date_end": last if precision == "span" else None,
        "time": draw(st.times()).replace(second=0, microsecond=0) if is_timed else None,
        "time_precision": precision,
        "initiator": initiator,
        "target": draw(st.sampled_from([party for party in (*PARTIES, UNKNOWN) if party != initiator])),
        "kind": draw(st.sampled_from(KINDS)),
        "latitude": draw(numbers),
        "struck": draw(words),
        "launches_claimed": draw(counts),
        "deaths": draw(figures),
        "leader_killed": draw(st.booleans()),
        "rung_low": rungs.low,
        "rung": rungs.best,
        "rung_high": rungs.high,
        "certainty": tuple(draw(st.lists(st.sampled_from(CERTAINTIES), min_size=1, max_size=3, unique=True))),
        "in_article": draw(st.booleans()),
        "source": "AP",
        "note": draw(words),
    }


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(incidents(), min_size=1, max_size=4))
def test_what_is_written_is_read_back(tmp_path, drawn):
    rows = tuple(Incident(id=f"B-{number:02d}", place=str(number), **cells) for number, cells in enumerate(drawn))
    Ledger(rows).write(tmp_path / "a.csv")
    assert Ledger.read(tmp_path / "a.csv", parties=PARTIES).incidents == rows

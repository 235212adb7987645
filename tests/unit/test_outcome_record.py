"""What happened: spans, resolutions and counts before an origin, by hand; every fault of the file at once."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import InputError
from sim.hindcast.record import HINDCAST, read_record
from sim.inference.evidence_plan import read_plan

SHIPPED = Path(__file__).parents[2] / "scenarios" / "lebanon-2023"
START = datetime.date(2023, 11, 7)
DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def plan():
    return read_plan(SHIPPED / "theatre.toml")


@pytest.fixture(scope="module")
def record(plan):
    return read_record(plan)


def days_of(file):
    lines = (SHIPPED / file).read_text().splitlines()[1:]
    return [line.split(",") for line in lines]


def test_a_span_is_the_seven_days_up_to_the_horizon(record):
    seen = record.counts["volleys"]
    for horizon in (7, 14, 30):
        days = [START + number * DAY for number in range(horizon - 7, horizon)]
        assert record.observed("volleys", START, horizon) == sum(seen[str(day)] for day in days)
    last = seen.index[-1].date()
    assert record.observed("volleys", last - 6 * DAY, 7) is not None
    assert record.observed("volleys", last - 5 * DAY, 7) is None, "a span beyond the end is not known"
    assert record.observed("volleys", seen.index[0].date() - DAY, 7) is None


def test_counts_to_date_are_spread_over_the_days_between_two_reports(record):
    """77 on 14 November, 85 on the 21st, 92 on the 29th: one and seven a week, then 7 in 8 days."""
    day = datetime.date.fromisoformat
    assert record.observed("killed-lebanon", day("2023-11-15"), 7) == 8
    assert record.observed("killed-lebanon", day("2024-01-16"), 7) == 8, "no hair below, or it misses an interval"
    assert record.observed("killed-lebanon", day("2023-11-14"), 7) is None, "before the first report nothing is known"
    assert record.observed("killed-lebanon", day("2023-11-16"), 7) == pytest.approx(8 * 6 / 7 + 7 / 8)
    assert record.spread("killed-lebanon", day("2023-11-15"), 7) == 7
    assert record.spread("killed-lebanon", day("2023-11-16"), 7) == 8
    assert record.spread("volleys", day("2023-11-16"), 7) == 1
    assert np.isnan(record.spread("Q1", day("2023-11-16"), 7))


def test_what_was_reported_on_or_after_an_origin_is_in_no_week_before_it(record):
    day = datetime.date.fromisoformat
    assert record.weeks_before("killed-lebanon", day("2023-11-21")).size == 0, "the report of that day is not known yet"
    assert record.weeks_before("killed-lebanon", day("2023-11-22")) == pytest.approx([8])
    assert record.weeks_before("killed-lebanon", day("2023-11-29")) == pytest.approx([8]), "the last known weeks"
    assert record.weeks_before("killed-lebanon", day("2023-11-30")) == pytest.approx([8 * 6 / 7 + 7 / 8, 7 * 7 / 8])


def test_weeks_before_end_the_day_before_and_the_oldest_comes_first(record):
    counts = record.counts["volleys"]
    weeks = record.weeks_before("volleys", START)
    assert len(weeks) == 4, "30 days from 8 October"
    assert weeks[-1] == counts[str(START - 7 * DAY) : str(START - DAY)].sum()
    assert weeks[0] == counts[str(START - 28 * DAY) : str(START - 22 * DAY)].sum()
    assert record.weeks_before("volleys", datetime.date(2023, 10, 1)).size == 0


def test_sightings_are_merged_as_a_fit_merges_them(record):
    """19 October: six volleys, at most 41 minutes apart, are one act."""
    rows = [row for row in days_of("sirens.csv") if row[0] == "2023-10-19"]
    assert len(rows) > 3
    assert record.counts["volleys"]["2023-10-19"] == 1


def test_a_question_has_come_by_the_day_of_its_horizon_and_is_closed_later(record):
    war = datetime.date(2024, 9, 23)
    assert record.observed("Q1", war - 6 * DAY, 6) == 0
    assert record.observed("Q1", war - 6 * DAY, 7) == 1
    assert record.observed("Q1", war, 1) == 1
    assert record.observed("Q1", war + DAY, 30) is None
    assert record.observed("Q11", datetime.date(2024, 12, 1), 31) == 0
    assert record.observed("Q11", datetime.date(2024, 12, 1), 32) is None, "nobody knows"
    assert record.observed("Q99", war, 7) is None


def test_counts_to_date_are_those_reported_before_the_origin(record):
    assert record.already("Q5", START) == 81
    assert record.already("Q5", datetime.date(2024, 3, 5)) == 195
    assert record.already("Q5", datetime.date(2024, 3, 6)) == 306
    assert record.already("Q1", START) is None


def test_every_question_of_the_theatre_but_parts_of_another_is_resolved(plan, record):
    assert record.resolutions.keys() == {q.id for q in plan.theatre_file.questions} - {"Q1a", "Q1b"}


FAULTS = """
[[series]]
id = "a"
text = "a"
noted = "sirenz"
last = 2024-01-01
source = "x"

[[series]]
id = "Q1"
text = "b"
killed = "Lebanon"
file = "deaths.csv"
cumulative = "killed"
source = "x"

[[series]]
id = "c"
text = "c"
killed = "Lebanon"
acts = "side_a"
file = "nowhere.csv"
column = "x"
source = "x"

[[resolution]]
question = "Q12"
came = 2024-09-23
until = 2024-09-01
source = "x"

[[resolution]]
question = "Q2"
came = "soon"
until = 2024-09-01
source = "x"
already = ["OCHA-99"]
more = 1
"""


def test_every_fault_of_the_file_is_told_at_once(plan, tmp_path):
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "theatre", ignore=shutil.ignore_patterns("*.md", "licences")))
    (folder / HINDCAST).write_text(FAULTS)
    with pytest.raises(InputError) as error:
        read_record(read_plan(folder / "theatre.toml"))
    told = str(error.value)
    for words in (
        'series[0].noted: "sirenz" is not known; did you mean "sirens"?',
        "deaths.csv: column killed: is missing",
        'series: "Q1" is a question of the theatre',
        "series[2].id: needs exactly one of noted, acts, killed beside it",
        'resolution[0].question: "Q12" is not known; did you mean',
        "resolution[0].until: 2024-09-01 is before came, 2024-09-23",
        "resolution[1].came: must be a date",
        'resolution[1].already: "OCHA-99" is not known',
        "resolution[1].more: unknown key",
    ):
        assert words in told, told


def given(tmp_path, text):
    (tmp_path / "own.csv").write_text(text)
    return {"killed-lebanon": tmp_path / "own.csv"}


def test_a_users_own_series_takes_the_place_of_a_shipped_one_or_is_added(plan, tmp_path):
    files = given(tmp_path, "date,n\n2023-11-07,1\n2023-11-08,2\n2023-11-10,\n2023-11-11,4\n")
    record = read_record(plan, files | {"killed-Israel": tmp_path / "own.csv"})
    for name in ("killed-lebanon", "killed-Israel"):
        assert record.counts[name].dropna().tolist() == [1, 2, 4]
    assert (record.series["killed-Israel"].measure, record.series["killed-Israel"].part) == ("killed", "Israel")
    assert record.observed("killed-lebanon", START, 7) is None, "two days are missing"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,n\n2023-11-07,1\n2023-11-07,2\n", "does not come after 2023-11-07"),
        ("date,n\n2023-11-07,-1\n", "-1"),
        ("date,n,m\n2023-11-07,1,2\n", "needs the column date and one of counts, not n, m"),
        ("day,n\n2023-11-07,1\n", "no line names one of the columns date"),
    ],
)
def test_a_wrong_series_of_a_user_is_refused(plan, tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        read_record(plan, given(tmp_path, text))


def test_a_series_that_the_model_does_not_count_is_refused_with_the_nearest(plan, tmp_path):
    with pytest.raises(InputError, match='--series: "killed-lebanom" is not known; did you mean "killed-lebanon"'):
        read_record(plan, {"killed-lebanom": tmp_path / "own.csv"})


def test_a_theatre_without_the_file_is_refused_in_a_sentence(plan, tmp_path):
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "theatre", ignore=shutil.ignore_patterns("*.md", HINDCAST)))
    with pytest.raises(InputError, match=r"hindcast.toml: no such file; a hindcast of theatre needs what happened"):
        read_record(read_plan(folder / "theatre.toml"))


def test_one_module_alone_knows_the_file_of_what_happened():
    root = Path(sim.__file__).parent
    told = {path.stem for path in root.rglob("*.py") if "hindcast.toml" in path.read_text(encoding="utf-8")}
    readers = {path.stem for path in root.rglob("*.py") if "read_record(" in path.read_text(encoding="utf-8")}
    assert told <= {"record", "hindcast", "hindcast_command"}
    assert readers in ({"record", "hindcast"}, {"record"})

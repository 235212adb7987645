"""The ledger: what is refused and how it is said, and what the shipped one holds."""

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from sim.core.errors import InputError
from sim.evidence import UNKNOWN, Figure, Ledger
from sim.evidence.incident_rows import COLUMNS, find_twins
from sim.evidence.replay import choose_acts

SHIPPED = Path(__file__).parents[2] / "scenarios" / "lebanon-2023"
PARTIES = ("ISR", "HZB", "HAM", "PIJ", "IRQ", "HTH", "SYR", "IRN", "USA")
START = date(2023, 11, 7)
GOOD = {
    "id": "A-01",
    "split": "calibration",
    "date": "2023-10-08",
    "time_precision": "day",
    "initiator": "HZB",
    "target": "ISR",
    "kind": "act",
    "leader_killed": "false",
    "rung": "2",
    "certainty": "S+A",
    "in_article": "false",
    "source": "Reuters",
}


@pytest.fixture(scope="module")
def shipped():
    return Ledger.read(SHIPPED / "ledger.csv", parties=PARTIES)


def write(path, *changes, columns=COLUMNS):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(GOOD | change for change in changes)
    return path


def refused(path, **options):
    with pytest.raises(InputError) as caught:
        Ledger.read(path, **options)
    return str(caught.value)


# --- what is refused


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"date": "2023-13-08"}, ['row 2 (id A-01), date: "2023-13-08" is not a date']),
        ({"date": "the 8th"}, ["is not a date", "year-month-day"]),
        ({"date": "0023-10-08"}, ["lies before 1900"]),
        ({"date": "2203-10-08"}, ["lies in the future"]),
        ({"date": "08/10/2023"}, ["is in an order that differs by country", "date_format"]),
        ({"date": ""}, ["date: is empty"]),
        ({"time": "25:00", "time_precision": "minute"}, ['time: "25:00" is not a time', "23:59"]),
        ({"time": "5pm", "time_precision": "hour"}, ['"5pm" is not a time']),
        ({"time_precision": "hour"}, ["time: is empty, but time_precision is hour"]),
        ({"time": "12:00"}, ["time: is 12:00, but time_precision is day"]),
        ({"time_precision": "span"}, ["date_end: must be given for a span"]),
        ({"date_end": "2023-10-09"}, ["only for a span"]),
        ({"time_precision": "span", "date_end": "2023-10-07"}, ["date_end: is 2023-10-07, before date"]),
        ({"time_precision": "part_of_day"}, ["time: is empty, but time_precision is part_of_day"]),
        ({"time_precision": "span", "date_end": "2023-10-09", "time": "10:00"}, ["time: is 10:00, but time_precision"]),
        ({"time_precision": "hours"}, ['did you mean "hour"?']),
        ({"initiator": "HZBB"}, ['initiator: "HZBB" is no party; did you mean "HZB"?']),
        ({"target": ""}, ["target: is empty, but an act needs it"]),
        ({"charged": "XXX"}, ['charged: "XXX" is no party']),
        ({"kind": "acts"}, ['did you mean "act"?']),
        ({"split": "holdout"}, ['split: "holdout" is not known; did you mean "held_out"?']),
        ({"rung": "9"}, ["rung: is 9; allowed: 0 to 8"]),
        ({"rung": "2.5"}, ["only whole numbers"]),
        ({"rung": "4", "rung_low": "5"}, ["rung_low: is 5, more than rung, which is 4"]),
        ({"killed_best": "-1"}, ["killed_best: is -1; allowed: 0 or more"]),
        ({"killed_best": "1,234"}, ['"1,234" is not a number; leave the cell empty']),
        ({"target": "HZB"}, ["target: is HZB, as the initiator is; no party acts on itself"]),
        ({"launches_counted": "many"}, ['launches_counted: "many" is not a number']),
        ({"killed_low": "3", "killed_best": "2", "killed_high": "5"}, ["killed_low: is 3, more than killed_best"]),
        ({"killed_low": "6", "killed_high": "5"}, ["killed_low: is 6, more than killed_high"]),
        ({"killed_best": "2", "killed_civilian_best": "3"}, ["killed_civilian_best: is 3, more than killed_best"]),
        (
            {"killed_best": "4", "killed_military_best": "1", "killed_civilian_best": "2"},
            ["killed_best: is 4", "make 3"],
        ),
        (
            {"latitude": "90.5", "longitude": "-180.5"},
            ["is 90.5; allowed: -90 to 90", "is -180.5; allowed: -180 to 180"],
        ),
        ({"latitude": "-90.5", "longitude": "180.5"}, ["latitude: is -90.5", "longitude: is 180.5"]),
        (
            {"killed_military_low": "3", "killed_low": "2"},
            ["killed_military_low: is 3, more than killed_low, which is 2"],
        ),
        ({"killed_civilian_high": "9", "killed_high": "8"}, ["killed_civilian_high: is 9, more than killed_high"]),
        ({"initiator": "", "target": "ISR"}, ["initiator: is empty, but an act needs it; write UNKNOWN"]),
        ({"lag_hours": "-0.5"}, ["lag_hours: is -0.5"]),
        ({"depth_km": "-0.5"}, ["depth_km: is -0.5"]),
        ({"in_article": "yes"}, ['in_article: "yes" is not known']),
        ({"certainty": "Q"}, ['certainty: "Q" is not known']),
        ({"certainty": ""}, ["certainty: is empty"]),
        ({"source": ""}, ["source: is empty"]),
        ({"id": ""}, ["id: is empty"]),
        ({"stated_trigger": "A-99"}, ['stated_trigger: "A-99" is no id of this file']),
        ({"stated_trigger": "A-01"}, ["names the row itself"]),
    ],
)
def test_a_broken_cell_is_named_with_what_is_allowed(tmp_path, change, words):
    message = refused(write(tmp_path / "ledger.csv", change), parties=PARTIES)
    assert all(word in message for word in words), message


def test_all_problems_of_a_file_come_at_once(tmp_path):
    path = write(tmp_path / "ledger.csv", {"date": "x", "rung": "9"}, {"id": "A-02", "killed_best": "-1"})
    with pytest.raises(InputError) as caught:
        Ledger.read(path)
    assert [problem.key for problem in caught.value.problems] == [
        "row 2 (id A-01), date",
        "row 2 (id A-01), rung",
        "row 3 (id A-02), killed_best",
    ]
    assert all(problem.file == str(path) for problem in caught.value.problems)


def test_one_id_twice(tmp_path):
    assert '"A-01" stands in row 2 already' in refused(write(tmp_path / "a.csv", {}, {"place": "elsewhere"}))


@pytest.mark.parametrize(
    "change",
    [
        {"date": "2023-10-09"},
        {"date": "2023-10-07", "date_end": "2023-10-08", "time_precision": "span"},
        {"time": "12:00", "time_precision": "hour"},
        {"initiator": "PIJ"},
        {"target": "USA"},
        {"kind": "false_alarm"},
        {"place": "Alder"},
        {"struck": "a post"},
        {"weapon": "mortars"},
    ],
)
def test_incidents_that_differ_in_one_thing_that_identifies_them_are_two(tmp_path, change):
    assert not find_twins(Ledger.read(write(tmp_path / "a.csv", {}, {"id": "A-02", **change})))
    again = {"id": "A-03", "killed_best": "5", "rung": "3", "source": "AP", **change}
    alike = find_twins(Ledger.read(write(tmp_path / "a.csv", {}, {"id": "A-02", **change}, again)))
    assert [(one.id, other.id) for one, other in alike] == [("A-02", "A-03")]


def test_the_least_and_the_most_of_a_cell_are_accepted(tmp_path):
    least = {"latitude": "-90", "longitude": "-180", "rung": "0", "depth_km": "0", "killed_best": "0", "lag_hours": "0"}
    most = {
        "latitude": "90",
        "longitude": "180",
        "rung": "8",
        "time": "23:59",
        "time_precision": "minute",
        "id": "A-02",
    }
    equal = dict.fromkeys(("killed_low", "killed_best", "killed_high", "killed_military_best"), "4")
    span = {"id": "A-03", "time_precision": "span", "date_end": "2023-10-08", "killed_civilian_high": "4"}
    rows = least, most | equal | {"killed_civilian_best": "0"}, span | equal | {"killed_civilian_best": "0"}
    low, high, one_day = Ledger.read(write(tmp_path / "a.csv", *rows))
    assert (one_day.last_day, one_day.civilian_deaths.high) == (date(2023, 10, 8), 4)
    assert (low.latitude, low.longitude, low.rung, low.depth_km, low.killed, low.lag_hours) == (-90, -180, 0, 0, 0, 0)
    assert (high.latitude, high.longitude, high.rung, high.deaths) == (90, 180, 8, Figure(4, 4, 4))
    assert low.deaths == Figure(best=0)


def test_a_trigger_must_not_be_later(tmp_path):
    later = {"id": "A-02", "date": "2023-10-09"}
    path = write(tmp_path / "a.csv", {"stated_trigger": "Gaza; A-02"}, later)
    assert '"A-02" is of 2023-10-09, later than this row' in refused(path)


def test_a_trigger_within_the_precision_is_accepted(tmp_path):
    evening = {"id": "A-02", "time": "19:00", "time_precision": "part_of_day"}
    assert len(Ledger.read(write(tmp_path / "a.csv", {"stated_trigger": "A-02"}, evening))) == 2


def test_words_are_a_trigger_too(tmp_path):
    (one,) = Ledger.read(write(tmp_path / "a.csv", {"stated_trigger": "Gaza; continuing exchange"}))
    assert one.triggers == ()


def test_top_rung_is_a_parameter(tmp_path):
    assert "allowed: 0 to 3" in refused(write(tmp_path / "a.csv", {"rung": "4"}), top_rung=3)


def test_columns_missing_unknown_and_twice(tmp_path):
    columns = [name for name in COLUMNS if name != "rung"] + ["rungs", "note"]
    path = tmp_path / "a.csv"
    path.write_text(",".join(columns) + "\n", encoding="utf-8")
    message = refused(path)
    assert "column rung: is missing" in message
    assert 'column rungs: is not known; did you mean "rung"?' in message
    assert "column note: stands 2 times" in message


def test_a_row_with_cells_too_few(tmp_path):
    path = write(tmp_path / "a.csv", {})
    path.write_text(path.read_text(encoding="utf-8") + "A-02,calibration\n", encoding="utf-8")
    assert f"row 3: has 2 cells, but the header names {len(COLUMNS)} columns" in refused(path)


def test_a_missing_file_names_the_nearest(tmp_path):
    write(tmp_path / "ledger.csv", {})
    assert 'no such file; did you mean "ledger.csv"?' in refused(tmp_path / "ledgr.csv")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        ((",".join(COLUMNS) + "\n").encode(), "has no rows"),
        (b"id,place\nA,\xff\xfe\n", "line 2: is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path, content, words):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert words in refused(path)


def test_a_folder_is_no_file(tmp_path):
    assert "cannot be read" in refused(tmp_path)


def test_a_byte_order_mark_is_accepted(tmp_path):
    path = write(tmp_path / "a.csv", {})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(Ledger.read(path)) == 1


def test_an_event_outside_the_theatre_may_name_others(tmp_path):
    assert len(Ledger.read(write(tmp_path / "a.csv", {"kind": "exogenous", "initiator": "ELSE"}), parties=PARTIES)) == 1


@pytest.mark.parametrize("name", ["initiator", "target", "split", "kind", "certainty"])
def test_a_filter_refuses_names_that_do_not_exist(shipped, name):
    with pytest.raises(InputError, match=f'filter: {name}: "hizb" is not known'):
        shipped.filter(**{name: "hizb"})


def test_an_id_that_is_not_there(shipped):
    with pytest.raises(InputError, match=r'"S3\.1-44b" is not there; did you mean "S3\.1-44"'):
        shipped["S3.1-44b"]


# --- the shipped ledger


def test_every_number_of_the_record_is_in_the_ledger_or_the_tallies(shipped):
    with (SHIPPED / "tallies.csv").open(encoding="utf-8") as file:
        ids = [one.id for one in shipped] + [row["id"] for row in csv.DictReader(file)]
    for record, last in (("S3.1", 48), ("S3.2", 30)):
        found = {int(match[1]) for id in ids if (match := re.match(rf"{re.escape(record)}-(\d+)", id))}
        assert found == set(range(1, last + 1))


def test_splits_are_cut_at_the_opening(shipped):
    assert all((one.split == "calibration") == (one.last_day < START) for one in shipped)
    assert len(choose_acts(shipped, START).acts) == 47
    assert len(shipped.filter(split="calibration")) == 57
    assert len(shipped.filter(split="held_out")) == 35


def test_the_incidents_of_the_article_are_marked(shipped):
    article = shipped.filter(in_article=True)
    assert [one.id for one in article] == ["S3.1-42", "S3.1-43", "S3.1-44", "S3.1-45", "S3.1-46a"]
    car, answer, barrage = article["S3.1-43"], article["S3.1-44"], article["S3.1-45"]
    assert (car.dyad, car.killed_civilian, car.killed) == ("ISR-HZB", 4, 4)
    assert (answer.dyad, answer.triggers, answer.civilian_deaths) == ("HZB-ISR", ("S3.1-43",), Figure(0, 0, 1))
    assert "S3.1-42" in answer.note
    assert article["S3.1-42"].civilian_deaths == Figure(0, 1, 1)
    assert (barrage.initiator, barrage.charged, barrage.launches_counted, barrage.launches_claimed) == (
        "HAM",
        "HZB",
        30,
        16,
    )
    assert article["S3.1-46a"].weapon == "artillery"


def test_deaths_agree_with_sums_made_by_hand(shipped):
    dead = shipped.filter(split="calibration").deaths_by_side()
    # Israeli side: 3 on 9 October, 2 on 15 October, 1 on 5 November.
    assert tuple(dead.loc["ISR"])[:2] == (6, 2)
    # Hezbollah's side: 3 + 1 + 2 + 1 + 2 + 6 + 1 + 4 + 4, of these civilians 1 + 2 + 4.
    assert tuple(dead.loc["HZB"])[:2] == (24, 7)
    # Two infiltrators of 9 October; three and four men at the fence.
    assert tuple(dead.loc["PIJ"])[:2] == (2, 0)
    assert tuple(dead.loc[UNKNOWN])[:2] == (7, 0)


def test_events_elsewhere_are_not_summed(shipped):
    assert "GAZA_HAMAS-ISR" not in shipped.totals("dyad").index


def test_an_answer_follows_its_trigger_in_a_replay(shipped):
    place = {one.id: number for number, one in enumerate(choose_acts(shipped, split=None).acts)}
    pairs = [(trigger, one.id) for one in shipped for trigger in one.triggers]
    known = [(place[trigger], place[id]) for trigger, id in pairs if trigger in place and id in place]
    assert len(known) > 15
    assert all(trigger < answer for trigger, answer in known)


def test_the_shipped_file_is_written_back_byte_for_byte(shipped, tmp_path):
    shipped.write(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == (SHIPPED / "ledger.csv").read_bytes()


def test_columns_of_the_table_are_of_the_kinds_that_they_hold(shipped):
    kinds = shipped.table.dtypes.astype(str)
    counts = {"initiator_killed", *(name for name in COLUMNS if re.match("launches_|killed|rung", name))}
    assert len(counts) == 15
    assert {name for name in COLUMNS if kinds[name] == "Int64"} == counts
    assert {name for name in COLUMNS if kinds[name] == "Float64"} == {"latitude", "longitude", "lag_hours", "depth_km"}

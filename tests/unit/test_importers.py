"""Importers on files in the real column layout of their sources; every row is imported or listed."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from importer_forms import EVENT_FORMS, EVENTS, PLAIN, write_source

from sim.core.errors import InputError
from sim.evidence import Figure, Incident, Ledger
from sim.evidence.csv_cells import read_rows
from sim.evidence.importers import load_importers
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.daily_series_csv import read_daily
from sim.evidence.importers.import_report import ImportReport
from sim.evidence.ledger_merge import merge_incidents

EVENT = EVENTS[0]
NORTH, SOUTH = PLAIN.sources["north"], PLAIN.sources["south"]


@pytest.fixture
def read(tmp_path):
    """Import rows of a format: those of an event with some cells changed, numbered from 1."""

    def rows(format, *changes, event=EVENT, **options):
        form = EVENT_FORMS[format]
        id = next(iter(form.write([EVENT], PLAIN)[0]))
        table = [
            form.write([event], PLAIN)[0] | {id: str(number)} | change for number, change in enumerate(changes, start=1)
        ]
        actors = replace(PLAIN.actor_map(tmp_path / "map.toml"), columns=form.columns, constants=form.constants)
        report = load_importers()[format].read(write_source(tmp_path / "source.csv", table), replace(actors, **options))
        left = {one.row for one in report.findings if not one.imported}
        assert len(report.incidents) + len(left) == report.rows == len(changes), "no row vanishes"
        return report

    return rows


PARTS = ("columns", "constants")


def listed(report):
    return [(one.row - 1, one.id, one.kind, one.imported) for one in report.findings]


LEFT = {
    "acled": [
        ({"fatalities": "-1"}, "deaths", "fatalities cannot be read: is -1"),
        ({"longitude": "1", "latitude": "x"}, "unreadable", '"x" is not a number; leave the cell empty'),
        ({"event_date": "yesterday"}, "unreadable", 'event_date cannot be read: "yesterday" is not a date'),
        ({"event_date": "0023-10-09"}, "unreadable", "lies before 1900"),
        ({"actor1": "Civilians (Northland)"}, "unmapped actor", '"Civilians (Northland)" is not in [actors]'),
        ({"time_precision": "4"}, "date precision", 'time_precision is "4"; known are 1, 2 and 3'),
        ({"event_type": "Protests", "sub_event_type": "Peaceful"}, "no act", "Protests: Peaceful"),
        ({"actor1": "Rioters"}, "unmapped actor", '"Rioters" is not in [actors] of map.toml'),
        ({"actor2": "Nobody"}, "unmapped actor", '"Nobody" is not in [actors] of map.toml'),
    ],
    "ged": [
        ({"low": "44"}, "deaths", "deaths fall: is 44, more than best, which is 43; they must not fall"),
        ({"deaths_unknown": "-1"}, "unreadable", "deaths_unknown cannot be read: is -1"),
        ({"date_start": "09.10"}, "unreadable", "is not a date"),
        ({"date_start": "09/10/2023"}, "unreadable", "is in an order that differs by country"),
        ({"date_end": "2023-10-08"}, "unreadable", "ends before it starts"),
        ({"date_prec": "0"}, "date precision", 'date_prec is "0"; known are 1 to 5'),
        ({"date_prec": "6"}, "date precision", 'date_prec is "6"'),
        ({"date_prec": ""}, "date precision", 'date_prec is ""'),
        ({"side_a": "Rioters"}, "unmapped actor", '"Rioters" is not in [actors]'),
        ({"side_b": "Nobody"}, "unmapped actor", '"Nobody" is not in [actors]'),
        ({"country": "Eastmark"}, "unmapped actor", '[struck] has no side of this row for "Eastmark"'),
        ({"country": "Atlantis"}, "unmapped actor", '[struck] has no side of this row for "Atlantis"'),
    ],
    "csv": [
        ({"civilians": "x"}, "deaths", '"x" is not a number'),
        ({"dead": "41"}, "deaths", "is 41, but killed_military_best and killed_civilian_best make 42"),
        (
            {"to day": "2023-10-08", "kind of date": "span"},
            "date precision",
            "date_end cannot be taken: is 2023-10-08, before date",
        ),
        ({"kind of date": "hour"}, "date precision", "time cannot be taken: is empty, but time_precision is hour"),
        ({"kind of date": "days"}, "date precision", '"days" is not known'),
        ({"from day": "9 October"}, "unreadable", '"9 October" is not a date'),
        ({"from day": ""}, "unreadable", "date cannot be taken: is empty"),
        ({"lat": "-90.5"}, "unreadable", "latitude cannot be taken: is -90.5"),
        ({"on": "Nobody"}, "unmapped actor", '"Nobody" is not in [actors] of map.toml'),
        ({"by": "Rioters", "on": "Nobody"}, "unmapped actor", '"Rioters" is not in [actors] of map.toml'),
    ],
}
for name, bound in (("latitude", 90), ("longitude", 180)):
    cases = [({name: f"{sign}{bound}.5"}, "unreadable", f"allowed: -{bound} to {bound}") for sign in ("", "-")]
    LEFT["acled"] += cases
    LEFT["ged"] += cases
"""Changes of a row that is taken, and the kind and the words of the finding that says why it is left out."""


@pytest.mark.parametrize("format", EVENT_FORMS)
def test_every_row_that_is_left_out_is_listed_with_its_reason(read, format):
    assert LEFT.keys() == EVENT_FORMS.keys()
    changes, kinds, words = zip(*LEFT[format], strict=True)
    report = read(format, {}, *changes)
    assert [incident.id for incident in report.incidents] == ["X-1"]
    assert listed(report) == [(number, f"X-{number}", kind, False) for number, kind in enumerate(kinds, start=2)]
    for finding, text in zip(report.findings, words, strict=True):
        assert text in finding.text


@pytest.mark.parametrize("format", EVENT_FORMS)
def test_an_id_counts_once_and_another_row_of_one_event_is_doubted(read, format):
    id = next(iter(EVENT_FORMS[format].write([EVENT], PLAIN)[0]))
    report = read(format, {id: "7"}, {id: "7"}, {id: "8"})
    assert [incident.id for incident in report.incidents] == ["X-7", "X-8"]
    assert listed(report) == [(2, "X-7", "duplicate", False), (3, "X-8", "duplicate", True)]
    assert report.findings[0].text == "the id stands in an earlier row already: row 2"
    assert report.findings[1].text.endswith("look at both: X-7")


SAME = Incident(
    id="a-1", split="calibration", date=datetime.date(2023, 10, 9), initiator="NOR", target="SOU", place="Alder"
)


@pytest.mark.parametrize(
    "change",
    [
        {"date": datetime.date(2023, 10, 10)},
        {"date_end": datetime.date(2023, 10, 11)},
        {"initiator": "EAS"},
        {"target": "EAS"},
        {"place": "Birch"},
        {"weapon": "drone"},
        {"deaths": Figure(1, 2, 3)},
    ],
)
def test_events_that_differ_in_one_thing_are_two(tmp_path, change):
    row = read_rows(write_source(tmp_path / "a.csv", [{"id": "1"}]), ["id"])[0]
    report = ImportReport(3)
    for one in (SAME, replace(SAME, id="b-2", **change), replace(SAME, id="c-3")):
        report.take(row, one)
    assert [(finding.id, finding.kind) for finding in report.findings] == [("c-3", "duplicate")]


def test_ged_books_deaths_on_the_side_that_was_struck_whichever_it_names_first(read):
    """North fights South: on its own ground it is struck, in the other's country it struck."""
    dead = {"low": "9", "best": "30", "high": "99", "deaths_a": "11", "deaths_b": "12", "deaths_civilians": "7"}
    turned = {"side_a": SOUTH, "side_b": NORTH}
    report = read(
        "ged",
        *(dead | side | {"country": country} for country in ("South Coast", "Northland") for side in ({}, turned)),
    )
    found = [
        (
            one.initiator,
            one.target,
            one.deaths,
            one.military_deaths.best,
            one.civilian_deaths.best,
            one.initiator_killed,
        )
        for one in report.incidents
    ]
    assert found == [
        ("NOR", "SOU", Figure(0, 19, 88), 12, 7, 11),
        ("NOR", "SOU", Figure(0, 18, 87), 11, 7, 12),
        ("SOU", "NOR", Figure(0, 18, 87), 11, 7, 12),
        ("SOU", "NOR", Figure(0, 19, 88), 12, 7, 11),
    ]


def test_ged_does_not_share_out_the_dead_that_nobody_knows(read):
    """Unknown dead count in the total and in neither part; parts that do not add up are doubted and not used."""
    cells = {"deaths_a": "2", "deaths_b": "5", "deaths_civilians": "3"}
    report = read(
        "ged",
        cells | {"deaths_unknown": "0", "low": "10", "best": "10", "high": "12"},
        cells | {"deaths_unknown": "4", "low": "13", "best": "14", "high": "17"},
        cells | {"deaths_unknown": "1", "low": "13", "best": "14", "high": "17"},
        cells | {"deaths_a": "", "deaths_unknown": "", "low": "7", "best": "8", "high": "9"},
    )
    known, unknown, wrong, partly = report.incidents
    assert (known.deaths, known.military_deaths, known.civilian_deaths) == (
        Figure(8, 8, 10),
        Figure(5, 5, 5),
        Figure(3, 3, 3),
    )
    assert (unknown.deaths, unknown.military_deaths, unknown.initiator_killed) == (Figure(11, 12, 15), Figure(), 2)
    assert (wrong.deaths, wrong.military_deaths, wrong.civilian_deaths) == (Figure(13, 14, 17), Figure(), Figure())
    assert wrong.initiator_killed is None
    (doubt,) = report.findings
    assert doubt.text == (
        "the parts do not make best, so none of them is used, and all dead are booked on the side struck: "
        "[2, 5, 3, 1], best 14"
    )
    assert (partly.deaths, partly.military_deaths.best, partly.initiator_killed) == (Figure(7, 8, 9), 5, None)


def test_ged_parts_are_about_so_many_where_fewer_may_have_died(read):
    """The parts make the best figure: a lower bound below it would contradict exact parts."""
    cells = {"deaths_a": "0", "deaths_b": "5", "deaths_civilians": "0", "deaths_unknown": "0"}
    (one,) = read("ged", cells | {"low": "2", "best": "5", "high": "7"}).incidents
    assert (one.deaths, one.military_deaths, one.civilian_deaths) == (Figure(2, 5, 7), Figure(best=5), Figure(best=0))


def test_ged_knows_days_and_spans_and_doubts_a_month(read):
    last = datetime.date(2023, 10, 12)
    report = read("ged", *({"date_prec": str(number)} for number in range(1, 6)), {"date_end": str(last)})
    ends = [one.date_end for one in report.incidents]
    assert ends == [None, *[EVENT.first] * 4, last], "what is not known to the day is a span, even of one day"
    doubted = [(one.id, one.text) for one in report.findings if one.kind == "date precision"]
    words = "known to a month or more only: 2023-10-09 to 2023-10-09"
    assert doubted == [(f"X-{number}", words) for number in (4, 5)]
    (month,) = read("ged", {}, event=EVENTS[2]).findings
    assert month.text == "known to a month or more only: 2023-10-15 to 2023-11-14"
    assert {one.rung for one in report.incidents} == {6}


def test_acled_keeps_what_the_export_says(read):
    battle = {"event_type": "Battles", "sub_event_type": "Armed clash"}
    report = read(
        "acled",
        {"source": "A Paper"},
        battle,
        battle | {"fatalities": "0"},
        {"sub_event_type": "Arson", "event_type": "Violence against civilians"},
    )
    first, clash, calm, other = report.incidents
    assert (first.deaths, first.rung, first.weapon) == (Figure(43, 43, 43), 2, "Shelling")
    assert (first.source, first.struck) == ("ACLED; A Paper", "record 1")
    assert (clash.rung, calm.deaths, other.rung) == (5, Figure(0, 0, 0), None)
    doubts = [(one.id, one.kind) for one in report.findings]
    assert doubts == [("X-2", "deaths"), ("X-4", "deaths")], "the dead of both sides, and who civilians are"


@pytest.mark.parametrize(("precision", "days"), [("1", 1), ("2", 7), ("3", 31)])
def test_acled_takes_a_week_and_a_month_for_spans_and_doubts_them(read, precision, days):
    (finding,) = [one for one in read("acled", {}, {"time_precision": precision}).findings if one.row == 3][-1:]
    if days == 1:
        assert finding.kind == "duplicate"
    else:
        assert (finding.kind, finding.text) == (
            "date precision",
            f"time_precision {precision} is a span of {days} days: from 2023-10-09",
        )


def test_plain_csv_takes_what_rows_say_over_constants_and_constants_over_defaults(read):
    columns, constants = EVENT_FORMS["csv"].columns, EVENT_FORMS["csv"].constants
    (plain,) = read("csv", {"blamed": "the Unnamed"}, certainty="M").incidents
    assert (plain.certainty, plain.kind, plain.charged, plain.rung) == (("M",), "act", "the Unnamed", 4)
    given = constants | {"certainty": "A", "kind": "act", "initiator": f"{SOUTH} ", "note": "mine", "rung": "8"}
    without = {ours: theirs for ours, theirs in columns.items() if ours != "initiator"}
    (stated,) = read("csv", {"on": NORTH}, columns=without, constants=given, certainty="M").incidents
    assert (stated.certainty, stated.initiator, stated.target, stated.note) == (("A",), "SOU", "NOR", "mine")
    assert (stated.rung, stated.source, stated.leader_killed, stated.in_article) == (8, "notes", False, False)
    (first,) = read("csv", {}, constants=constants | {"place": "nowhere"}).incidents
    assert first.place == EVENT.place


def test_plain_csv_refuses_a_map_that_does_not_fit(read):
    columns = EVENT_FORMS["csv"].columns
    with pytest.raises(InputError, match='"taget" is no column of a ledger; did you mean "target"'):
        read("csv", {}, columns={**columns, "taget": "on"})
    for name in ("id", "date", "initiator", "target", "source"):
        given = {part: {a: b for a, b in getattr(EVENT_FORMS["csv"], part).items() if a != name} for part in PARTS}
        with pytest.raises(InputError, match=f'^[^\n]*columns: "{name}" is missing; give its column or a constant$'):
            read("csv", {}, **given)


def test_a_map_is_read_table_by_table(tmp_path):
    path = tmp_path / "map.toml"
    text = (
        'prefix = "P"\nheld_out_from = 2023-11-07\ncertainty = "M"\n[actors]\n"A " = "NOR"\n[struck]\nB = "SOU"\n'
        '[rungs]\nC = 0\nD = 8\n[columns]\ndate = "e"\n[constants]\nsource = "f"\n'
    )
    path.write_text(text)
    found = ActorMap.read(path)
    assert (found.prefix, found.held_out_from, found.certainty) == ("P", datetime.date(2023, 11, 7), "M")
    assert (found.actors, found.struck, found.rungs) == ({"A": "NOR"}, {"B": "SOU"}, {"C": 0, "D": 8})
    assert (found.columns, found.constants) == ({"date": "e"}, {"source": "f"})
    path.write_text(text.replace('certainty = "M"\n', ""))
    assert ActorMap.read(path).certainty == "S"
    for wrong, key in (("C = -1", r"rungs\.C"), ("C = 9", r"rungs\.C"), ('C = "2"', r"rungs\.C"), ("C = 0\n[X]", "X")):
        path.write_text(text.replace("C = 0", wrong))
        with pytest.raises(InputError, match=key):
            ActorMap.read(path)


def test_daily_series_keeps_gaps_unknown(tmp_path):
    actors = replace(PLAIN.actor_map(tmp_path / "map.toml"), columns={"date": "t", "sirens": "n", "dead": "m"})
    rows = ["04,4,0", "01,1,9", "02,,8", "04,4,0", "01,7,9", "06,x,2", "05,-1,3", "1x,3,3"]
    (tmp_path / "source.csv").write_text("t,n,m\n" + "\n".join(f"2023-10-{row}" for row in rows) + "\n")
    imported = read_daily(tmp_path / "source.csv", actors)
    table = imported.series.table.drop(columns="split").astype(object).where(imported.series.table.notna(), None)
    assert list(imported.series.table.index.day) == [2, 3, 4]
    assert table.to_numpy().tolist() == [[None, 8], [None, None], [4, 0]]
    assert [(one.row, one.kind, one.imported) for one in imported.findings] == [
        (5, "duplicate", False),
        (3, "duplicate", False),
        (6, "duplicate", False),
        (7, "unreadable", False),
        (8, "unreadable", False),
        (9, "unreadable", False),
    ]
    assert "counted once" in imported.findings[0].text
    assert all("left missing" in one.text for one in imported.findings[1:3])
    with pytest.raises(InputError, match="needs date and at least one series"):
        read_daily(tmp_path / "source.csv", replace(actors, columns={"date": "t"}))
    (tmp_path / "source.csv").write_text("t,n,m\nnever,1,2\n")
    nothing = read_daily(tmp_path / "source.csv", actors)
    assert (nothing.series, nothing.rows, nothing.left_out) == (None, 1, 1)


@pytest.mark.parametrize("format", EVENT_FORMS)
def test_what_was_imported_is_a_ledger_and_a_second_import_leaves_it_alone(read, format, tmp_path):
    incidents = read(format, {}, event=EVENTS[1]).incidents + read(format, {}, event=EVENTS[4], prefix="Y").incidents
    path = tmp_path / "ledger.csv"
    merge = merge_incidents(path, incidents, PLAIN.parties.values())
    assert not path.exists()
    merge.write()
    assert list(Ledger.read(path)) == list(merge.whole) == incidents
    before = path.read_bytes()
    again = merge_incidents(path, incidents)
    assert (again.added, list(again.same), again.changed) == ((), incidents, ())
    again.write()
    with pytest.raises(InputError, match='"SOU" is no party'):
        merge_incidents(path, incidents, ["NOR", "EAS"])
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".tmp")] == []

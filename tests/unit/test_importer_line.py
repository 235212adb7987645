"""The line between evidence and test data in every imported format, and sources under other names and orders."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pandas as pd
import pytest
from importer_forms import DAILY_FORMS, EVENT_FORMS, EVENTS, LINE, PLAIN, RENAMED, write_source

from sim.evidence.importers import load_importers

DAY = datetime.timedelta(days=1)


def imported(format, tmp_path, events=EVENTS, labels=PLAIN, *, order="", **options):
    """Return the report of an import of events in one format, with rows, columns or the map in the reverse order."""
    form = EVENT_FORMS[format]
    reverse = {"reverse_rows": "rows" in order, "reverse_columns": "columns" in order}
    source = write_source(tmp_path / "source.csv", form.write(events, labels), **reverse)
    columns, constants = dict(form.columns), dict(form.constants)
    if "map" in order:
        columns = dict(reversed(columns.items()))
    actors = labels.actor_map(tmp_path / "map.toml", reverse="map" in order, **options)
    report = load_importers()[format].read(source, replace(actors, columns=columns, constants=constants))
    assert len(report.incidents) == report.rows == len(events), report.findings
    return report


def test_every_importer_is_held_to_the_line():
    assert load_importers().keys() == EVENT_FORMS.keys() | DAILY_FORMS.keys(), "see tests/importer_forms.py"


@pytest.mark.parametrize("line", [LINE, datetime.date(2024, 2, 29)])
@pytest.mark.parametrize("format", EVENT_FORMS)
def test_an_event_is_held_out_if_a_day_of_it_is_on_or_after_the_line(format, line, tmp_path):
    """Both days at the line, and every length of span: ended before, ending on, across, begun on it and after it."""
    spans = [(line - DAY, 1), (line, 1), (line + DAY, 1)]
    for days in EVENT_FORMS[format].spans:
        spans += [(line - days * DAY, days), (line - (days - 1) * DAY, days), (line - DAY, days), (line, days)]
    events = [
        replace(
            EVENTS[0], id=f"{number}{initiator}{target}", first=first, days=days, initiator=initiator, target=target
        )
        for number, (first, days) in enumerate(spans)
        for initiator, target in (("north", "south"), ("south", "north"), ("east", "north"))
    ]
    report = imported(format, tmp_path, events, line=line)
    for event, incident in zip(events, report.incidents, strict=True):
        assert (incident.date, incident.last_day) == (event.first, event.last)
        assert incident.time_precision == ("day" if event.days == 1 else "span")
        assert incident.split == ("held_out" if event.last >= line else "calibration"), event
        assert incident.dyad == f"{PLAIN.parties[event.initiator]}-{PLAIN.parties[event.target]}"


@pytest.mark.parametrize("format", EVENT_FORMS)
def test_every_figure_of_an_event_stands_in_its_place(format, tmp_path):
    form = EVENT_FORMS[format]
    for event, incident in zip(EVENTS, imported(format, tmp_path, certainty="M").incidents, strict=True):
        struck = event.fighters + event.civilians + (0 if form.books_own_dead else event.own_dead)
        assert incident.id == f"X-{event.id}"
        assert (incident.initiator, incident.target) == (PLAIN.parties[event.initiator], PLAIN.parties[event.target])
        assert (incident.place, incident.latitude, incident.longitude) == (event.place, event.latitude, event.longitude)
        assert incident.killed == struck
        if form.books_own_dead:
            assert (incident.killed_military, incident.killed_civilian) == (event.fighters, event.civilians)
            assert incident.initiator_killed == event.own_dead
        assert (incident.kind, incident.certainty) == ("act", ("M",))


@pytest.mark.parametrize("order", ["", "rows", "columns", "map", "rows columns map"])
@pytest.mark.parametrize("format", EVENT_FORMS)
def test_other_names_and_orders_give_the_renamed_incidents(format, order, tmp_path):
    """And the same findings about the same rows, wherever these stand."""
    names = {"": ""} | {PLAIN.parties[key]: RENAMED.parties[key] for key in PLAIN.parties}
    plain, found = imported(format, tmp_path), imported(format, tmp_path, labels=RENAMED, order=order)
    expected = [
        replace(one, initiator=names[one.initiator], target=names[one.target], charged=names[one.charged])
        for one in plain.incidents
    ]
    assert found.incidents == (expected[::-1] if "rows" in order else expected)
    rows = {len(EVENTS) + 3 - row: row for row in range(2, len(EVENTS) + 2)} if "rows" in order else {}
    findings = [replace(one, row=rows.get(one.row, one.row)) for one in found.findings]
    assert sorted(findings, key=lambda one: one.row) == plain.findings


@pytest.mark.parametrize("format", DAILY_FORMS)
@pytest.mark.parametrize("line", [LINE, datetime.date(2024, 3, 1)])
def test_a_day_of_a_series_is_held_out_from_the_line_on(format, line, tmp_path):
    """Days come in any order; the gap between them crosses the line."""
    figures = {line - 3 * DAY: (1, 70), line - DAY: (2, 60), line + DAY: (5, 40), line + 2 * DAY: (8, 30)}
    table = [{"m": str(dead), "x": "?", "t": str(day), "n": str(n)} for day, (n, dead) in figures.items()]
    read, columns = load_importers()[format].read, DAILY_FORMS[format]
    actors = replace(PLAIN.actor_map(tmp_path / "map.toml", line=line), columns=columns)
    series = read(write_source(tmp_path / "source.csv", table), actors).series
    assert series.table.index.equals(pd.date_range(line - 3 * DAY, line + 2 * DAY))
    assert series.table["split"].tolist() == ["calibration"] * 3 + ["held_out"] * 3
    assert series.column("sirens").dropna().tolist() == [1, 2, 5, 8]
    assert series.column("dead").dropna().tolist() == [70, 60, 40, 30]
    assert series.column("sirens").isna().tolist() == [False, True, False, True, False, False]
    turned = replace(actors, columns={"date": "t", "killed": "m", "alarms": "n"})
    source = write_source(tmp_path / "turned.csv", table, reverse_rows=True, reverse_columns=True)
    renamed = read(source, turned).series.table.rename(columns={"killed": "dead", "alarms": "sirens"})
    pd.testing.assert_frame_equal(renamed[series.table.columns], series.table)

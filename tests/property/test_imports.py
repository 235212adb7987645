"""Sources of every format, written as programs and people write them: no row is lost, and sums are those of pandas."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from importer_forms import EVENT_FORMS, PLAIN, Event

from sim.evidence import Ledger
from sim.evidence.importers import load_importers
from sim.evidence.ledger_merge import merge_incidents

DAYS = {
    "iso": lambda day: day.isoformat(),
    "seconds": lambda day: f"{day} 00:00:00.000",
    "dots": lambda day: f"{day:%d.%m.%Y}",
    "short": lambda day: f"{day:%d-%b-%y}",
    "long": lambda day: f"{day.day} {day:%B %Y}",
    "slashes": lambda day: f"{day:%d/%m/%Y}",
}
NUMBERS = {
    "plain": str,
    "pandas": lambda text: f"{float(text)}",
    "r": lambda text: f"{float(text):e}",
    "thin": lambda text: f"{int(text):,}".replace(",", "\u2009"),
}
DATED = {"acled": ["event_date"], "ged": ["date_start", "date_end"], "csv": ["from day", "to day"]}
COUNTED = {
    "acled": ["fatalities"],
    "ged": ["deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low"],
    "csv": ["dead", "fighters", "civilians", "own"],
}
NAMED = {"acled": ("actor1", "actor2"), "ged": ("side_a", "side_b"), "csv": ("by", "on")}
WHERE = {"acled": "location", "ged": "where_coordinates", "csv": "where"}
DEAD = {"acled": ["fatalities"], "ged": ["best"], "csv": ["dead", "own"]}
FAULTS = {
    "day": lambda form, row: row | {DATED[form][0]: "the day before"},
    "year": lambda form, row: row | {DATED[form][0]: "0023-10-20"},
    "actor": lambda form, row: row | {NAMED[form][1]: "Nobody"},
    "self": lambda form, row: row | {NAMED[form][1]: row[NAMED[form][0]]},
    "dead": lambda form, row: row | {COUNTED[form][0]: "some"},
}
PLACES = st.text("aé,;|\t\"'\n\u2028\x85\x0b #=", max_size=8)


@st.composite
def events(draw):
    number = draw(st.integers(1, 12))
    rows = []
    for id in range(1, number + 1):
        initiator, target = draw(st.permutations(["north", "south", "east"]))[:2]
        own, fighters, civilians = (draw(st.integers(0, 2000)) for _ in range(3))
        first = date(2023, 9, 1) + timedelta(days=draw(st.integers(0, 100)))
        rows.append(Event(str(id), first, 1, initiator, target, own, fighters, civilians, draw(PLACES), 33.1, 35.2))
    return rows


@st.composite
def quirks(draw):
    return {
        "separator": draw(st.sampled_from(",;\t|")),
        "end": draw(st.sampled_from(["\n", "\r\n"])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])),
        "preface": draw(st.sampled_from(["", "\n", "A title, of sorts\n\n"])),
        "tail": draw(st.integers(0, 2)),
        "packing": draw(st.sampled_from(["", "gzip", "bz2", "xz", "zip"])),
        "day": draw(st.sampled_from(sorted(DAYS))),
        "number": draw(st.sampled_from(sorted(NUMBERS))),
        "unknown": draw(st.sampled_from(["", "NA", "NaN", "#N/A"])),
    }


def write(path, table, quirk):
    """Write a table with the quirks of some program."""
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=quirk["separator"], lineterminator=quirk["end"], quoting=quirk["quoting"], doublequote=True
    )
    writer.writerow([*table[0], *[""] * quirk["tail"]])
    writer.writerows([*row.values(), *[""] * quirk["tail"]] for row in table)
    content = (quirk["preface"] + text.getvalue()).encode(quirk["encoding"])
    if quirk["packing"] == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("rows.csv", content)
    else:
        packed = {"": bytes, "gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[quirk["packing"]]
        path.write_bytes(packed(content))


@pytest.mark.parametrize("form", EVENT_FORMS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_rows_in_are_rows_kept_and_rows_listed_and_sums_are_those_of_pandas(form, tmp_path, data):
    happened, quirk = data.draw(events()), data.draw(quirks())
    layout = EVENT_FORMS[form]
    clean = layout.write(happened, PLAIN)
    faults = [data.draw(st.sampled_from([None, None, *FAULTS])) for _ in clean]
    id = next(iter(clean[0]))
    table = []
    for event, row, fault in zip(happened, clean, faults, strict=True):
        told = row | {WHERE[form]: event.place, {"csv": "lon"}.get(form, "longitude"): quirk["unknown"]}
        told |= {column: NUMBERS[quirk["number"]](row[column]) for column in COUNTED[form]}
        told |= {column: DAYS[quirk["day"]](event.first) for column in DATED[form] if row[column]}
        table.append(FAULTS[fault](form, told) if fault else told)
    if data.draw(st.booleans()):
        table.append(table[0])
    path = tmp_path / "source"
    write(path, table, quirk)

    actors = replace(PLAIN.actor_map(tmp_path / "map.toml"), columns=layout.columns, constants=layout.constants)
    if quirk["day"] == "slashes":
        actors = replace(actors, date_format="%d/%m/%Y")
    report = load_importers()[form].read(path, actors)

    kept = {one.id.removeprefix("X-") for one in report.incidents}
    listed = {one.row for one in report.findings if not one.imported}
    assert report.rows == len(table) == len(kept) + len(listed)
    assert kept == {row[id] for row, fault in zip(clean, faults, strict=True) if not fault}
    assert bool(report.notes) == (quirk["separator"] != "," or bool(quirk["preface"].strip()))

    frame = pd.DataFrame(clean).astype(dict.fromkeys(COUNTED[form], int)).set_index(id)
    expected = int(frame.loc[sorted(kept, key=int), DEAD[form]].to_numpy().sum())
    assert sum(one.killed + (one.initiator_killed or 0) for one in report.incidents) == expected
    sound = [event for event, fault in zip(happened, faults, strict=True) if not fault]
    civilians = [None if form == "acled" else event.civilians for event in sound]
    assert [one.killed_civilian for one in report.incidents] == civilians
    assert [one.place for one in report.incidents] == [event.place.strip() for event in sound]

    ledger = tmp_path / "ledger.csv"
    ledger.unlink(missing_ok=True)
    merge = merge_incidents(ledger, report.incidents)
    if merge.added:
        merge.write()
        assert Ledger.read(ledger).incidents == tuple(report.incidents)
        again = merge_incidents(ledger, report.incidents)
        assert (again.added, again.changed, len(again.same)) == ((), (), len(kept))

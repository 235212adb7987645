"""Importers on files in the real column layout of their sources; every row is imported or listed."""

from __future__ import annotations

import datetime

import pytest

from sim.core.errors import InputError
from sim.evidence import Ledger
from sim.evidence.importers.acled import read_acled
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.daily_series_csv import read_daily
from sim.evidence.importers.plain_csv import read_plain
from sim.evidence.importers.ucdp_ged import read_ged
from sim.evidence.ledger import append_incidents

MAP = """
prefix = "X"
held_out_from = 2023-11-07
[actors]
"Government of Israel" = "ISR"
"Military Forces of Israel (2022-)" = "ISR"
"Hezbollah" = "HZB"
[struck]
Lebanon = "HZB"
Israel = "ISR"
[rungs]
"Air/drone strike" = 3
[columns]
id = "no"
date = "day"
initiator = "who"
target = "whom"
killed_low = "dead"
killed_best = "dead"
killed_high = "dead"
[constants]
source = "notes"
"""

GED_HEADER = (
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,conflict_name,"
    "dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,side_b_dset_id,side_b_new_id,side_b,"
    "number_of_sources,source_article,source_office,source_date,source_headline,source_original,where_prec,"
    "where_coordinates,where_description,adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,"
    "region,event_clarity,date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,"
    "low,gwnoa,gwnob"
)
ACLED_HEADER = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1,"
    "actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,location,"
    "latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp"
)


def ged_row(id, country="Lebanon", precision=1, end="2023-10-16", dead=(0, 2, 1, 0), best=3, side_b="Hezbollah", low=3):
    a, b, civilian, unknown = dead
    return (
        f"{id},LEB-{id},2023,True,Clear,1,426,426,Israel: Southern Lebanon,1,1,Israel - Hezbollah,1,121,"
        f"Government of Israel,1,436,{side_b},2,,,,,,1,Aita village,,South,Bint Jbeil,33.1,35.3,POINT,1,{country},660,"
        f"Middle East,1,{precision},2023-10-16 00:00:00.000,{end} 00:00:00.000,{a},{b},{civilian},{unknown},{best},"
        f"{max(best, low)},{low},666,"
    )


def acled_row(id, day="16 October 2023", precision=1, kind="Explosions/Remote violence", actor2="Hezbollah", dead=2):
    return (
        f"{id},{day},2023,{precision},Political violence,{kind},Air/drone strike,Military Forces of Israel (2022-),,8,"
        f"{actor2},,3,38,,422,Middle East,Lebanon,South,Tyre,,Naqoura,33.1,35.1,1,A Paper,National,,{dead},,1700000000"
    )


@pytest.fixture
def actors(tmp_path):
    path = tmp_path / "map.toml"
    path.write_text(MAP)
    return ActorMap.read(path)


def written(tmp_path, header, *rows):
    path = tmp_path / "source.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def accounted(imported):
    """Return the kinds of findings of rows left out, after checking that no row vanished."""
    left = {one.row for one in imported.findings if not one.imported}
    assert len(imported.incidents) + len(left) == imported.rows
    return [one.kind for one in imported.findings if not one.imported]


def test_ged_books_deaths_on_the_side_that_was_struck(tmp_path, actors):
    imported = read_ged(written(tmp_path, GED_HEADER, ged_row(1, dead=(1, 2, 1, 0), best=4, low=4)), actors)
    assert accounted(imported) == []
    one = imported.incidents[0]
    assert (one.initiator, one.target, one.id, one.split) == ("ISR", "HZB", "X-1", "calibration")
    assert (one.deaths.best, one.military_deaths.best, one.civilian_deaths.best, one.initiator_killed) == (3, 2, 1, 1)
    assert (one.date, one.time_precision, one.date_end) == (datetime.date(2023, 10, 16), "day", None)


def test_ged_lists_what_it_leaves_out(tmp_path, actors):
    rows = [
        ged_row(1),
        ged_row(1),
        ged_row(2, side_b="Someone else"),
        ged_row(3, country="Syria"),
        ged_row(4, precision=7),
        ged_row(5, best=2, low=3),
        ged_row(6, end="2023-10-01"),
    ]
    imported = read_ged(written(tmp_path, GED_HEADER, *rows), actors)
    kinds = ["duplicate", "unmapped actor", "unmapped actor", "date precision", "deaths", "unreadable"]
    assert accounted(imported) == kinds
    assert '"Someone else" is not in [actors] of map.toml' in imported.findings[1].text


def test_ged_marks_what_is_doubtful(tmp_path, actors):
    rows = [ged_row(1, precision=4, end="2023-10-31"), ged_row(2, dead=(0, 1, 0, 0), best=3), ged_row(3)]
    imported = read_ged(written(tmp_path, GED_HEADER, *rows), actors)
    assert accounted(imported) == []
    doubts = [(one.id, one.kind) for one in imported.findings]
    assert doubts == [("X-1", "date precision"), ("X-2", "deaths"), ("X-3", "duplicate")]
    assert imported.incidents[1].military_deaths.best is None


def test_acled_takes_dates_of_both_forms_and_maps_rungs(tmp_path, actors):
    rows = [acled_row("LBN1"), acled_row("LBN2", day="2023-11-09"), acled_row("LBN3", precision=2, dead=1)]
    imported = read_acled(written(tmp_path, ACLED_HEADER, *rows), actors)
    assert accounted(imported) == []
    first, second, third = imported.incidents
    assert (first.rung, first.deaths.best, first.split) == (3, 2, "calibration")
    assert (second.date, second.split) == (datetime.date(2023, 11, 9), "held_out")
    assert (third.time_precision, third.date_end) == ("span", datetime.date(2023, 10, 22))
    assert [one.kind for one in imported.findings] == ["date precision"]


def test_acled_lists_what_it_leaves_out(tmp_path, actors):
    rows = [
        acled_row("LBN1"),
        acled_row("LBN1"),
        acled_row("LBN2", actor2="Rioters (Lebanon)"),
        acled_row("LBN3", precision=9),
        acled_row("LBN4", kind="Protests"),
        acled_row("LBN5", day="yesterday"),
        acled_row("LBN6", dead=-1),
    ]
    imported = read_acled(written(tmp_path, ACLED_HEADER, *rows), actors)
    kinds = ["duplicate", "unmapped actor", "date precision", "no act", "unreadable", "deaths"]
    assert accounted(imported) == kinds


def test_plain_csv_by_a_map_of_columns(tmp_path, actors):
    rows = [
        "1,2023-10-10,Hezbollah,Government of Israel,2",
        "2,2023-10-11,Nobody,Hezbollah,",
        "3,10.10.2023,Hezbollah,Hezbollah,0",
    ]
    imported = read_plain(written(tmp_path, "no,day,who,whom,dead", *rows), actors)
    assert accounted(imported) == ["unmapped actor", "unreadable"]
    assert imported.incidents[0].deaths.best == 2
    assert imported.incidents[0].source == "notes"


def test_plain_csv_refuses_a_map_that_does_not_fit(tmp_path, actors):
    (tmp_path / "map.toml").write_text(MAP.replace('target = "whom"', 'taget = "whom"'))
    with pytest.raises(InputError, match=r'"taget" is no column of a ledger; did you mean "target"'):
        read_plain(written(tmp_path, "no,day,who,whom,dead"), ActorMap.read(tmp_path / "map.toml"))


def test_daily_series_keeps_gaps_unknown(tmp_path):
    path = tmp_path / "map.toml"
    path.write_text('prefix = "D"\nheld_out_from = 2023-10-05\n[columns]\ndate = "t"\nsirens = "n"\n')
    rows = ["2023-10-04,4", "2023-10-01,1", "2023-10-02,", "2023-10-04,4", "2023-10-01,7", "2023-10-06,x"]
    imported = read_daily(written(tmp_path, "t,n", *rows), ActorMap.read(path))
    series = imported.series
    column = series.column("sirens")
    assert list(column.index.day) == [1, 2, 3, 4]
    assert column.iloc[3] == 4
    assert column.iloc[:3].isna().all()
    assert [one.kind for one in imported.findings] == ["duplicate", "duplicate", "unreadable"]


def test_what_was_imported_is_a_ledger(tmp_path, actors):
    imported = read_ged(written(tmp_path, GED_HEADER, *(ged_row(i) for i in range(1, 4))), actors)
    whole = append_incidents(tmp_path / "ledger.csv", imported.incidents, ["ISR", "HZB"])
    assert [one.id for one in Ledger.read(tmp_path / "ledger.csv")] == [one.id for one in whole]


def test_a_ledger_is_left_alone_if_the_new_rows_do_not_fit(tmp_path, actors):
    imported = read_ged(written(tmp_path, GED_HEADER, ged_row(1)), actors)
    path = tmp_path / "ledger.csv"
    append_incidents(path, imported.incidents)
    before = path.read_bytes()
    with pytest.raises(InputError, match="stands in row 2 already"):
        append_incidents(path, imported.incidents)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".tmp")] == []

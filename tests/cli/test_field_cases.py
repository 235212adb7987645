"""Files as they come from the field, each with the fault that passed in silence once: what is said of them now.

The inputs stand in ``tests/cases``, a folder a case.
"""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from sim.evidence import Figure, Ledger

CASES = Path(__file__).parents[1] / "cases"
SHIPPED = Path(__file__).parents[2] / "scenarios" / "lebanon-2023"


@pytest.fixture
def bring(sim, tmp_path):
    """Import a file of a case into ``ledger.csv``, and return what the command said as text and as JSON."""

    def command(case, form, file, *options, map="map.toml"):
        source = file if isinstance(file, Path) else CASES / case / file
        to = ("--map", CASES / case / map, "--into", tmp_path / "ledger.csv")
        return sim("incidents", "import", form, source, *to, *options)

    return command


def theatre_with(folder, ledger):
    """Copy the shipped theatre, with another ledger."""
    shutil.copytree(SHIPPED, folder)
    shutil.copy(ledger, folder / "ledger.csv")
    return folder


@pytest.mark.parametrize(
    ("map", "words"),
    [
        ("map-typo.toml", '3 of "HBZ", which is no party (did you mean "HZB"?)'),
        ("map-no-rung.toml", "3 without a rung"),
    ],
)
def test_rows_that_are_not_replayed_are_told_by_every_verb(sim, bring, tmp_path, map, words):
    """Case 01."""
    assert bring("01-ledger-rows-not-replayed", "acled", "events.csv", map=map).status == 0
    folder = theatre_with(tmp_path / "theatre", tmp_path / "ledger.csv")
    for command in (("scenario", "check"), ("run", "--replicates", "2", "--days", "1", "--jobs", "1", "--quiet")):
        done = sim(
            *command[:2] if command[0] == "scenario" else command[:1],
            folder / "baseline.toml",
            *command[2 if command[0] == "scenario" else 1 :],
        )
        assert done.status == 0, done.err
        assert f"0 of 3 rows are replayed before 2023-11-07; not: {words}" in " ".join((done.out + done.err).split())
    done = sim("incidents", "validate", "--ledger", folder / "ledger.csv", "--theatre", folder / "theatre.toml")
    if map == "map-typo.toml":
        assert (done.status, done.out) == (2, "")
        assert '"HBZ" is no party; did you mean "HZB"?' in done.err
    else:
        assert words in done.out


def test_a_year_that_cannot_be_meant_is_no_day(bring, tmp_path):
    """Case 03: a day of the year 23 made every block take half an hour."""
    done = bring("03-old-or-year-25-act-hangs", "acled", "events.csv")
    assert done.status == 1
    assert "lies before 1900" in " ".join(done.out.split())
    assert not (tmp_path / "ledger.csv").exists()


def test_an_old_act_costs_nothing_and_moves_nothing(sim, tmp_path):
    """Case 03: an act of 2006 was replayed at four steps a day, and spread the record over seventeen years."""
    folder = tmp_path / "theatre"
    shutil.copytree(SHIPPED, folder)
    row = ["id=OLD-1", "split=calibration", "date=2006-08-06", "initiator=HZB", "target=ISR", "rung=4"]
    options = ("--replicates", "2", "--days", "2", "--jobs", "1", "--json")
    before = json.loads(sim("run", folder / "baseline.toml", *options).out)
    added = sim(
        "incidents", "add", *row, "source=x", "--ledger", folder / "ledger.csv", "--theatre", folder / "theatre.toml"
    )
    assert "does not replay it: such rows are before 2023-10-08, behind a gap of more than 60 days" in " ".join(
        added.out.split()
    )
    after = json.loads(sim("run", folder / "baseline.toml", *options).out)
    assert after["odds"] == before["odds"]
    assert after["killed"] == before["killed"]
    assert "1 before 2023-10-08" in after["record"]


def test_a_strike_in_a_province_is_an_act_on_whoever_is_struck_there(sim, bring, tmp_path):
    """Case 04: a province counts before its country, and dead on the initiator's side alone are doubted."""
    done = json.loads(bring("04-ged-gaza-direction", "ged", "ged.csv", "--json").out)
    assert [(one["id"], one["kind"]) for one in done["findings"]] == [("G-1", "direction"), ("G-2", "direction")]
    (tmp_path / "ledger.csv").unlink()
    shutil.copytree(CASES / "04-ged-gaza-direction", tmp_path / "case")
    with (tmp_path / "case" / "map.toml").open("a") as file:
        file.write('Strip = "HAM"\n"A zone north of the border" = "ISR"\n')
    to = ("--map", tmp_path / "case" / "map.toml", "--into", tmp_path / "ledger.csv", "--json")
    done = json.loads(sim("incidents", "import", "ged", CASES / "04-ged-gaza-direction" / "ged.csv", *to).out)
    assert done["findings"] == []
    strike, ambush, people = Ledger.read(tmp_path / "ledger.csv")
    assert (strike.dyad, strike.military_deaths.best, strike.killed_civilian, strike.initiator_killed) == (
        "ISR-HAM",
        5,
        2,
        0,
    )
    assert (ambush.dyad, ambush.military_deaths.best, ambush.initiator_killed) == ("HZB-ISR", 3, 0)
    assert (people.dyad, people.killed, people.killed_civilian) == ("ISR-HZB", 4, 4)


def test_a_quote_that_never_closes_is_refused_with_its_line(bring, tmp_path):
    """Case 05: it swallowed the rest of the file, and the closing line said that all rows were listed."""
    done = bring("05-unclosed-quote-rows-lost", "csv", "rows.csv")
    assert (done.status, done.out) == (2, "")
    assert "rows.csv: line 2: a quote opens in the row that begins here and never closes" in done.err
    assert not (tmp_path / "ledger.csv").exists()


def test_a_source_that_grew_adds_what_is_new(bring, tmp_path):
    """Case 06."""
    case = "06-reimport-overlap-refused"
    assert bring(case, "acled", "week1.csv").status == 0
    dry, real = (bring(case, "acled", "week2.csv", *dry, "--json") for dry in (["--dry-run"], []))
    assert (dry.status, real.status) == (0, 0)
    assert json.loads(dry.out) == json.loads(real.out)
    assert {name: json.loads(real.out)[name] for name in ("rows", "added", "same", "changed", "left_out")} == {
        **{"rows": 3, "added": 1, "same": 2, "changed": 0, "left_out": 0}
    }
    assert [one.id for one in Ledger.read(tmp_path / "ledger.csv")] == ["A-LBN1", "A-LBN2", "A-LBN3"]
    again = bring(case, "acled", "week2.csv")
    assert again.status == 0
    assert "0 incidents added, 3 there already" in again.out


def test_a_row_that_changed_is_listed_and_taken_if_asked(bring, tmp_path):
    """Case 06: sources are revised."""
    case = "06-reimport-overlap-refused"
    bring(case, "acled", "week1.csv")
    revised = tmp_path / "revised.csv"
    revised.write_text((CASES / case / "week1.csv").read_text().replace("Own notes,0\n", "Own notes,4\n", 1))
    listed = bring(case, "acled", revised)
    assert "killed_low 0 to 4; killed_best 0 to 4; killed_high 0 to 4" in " ".join(listed.out.split())
    assert "1 changed, left as they were" in " ".join(listed.out.split())
    assert Ledger.read(tmp_path / "ledger.csv")["A-LBN1"].deaths == Figure(0, 0, 0)
    assert "1 changed, taken" in bring(case, "acled", revised, "--update").out
    assert Ledger.read(tmp_path / "ledger.csv")["A-LBN1"].deaths == Figure(4, 4, 4)


def test_rows_that_look_alike_are_doubts(sim, bring, tmp_path):
    """Case 07: two strikes on one town on one day refused the whole import."""
    done = bring("07-lookalike-rows-refuse-all", "csv", "rows.csv", "--json")
    assert done.status == 0, done.err
    (doubt,) = json.loads(done.out)["findings"]
    assert (doubt["row"], doubt["kind"], doubt["imported"], doubt["detail"]) == (3, "duplicate", True, "C-1")
    assert len(Ledger.read(tmp_path / "ledger.csv")) == 3
    said = sim("incidents", "validate", "--ledger", tmp_path / "ledger.csv").out
    assert "C-2 is alike to C-1" in said


def test_dead_civilians_are_civilians(sim, bring, tmp_path):
    """Case 08."""
    assert bring("08-acled-civilians-lost", "acled", "events.csv").status == 0
    (one,) = Ledger.read(tmp_path / "ledger.csv")
    assert (one.dyad, one.killed, one.killed_civilian, one.killed_military) == ("ISR-HZB", 4, 4, 0)
    (row,) = json.loads(sim("incidents", "sum", "--ledger", tmp_path / "ledger.csv", "--json").out)["totals"]
    assert (row["killed_best"], row["killed_civilian"], row["initiator_killed"]) == (4, 4, None)


@pytest.mark.parametrize(
    ("file", "notes"),
    [
        ("newline.csv", ["shelling\nthen calm"]),
        ("u0085.csv", ["shelling\x85then calm", "calm"]),
        ("u2028.csv", ["shelling\u2028then calm", "calm"]),
        ("vt.csv", ["shelling\x0bthen calm", "calm"]),
    ],
)
def test_no_character_but_a_line_break_ends_a_row(sim, bring, tmp_path, file, notes):
    """Case 10."""
    assert bring("10-unicode-line-separators", "csv", file).status == 0
    assert [one.note for one in Ledger.read(tmp_path / "ledger.csv")] == notes
    shown = sim("incidents", "show", "C-1", "--ledger", tmp_path / "ledger.csv").out
    assert notes[0] not in shown
    assert f"\\u{ord(notes[0][8]):04x}then calm" in shown


@pytest.mark.parametrize(
    ("file", "note"),
    [
        ("semicolon.csv", "its columns are separated by semicolons"),
        ("tab.csv", "its columns are separated by tabs"),
        ("preface.csv", "its header stands in line 3; what is above it was not read"),
    ],
)
def test_other_separators_and_lines_above_the_header_are_read_and_told(bring, tmp_path, file, note):
    """Case 12."""
    done = bring("12-separator-and-headerless", "acled", file)
    assert done.status == 0, done.err
    assert f"How the file was read: {note}." in done.out
    assert len(Ledger.read(tmp_path / "ledger.csv")) == 3


def test_a_file_without_a_header_is_one_sentence(bring):
    """Case 12."""
    done = bring("12-separator-and-headerless", "ged", "ged-no-header.csv", map="ged-map.toml")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "has no header: no line names one of the columns id, type_of_violence" in done.err


def test_what_the_interface_of_acled_answers_is_read(bring):
    """Case 12."""
    done = bring("12-separator-and-headerless", "acled", "api.json", "--json")
    said = json.loads(done.out)
    assert (done.status, said["rows"], said["left_out"]) == (1, 7, 7)
    assert {one["kind"] for one in said["findings"]} == {"unmapped actor"}


def test_packed_files_are_read(bring, tmp_path):
    """Case 12."""
    plain = CASES / "06-reimport-overlap-refused" / "week2.csv"
    with gzip.open(tmp_path / "w.csv.gz", "wb") as file:
        file.write(plain.read_bytes())
    with zipfile.ZipFile(tmp_path / "w.zip", "w") as archive:
        archive.write(plain, "w.csv")
    assert "3 incidents added" in bring("06-reimport-overlap-refused", "acled", tmp_path / "w.csv.gz").out
    assert "3 there already" in bring("06-reimport-overlap-refused", "acled", tmp_path / "w.zip").out


def test_no_party_acts_on_itself(sim, tmp_path):
    """Case 14."""
    path = Path(shutil.copy(SHIPPED / "ledger.csv", tmp_path))
    cells = [
        "id=N-1",
        "split=calibration",
        "date=2023-10-20",
        "initiator=ISR",
        "target=ISR",
        "source=x",
        "rung=4",
        "killed_best=2",
    ]
    done = sim("incidents", "add", *cells, "--ledger", path, "--theatre", SHIPPED / "theatre.toml")
    assert (done.status, done.out) == (2, "")
    assert "is ISR, as the initiator is; no party acts on itself" in done.err


def test_a_table_of_victims_becomes_incidents(sim, tmp_path):
    """Rows alike in one column are one incident, each row one dead."""
    (tmp_path / "victims.csv").write_text(
        "event,day,by,on,name\nE-1,20-Oct-23,One,Two,A\nE-1,20-Oct-23,One,Two,B\nE-2,2023-10-21,Two,One,C\n"
    )
    (tmp_path / "map.toml").write_text(
        'prefix = "V"\nheld_out_from = 2023-11-07\ngroup_by = "event"\n[actors]\nOne = "ISR"\nTwo = "HZB"\n'
        '[columns]\ndate = "day"\ninitiator = "by"\ntarget = "on"\n[constants]\nsource = "a list"\nrung = "4"\n'
    )
    to = ("--map", tmp_path / "map.toml", "--into", tmp_path / "ledger.csv")
    done = sim("incidents", "import", "csv", tmp_path / "victims.csv", *to)
    assert "3 rows: 2 incidents added; 0 rows left out" in done.out
    assert [(one.id, one.deaths) for one in Ledger.read(tmp_path / "ledger.csv")] == [
        ("V-E-1", Figure(2, 2, 2)),
        ("V-E-2", Figure(1, 1, 1)),
    ]


def test_many_reasons_fit_one_screen_and_all_stand_in_a_file(sim, tmp_path):
    names = [f"Group {number}" for number in range(300)]
    lines = [f"{number},2023-10-20,{name},Two,P,n" for number, name in enumerate(names * 2)]
    (tmp_path / "rows.csv").write_text("id,day,who,whom,place,note\n" + "\n".join(lines) + "\n")
    to = ("--map", CASES / "07-lookalike-rows-refuse-all" / "map.toml", "--into", tmp_path / "ledger.csv")
    done = sim("incidents", "import", "csv", tmp_path / "rows.csv", *to, "--findings", tmp_path / "all.csv")
    assert done.status == 1
    assert len(done.out.splitlines()) <= 24
    assert "600 rows: 0 incidents added; 600 rows left out, all of them listed." in done.out
    with (tmp_path / "all.csv").open() as file:
        found = list(csv.DictReader(file))
    assert [int(row["row"]) for row in found] == list(range(2, 602))
    assert {row["reason"] for row in found} == {f'"{name}" is not in [actors] of map.toml' for name in names}


def test_a_daily_table_grows_too(sim, tmp_path):
    (tmp_path / "map.toml").write_text(
        'prefix = "D"\nheld_out_from = 2023-10-13\n[columns]\ndate = ["y", "m", "d"]\nsirens = "n"\n'
    )
    rows = ["2023,10,9,3", "2023,October,11,1", "2023.0,10.0,14.0,8"]
    (tmp_path / "one.csv").write_text("y,m,d,n\n" + "\n".join(rows[:2]) + "\n")
    (tmp_path / "two.csv").write_text("y,m,d,n\n" + "\n".join([rows[0].replace(",3", ",4"), *rows[1:]]) + "\n")
    to = ("--map", tmp_path / "map.toml", "--into", tmp_path / "daily.csv")
    assert "2 days added" in sim("incidents", "import", "daily", tmp_path / "one.csv", *to).out
    done = sim("incidents", "import", "daily", tmp_path / "two.csv", *to, "--json")
    said = json.loads(done.out)
    assert {name: said[name] for name in ("added", "same", "changed")} == {"added": 1, "same": 1, "changed": 1}
    assert [(one["id"], one["detail"]) for one in said["findings"]] == [("2023-10-09", "sirens 3 to 4")]
    text = (tmp_path / "daily.csv").read_text().splitlines()
    assert text[1:] == [
        *("2023-10-09,calibration,3.0", "2023-10-10,calibration,", "2023-10-11,calibration,1.0"),
        *("2023-10-12,calibration,", "2023-10-13,held_out,", "2023-10-14,held_out,8.0"),
    ]
    assert "1 changed, taken" in sim("incidents", "import", "daily", tmp_path / "two.csv", *to, "--update").out
    assert (tmp_path / "daily.csv").read_text().splitlines()[1] == "2023-10-09,calibration,4.0"


def test_a_map_is_begun_from_a_file_and_serves_when_filled_in(sim, tmp_path):
    source = CASES / "04-ged-gaza-direction" / "ged.csv"
    done = sim("incidents", "map", "ged", source, "--theatre", SHIPPED / "theatre.toml", "--out", tmp_path / "map.toml")
    assert done.status == 0, done.err
    text = (tmp_path / "map.toml").read_text()
    assert "held_out_from = 2023-11-07" in text
    assert '# "Government of Alpha" =   # 3 times' in text
    filled = text.replace('# "Government of Alpha" = ', '"Government of Alpha" = "ISR"').replace(
        '# "Movement Beta" = ', '"Movement Beta" = "HAM"'
    )
    (tmp_path / "map.toml").write_text(filled.replace('# "Strip" = ', '"Strip" = "HAM"'))
    to = ("--map", tmp_path / "map.toml", "--into", tmp_path / "ledger.csv")
    assert "3 rows: 1 incident added; 2 rows left out" in sim("incidents", "import", "ged", source, *to).out
    again = sim("incidents", "map", "ged", source, "--out", tmp_path / "map.toml")
    assert (again.status, "is there already" in again.err) == (2, True)


@pytest.mark.parametrize("name", ["ucdp-ged", "acled"])
def test_the_shipped_maps_name_parties_and_rungs_of_their_theatre(name):
    from sim.evidence.importers.column_map import ActorMap
    from sim.scenario.theatre_file import read_theatre

    theatre = read_theatre(SHIPPED / "theatre.toml").theatre
    read = ActorMap.read(SHIPPED / "maps" / f"{name}.toml")
    assert {*read.actors.values(), *read.struck.values()} <= theatre.party_index.keys()
    assert all(0 < rung <= theatre.ladder.top for rung in read.rungs.values())

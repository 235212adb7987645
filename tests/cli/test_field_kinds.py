"""Further files of the kinds in ``test_field_cases``: each said something untrue, or nothing, once."""

from __future__ import annotations

import json

import pytest

from sim.evidence import Figure, Ledger

MAP = 'prefix = "C"\nheld_out_from = 2023-11-07\n[actors]\nOne = "ISR"\nTwo = "HZB"\n'
PLAIN = '[columns]\nid = "id"\ndate = "day"\ninitiator = "who"\ntarget = "whom"\n{}[constants]\nsource = "notes"\n{}'
ACLED = (
    "event_id_cnty,event_date,time_precision,event_type,sub_event_type,actor1,actor2,civilian_targeting,country,"
    "location,latitude,longitude,source,fatalities\n"
)


FIRST = '{"id": 1, "day": "2023-10-20", "who": "One", "whom": "Two"}'
SECOND = '{"id": 2, "day": "5 Oct 2023", "who": "Two", "whom": "One"}'


@pytest.fixture
def bring(sim, tmp_path):
    """Import a text by a map, and return the exit status and what was said as JSON."""

    def command(form, text, map, *options):
        (tmp_path / "rows.csv").write_bytes(text.encode())
        (tmp_path / "map.toml").write_text(map)
        to = ("--map", tmp_path / "map.toml", "--into", tmp_path / "ledger.csv", "--json", *options)
        done = sim("incidents", "import", form, tmp_path / "rows.csv", *to)
        return done.status, json.loads(done.out) if done.out else done.err

    return command


def plain(columns="", constants="", head=""):
    return MAP.replace("[actors]", f"{head}[actors]") + PLAIN.format(columns, constants)


def test_a_carriage_return_within_quotes_is_a_line_break(bring, tmp_path):
    """It made a ledger that nobody could read."""
    status, _ = bring("csv", 'id,day,who,whom,note\n1,2023-10-20,One,Two,"a\rb\r\nc"\n', plain('note = "note"\n'))
    assert (status, Ledger.read(tmp_path / "ledger.csv")["C-1"].note) == (0, "a\nb\nc")


@pytest.mark.parametrize(
    ("map", "words"),
    [
        (plain().replace('"HZB"', '""'), "actors.Two: is empty; leave a name out that stands for nobody"),
        (plain('split = "s"\n'), "split is not read: the last day of a row and held_out_from say it"),
        (plain(head='date_format = "%m/%Y"\n'), "date_format: must say year, month and day, as %d/%m/%Y does"),
        (plain(head='date_format = "%Q"\n'), "date_format: must say year, month and day"),
    ],
)
def test_a_map_that_could_not_be_meant_is_refused(bring, tmp_path, map, words):
    status, said = bring("csv", "id,day,who,whom,s\n1,2023-10-20,One,Two,held_out\n", map)
    assert (status, words in said) == (2, True), said
    assert not (tmp_path / "ledger.csv").exists()


def test_every_row_of_a_group_that_is_left_is_listed(bring):
    text = "event,day,who,whom\n,2023-10-20,One,Two\n,2023-10-21,One,Two\nNA,2023-10-22,One,Two\n"
    status, said = bring("csv", text, plain(head='group_by = "event"\n').replace('id = "id"\n', ""))
    assert (status, said["rows"], said["left_out"], said["added"]) == (1, 3, 3, 0)
    assert {one["reason"] for one in said["findings"]} == {"has no id"}


@pytest.mark.parametrize(
    ("columns", "constants", "cells", "deaths"),
    [
        ('killed_best = "k"\n', "", ("3", "NA"), Figure(low=3)),
        ('killed_best = "k"\n', "", ("3", "4"), Figure(best=7)),
        ('killed_low = "k"\n', "", ("3", ""), Figure(low=3)),
        ("", 'killed_best = "1"\n', ("", ""), Figure(best=2)),
        ("", "", ("", ""), Figure(2, 2, 2)),
    ],
)
def test_a_sum_over_a_group_says_no_more_than_its_rows(bring, tmp_path, columns, constants, cells, deaths):
    text = "event,day,who,whom,k\n" + "".join(f"7,2023-10-20,One,Two,{cell}\n" for cell in cells)
    map = plain(columns, constants, 'group_by = "event"\n').replace('id = "id"\n', "")
    status, said = bring("csv", text, map)
    (one,) = Ledger.read(tmp_path / "ledger.csv")
    assert (status, one.id, one.deaths) == (0, "C-7", deaths)
    assert [finding["kind"] for finding in said["findings"]] == (
        ["group"] if "NA" in cells or cells == ("3", "") else []
    )


def test_a_group_is_held_out_by_its_last_day(bring, tmp_path):
    text = "event,day,who,whom\n7,2023-11-06,One,Two\n7,2023-11-07,One,Two\n"
    bring("csv", text, plain(head='group_by = "event"\n').replace('id = "id"\n', ""))
    assert Ledger.read(tmp_path / "ledger.csv")["C-7"].split == "held_out"


def test_a_table_of_disputes_with_days_in_three_columns_is_read(bring, tmp_path):
    """As MID writes them: -9 is a day that is not known; an end makes a span."""
    text = "id,y,m,d,ey,em,ed,who,whom\n1,2023,10,5,2023,10,5,One,Two\n2,2023,10,5,2023,10,9,Two,One\n"
    text += "3,2023,10,-9,2023,10,9,Two,One\n"
    days = 'date_end = ["ey", "em", "ed"]\n'
    status, said = bring("csv", text, plain(days).replace('date = "day"', 'date = ["y", "m", "d"]'))
    one, span = Ledger.read(tmp_path / "ledger.csv")
    assert (one.time_precision, one.date_end, span.time_precision, str(span.date_end)) == (
        "day",
        None,
        "span",
        "2023-10-09",
    )
    assert (status, [finding["row"] for finding in said["findings"]]) == (0, [4])


@pytest.mark.parametrize(
    ("kind", "target", "aimed", "civilians", "said"),
    [
        ("Explosions/Remote violence", "Two", "NA", None, []),
        ("Explosions/Remote violence", "Two", "Civilian targeting", 4, ["all dead are booked as civilians"]),
        ("Violence against civilians", "Civilians (Northland)", "Civilian targeting", 4, []),
        ("Battles", "Two", "", None, ["the dead of both sides"]),
        ("Battles", "Two", "Civilian targeting", None, ["the dead of both sides", "it is not known how many"]),
    ],
)
def test_dead_of_acled_are_civilians_where_they_were_the_target(bring, tmp_path, kind, target, aimed, civilians, said):
    row = f"L1,20 October 2023,1,{kind},Shelling,One,{target},{aimed},Northland,Alder,33.1,35.4,,4\n"
    _, found = bring("acled", ACLED + row, MAP + '[struck]\nNorthland = "HZB"\n')
    (one,) = Ledger.read(tmp_path / "ledger.csv")
    assert (one.killed, one.killed_civilian, one.source) == (4, civilians, "ACLED")
    assert len(found["findings"]) == len(said)
    assert all(finding["reason"].startswith(words) for finding, words in zip(found["findings"], said, strict=True))
    again = bring("acled", ACLED + row, MAP + '[struck]\nNorthland = "HZB"\n')[1]
    assert (again["same"], again["changed"]) == (1, 0)


@pytest.mark.parametrize(
    ("actor1", "actor2", "kind", "words"),
    [
        ("Civilians (Northland)", "One", "direction", "civilians are no party that acts"),
        ("One", "Civilians (Southland)", "unmapped actor", "[struck] can say whose they are"),
    ],
)
def test_civilians_without_a_side_are_listed(bring, actor1, actor2, kind, words):
    place = "Alder" if actor2 == "One" else "Birch"
    row = f"L1,20 October 2023,1,Violence against civilians,Attack,{actor1},{actor2},,Eastland,{place},33.1,35.4,x,6\n"
    status, said = bring("acled", ACLED + row, MAP + '[struck]\nAlder = "HZB"\n')
    (finding,) = said["findings"]
    assert (status, finding["kind"], words in finding["text"]) == (1, kind, True)


def test_a_column_that_stands_twice_is_refused_where_it_is_read(bring):
    status, said = bring("acled", ACLED.replace("country", "civilian_targeting"), MAP)
    assert (status, "column civilian_targeting: stands 2 times" in said) == (2, True)


@pytest.mark.parametrize("times", [1, 500])
def test_a_party_that_a_theatre_has_not_is_one_sentence(bring, times):
    rows = "".join(f"{number},2023-10-20,One,Two\n" for number in range(times))
    theatre = ("--theatre", "scenarios/lebanon-2023/theatre.toml")
    status, said = bring("csv", "id,day,who,whom\n" + rows, plain().replace("HZB", "HBZ"), *theatre)
    assert (status, said.count("\n")) == (2, 1)
    assert f'{times} new row{"s" * (times > 1)}: "HBZ" is no party; did you mean "HZB"?' in said


def test_a_trigger_that_no_row_has_is_listed(bring):
    text = "id,day,who,whom,why\n1,2023-10-20,One,Two,Oct-7\n2,2023-10-21,Two,One,C-1\n3,2023-10-21,Two,One,words\n"
    status, said = bring("csv", text, plain('stated_trigger = "why"\n'))
    assert (status, said["added"], said["left_out"]) == (0, 1, 2)
    assert [one["kind"] for one in said["findings"] if not one["imported"]] == ["trigger", "trigger"]


@pytest.mark.parametrize("name", ["rows.csv", "map.toml", "ledger.csv"])
def test_findings_overwrite_no_file_of_the_import(bring, tmp_path, name):
    text = "id,day,who,whom\n1,2023-10-20,One,Two\n"
    bring("csv", text, plain())
    before = (tmp_path / name).read_bytes()
    status, said = bring("csv", text, plain(), "--findings", tmp_path / name)
    assert (status, "is a file of this import; choose another" in said) == (2, True)
    assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ID,DAY,who,whom\n1,2023-10-20,One,Two\n", 'column id: is missing; is it "ID"?'),
        ("1,2023-10-20,One,Two\n", "has no header: no line names one of the columns id, day, who, whom"),
        ("id,day,who,whom,who\n1,2023-10-20,One,Two,x\n", "column who: stands 2 times in the header"),
    ],
)
def test_a_header_that_does_not_fit_names_the_cause(bring, text, words):
    status, said = bring("csv", text, plain())
    assert (status, words in said) == (2, True), said


@pytest.mark.parametrize(
    "text",
    [
        FIRST + "\n" + SECOND + "\n",
        f'{{"rows": [{FIRST}, {SECOND}], "fields": [{{"a": 1}}]}}',
        "[Sample export]\nid,day,who,whom\n1,2023-10-20,One,Two\n2,2023-10-21,Two,One\n",
    ],
)
def test_other_ways_of_writing_rows_are_read(bring, text):
    status, said = bring("csv", text, plain())
    assert (status, said["rows"], said["added"]) == (0, 2, 2)


def test_a_map_of_a_table_lists_its_columns(sim, tmp_path):
    (tmp_path / "rows.csv").write_text("id;day;who\n1;2;3\n")
    shown = sim("incidents", "map", "csv", tmp_path / "rows.csv").out
    assert shown.count("#  = ") == 3
    assert '#  = "day"' in shown


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1e300", "is 1e300; allowed: 0 to 1,000,000,000"),
        ("-1", "is -1; allowed: 0 or more"),
        ("1,5", "is not a number"),
    ],
)
def test_a_count_that_cannot_be_meant_is_listed(bring, cell, words):
    text = f'id,day,who,whom,k\n1,2023-10-20,One,Two,"{cell}"\n'
    status, said = bring("csv", text, plain('killed_best = "k"\n'))
    assert (status, words in said["findings"][0]["text"]) == (1, True)


def test_a_day_that_two_rows_contradict_is_lost_with_both_told(sim, tmp_path):
    (tmp_path / "map.toml").write_text('prefix = "D"\nheld_out_from = 2023-11-07\n[columns]\ndate = "t"\ndead = "n"\n')
    (tmp_path / "rows.csv").write_text("t,n\n2023-10-01,3\n2023-10-01,4\n")
    to = ("--map", tmp_path / "map.toml", "--into", tmp_path / "daily.csv", "--json")
    done = sim("incidents", "import", "daily", tmp_path / "rows.csv", *to)
    assert (done.status, json.loads(done.out)["left_out"], (tmp_path / "daily.csv").exists()) == (1, 2, False)
    (tmp_path / "rows.csv").write_text("t,n\n1923-10-01,3\n2023-10-01,4\n")
    (gap,) = json.loads(sim("incidents", "import", "daily", tmp_path / "rows.csv", *to).out)["findings"]
    assert (gap["kind"], gap["detail"]) == ("gap", "1923-10-01")

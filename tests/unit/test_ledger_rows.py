"""The ledger of an invented record: what filters, a replay and the table take, and what is checked of one row."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from records import INCIDENTS, START

from sim.core.errors import InputError
from sim.evidence import UNKNOWN, Figure, Ledger
from sim.evidence.incident_rows import COLUMNS
from sim.evidence.ledger_merge import describe_incident, merge_incidents, parse_incident
from sim.evidence.replay import choose_acts

GOOD = {
    **{"id": "A-01", "split": "calibration", "date": "2023-10-08", "time_precision": "day", "kind": "act"},
    **{"initiator": "SOU", "target": "NOR", "leader_killed": "false", "rung": "2", "certainty": "S+A"},
    **{"in_article": "false", "source": "a wire"},
}


@pytest.mark.parametrize(
    ("conditions", "numbers"),
    [
        ({}, "123456789"),
        ({"since": date(2023, 10, 15)}, "2345679"),
        ({"until": date(2023, 10, 15)}, "128"),
        ({"since": date(2023, 10, 31), "until": date(2023, 11, 6)}, "45"),
        ({"initiator": "NOR"}, "137"),
        ({"initiator": ["SOU", "EAS"]}, "2456"),
        ({"target": "SOU"}, "169"),
        ({"initiator": "NOR", "target": ["EAS", "NOR"]}, "3"),
        ({"split": "held_out"}, "56"),
        ({"split": ["held_out", "calibration"]}, "123456789"),
        ({"kind": ["signal", "exogenous"]}, "78"),
        ({"rung": 3}, "2"),
        ({"rung": range(4, 6)}, "46"),
        ({"in_article": True}, "14"),
        ({"in_article": False}, "2356789"),
        ({"certainty": "A"}, "24"),
        ({"certainty": ["M", "A"]}, "234"),
    ],
)
def test_a_filter_takes_what_meets_every_condition(conditions, numbers):
    record = Ledger(INCIDENTS, ("EAS", "FAR", "NOR", "SOU", UNKNOWN))
    found = record.filter(**conditions)
    assert [one.id for one in found] == [f"r-{number}" for number in numbers]
    assert found.parties == record.parties
    assert [found[one.id] for one in found] == list(found)


@pytest.mark.parametrize(
    ("before", "split", "numbers"),
    [
        (START, "calibration", "124"),
        (date(2023, 11, 6), "calibration", "12"),
        (date(2023, 11, 9), None, "1245"),
        (date(2023, 11, 8), None, "124"),
        (date(2024, 1, 1), "held_out", "56"),
        (date(2023, 12, 4), "held_out", "5"),
        (date(2023, 10, 9), None, ""),
    ],
)
def test_a_replay_takes_acts_of_known_parties_and_rungs_that_ended_before(before, split, numbers):
    """In the order of time, whatever that of the file; the middle of the span is later than the act before it."""
    for rows in (INCIDENTS, INCIDENTS[::-1]):
        assert [one.id for one in choose_acts(rows, before, split=split).acts] == [f"r-{number}" for number in numbers]


def test_acts_of_one_moment_keep_the_order_of_the_file():
    rows = [replace(INCIDENTS[5], id=id) for id in ("b-2", "a-1", "c-3")]
    assert [one.id for one in choose_acts(rows, START + timedelta(days=60), split=None).acts] == ["b-2", "a-1", "c-3"]


def test_the_table_has_every_figure_in_its_column_and_unknown_apart_from_zero():
    table = Ledger(INCIDENTS).table.set_index("id")
    assert tuple(Ledger(INCIDENTS).table.columns) == COLUMNS
    columns = ["killed_low", "killed_best", "killed_high", "killed_military_best", "killed_civilian_high"]
    columns += [
        "launches_claimed",
        "launches_counted",
        "initiator_killed",
        "rung_low",
        "rung",
        "rung_high",
        "lag_hours",
    ]
    assert table.loc["r-1", columns].tolist() == [3, 4, 6, 1, 5, 11, 17, 7, 1, 2, 4, pd.NA]
    assert table.loc["r-3", "launches_counted"] == 0
    kinds = {name: str(kind) for name, kind in table.dtypes.items() if str(kind) in ("Int64", "Float64")}
    counts = [f"killed{part}_{end}" for part in ("", "_military", "_civilian") for end in ("low", "best", "high")]
    counts += ["launches_claimed", "launches_counted", "initiator_killed", "rung_low", "rung", "rung_high"]
    numbers = ["latitude", "longitude", "lag_hours", "depth_km"]
    assert kinds == dict.fromkeys(counts, "Int64") | dict.fromkeys(numbers, "Float64")
    assert table["killed_best"].isna().tolist() == [False, False, True, False, False, True, True, False, False]
    assert table.loc["r-2", ["certainty", "lag_hours", "charged"]].tolist() == ["S+A", 10.5, "EAS"]
    assert table.loc["r-5", ["date", "date_end"]].tolist() == [pd.Timestamp(2023, 11, 5), pd.Timestamp(2023, 11, 8)]


@pytest.mark.parametrize("place", ["initiator", "target", "charged"])
def test_what_is_added_names_parties_of_the_theatre_only(tmp_path, place):
    path, given = tmp_path / "a.csv", ["NOR", "SOU", "EAS"]
    first = replace(INCIDENTS[8], target="WES", charged="FAR")
    merge_incidents(path, [first]).write()
    assert Ledger.read(path).parties == ("FAR", UNKNOWN, "WES")
    added = replace(INCIDENTS[1], stated_trigger="", charged="EAS")
    with pytest.raises(InputError, match=r'1 new row: "XXX" is no party'):
        merge_incidents(path, [added, replace(added, **{place: "XXX"})], given)
    assert len(Ledger.read(path)) == 1
    unnamed = replace(INCIDENTS[0], **{place: UNKNOWN})
    merge_incidents(path, [added, unnamed], given).write()
    assert [one.id for one in Ledger.read(path)] == ["r-9", "r-2", "r-1"]


def test_one_incident_is_checked_as_a_row_of_the_ledger_is(tmp_path):
    one = parse_incident(GOOD | {"killed_low": "3", "killed_high": "7"}, tmp_path / "a.csv")
    assert (one.id, one.dyad, one.deaths, one.certainty) == ("A-01", "SOU-NOR", Figure(3, None, 7), ("S", "A"))
    described = describe_incident(one)
    assert described.startswith(
        "id A-01; split calibration; date 2023-10-08; time_precision day; initiator SOU; target NOR"
    )
    assert "killed_low 3; killed_high 7; rung 2; certainty S+A; source a wire" in described
    with pytest.raises(InputError) as caught:
        parse_incident(GOOD | {"rnug": "3", "rung": "9", "target": "NORR"}, tmp_path / "a.csv", ["NOR", "SOU"])
    assert [problem.key for problem in caught.value.problems] == [
        "rnug",
        *(f"new row (id A-01), {c}" for c in ("rung", "target")),
    ]

"""``sim incidents import``, ``validate`` and ``add``."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest

SHIPPED = Path(__file__).parents[2] / "scenarios" / "lebanon-2023"
GIVEN = ("split=calibration", "date=2023-10-20", "initiator=HZB", "target=ISR", "source=a report")


def test_an_incident_is_added_if_the_ledger_with_it_is_in_order(sim, tmp_path):
    path = Path(shutil.copy(SHIPPED / "ledger.csv", tmp_path))
    done = sim("incidents", "add", "id=N-1", *GIVEN, "--ledger", path, "--theatre", SHIPPED / "theatre.toml", "--json")
    assert done.status == 0, done.err
    why = "without a rung"
    assert json.loads(done.out) == {"id": "N-1", "incidents": 93, "replayed": False, "why_not": why}
    assert path.read_text(encoding="utf-8").startswith((SHIPPED / "ledger.csv").read_text())


def test_a_wrong_incident_leaves_the_ledger_as_it_is(sim, tmp_path):
    path = Path(shutil.copy(SHIPPED / "ledger.csv", tmp_path))
    before = path.read_bytes()
    cells = ("id=N-1", *GIVEN, "target=ISRR", "rnug=3")
    done = sim("incidents", "add", *cells, "--ledger", path, "--theatre", SHIPPED / "theatre.toml")
    assert done.status == 2
    assert 'did you mean "ISR"' in done.err
    assert 'did you mean "rung"' in done.err
    assert path.read_bytes() == before


def test_validate_names_the_rows_that_contradict_a_tally(sim, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(SHIPPED, folder)
    path = folder / "ledger.csv"
    good = sim("incidents", "validate", "--ledger", path, "--theatre", folder / "theatre.toml")
    assert good.status == 0, good.err
    assert "contradict no tally" in good.out.replace("\n", " ")
    path.write_text(path.read_text().replace("missiles,,6,2,2,2,1,1,1,1,1,1,", "missiles,,6,9,9,9,8,8,8,1,1,1,"))
    bad = sim("incidents", "validate", "--ledger", path, "--theatre", folder / "theatre.toml")
    assert bad.status == 2
    assert "S3.1-17 (9)" in bad.err


def test_an_import_lists_every_row_that_it_leaves_out(sim, tmp_path):
    (tmp_path / "map.toml").write_text(
        'prefix = "P"\nheld_out_from = 2023-11-07\n[actors]\nhez = "HZB"\nisr = "ISR"\n[columns]\nid = "n"\n'
        'date = "d"\ninitiator = "a"\ntarget = "b"\n[constants]\nsource = "mine"\n'
    )
    (tmp_path / "mine.csv").write_text("n,d,a,b\n1,2023-10-09,hez,isr\n2,2023-10-09,hezz,isr\n1,2023-10-10,isr,hez\n")
    to = ("--map", tmp_path / "map.toml", "--into", tmp_path / "ledger.csv")
    dry = json.loads(sim("incidents", "import", "csv", tmp_path / "mine.csv", *to, "--dry-run", "--json").out)
    assert (dry["rows"], dry["left_out"]) == (3, 2)
    assert not (tmp_path / "ledger.csv").exists()
    done = sim("incidents", "import", "csv", tmp_path / "mine.csv", *to)
    assert done.status == 0, done.err
    assert "unmapped actor" in done.out
    assert "duplicate" in done.out
    assert len((tmp_path / "ledger.csv").read_text().splitlines()) == 2


@pytest.fixture
def daily(tmp_path):
    """The arguments of an import of a table by day, but for where it goes."""
    (tmp_path / "map.toml").write_text(
        'prefix = "D"\nheld_out_from = 2023-11-07\n[columns]\ndate = "t"\nsirens = "n"\n'
    )
    (tmp_path / "mine.csv").write_text("t,n\n2023-10-09,3\n2023-10-11,1\n")
    return ("incidents", "import", "daily", tmp_path / "mine.csv", "--map", tmp_path / "map.toml", "--into")


def test_a_daily_table_is_made_whole(sim, daily, tmp_path):
    done = sim(*daily, tmp_path / "daily.csv")
    assert done.status == 0, done.err
    rows = (tmp_path / "daily.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["date", "2023-10-09", "2023-10-10", "2023-10-11"]


def test_a_daily_table_where_nothing_can_be_written_is_one_sentence(sim, daily, tmp_path):
    done = sim(*daily, tmp_path / "nowhere" / "daily.csv")
    assert (done.status, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert f"{tmp_path / 'nowhere' / 'daily.csv'}: cannot be written" in done.err


def test_a_full_disk_leaves_no_half_of_a_daily_table_and_the_second_try_goes_well(sim, daily, tmp_path, monkeypatch):
    def half(path, content):
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", half)
        done = sim(*daily, tmp_path / "daily.csv")
    assert (done.status, done.out) == (2, "")
    assert "the disk is full" in done.err
    assert done.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["map.toml", "mine.csv"]
    assert sim(*daily, tmp_path / "daily.csv").status == 0

"""``sim sweep`` until odds are known, for a time, or by shares: what it prints, and what does not go together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command
from tiny import BASE, write_scenario

pytestmark = pytest.mark.usefixtures("plain_pictures")


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_scenario(tmp_path / "scenarios")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_precision_decides_on_the_replicates(sim: Command, scenario: Path, tmp_path: Path):
    asked = ("--until-se", "0.02", "--question", "Q1", "--horizon", "8", "--max-replicates", "3000", "--jobs", "1")
    done = sim("sweep", scenario, *asked, "--out", tmp_path / "out")
    assert done.status == 0
    assert "Wald's identity" in " ".join(done.out.split())
    assert (tmp_path / "out" / "tiny" / "stopping.csv").is_file()
    shown = sim("results", "show", tmp_path / "out" / "tiny")
    assert "one looked after each round" in " ".join(shown.out.split())
    stopped = sim("results", "show", tmp_path / "out" / "tiny", "--table", "stopping").out
    assert "Where each point stopped: standard error up to 2.00 % asked" in stopped
    assert "precision reached" in stopped
    (record,) = json.loads(sim("sweep", scenario, *asked, "--out", tmp_path / "out", "--json").out)
    assert {row["stopped"] for row in record["stopping"]} == {"precision reached"}
    assert record["manifest"]["replicates_of_points"] == [1000, 1000]


def test_all_questions_at_all_horizons_are_asked_if_none_is_named(sim: Command, scenario: Path, tmp_path: Path):
    done = sim("sweep", scenario, "--until-halfwidth", "0.2", "--out", tmp_path / "out", "--jobs", "1", "--json")
    (record,) = json.loads(done.out)
    rule = record["manifest"]["stopping"]
    assert (rule["questions"], rule["horizons"], rule["max_replicates"]) == (["Q1", "Q5", "Q8"], [2, 5, 8], 400)


WRONG = {
    "precision out of bounds": (("--until-se", "0.7"), "--until-se: 0.7 is out of bounds"),
    "no number": (("--until-se", "nan"), "--until-se: nan is out of bounds"),
    "two precisions": (("--until-se", "0.1", "--until-halfwidth", "0.1"), "only one of --until-halfwidth and"),
    "most without precision": (("--max-replicates", "10"), "says something only with --until-halfwidth"),
    "question of nobody": (("--question", "Q11"), '--question: "Q11" is not asked in tiny; did you mean "Q1"?'),
    "day beyond": (("--horizon", "9"), "--horizon: 9 is out of bounds; it must be between 1 and 8 days"),
    "days beyond": (("--days", "9"), "--days: 9 is out of bounds; it must be between 1 and 8"),
    "most without end": (("--until-se", "0.1", "--max-replicates", "9" * 14), "must lie between 1 and 1,000,000,000"),
    "most below one": (("--until-se", "0.1", "--max-replicates", "0"), "--max-replicates: 0 is out of bounds"),
    "fixed number too": (("--until-se", "0.1", "--replicates", "9"), "--replicates: a precision decides"),
    "shard of rounds": (("--until-se", "0.1", "--shard", "1/2"), "--shard: a precision is judged on all blocks"),
    "unknown question": (("--until-se", "0.1", "--question", "Q11"), '"Q11" is not asked in tiny; did you mean "Q1"?'),
    "unknown horizon": (("--until-se", "0.1", "--horizon", "6"), "6 is not a horizon of tiny; they are 2, 5, 8"),
    "no shard": (("--shard", "9/8"), '--shard: must be like 3/8, from 1/8 to 8/8, not "9/8"'),
    "no time": (("--time-limit", "soon"), '--time-limit: must be like 90s, 10m or 2h, and above 0, not "soon"'),
    "time of nothing": (("--time-limit", "0m"), "--time-limit: must be like 90s"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_go_together_is_one_sentence(name: str, sim: Command, scenario: Path, tmp_path: Path):
    options, words = WRONG[name]
    done = sim("sweep", scenario, *options, "--out", tmp_path / "out")
    assert done.status == 2
    assert done.out == ""
    assert words in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_shards_write_no_table_until_they_are_merged(sim: Command, scenario: Path, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ("--replicates", "40", "--jobs", "1")
    for place in ("1", "2"):
        done = sim("sweep", scenario, *options, "--shard", f"{place}/2", "--out", f"shard-{place}")
        assert (done.status, done.out) == (0, "")
        assert "40 of 80 replicates are done, so no table was written" in done.err
        assert not list(Path(f"shard-{place}").rglob("odds.csv"))
    part = sim("results", "merge", "shard-1/tiny", "--into", "tiny")
    assert part.status == 1
    assert "results/tiny: 1 of 2 blocks still lack: point 1, replicates 0 to 39." in part.out
    (record,) = [json.loads(sim("results", "merge", "shard-1/tiny", "--into", "tiny", "--json").out)]
    assert record["lacking"] == ["point 1, replicates 0 to 39"]
    assert not Path("results/tiny/odds.csv").exists()
    whole = sim("results", "merge", "shard-1/tiny", "shard-2/tiny", "--into", "tiny")
    assert whole.status == 0
    alone = sim("sweep", scenario, *options, "--out", "quiet")
    assert whole.out.splitlines()[:-2] == alone.out.splitlines()[:-2], "all but the names of the folders"
    assert files(Path("results")) == files(Path("quiet"))


def test_the_last_shard_of_a_shared_folder_writes_the_tables(sim: Command, scenario: Path, tmp_path: Path):
    options = ("--replicates", "40", "--jobs", "1")
    for place in ("2", "1"):
        last = sim("sweep", scenario, *options, "--shard", f"{place}/2", "--out", tmp_path / "shared")
    alone = sim("sweep", scenario, *options, "--out", tmp_path / "quiet")
    assert last.out.splitlines()[:-2] == alone.out.splitlines()[:-2], "all but the names of the folders"
    assert files(tmp_path / "shared") == files(tmp_path / "quiet")


def test_a_plain_sweep_whose_time_is_over_goes_on_with_the_same_command(sim: Command, tmp_path: Path):
    plain = write_scenario(tmp_path / "scenarios", BASE)
    options = ("--replicates", "4500", "--jobs", "1", "--out", tmp_path / "out")
    done = sim("sweep", plain, *options, "--time-limit", "0.001")
    assert (done.status, done.out) == (0, "")
    assert "4,000 of 4,500 replicates are done, so no table was written" in done.err
    assert "Q1 Left-Right war" in sim("sweep", plain, *options).out

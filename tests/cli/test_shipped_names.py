"""Every command takes a shipped scenario or theatre by its name where there is no clone around."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command

from sim.core.shipped_data import find_beside_theatre, shipped_scenarios

FEW = ("--replicates", "8", "--quiet")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "symmetric/tit-for-tat", "--days", "3", *FEW),
        ("run", "lebanon-2023/baseline.toml", "--days", "2", *FEW),
        ("sweep", "symmetric/tit-for-tat", "--plan", *FEW[:2]),
        ("solve", "symmetric/tit-for-tat", "--factor", "party.LEFT.baseline", "--question", "Q1", "--horizon", "30",
         "--odds", "0.5", "--jobs", "1", *FEW),
        ("scenario", "check", "symmetric/tit-for-tat", "lebanon-2023/forgiveness"),
        ("scenario", "show", "lebanon-2023/baseline"),
        ("tournament", "--theatre", "symmetric/tit-for-tat", "--policies", "tit_for_tat,none", "--days", "3", "--noise",
         "0", "--replicates", "12", "--quiet"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)  # fmt: skip
@pytest.mark.slow
def test_a_command_takes_a_shipped_name(arguments: tuple[str, ...], sim: Command):
    done = sim(*arguments)
    assert done.status == 0, done.err
    assert done.out


@pytest.mark.usefixtures("plain_pictures")
def test_a_sweep_by_name_is_verified_without_a_file(sim: Command):
    assert sim("sweep", "symmetric/tit-for-tat", "--jobs", "1", *FEW).status == 0
    done = sim("results", "verify", "tit-for-tat")
    assert done.status == 0, done.out
    assert "replicates" in done.out


def test_shipped_scenarios_are_listed_beside_those_of_the_folder(sim: Command, elsewhere: Path):
    rows = json.loads(sim("scenario", "list", "--json").out)
    assert [row["file"] for row in rows] == list(shipped_scenarios())
    assert {"lebanon-2023/forgiveness", "symmetric/tit-for-tat"} <= {row["file"] for row in rows}
    assert "lebanon-2023/forgiveness" in sim("scenario", "list").out
    own = elsewhere / "scenarios" / "own.toml"
    own.parent.mkdir()
    own.write_text('title = "Own"\nbase = "base.toml"\n', encoding="utf-8")
    (own.parent / "base.toml").write_text(
        shipped_scenarios()["symmetric/tit-for-tat"]
        .read_text(encoding="utf-8")
        .replace('"theatre.toml"', f'"{find_beside_theatre("symmetric", "theatre.toml").as_posix()}"'),
        encoding="utf-8",
    )
    files = [row["file"] for row in json.loads(sim("scenario", "list", "--json").out)]
    assert files == ["scenarios/base.toml", "scenarios/own.toml", *shipped_scenarios()]


def test_a_clone_lists_each_once(sim: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    files = [row["file"] for row in json.loads(sim("scenario", "list", "--json").out)]
    assert len(files) == len(shipped_scenarios())
    assert all(file.startswith("scenarios/") for file in files)


@pytest.mark.parametrize("name", ["lebanon-2023", "scenarios/lebanon-2023/ledger.csv", "lebanon-2023/ledger.csv"])
def test_a_file_beside_a_shipped_theatre_is_found(name: str, elsewhere: Path):
    assert find_beside_theatre(name, "ledger.csv").parts[-3:] == ("scenarios", "lebanon-2023", "ledger.csv")
    own = elsewhere / name
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("own", encoding="utf-8")
    assert find_beside_theatre(name, "ledger.csv") == Path(name), "a file comes before a name"


def test_what_is_neither_a_file_nor_a_theatre_is_given_back():
    assert find_beside_theatre("lebanon-2032", "theatre.toml") == Path("lebanon-2032")

"""``sim tournament``: tables, pictures, refusals; the folder is there whole or as it was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from command import Command, run

from sim.core.errors import OutputError
from sim.sweeps import atomic_folder as folder_of

SMALL = ("--policies", "tit_for_tat,none,grim_trigger", "--replicates", "12", "--days", "6", "--quiet")
TABLES = {"ranking.csv", "matches.csv", "population.csv", "fixation.csv", "manifest.json"}


def folder_in(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (out / "symmetric").iterdir()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a tournament on a theatre was made."""
    out = tmp_path_factory.mktemp("made")
    done = run("tournament", *SMALL, "--noise", "0,0.1", "--out", out)
    assert (done.status, done.err) == (0, "")
    return out


def test_on_a_theatre(made: Path):
    files = folder_in(made)
    pictures = {"harm-suffered.png", "harm-done.png", "war.png", "fixation.png", "population.png"}
    assert set(files) == TABLES | pictures | {"days-at-rung.csv"}
    assert all(files[name].startswith(b"\x89PNG") for name in pictures)
    ranks = pd.read_csv(made / "symmetric" / "ranking.csv")
    assert ranks.groupby(["noise", "measure"])["policy"].apply(set).map(len).tolist() == [3] * 6


def test_the_same_seed_writes_the_same_bytes_and_another_seed_other_figures(sim: Command, made: Path, tmp_path: Path):
    for seed in ((), ("--seed", "2")):
        assert sim("tournament", *SMALL, "--noise", "0,0.1", "--out", tmp_path / str(len(seed)), *seed).status == 0
    before = folder_in(made)
    assert folder_in(tmp_path / "0") == before
    other = folder_in(tmp_path / "2")
    assert all(other[name] != before[name] for name in ("manifest.json", "ranking.csv", "matches.csv"))


@pytest.mark.usefixtures("plain_pictures")
def test_in_the_dilemma(sim: Command, tmp_path: Path):
    done = sim("tournament", "--theatre", "dilemma", *SMALL, "--noise", "0.2", "--out", str(tmp_path), "--json")
    shown = json.loads(done.out)
    assert shown["manifest"]["turns"] == 6
    assert {row["measure"] for row in shown["ranking"]} == {"points", "cooperation", "met"}
    assert sum(row["moran_share"] for row in shown["population"]) == pytest.approx(1.0)
    assert {path.name for path in (tmp_path / "dilemma").iterdir()} >= TABLES


@pytest.mark.usefixtures("plain_pictures")
def test_a_scenario_and_a_policy_of_ones_own(sim: Command, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\nfrom sim.policies import Policy, Response\n\n"
        '@dataclass(frozen=True)\nclass Half(Policy):\n    """Answer half."""\n\n'
        "    def respond(self, view, draw):\n        return Response(0.5, view.provocation)\n"
    )
    scenario = Path(__file__).parents[2] / "scenarios" / "symmetric" / "tit-for-tat.toml"
    rule = "mine.py:Half"
    few = ("--replicates", "12", "--days", "3", "--noise", "0", "--out", str(tmp_path / "out"))
    done = sim("tournament", "--theatre", str(scenario), "--policies", f"{rule},none", *few)
    assert done.status == 0, done.err
    assert "ensembles" in done.err
    assert "says nothing of any real party" in done.out.replace("\n  ", " ")
    assert max(map(len, done.out.splitlines())) <= 140
    said = json.loads((tmp_path / "out" / "tit-for-tat" / "manifest.json").read_text())
    assert list(said["rules"]) == [rule]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--noise", "much"), "is not a list of numbers"),
        (("--noise", "0,2"), "between 0 and 1"),
        (("--noise", "0,0"), "different numbers"),
        (("--policies", "none"), "at least two policies"),
        (("--policies", "none,nothing"), 'policy "nothing": unknown'),
        (("--replicates", "11"), "must be at least 12"),
        (("--replicates", "11", "--theatre", "dilemma"), "must be at least 12"),
        (("--replicates", "95", "--theatre", "lebanon-2023"), "must be at least 96"),
        (("--theatre", "moon"), "neither a theatre nor a scenario;"),
    ],
)
def test_wrong_usage_is_one_sentence(arguments, words, sim: Command, tmp_path: Path):
    done = sim("tournament", *arguments, "--out", str(tmp_path / "out"))
    assert done.status == 2
    assert words in done.err
    assert "Traceback" not in done.err
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_folder_of_other_things_is_left_alone(sim: Command, tmp_path: Path):
    (tmp_path / "symmetric").mkdir()
    (tmp_path / "symmetric" / "precious.txt").write_text("mine")
    done = sim("tournament", *SMALL, "--out", str(tmp_path))
    assert done.status == 2
    assert "holds something else than a tournament" in done.err
    (tmp_path / "file").write_text("")
    assert "is a file" in sim("tournament", *SMALL, "--out", str(tmp_path / "file")).err


def test_the_folder_is_written_whole_or_stays_as_it_was(tmp_path: Path, monkeypatch):
    folder = tmp_path / "symmetric"
    old = {"manifest.json": b'{"kind": "tournament"}', "ranking.csv": b"old"}
    folder_of.write_folder(folder, old)
    folder_of.write_folder(folder, {**old, "ranking.csv": b"new"})
    assert (folder / "ranking.csv").read_bytes() == b"new"
    rename = Path.rename

    def interrupted(path: Path, target: Path) -> Path:
        if "-new-" in path.name:
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        folder_of.write_folder(folder, old)
    assert (folder / "ranking.csv").read_bytes() == b"new"
    monkeypatch.setattr(Path, "rename", rename)
    monkeypatch.setattr(Path, "write_bytes", lambda path, content: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OutputError, match="No space left"):
        folder_of.write_folder(folder, old)
    assert (folder / "ranking.csv").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["symmetric"], "nothing half-written is left"


@pytest.mark.usefixtures("plain_pictures")
def test_a_trial_does_not_replace_another_tournament_and_the_same_one_may_be_made_again(
    sim: Command, made: Path, tmp_path: Path
):
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    before = folder_in(tmp_path)
    done = sim("tournament", *SMALL, "--noise", "0.2", "--out", tmp_path)
    assert done.status == 2
    assert "belongs to another tournament: noises" in done.err
    assert folder_in(tmp_path) == before
    (tmp_path / "symmetric" / "ranking.csv").write_text("stale")
    assert sim("tournament", *SMALL, "--noise", "0,0.1", "--out", tmp_path).status == 0
    assert (tmp_path / "symmetric" / "ranking.csv").read_bytes() == before["ranking.csv"]

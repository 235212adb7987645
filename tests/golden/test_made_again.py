"""Every shipped folder is made again whole by its command, by night: the committed files are what the code makes.

Pictures are left out, because their bytes hang on the version of matplotlib; `results/benchmarks`, which holds timings
of a machine; and the three tables of recovery, which earlier code made (`results/validation/README.md`).
"""

from __future__ import annotations

import importlib
import shlex
import shutil
import sys
from pathlib import Path

import committed
import pandas as pd
import pyarrow.parquet as pq
import pytest
from committed import RESULTS, SWEEPS, manifest_of
from pages import output_of
from validation import page
from validation import table as validation_table

sys.path.insert(0, str(Path(__file__).parents[1] / "validation"))

import likelihood_free
import ranks

pytestmark = pytest.mark.nightly

THEATRE = "scenarios/lebanon-2023"
AFTERWARDS = {"uncertainty": ("sensitivity --question Q1", "discover")}
"""What is asked of a sweep once it has run, and leaves tables there."""
READ_BY = {".json": committed.said_by, ".html": committed.words_of}


def assert_same(made: Path, shipped: Path) -> None:
    """Compare every committed file of a folder with the one that was made again."""
    names = {path.name for path in shipped.iterdir()} - committed.LOCAL
    assert {path.name for path in made.iterdir() if not path.name.startswith(".")} - committed.LOCAL == names
    different = []
    for name in sorted(name for name in names if not name.endswith(".png")):
        read = READ_BY.get(Path(name).suffix, bytes)
        if read((made / name).read_bytes()) != read((shipped / name).read_bytes()):
            different.append(name)
    assert different == []


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_is_made_again(name, tmp_path):
    if name != "policy-pairs":
        # The spread over the policies is read from the structural sweep beside a folder.
        shutil.copytree(RESULTS / "policy-pairs", tmp_path / "policy-pairs")
    seed = manifest_of(RESULTS / name)["seed"]
    output_of(f"sim sweep {THEATRE}/{name}.toml --seed {seed} --jobs 2 --quiet --out {tmp_path}")
    for asked in AFTERWARDS.get(name, ()):
        command, _, options = asked.partition(" ")
        output_of(f"sim results {command} {tmp_path / name} {options}")
    assert_same(tmp_path / name, RESULTS / name)
    point, days = SWEEPS[name]
    first = pq.read_table(next((tmp_path / name / "blocks").glob(f"p{point:04d}-r{0:010d}-*")), partitioning=None)
    assert committed.digest_rows(first, days) == committed.read_rows()[name]


@pytest.mark.parametrize("ground", ["dilemma", "lebanon-2023", "symmetric"])
def test_a_tournament_is_made_again(ground, tmp_path):
    said = manifest_of(RESULTS / "tournament" / ground)
    numbers = {"replicates": said["replicates"], "days": said.get("days", said.get("turns")), "seed": said["seed"]}
    options = " ".join(f"--{name} {number}" for name, number in numbers.items())
    noise = ",".join(map(str, said["noises"]))
    output_of(f"sim tournament --theatre {said['theatre']} --noise {noise} {options} --quiet --out {tmp_path}")
    assert_same(tmp_path / ground, RESULTS / "tournament" / ground)


def test_the_fit_is_made_again(tmp_path):
    made, shipped = tmp_path / "fit-lebanon-2023", RESULTS / "fit-lebanon-2023"
    seed = manifest_of(shipped)["seed"]
    output_of(f"sim fit {THEATRE}/theatre.toml --seed {seed} --alternatives --jobs 2 --quiet --out {made}")
    assert_same(made, shipped)


def test_the_nowcast_is_made_again(tmp_path):
    made, shipped = tmp_path / "nowcast-lebanon-2023", RESULTS / "nowcast-lebanon-2023"
    said = manifest_of(shipped)
    asked = " ".join(f"--{name} {value}" for name, value in said["nowcast"].items() if value is not None)
    output_of(f"sim nowcast {THEATRE}/theatre.toml {asked} --seed {said['seed']} --jobs 2 --quiet --out {made}")
    assert_same(made, shipped)


def test_the_prior_check_is_made_again(tmp_path):
    made = tmp_path / "prior-check.csv"
    output_of(f"sim scenario prior-check {THEATRE}/prior-check.toml --replicates 1000 --out {made}")
    assert made.read_bytes() == (RESULTS / "prior-check.csv").read_bytes()


@pytest.mark.parametrize("name", page.TABLES)
def test_a_table_of_validation_is_made_again(name, tmp_path, monkeypatch):
    shipped = validation_table.FOLDER / f"{name}.csv"
    monkeypatch.setattr(validation_table, "FOLDER", tmp_path)
    made_by = importlib.import_module(f"validation.{page.TABLES[name]}")
    for command in dict.fromkeys(pd.read_csv(shipped)["command"]):
        words = shlex.split(command)
        monkeypatch.setattr("sys.argv", words[words.index("-m") + 1 :])
        made_by.main()
    assert (tmp_path / shipped.name).read_text(encoding="utf-8") == shipped.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")  # of walkers outside the prior, in emcee
def test_truths_are_ranked_again():
    shipped = RESULTS / "validation" / "ranks.csv"
    made = pd.DataFrame([{"replication": number, **ranks.ranks_of(number)} for number in range(200)])
    assert made.to_csv(index=False, lineterminator="\n") == shipped.read_text(encoding="utf-8")


def test_the_likelihood_free_comparison_is_made_again():
    shipped = RESULTS / "validation" / "likelihood-free.csv"
    made = likelihood_free.compared(8000).to_csv(index=False, float_format="%.4g", lineterminator="\n")
    assert made == shipped.read_text(encoding="utf-8")

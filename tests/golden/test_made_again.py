"""Every shipped folder is made again whole by its command, by night: the committed files are what the code makes.

Pictures are left out, because their bytes hang on the version of matplotlib, and `results/benchmarks`, which holds
timings of a machine. `test_validation_made_again` makes the tables of validation.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import committed
import pyarrow.parquet as pq
import pytest
from committed import RESULTS, SWEEPS, manifest_of
from pages import output_of

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

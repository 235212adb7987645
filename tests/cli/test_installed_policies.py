"""Policies of another package: built into a wheel, installed by pip, found, listed, checked, used in a sweep."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import tiny
from command import Done, run
from forks import in_process

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "tests" / "little_package"


def wheel_of(source: Path, folder: Path) -> Path:
    """Build the wheel of a package of single modules by the wheel format alone: building must not need a network."""
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    name, version = project["name"].replace("-", "_"), project["version"]
    groups = project["entry-points"].items()
    points = "".join(
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in found.items()) for group, found in groups
    )
    info = f"{name}-{version}.dist-info"
    files = {path.name: path.read_text() for path in source.glob("*.py")}
    files |= {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": points,
    }

    def recorded(place: str, text: str) -> str:
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        return f"{place},sha256={digest},{len(text.encode())}\n"

    record = "".join(recorded(place, text) for place, text in files.items()) + f"{info}/RECORD,,\n"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for place, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(place, text)
    return path


@dataclass(frozen=True)
class Site:
    """A folder where the package is installed beside the command."""

    folder: Path

    def run(self, *arguments: object) -> Done:
        """Run a command in a process that finds the package."""
        place, wide = self.folder, {"COLUMNS": "200"}
        return in_process(run, *map(str, arguments), folder=place, sites=(place / "site",), environment=wide)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("installed")
    quietly = ("-q", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-compile")
    target = ("--target", str(folder / "site"))
    pip = [sys.executable, "-m", "pip", "install", *quietly, *target, str(wheel_of(SOURCE, folder))]
    subprocess.run(pip, check=True, capture_output=True)
    return Site(folder)


def test_they_are_listed_and_shown(installed: Site):
    rows = {row["name"]: row for row in json.loads(installed.run("policies", "list", "--json").out)}
    assert rows["learning"]["parameters"] == ["pace"]
    assert rows["learning"]["properties"] == ["stochastic", "never first", "memory: without end"]
    assert "half_in_floats" in rows
    assert "Learn, by rung" in installed.run("policies", "show", "learning").out


def test_the_whole_package_is_checked(installed: Site):
    """In a process that is started afresh, as a shell does."""
    done = subprocess.run(
        [sys.executable, "-m", "sim", "check", "little-policies"],
        env={**os.environ, "PYTHONPATH": f"{installed.folder / 'site'}{os.pathsep}{ROOT}", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "learning: 20 of 20 points kept, ready for use" in done.stdout
    assert "half_in_floats: 20 of 20 points kept, ready for use" in done.stdout
    assert "It is a plain rule, compiled." in done.stdout


def test_they_play_in_a_sweep(installed: Site, tmp_path: Path):
    text = tiny.BASE.replace('rule = "disproportionate"', 'rule = "learning"\npace = 0.5').replace(
        'rule = "tit_for_tat"', 'rule = "half_in_floats"'
    )
    factor = '\n[[factor]]\nkey = "policy.L.pace"\nlevels = [0.0, 0.9]\n'
    scenario = tiny.write_scenario(tmp_path, text + factor)
    done = installed.run("sweep", scenario, "--replicates", "8", "--jobs", "1", "--out", tmp_path / "out", "--json")
    assert done.status == 0, done.err
    (shown,) = json.loads(done.out)
    rules = shown["manifest"]["rules"]
    digest = hashlib.sha256((SOURCE / "little_policies.py").read_bytes()).hexdigest()
    assert rules == {"learning": digest, "half_in_floats": digest}
    assert "uncompiled" not in shown["manifest"]


def test_they_enter_a_tournament(installed: Site, tmp_path: Path):
    few = ("--theatre", "dilemma", "--days", "5", "--replicates", "12", "--noise", "0.1", "--out", tmp_path, "--json")
    done = installed.run("tournament", "--policies", "learning,half_in_floats,none", *few)
    assert done.status == 0, done.err
    assert {row["policy"] for row in json.loads(done.out)["population"]} == {"learning", "half_in_floats", "none"}


def test_without_the_package_the_name_is_unknown(tmp_path: Path, sim):
    done = sim("check", "little-policies")
    assert done.status == 2
    assert "unknown" in done.err

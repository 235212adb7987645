"""Scenarios by path or by shipped name, and what a notebook shows of one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tiny import BASE, FACTOR, write_scenario

from sim.core import shipped_data
from sim.core.errors import InputError
from sim.scenario.scenario import Scenario

SHIPPED = Path(__file__).parents[2] / "scenarios"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["symmetric/tit-for-tat", "symmetric/tit-for-tat.toml", Path("symmetric/tit-for-tat")])
def test_a_shipped_scenario_is_found_by_its_name(name: str | Path, elsewhere: Path):
    # An installed wheel carries its own copy.
    path = Scenario.load(name).path
    assert path.parts[-3:] == ("scenarios", "symmetric", "tit-for-tat.toml")
    assert path.read_bytes() == (SHIPPED / "symmetric" / "tit-for-tat.toml").read_bytes()


def test_a_file_wins_over_a_shipped_name(elsewhere: Path):
    file = write_scenario(elsewhere / "symmetric", BASE, "tit-for-tat")
    assert Scenario.load("symmetric/tit-for-tat.toml").title == "Tiny"
    file.rename(file.with_suffix(""))
    assert Scenario.load("symmetric/tit-for-tat").title == "Tiny"


@pytest.mark.parametrize("name", ["lebanon-2023/baselin", "lebanon/baseline.toml"])
def test_a_name_that_is_not_shipped_is_told_the_nearest_one(name: str, elsewhere: Path):
    with pytest.raises(InputError, match=r'no such file, .*did you mean "lebanon-2023/baseline"\?'):
        Scenario.load(name)


def test_a_file_that_is_missing_is_told_its_nearest_neighbour(elsewhere: Path):
    write_scenario(elsewhere)
    for name in ("tinny.toml", elsewhere / "tinny.toml"):
        with pytest.raises(InputError, match=r'tinny.toml: no such file; did you mean "tiny.toml"\?'):
            Scenario.load(name)
    with pytest.raises(InputError, match=r"scenario.toml: no such file$"):
        Scenario.load(elsewhere / "nowhere" / "scenario.toml")


def test_shipped_names_stand_where_the_package_is_a_wheel(elsewhere: Path, monkeypatch: pytest.MonkeyPatch):
    """As it lies there: scenarios inside the package, and none beside it."""
    package = elsewhere / "site-packages" / "sim"
    shutil.copytree(SHIPPED / "symmetric", package / "scenarios" / "symmetric")
    monkeypatch.setattr(shipped_data, "__file__", str(package / "core" / "shipped_data.py"))
    assert Scenario.load("symmetric/tit-for-tat").path.is_relative_to(package)
    with pytest.raises(InputError, match="no shipped scenario of that name"):
        Scenario.load("lebanon-2023/baseline")


def test_a_scenario_is_shown_in_a_line_and_in_a_small_table(tmp_path: Path):
    scenario = Scenario.load(write_scenario(tmp_path, (BASE + FACTOR).replace('"Tiny"', '"Tiny <b> & co"')))
    assert repr(scenario) == "Scenario('tiny', 'Tiny <b> & co', 2 points × 40 replicates × 8 days)"
    table = scenario._repr_html_()
    assert "Tiny &lt;b&gt; &amp; co" in table
    for text in ("policy.L.climb", "0, 0.9", "disproportionate", "tit_for_tat", "12 or more killed in Rightland"):
        assert f"{text}</td>" in table or text in table
    assert table.count("<tr>") == table.count("</tr>") < 12

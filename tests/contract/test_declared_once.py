"""A rule is one file (that of the how-to page), and a part of the view one line with the engine's fills.

Both are shown on a copy of the package.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command import run
from forks import in_process, run_source
from pages import ROOT, blocks_of

(RULE,) = blocks_of(ROOT / "docs" / "how-to" / "add-a-policy.md", "python")

READS_RULE = """
from pathlib import Path

import gallery
import sim.policies
from sim.policies import HalfMeasures, TitForTat
from sim.policies.registry import SHIPPED, policies_of
from sim.testing import check_policy
from sim.tournament.entrants import load_entrants

assert list(SHIPPED)[-1] == "half_measures" and SHIPPED["half_measures"] is HalfMeasures
assert "HalfMeasures" in dir(sim.policies)
assert all(verdict.passed for kind in policies_of("half_measures", Path()).values() for verdict in check_policy(kind))
assert [entrant.name for entrant in load_entrants(None, Path())] == list(SHIPPED)
assert "[`half_measures`](#half_measures)" in gallery._index()
assert gallery.families()["half-measures"].keys() == {"half_measures"}
"""

PART = "    grief: Annotated[Floats, ViewPart((RUNGS, REPLICATES), 2.0, span=(1.0, 3.0))]\n"
FILL = "            grief=np.full((self._top + 1, len(self._states)), 7.0),\n"
FILL_OF_PLAIN_RULES = "    seen.grief[:] = 7.0\n"

READS_PART = """
from pathlib import Path

import numpy as np
from sim import Scenario
from sim.inference.response_rates import answers
from sim.policies.fingerprint import standard_view
from sim.policies.moment import moments_of
from sim.policies.reciprocal import TitForTat
from sim.testing import check_policy, view_of

assert standard_view(3).grief.shape == (7, 3) and np.all(standard_view(3).grief == 2.0)
made_up = view_of(np.arange(9))
assert np.ptp(made_up.grief) > 0.5 and made_up.grief.min() >= 1.0 and made_up.grief.max() <= 3.0
part = made_up.select(np.array([4, 8]))
assert np.array_equal(part.grief, made_up.grief[:, [4, 8]]) and not part.grief.flags.writeable
assert moments_of(made_up)["grief"][2, 6] == made_up.grief[6, 2]
scenario = Scenario.load(Path("scenarios/symmetric/tit-for-tat.toml"))
run = scenario.ensemble(scenario.points()[0], 4, 1, horizon_days=10).conflict.run()
assert np.all(run.build_view(0).grief == 7.0)
assert np.all(run.histories.states["shown"]["grief"][:, :7] == 7.0), "what plain rules are shown"
assert answers(run, TitForTat(), 0).shape == (6, 4)
assert all(verdict.passed for verdict in check_policy(TitForTat))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return the root of a copy of the package, with what its lists and its page are made by."""
    shutil.copytree(ROOT / "sim", tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("scenarios", "docs"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "tests").mkdir()
    for file in ("gallery.py", "fingerprints.py"):
        shutil.copy(ROOT / "tests" / file, tmp_path / "tests")
    return tmp_path


def python(root: Path, source: str) -> None:
    """Run a source in the copy."""
    environment = {"SIM_KERNEL": "python"}
    in_process(run_source, source, folder=root, sites=(root / "tests",), package=root, environment=environment)


@pytest.mark.slow
def test_a_new_rule_is_one_file(copy: Path):
    (copy / RULE.title).write_text(RULE.text, encoding="utf-8")
    listed = in_process(run, "policies", "list", "--json", folder=copy, package=copy).out
    assert listed.index('"name": "periodic"') < listed.index('"name": "half_measures"'), (
        "a rule without order comes last"
    )
    python(copy, READS_RULE)


@pytest.mark.slow
def test_a_new_part_of_the_view_is_one_line_and_the_fill_of_the_engine(copy: Path):
    for name, mark, line in (
        ("policies/view.py", "    last: LastStep\n", PART),
        ("engine/outside_policies.py", "            day=step * days,\n", FILL),
        (
            "engine/kernel/consultation.py",
            "    seen.top = setting.top\n",
            FILL_OF_PLAIN_RULES,
        ),
    ):
        file = copy / "sim" / name
        text = file.read_text(encoding="utf-8")
        assert text.count(mark) == 1
        file.write_text(text.replace(mark, line + mark), encoding="utf-8")
    python(copy, READS_PART)

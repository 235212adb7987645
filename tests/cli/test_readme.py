import re
import shlex

import pandas as pd
import pytest
from readme import README, ROOT, blocks, output_of

SLOW = ("prior-check",)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(block, id=block.command, marks=pytest.mark.slow if any(s in block.command for s in SLOW) else ())
        for block in blocks()
    ],
)
def test_the_readme_shows_what_its_command_prints(block):
    before = (ROOT / "results" / "prior-check.csv").read_bytes()
    assert output_of(block.command) == block.output
    assert (ROOT / "results" / "prior-check.csv").read_bytes() == before


def test_the_readme_sets_up_with_one_command_each():
    commands = re.findall(r"```sh\n(.*?)\n```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(commands) == 2
    for command in commands:
        parts = [shlex.split(part) for part in command.split("&&")]
        assert parts[0] == ["python3", "-m", "venv", ".venv"]
        assert parts[1][0] == ".venv/bin/pip"
    scenario = shlex.split(commands[0].split("&&")[2])[2]
    assert (ROOT / scenario).is_file()


def test_the_policy_of_the_readme_keeps_its_contract(tmp_path):
    from sim.policies.registry import load_policy
    from sim.testing import check_policy

    source = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert source is not None
    (tmp_path / "my_rules.py").write_text(source[1], encoding="utf-8")
    verdicts = check_policy(load_policy("my_rules.py:Vengeful", tmp_path))
    assert [verdict.name for verdict in verdicts if not verdict.passed] == []


def test_the_difference_in_the_readme_is_that_of_the_committed_odds():
    """The command reads blocks, which are not committed; its figures must still be those of the committed table."""
    text = README.read_text(encoding="utf-8")
    shown = re.findall(r"^Q1 +(\d+) +([\d.]+) +([\d.]+) +([+-][\d.]+) ", text, re.MULTILINE)
    table = pd.read_csv(ROOT / "results" / "forgiveness" / "odds.csv").set_index(["point", "question", "horizon_days"])
    assert [int(days) for days, *_ in shown] == [30, 90, 180, 365]
    for days, first, second, difference in shown:
        before, after = (100 * table.loc[(point, "Q1", int(days)), "estimate"] for point in (0, 4))
        assert float(first) == pytest.approx(before, abs=0.051)
        assert float(second) == pytest.approx(after, abs=0.051)
        assert float(difference) == pytest.approx(after - before, abs=0.051)

import re
import shlex

import pytest

from tests.readme import README, ROOT, blocks, output_of

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

"""``sim policies new``: files that work at once; refusals that leave nothing behind."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from command import Command
from forks import in_process

from sim.core.errors import OutputError
from sim.policies.template import write_starter


def outcome_of_tests(folder: str) -> tuple[int, str]:
    """Run the tests of a folder; return the exit status and what is printed."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        status = pytest.main(["-q", "-p", "no:cacheprovider", folder])
    return int(status), printed.getvalue()


@pytest.mark.usefixtures("plain_pictures")
def test_what_is_written_works_at_once(sim: Command, tmp_path: Path):
    mine = tmp_path / "mine"
    done = sim("policies", "new", "SlowToAnger", "--out", mine)
    assert (done.status, done.err) == (0, "")
    files = sorted(path.name for path in mine.iterdir())
    assert files == ["slow_to_anger.py", "slow_to_anger.toml", "test_slow_to_anger.py"]
    assert all(name in done.out for name in files)
    status, printed = in_process(
        outcome_of_tests,
        "mine",
        folder=tmp_path,
        environment={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
    )
    assert status == 0, printed
    assert "22 passed" in printed
    assert sim("check", mine / "slow_to_anger.py").status == 0
    swept = sim("sweep", mine / "slow_to_anger.toml", "--replicates", "8", "--jobs", "1", "--out", tmp_path)
    assert swept.status == 0, swept.err
    assert "Left: patience" in swept.out


@pytest.mark.parametrize("name", ["vengeful", "Venge ful", "1st", "", "None", "ScalarPolicy", "../Up", "Né"])
def test_bad_names_are_refused(name: str, sim: Command, tmp_path: Path):
    done = sim("policies", "new", name, "--out", str(tmp_path / "mine"))
    assert done.status == 2
    assert len(done.err.splitlines()) == 1
    assert "name" in done.err
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("there", ["vengeful.py", "vengeful.toml", "test_vengeful.py"])
def test_nothing_is_overwritten(there: str, sim: Command, tmp_path: Path):
    (tmp_path / there).write_text("precious")
    done = sim("policies", "new", "Vengeful", "--out", str(tmp_path))
    assert done.status == 2
    assert "is not overwritten" in done.err
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "precious"


def test_nothing_is_left_half_written(tmp_path: Path, monkeypatch):
    opened = Path.open

    def full(path: Path, *arguments: object, **more: object):
        if path.name == "test_vengeful.py":
            raise OSError(28, "No space left on device")
        return opened(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OutputError, match="No space left"):
        write_starter("Vengeful", tmp_path)
    assert list(tmp_path.iterdir()) == []

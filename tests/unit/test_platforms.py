"""The package without what POSIX systems alone have, as on Windows: every module, a sweep, and shards of one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import BASE, write_scenario

ROOT = Path(__file__).parents[2]

HIDES = '''
"""Hides from the package what Windows lacks, in this process and in all that it starts."""

import builtins
import sys
from types import ModuleType

MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "posix", "curses", "readline", "crypt"}
LACKING = {
    "os": "fork forkpty getuid geteuid getgid chown fchmod mkfifo killpg setsid nice wait3 wait4 statvfs uname"
    " getloadavg sched_getaffinity register_at_fork O_DIRECTORY O_NOFOLLOW O_CLOEXEC O_NONBLOCK WNOHANG WIFSIGNALED",
    "signal": "SIGKILL SIGHUP SIGALRM SIGUSR1 SIGUSR2 SIGCHLD SIGPIPE SIGQUIT SIGXFSZ setitimer alarm pause",
    "time": "clock_gettime CLOCK_MONOTONIC",
    "multiprocessing": "",
    "sys": "",
}
BEFORE = builtins.__import__


class Windows(ModuleType):
    """A module without some of its names; what is set here is set there."""

    def __init__(self, real, lacking):
        super().__init__(real.__name__)
        vars(self).update(_real=real, _lacking=lacking)

    def __getattr__(self, name):
        if name == "platform" and self._real is sys:
            return "win32"
        if name in self._lacking:
            raise AttributeError(f"Windows has no {self._real.__name__}.{name}")
        value = getattr(self._real, name)
        return spawn_only(value) if name == "get_context" else value

    def __setattr__(self, name, value):
        setattr(self._real, name, value)


def spawn_only(get_context):
    def get(kind=None):
        if kind != "spawn":
            raise ValueError(f"Windows cannot start processes by {kind}")
        return get_context(kind)

    return get


def hiding(name, globals=None, locals=None, fromlist=(), level=0):
    module = BEFORE(name, globals, locals, fromlist, level)
    if (globals or {}).get("__name__", "").partition(".")[0] != "sim":
        return module
    if name.partition(".")[0] in MODULES:
        raise ModuleNotFoundError(f"No module named {name!r}, as on Windows", name=name)
    return Windows(module, LACKING[name].split()) if name in LACKING else module


builtins.__import__ = hiding
'''

EVERY_MODULE = """
import importlib, pkgutil
import sim
names = [module.name for module in pkgutil.walk_packages(sim.__path__, "sim.") if not module.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
from sim.core.installation import cores
print(len(names), cores() >= 1)
"""


@pytest.fixture
def windows(tmp_path: Path) -> Path:
    """Return a folder whose `sitecustomize` hides what Windows lacks."""
    (tmp_path / "hides").mkdir()
    (tmp_path / "hides" / "sitecustomize.py").write_text(HIDES, encoding="utf-8")
    return tmp_path


def python(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder / "hides"), str(ROOT)])
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
    )


def test_every_module_is_imported(windows: Path):
    done = python(windows, "-c", EVERY_MODULE)
    assert done.returncode == 0, done.stderr
    count, has_cores = done.stdout.split()
    assert int(count) > 200
    assert has_cores == "True"


def test_what_is_hidden_is_hidden(windows: Path):
    """As otherwise the other tests would hold nothing."""
    (windows / "sim_like.py").write_text("__name__ = 'sim.x'\nimport fcntl\n", encoding="utf-8")
    assert "as on Windows" in python(windows, "sim_like.py").stderr
    (windows / "sim_like.py").write_text("__name__ = 'sim.x'\nimport os\nos.fork\n", encoding="utf-8")
    assert "Windows has no os.fork" in python(windows, "sim_like.py").stderr


@pytest.mark.slow
def test_a_sweep_with_workers_a_shard_and_a_check_are_run(windows: Path):
    scenario = write_scenario(windows, BASE.replace('"tit_for_tat"', '"mine.py:Mine"', 1))
    (windows / "mine.py").write_text(POLICY, encoding="utf-8")
    few = ("--replicates", "24", "--quiet", "--jobs", "2")
    sweep = python(windows, "-m", "sim", "sweep", scenario, *few, "--out", "out")
    assert (sweep.returncode, sweep.stderr) == (0, ""), sweep.stderr
    assert (windows / "out" / "tiny" / ".lock").exists(), "Windows opens no folders, so a file is locked"
    shard = python(windows, "-m", "sim", "sweep", scenario, *few, "--out", "shards", "--shard", "1/2")
    assert shard.returncode == 0, shard.stderr
    check = python(windows, "-m", "sim", "check", "mine.py")
    assert check.returncode == 0, check.stderr


POLICY = """
from dataclasses import dataclass
from sim.policies import Policy, Response

@dataclass(frozen=True)
class Mine(Policy):
    \"\"\"Answer in kind.\"\"\"
    def respond(self, view, draw):
        return Response(1.0, view.provocation)
"""

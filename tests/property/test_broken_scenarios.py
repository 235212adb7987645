"""Files broken in every way: a scenario loads, or all faults are ours; never anything else, never a traceback."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from forms import forms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.cli import main
from sim.core.errors import InputError
from sim.scenario.scenario import Scenario

SHIPPED = Path(__file__).parents[2] / "scenarios"

SMALL = [("symmetric/tit-for-tat.toml", changed) for changed in ("tit-for-tat.toml", "theatre.toml")]
LARGE = [
    *((f"lebanon-2023/{name}.toml", f"{name}.toml") for name in ("baseline", "policy-pairs", "levers", "forgiveness")),
    *((f"lebanon-2023/{name}.toml", f"{name}.toml") for name in ("mass-casualty-lebanon", "truce-day-20", "fitted")),
    ("lebanon-2023/baseline.toml", "theatre.toml"),
    ("lebanon-2023/forgiveness.toml", "baseline.toml"),
]
PLACES = st.one_of(*[st.sampled_from(SMALL)] * 6, st.sampled_from(LARGE))

TOKEN = re.compile(r'"[^"\n]*"|[A-Za-z_][\w.-]*|-?\d[\d.e+-]*|[\[\]{}=,#]')
VALUES = (
    *(
        "-1",
        "0",
        "1",
        "2",
        "0.5",
        "-0.0",
        "1e308",
        "1e-308",
        "nan",
        "inf",
        "-inf",
        "9223372036854775807",
        "1" + "0" * 40,
    ),
    *(
        "true",
        "false",
        '""',
        '"x"',
        '"nan"',
        '"../../../etc/passwd"',
        '"\\u0000"',
        '"✂"',
        "'''\n'''",
        "[]",
        "{}",
        "[[]]",
    ),
    *(
        "[1, 'a']",
        "[-1]",
        "[1e9, 2]",
        "{ law = 'normal' }",
        "{ law = 3 }",
        "{ value = 1 }",
        "{ value = [], source = 1 }",
    ),
    *(
        "2023-11-07",
        "2023-11-07T00:00:00Z",
        "07:32:00",
        "9999-12-31",
        "0001-01-01",
        '"9999-12-31"',
        "0x1F",
        "1_0",
        "+5",
        '"default"',
        '"\\u202e"',
    ),
    *('{ law = "lognormal", median = -1, log_sd = 0.4, source = "x" }', '{ same_as = "world.x", source = "x" }'),
    *(
        '{ law = "uniform", low = 2, high = 1, source = "x" }',
        '"policy.py:Nothing"',
        '"."',
        '"baseline.toml"',
        "source",
    ),
)
LINES = (
    *("[", "]", "=", "[run]", "[[factor]]", "[policy.L]", "[parameters]", "base = 1", 'base = "baseline.toml"', "x = "),
    *('theatre = "theatre.toml"', "theatre = []", "[policy]\nA = 1", "[[truce]]", "[[incident]]", "factor = 3", "\x00"),
    *(
        "[parameters.every_party]\nbaseline = 1",
        '[[factor]]\nkey = "world.x"\nlevels = []',
        "posterior = 7",
        "policy = []",
    ),
    *(
        '[[factor]]\nkey = "policy.A.x"\nlow = 1\nhigh = 0',
        "run = 5",
        "\\",
        '"""',
        "a.b.c = 1",
        "[run.x]",
        "party = {}",
        '"party.L.baseline" = 1',
        "world.mediation = 1",
        "days = 3",
    ),
)


@st.composite
def changes(draw: st.DrawFn, text: str) -> str:
    """Return a text with one to three changes."""
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3)))):
        kind = draw(st.sampled_from(("token", "token", "token", "swap", "drop", "twice", "line", "cut", "letter")))
        lines = text.split("\n")
        place = draw(st.integers(0, max(len(lines) - 1, 0)))
        tokens = [found.span() for found in TOKEN.finditer(text)] or [(0, 0)]
        start, end = tokens[draw(st.integers(0, len(tokens) - 1))]
        if kind == "token":
            text = text[:start] + draw(st.sampled_from(VALUES)) + text[end:]
        elif kind == "swap":
            other, last = tokens[draw(st.integers(0, len(tokens) - 1))]
            text = text[:start] + text[other:last] + text[end:]
        elif kind == "drop":
            text = text[:start] + text[end:]
        elif kind == "twice":
            text = "\n".join([*lines[:place], *lines[place : place + draw(st.integers(1, 6))], *lines[place:]])
        elif kind == "line":
            new = draw(st.sampled_from(LINES))
            text = "\n".join([*lines[:place], *([] if draw(st.booleans()) else [new]), *lines[place + 1 :]])
        elif kind == "cut":
            text = text[:start]
        else:
            text = text[: start + 1] + draw(st.characters()) + text[start + 1 :]
    return text


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("broken")
    for theatre in ("symmetric", "lebanon-2023"):
        shutil.copytree(SHIPPED / theatre, root / theatre)
    return root


def broken(data: st.DataObject, copies: Path) -> tuple[Path, Path, bytes]:
    """Break a file; return the scenario, the file and its right content."""
    scenario, changed = data.draw(PLACES)
    path = copies / scenario
    file = path.parent / changed
    right = file.read_bytes()
    file.write_bytes(data.draw(changes(right.decode())).encode("utf-8", "replace"))
    return path, file, right


@pytest.mark.slow
@pytest.mark.parametrize("files", forms([200], [3000]))
def test_a_broken_file_is_refused_with_its_faults(files: int, copies: Path):
    loaded = []

    @settings(max_examples=files, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def is_refused(data: st.DataObject):
        path, file, right = broken(data, copies)
        try:
            assert len(Scenario.load(path).digest()) == 64
            loaded.append(file.name)
        except InputError as error:
            assert error.problems
            assert all(problem.file and problem.message for problem in error.problems)
        finally:
            file.write_bytes(right)

    is_refused()
    assert 0 < len(loaded) < files / 2


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_command_refuses_it_with_status_2_and_no_traceback(
    data: st.DataObject, copies: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    path, file, right = broken(data, copies)
    monkeypatch.setattr(sys, "argv", ["sim", "scenario", "check", str(path)])
    try:
        main()
        status = 0
    except SystemExit as end:
        status = end.code
    finally:
        file.write_bytes(right)
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert status in (0, 2), said
    faults = [line for line in said.err.splitlines() if not line.startswith("sim: note: ")]
    assert (status == 2) == bool(faults)

"""The house: floors, the one source of chance, documentation of everything public, a light command line."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "sim"

FLOORS: dict[int, set[str]] = {
    0: {
        "errors",
        "fields",
        "ladder",
        "laws",
        "chosen",
        "compiled",
        "lookup",
        "memory",
        "primitives",
        "reading",
        "shares",
        "shipped",
        "streams",
    },
    1: {"evidence"},
    2: {"policies"},
    3: {
        "acts",
        "answers",
        "campaign",
        "consultation",
        "daily",
        "definitions",
        "entry",
        "exchange",
        "history",
        "intensity",
        "judgement",
        "level_function",
        "milestones",
        "model",
        "onset",
        "criticality",
        "offspring",
        "outcomes",
        "party",
        "party_parameters",
        "perception",
        "reactions",
        "recollection",
        "reports",
        "specification",
        "theatre",
        "trace",
        "world",
    },
    4: {"calibration", "testing"},
    5: {
        "answering",
        "blocks",
        "claims",
        "cluster",
        "computation",
        "design",
        "design_file",
        "elsewhere",
        "factor_file",
        "failures",
        "evidence_file",
        "fit",
        "fit_check",
        "fit_folder",
        "finished_folder",
        "fitted",
        "folder",
        "gathering",
        "instances",
        "merging",
        "nowcast",
        "origin",
        "point_settings",
        "ownership",
        "pilot",
        "places",
        "predictive",
        "rare",
        "recorded",
        "region_file",
        "sampling",
        "scenario",
        "scenario_file",
        "settings",
        "splitting",
        "rehearsal",
        "rounds",
        "shards",
        "sweep",
        "theatre_file",
        "tournament",
        "varied",
        "workers",
    },
    6: {"report", "results", "viewer"},
    7: {"__main__", "cli"},
}
"""Design section 3: a module imports only from floors below its own, or on its own floor without a circle."""

FLOOR_OF = {place: floor for floor, places in FLOORS.items() for place in places}

SOURCES_OF_CHANCE = {"numpy.random", "random", "secrets", "uuid"}
MAY_DRAW = {"sim.compiled", "sim.primitives", "sim.streams"}
MAY_WATCH = {"sim.testing.luck"}
"""The kit looks at the state of the global generators, to see whether a policy used them."""
WATCHING = {"getstate", "setstate", "get_state", "set_state"}

HEAVY = ("mesa", "numpy", "pandas", "scipy")


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(file): file for file in sorted(PACKAGE.rglob("*.py"))}


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def place_of(module: str) -> str:
    """Return the place on the floors: the part of the name after ``sim``; empty for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def imported(module: str) -> Iterator[str]:
    """Return every module that a module imports, at the top or inside a function."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: write imports in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else str(node.module)


def own_imports(module: str) -> set[str]:
    return {name for name in imported(module) if name == "sim" or name.startswith("sim.")} - {module}


def test_every_module_stands_on_a_floor():
    assert {place_of(module) for module in MODULES} - {""} <= FLOOR_OF.keys()


def test_no_place_stands_on_two_floors():
    assert len(FLOOR_OF) == sum(len(places) for places in FLOORS.values())


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_come_from_floors_below(module):
    place = place_of(module)
    if not place:
        assert own_imports(module) == set(), "importing the package loads nothing"
        return
    floor = FLOOR_OF.get(place)
    assert floor is not None, f"{module} stands on no floor; give {place!r} its place in the table"
    wrong = {name for name in own_imports(module) if FLOOR_OF.get(place_of(name), floor) > floor}
    assert not wrong, f"{module} on floor {floor} imports from above: {wrong}"


def test_no_two_modules_import_each_other():
    """Follow imports from module to module; a package stands for its ``__init__``."""
    state: dict[str, str] = {}

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert state.get(module) != "open", f"circle: {' -> '.join((*path, module))}"
        if module in state:
            return
        state[module] = "open"
        for name in sorted(own_imports(module)):
            visit(name, (*path, module))
        state[module] = "done"

    for module in MODULES:
        visit(module, ())


def names_used(module: str) -> Iterator[tuple[int, str]]:
    """Return dotted names that a module reads, such as ``np.random.default_rng``, with their lines."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)


@pytest.mark.parametrize("module", sorted(MODULES.keys() - MAY_DRAW))
def test_chance_has_one_source(module):
    watches = module in MAY_WATCH
    chance = {name for name in imported(module) if name.removesuffix(".default_rng") in SOURCES_OF_CHANCE}
    assert chance <= ({"random"} if watches else set()), f"{module} imports {chance}; draw by sim.streams"
    for line, name in names_used(module):
        if name.startswith(("np.random.", "numpy.random.", "random.")):
            assert watches and name.rpartition(".")[2] in WATCHING, f"{module}:{line}: {name}; draw by sim.streams"


def public_definitions(module: str) -> Iterator[tuple[str, ast.AST]]:
    """Return the public classes and functions of a module and the public methods of its public classes."""
    for node in tree_of(module).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_"):
            yield node.name, node
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


@pytest.mark.parametrize("module", sorted(MODULES))
def test_everything_public_is_documented(module):
    assert ast.get_docstring(tree_of(module)), f"{module} has no docstring"
    bare = [name for name, node in public_definitions(module) if not ast.get_docstring(node)]
    assert not bare, f"{module}: without a docstring: {bare}"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_everything_public_is_annotated(module):
    bare = []
    for name, node in public_definitions(module):
        if not isinstance(node, ast.FunctionDef):
            continue
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        missing = [a.arg for a in every if a is not None and a.annotation is None and a.arg not in ("self", "cls")]
        bare += [f"{name}({argument})" for argument in missing]
        bare += [f"{name} ->"] if node.returns is None else []
    assert not bare, f"{module}: without annotations: {bare}"


def sections_of(docstring: str) -> dict[str, str]:
    """Return the sections of a numpydoc docstring by title."""
    lines = docstring.splitlines()
    starts = [i for i in range(len(lines) - 1) if lines[i].strip() and set(lines[i + 1].strip()) == {"-"}]
    ends = [*starts, len(lines)][1:]
    return {lines[a].strip(): "\n".join(lines[a + 2 : b]) for a, b in zip(starts, ends, strict=True)}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_parameter_sections_name_the_parameters(module):
    """Where a docstring lists parameters, it lists those of the signature, and no others."""
    wrong = []
    for name, node in public_definitions(module):
        section = sections_of(ast.get_docstring(node) or "").get("Parameters")
        if section is None or not isinstance(node, ast.FunctionDef):
            continue
        heads = [line.split(":")[0] for line in section.splitlines() if line and not line.startswith(" ")]
        listed = {part.strip().lstrip("*") for head in heads for part in head.split(",")}
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        expected = {a.arg for a in every if a is not None} - {"self", "cls"}
        if listed != expected:
            wrong.append(f"{name}: lists {sorted(listed)}, takes {sorted(expected)}")
    assert not wrong, f"{module}: {wrong}"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_public_names_are_sorted(module):
    for node in tree_of(module).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            names = ast.literal_eval(node.value)
            constants = sorted(name for name in names if name.isupper())
            classes = sorted(name for name in names if name[0].isupper() and not name.isupper())
            assert names == [*constants, *classes, *sorted(name for name in names if name[0].islower())]


def test_the_command_line_loads_nothing_heavy():
    code = f"import sys, sim.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"

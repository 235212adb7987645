"""The house: rooms and names, the one source of chance, documentation of everything public, a light command line."""

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

SOURCES_OF_CHANCE = {"numpy.random", "random", "secrets", "uuid"}
MAY_DRAW = {"sim.core.kernels_numba", "sim.core.kernels_numpy", "sim.core.random_streams"}
MAY_WATCH = {"sim.testing.checks"}
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


def names_used(module: str) -> Iterator[tuple[int, str]]:
    """Return dotted names that a module reads, such as ``np.random.default_rng``, with their lines."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)


@pytest.mark.parametrize("module", sorted(MODULES.keys() - MAY_DRAW))
def test_chance_has_one_source(module):
    watches = module in MAY_WATCH
    chance = {name for name in imported(module) if name.removesuffix(".default_rng") in SOURCES_OF_CHANCE}
    assert chance <= ({"random"} if watches else set()), f"{module} imports {chance}; draw by sim.core.random_streams"
    for line, name in names_used(module):
        if name.startswith(("np.random.", "numpy.random.", "random.")):
            assert watches and name.rpartition(".")[2] in WATCHING, (
                f"{module}:{line}: {name}; draw by sim.core.random_streams"
            )


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

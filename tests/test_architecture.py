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
MAY_DRAW = {"sim.core.random_streams"}
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


def test_the_root_holds_rooms_and_no_flat_module():
    flat = {file.name for file in PACKAGE.glob("*.py")}
    rooms = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").is_file()}
    assert flat == {"__init__.py", "__main__.py"}
    assert len(rooms) <= 14
    bare = [room for room in rooms if len(ast.get_docstring(tree_of(f"sim.{room}")) or "") < 80]
    assert not bare, f"say in a paragraph what these rooms give and where to begin: {bare}"


def names_of_modules() -> Iterator[tuple[str, str]]:
    """Return the base name of every module that is no ``__init__``, with its path."""
    for module, file in MODULES.items():
        if file.stem != "__init__":
            yield file.stem, module


def names_of_classes() -> Iterator[tuple[str, str]]:
    """Return the name of every public class, with the module that defines it."""
    for module in MODULES:
        for node in tree_of(module).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, module


@pytest.mark.parametrize("pairs", [names_of_modules, names_of_classes])
def test_one_word_is_one_thing(pairs):
    owners: dict[str, list[str]] = {}
    for name, owner in pairs():
        owners.setdefault(name, []).append(owner)
    twice = {name: modules for name, modules in owners.items() if len(modules) > 1}
    assert not twice


NOUNS_IN_ING_AND_ED = {"acled", "branching", "ged", "ranking", "setting", "splitting"}
"""Names and nouns of the field that look like participles; a module is a noun (docs/architecture.md)."""


def test_no_module_is_named_by_a_participle_or_a_preposition():
    words = {"about", "after", "apart", "before", "beside", "between", "elsewhere", "from", "to", "with", "within"}
    for name, module in names_of_modules():
        last = name.rpartition("_")[2]
        assert last in NOUNS_IN_ING_AND_ED or not last.endswith(("ing", "ed")), module
        assert not words & {name.partition("_")[0], last}, module


def test_no_file_has_two_jobs():
    long = {module: len(file.read_text(encoding="utf-8").splitlines()) for module, file in MODULES.items()}
    assert not {module: lines for module, lines in long.items() if lines > 400}


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


def test_the_command_line_loads_nothing_heavy():
    code = f"import sys, sim.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"

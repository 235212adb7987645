"""The pages name nothing that is not there: files, modules, commands and options, policies, tables, links, sections."""

from __future__ import annotations

import ast
import re
import shlex
from functools import cache
from itertools import pairwise, takewhile
from pathlib import Path

import pytest
import rich.table  # noqa: F401 - draws from `random` as it is loaded, which no test may do
import typer
from pages import PAGES, ROOT, blocks_of, is_walk

import sim.cli
from sim.policies.registry import SHIPPED

NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in NAMES}
USERS = {"NAME.csv", "file.py", "my_rules.py", "my.csv", "export.csv"}
"""Files of a reader, which stand for any."""
TABLES = set(re.findall(r"^## (\w+)$", TEXTS.get("docs/tables.md", ""), re.MULTILINE))
"""The tables of results; the page of them is made from their declarations."""
FOLDERS = ("sim", "tests", "scenarios", "results", "docs")
pytestmark = pytest.mark.parametrize("page", NAMES)


def spans(page: str) -> list[str]:
    """Return what stands in single backticks, on one line."""
    bare = re.sub(r"^```.*?^```$", "", TEXTS[page], flags=re.MULTILINE | re.DOTALL)
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", bare)]


def own_files(page: str) -> set[str]:
    """Return the files that a page makes: it shows or writes them, or a command of a walk does."""
    shown = {block.title or block.shows for block in blocks_of(ROOT / page) if block.title or block.shows}
    if is_walk(ROOT / page):
        told = " ".join(block.output for block in blocks_of(ROOT / page, "console"))
        shown |= set(re.findall(r"\bresults/[\w./-]+", told))
    return shown | set(re.findall(r"\b[Ww]rites? `([\w/.-]+)`", TEXTS[page]))


@cache
def file_names() -> set[str]:
    return {file.name for folder in FOLDERS for file in (ROOT / folder).rglob("*.*")}


def test_files_are_there(page):
    """A path below a folder of the project, and the name of a script or table alone."""
    made = own_files(page)
    for path in re.findall(rf"(?<![\w/.])(?:{'|'.join(FOLDERS)})/[\w/.-]+\.\w+", TEXTS[page]):
        assert any(name.startswith(path) for name in made) or (ROOT / path).exists(), path
    for name in re.findall(r"^[\w-]+\.(?:py|csv|toml)$", "\n".join(spans(page)), re.MULTILINE):
        known = file_names() | USERS | {Path(file).name for file in made} | {f"{table}.csv" for table in TABLES}
        assert name in known, name


def test_modules_and_their_names_are_there(page):
    made = {file.removesuffix(".py").replace("/", ".") for file in own_files(page)}
    for name in sorted(set(re.findall(r"(?<![\w/.-])sim(?:\.[A-Za-z_]\w*)+", TEXTS[page])) - made):
        assert is_there(name), name


def is_there(name: str) -> bool:
    """Return whether a dotted name is a module, or what a module or a class of it defines; nothing is imported."""
    module, *attributes = name.split(".")
    file = ROOT / module
    while attributes and ((file / attributes[0]).is_dir() or any(file.glob(f"{attributes[0]}.py*"))):
        file /= attributes.pop(0)
    stem = file / "__init__" if file.is_dir() else file
    sources = [stem.with_suffix(suffix) for suffix in (".py", ".pyi")]
    bodies = [tree_of(source).body for source in sources if source.is_file()]
    for attribute in attributes:
        bodies = [getattr(node, "body", []) for body in bodies for node in body if attribute in names_of(node)]
    return bool(bodies)


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def names_of(node: ast.stmt) -> set[str]:
    """Return the names that a statement gives: of a class, a function, a value, an import."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name for alias in node.names}
    targets = [*getattr(node, "targets", []), getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def commands(page: str) -> list[list[str]]:
    """Return the words of each `sim` command in the text and in its blocks, without comments and pipes."""
    lines = [line for block in blocks_of(ROOT / page) for line in block.text.splitlines()]
    lines = [line.removeprefix("$ ") for line in lines] + spans(page)
    found = [re.split(r" \| | # |; ", line)[0] for line in lines if line.startswith("sim ")]
    return [shlex.split(command)[1:] for command in found]


def test_commands_and_options_are_known(page):
    for words in commands(page):
        command = typer.main.get_command(sim.cli.app)
        verbs = list(takewhile(lambda word: not word.startswith("-"), words))
        while verbs and hasattr(command, "get_command"):
            command = command.get_command(None, verbs.pop(0))
            assert command is not None, f"there is no sim {' '.join(words)}"
        options = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {"--help"}
        for word in words:
            assert not word.startswith("--") or word.partition("=")[0] in options, f"{word} of sim {' '.join(words)}"


def test_tables_are_known(page):
    made = {Path(file).stem for file in own_files(page)}
    for words in commands(page):
        for option, value in pairwise(words):
            assert option != "--table" or value in TABLES | made, value


def test_policies_are_known(page):
    made = {Path(file).stem for file in own_files(page)}
    named = re.findall(r"\b(?:policy|policies|rule)\s+`(\w+)`", TEXTS[page]) + re.findall(
        r'rule = "(\w+)"', TEXTS[page]
    )
    for words in commands(page):
        named += words[2:3] if words[:2] == ["policies", "show"] else []
        named += words[words.index("--policies") + 1].split(",") if "--policies" in words else []
    made = {Path(file).stem for file in own_files(page)}
    for name in named:
        assert name in {*SHIPPED, *made, "NAME"} or ".py" in name, name


def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


@cache
def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as they are made from the words."""
    headings = re.findall(r"^#+ +(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}

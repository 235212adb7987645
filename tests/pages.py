"""The pages of the project: their commands run as written, and ``python tests/pages.py`` writes the output anew.

A block that begins with three backticks and ``console`` shows one command and all that it prints. Commands run at the
root of the project. A page that shows files, or holds the comment ``<!-- walk -->``, is a walk: its files are written
and its commands are run from top to bottom in a folder of its own. A file is a block whose head names it, as in
``python title=mine/rule.py``; a block of the language ``diff`` is an edit of such a file, and one with ``shows=`` in
place of ``title=`` is a file that a command wrote. Where a page edits the package, the folder begins with a copy of it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from command import run
from forks import in_process

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
TERMINAL = {"COLUMNS": "100", "NO_COLOR": "1"}
FAST = ("--replicates", "16", "--jobs", "1")
"""A smaller size for sweeps of a walk whose output is not shown; what they do is the same."""
_FENCE = re.compile(
    r"^```(?P<language>\w*)(?: title=(?P<title>\S+)| shows=(?P<shows>\S+))?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    span: tuple[int, int]  # from its first backtick to its last
    language: str
    title: str  # file that the block is or edits, or nothing
    text: str
    shows: str = ""  # file that it shows as a command wrote it

    @property
    def head(self) -> str:
        """What stands behind the backticks."""
        return f"{self.language} shows={self.shows}" if self.shows else self.language

    @property
    def command(self) -> str:
        """The command of a console block."""
        assert self.text.startswith("$ "), f"{self.page.name}: a console block begins with a command"
        return self.text[2:].partition("\n")[0]

    @property
    def output(self) -> str:
        """What a console block shows below its command."""
        return self.text.partition("\n")[2]

    @property
    def commands(self) -> list[str]:
        """The `sim` commands of a console or shell block."""
        lines = [self.command] if self.language == "console" else self.text.splitlines()
        return [line for line in lines if line.startswith("sim ")]


def blocks_of(page: Path, *languages: str) -> list[Block]:
    """Return the fenced blocks of a page in their order, of some languages or of all."""
    fences = _FENCE.finditer(page.read_text(encoding="utf-8"))
    blocks = [
        Block(page, fence.span(), fence["language"], fence["title"] or "", fence["text"], fence["shows"] or "")
        for fence in fences
    ]
    return [block for block in blocks if not languages or block.language in languages]


def is_walk(page: Path) -> bool:
    """Return whether commands of a page make files, so that all run one after the other in a folder of their own."""
    return any(block.title for block in blocks_of(page)) or "<!-- walk -->" in page.read_text(encoding="utf-8")


def output_of(command: str, folder: Path = ROOT) -> str:
    """Run a command of a page in this process and return what it prints; ``| head -7`` keeps the first lines."""
    command, _, lines = command.partition(" | head -")
    name, *words = shlex.split(command)
    assert name == "sim", command
    with mock.patch.dict(os.environ, TERMINAL), contextlib.chdir(folder):
        done = run(*words)
    assert done.status == 0, f"{command}: {done.err}"
    shown = done.out.splitlines()[: int(lines) if lines else None]
    return "".join(f"{line.rstrip()}\n" for line in shown)


def walk(page: Path, folder: Path) -> Iterator[tuple[Block, str]]:
    """Go through a page in a folder; give each block of commands and what its last command printed, and files shown."""
    if any(block.title.startswith("sim/") for block in blocks_of(page)):
        yield from _walk_on_copy(page, folder)
        return
    for block in blocks_of(page):
        if block.title:
            _write(block, folder / block.title)
        elif block.shows:
            yield block, (folder / block.shows).read_text(encoding="utf-8")
        elif block.language in ("sh", "console"):
            yield block, _last_output(block, folder)


def _last_output(block: Block, folder: Path) -> str:
    """Run the commands of a block and return what the last one prints."""
    printed = ""
    for command in block.commands:
        is_long = block.language == "sh" and command.startswith("sim sweep")
        printed = output_of(shlex.join([*shlex.split(command), *FAST]) if is_long else command, folder)
    return printed


def _walk_on_copy(page: Path, folder: Path) -> Iterator[tuple[Block, str]]:
    """Make the edits of a page in a copy of the package, then run its commands there in a process of their own."""
    for part in ("sim", "scenarios"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for block in blocks_of(page):
        if block.title:
            _write(block, folder / block.title)
    outputs = in_process(_outputs, page, folder, folder=folder, package=folder)
    yield from zip(blocks_of(page, "sh", "console"), outputs, strict=True)


def _outputs(page: Path, folder: Path) -> list[str]:
    return [_last_output(block, folder) for block in blocks_of(page, "sh", "console")]


def _write(block: Block, file: Path) -> None:
    """Write the file that a block shows, or make the edit that it shows; what an edit replaces stands in one place."""
    text = block.text
    if block.language == "diff":
        lines = [(line[:1] or " ", line[1:]) for line in block.text.splitlines()]
        before, after = ("".join(f"{line}\n" for sign, line in lines if sign != other) for other in "+-")
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{block.page.name}: {block.title} does not hold, once:\n{before}"
        text = text.replace(before, after)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def outputs_of(page: Path, folder: Path) -> list[tuple[Block, str]]:
    """Return the blocks of a page that show an output or a file, with what that is; a walk is made in the folder."""
    if is_walk(page):
        return [(block, shown) for block, shown in walk(page, folder) if block.shows or block.language == "console"]
    return [(block, output_of(block.command)) for block in blocks_of(page, "console")]


def main(names: list[str]) -> None:
    """Write the output of every command into the named pages, or into all."""
    for page in [ROOT / name for name in names] or PAGES:
        text = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            for block, printed in reversed(outputs_of(page, Path(folder))):
                start, end = block.span
                command = "" if block.shows else f"$ {block.command}\n"
                text = f"{text[:start]}```{block.head}\n{command}{printed}```{text[end:]}"
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

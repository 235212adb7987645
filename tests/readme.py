"""The console blocks of the README: found, run as written, compared, and written anew by ``python tests/readme.py``."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
_BLOCK = re.compile(r"```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A command of the README and the output that stands below it."""

    command: str
    output: str


def blocks() -> list[Block]:
    """Return the console blocks in their order."""
    return [Block(found["command"], found["output"]) for found in _BLOCK.finditer(README.read_text(encoding="utf-8"))]


def output_of(command: str) -> str:
    """Run a command of the README at the root of the project and return what it prints."""
    words = shlex.split(command)
    assert words[0] == "sim", command
    done = subprocess.run(
        [sys.executable, "-m", "sim", *words[1:]],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


def main() -> None:
    """Write the output of every command into the README."""
    text = README.read_text(encoding="utf-8")
    README.write_text(
        _BLOCK.sub(lambda found: f"```console\n$ {found['command']}\n{output_of(found['command'])}```", text),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()

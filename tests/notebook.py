"""The page that reads like a notebook: ``python tests/notebook.py`` runs its cells and writes their output anew."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pages import ROOT, blocks_of

NOTEBOOK = ROOT / "docs" / "in-a-notebook.md"


def run_cells(folder: Path) -> Iterator[tuple[str, tuple[int, int], str]]:
    """Run the cells in a folder, one after the other; give source, span and output of each."""
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    names: dict[str, Any] = {}
    for block in blocks_of(NOTEBOOK):
        if block.title:
            (folder / block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            with contextlib.chdir(folder):
                yield block.text, block.span, _run(block.text, names)


def _run(source: str, names: dict[str, Any]) -> str:
    """Run a cell as a notebook does: what its last line evaluates to is shown, unless it is None."""
    *body, last = ast.parse(source).body
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        if not isinstance(last, ast.Expr):
            exec(compile(source, str(NOTEBOOK), "exec"), names)
            return printed.getvalue()
        exec(compile(ast.Module(body, []), str(NOTEBOOK), "exec"), names)
        value = eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names)
        if value is not None:
            print(repr(value))
    return printed.getvalue()


def main() -> None:
    """Write the output of every cell into the page, in a text block below it."""
    text = NOTEBOOK.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        cells = list(run_cells(Path(folder)))
    outputs = {block.span[0]: block.span for block in blocks_of(NOTEBOOK, "text")}
    for _, (_, end), printed in reversed(cells):
        below = outputs.get(end + 2)
        tail = text[below[1] :] if below else text[end:]
        text = f"{text[:end]}\n\n```text\n{printed}```{tail}" if printed else text[:end] + tail
    NOTEBOOK.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "100")
    sys.exit(main())

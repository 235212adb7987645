"""``docs/mesa-example.md``: the cells of the page, run one after the other, print what stands below them."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from pages import ROOT, blocks_of

PAGE = ROOT / "docs" / "mesa-example.md"
CELLS = [(block.language, block.text) for block in blocks_of(PAGE, "python", "text")]


@pytest.fixture(scope="module")
def cells() -> Iterator[list[tuple[str, str, str]]]:
    """Run the page; give the kind, the source and the output of each cell."""
    module = ModuleType("mesa_example")
    # A model and its agents are looked up by module.
    sys.modules[module.__name__] = module
    run = []
    for kind, text in CELLS:
        printed = io.StringIO()
        if kind == "python":
            with contextlib.redirect_stdout(printed):
                exec(compile(text, str(PAGE), "exec"), vars(module))
        run.append((kind, text, printed.getvalue()))
    yield run
    del sys.modules[module.__name__]


def test_cells_print_what_stands_below_them(cells: Any):
    shown = [output for kind, _, output in cells if kind == "python" and output]
    assert shown == [text for kind, text, _ in cells if kind == "text"]
    assert len(shown) == 5


def test_the_page_uses_mesas_own_tools(cells: Any):
    source = "\n".join(text for kind, text, _ in cells if kind == "python")
    for word in ("mesa.batch_run(", "mesa.DataCollector(", "mesa.Agent", "mesa.Model", "get_agent_vars_dataframe"):
        assert word in source

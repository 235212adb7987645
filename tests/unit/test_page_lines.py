"""The lines of the code to which the pages point hold what they say; ``python tests/page_lines.py`` mends them."""

from __future__ import annotations

import re

import page_lines
import pytest
from page_lines import REFERENCE, lines_of, rewritten
from pages import PAGES, ROOT

SCIENCE = (ROOT / "docs" / "science.md").read_text(encoding="utf-8")
KERNEL = ROOT / "sim" / "engine" / "kernel"
OF_THE_MODEL = ("parties", "surroundings", "phases", "marks", "perception", "fire", "days", "consultation", "step")
"""Modules of the kernel that hold equations; the others prepare records, draw and run."""


def section(number: int) -> str:
    """Return the section 2.number of the model's text."""
    (found,) = re.findall(rf"^### 2\.{number} .*?(?=^### )", SCIENCE, re.MULTILINE | re.DOTALL)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_points_to_the_lines_of_what_it_names(page):
    text = page.read_text(encoding="utf-8")
    assert text == rewritten(text), "run python tests/page_lines.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_line_stands_beside_the_name_of_what_it_holds(page):
    """A bare number of a line, or one that a break of the text parts from its name, would grow stale unseen."""
    text = page.read_text(encoding="utf-8")
    assert len(re.findall(r"\.py:\d+", text)) == len(REFERENCE.findall(text))


@pytest.mark.parametrize("number", range(3, 14))
def test_a_section_of_the_model_points_to_its_code(number):
    assert REFERENCE.search(section(number))


@pytest.mark.parametrize("module", OF_THE_MODEL)
def test_every_function_of_the_model_stands_in_its_text(module):
    file = KERNEL / f"{module}.py"
    cited = {found["name"] for found in REFERENCE.finditer(SCIENCE) if found["file"].endswith(f"kernel/{module}.py")}
    functions = {name for name in lines_of(file) if name.islower() and not name.startswith("_")}
    assert functions - cited == set()


def test_a_moved_line_is_written_anew():
    text = "See `sim/engine/kernel/step.py:0 begin_step`, `sim/engine/branching.py:7 Reactions.stationary_rates`."
    (step, rates) = (int(found["line"]) for found in REFERENCE.finditer(rewritten(text)))
    lines = (KERNEL / "step.py").read_text(encoding="utf-8").splitlines()
    assert lines[step - 1].startswith("def begin_step(")
    lines = (ROOT / "sim" / "engine" / "branching.py").read_text(encoding="utf-8").splitlines()
    assert lines[rates - 1].startswith("    def stationary_rates(")


@pytest.mark.parametrize("said", ["`sim/engine/kernel/step.py:3 dance`", "`sim/engine/kernel/dance.py:3 step`"])
def test_a_page_that_points_to_nothing_is_refused(said):
    with pytest.raises(LookupError, match="has no"):
        rewritten(said)


def test_the_command_mends_a_page(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text("`sim/engine/kernel/parties.py:1 move_posture` stands still.\n", encoding="utf-8")
    monkeypatch.setattr(page_lines, "PAGES", [page])
    monkeypatch.setattr(page_lines, "ROOT", tmp_path)
    (tmp_path / "sim").symlink_to(ROOT / "sim")
    page_lines.main()
    line = lines_of(KERNEL / "parties.py")["move_posture"]
    assert page.read_text(encoding="utf-8") == f"`sim/engine/kernel/parties.py:{line} move_posture` stands still.\n"
    assert capsys.readouterr().out == "page.md\n"

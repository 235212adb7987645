"""What a page may not say is found: the tests of the pages fail on one that names what is not there."""

from __future__ import annotations

from pathlib import Path

import pytest
import test_pages

SAID = {
    "files_are_there": ["`sim/engine/nothing.py`", "`nothing_here.csv`"],
    "modules_and_their_names_are_there": ["`sim.engine.nothing`", "`sim.engine.model.Nothing`"],
    "commands_and_options_are_known": ["`sim dance`", "`sim policies dance`", "`sim sweep a.toml --dance 3`"],
    "tables_are_known": ["`sim results show baseline --table nothing`"],
    "policies_are_known": ["the policy `nothing`", 'rule = "nothing"', "`sim policies show nothing`"],
    "links_lead_somewhere": ["[there](nowhere.md)", "[there](#nothing)"],
}


@pytest.mark.parametrize(("rule", "said"), [(rule, said) for rule, many in SAID.items() for said in many])
def test_a_page_that_names_what_is_not_there_fails(
    rule: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\nThere is {said} here.\n", encoding="utf-8")
    monkeypatch.setitem(test_pages.TEXTS, str(page), page.read_text(encoding="utf-8"))
    with pytest.raises(AssertionError):
        getattr(test_pages, f"test_{rule}")(str(page))

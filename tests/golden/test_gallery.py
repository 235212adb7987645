"""The page of the policies is that of the code; ``python tests/gallery.py`` writes it anew."""

from __future__ import annotations

from gallery import PAGE, page

from sim.policies.registry import SHIPPED


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_policy_has_its_entry():
    headings = [line[3:] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert headings == list(SHIPPED)

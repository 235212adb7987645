"""The page of the policies is that of the code; ``python tests/gallery.py`` writes it anew."""

from __future__ import annotations

import gallery
from gallery import PAGE, page

from sim.policies.registry import SHIPPED
from sim.report.fingerprint_plots import digest_fingerprints, plot_fingerprints


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_policy_has_its_entry():
    headings = [line[3:] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert headings == ["Fingerprints at a glance", *SHIPPED]


def test_every_policy_has_a_picture_of_what_it_answers_now():
    """A picture carries the digest of what it shows; its bytes hang on the version of matplotlib."""
    for family, policies in gallery.families().items():
        picture = (gallery.PICTURES / f"policies-{family}.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert digest_fingerprints(policies).encode() in picture, f"{family} is stale: python tests/gallery.py"
        assert f"pictures/policies-{family}.png" in gallery.page()
    drawn = {f"policies-{family}.png" for family in gallery.families()}
    assert {path.name for path in gallery.PICTURES.glob("policies-*.png")} == drawn


def test_a_sheet_is_drawn_from_the_answers():
    sheet = plot_fingerprints({"none": SHIPPED["none"]()})
    assert digest_fingerprints({"none": SHIPPED["none"]()}).encode() in sheet
    assert digest_fingerprints({"none": SHIPPED["tit_for_tat"]()}).encode() not in sheet

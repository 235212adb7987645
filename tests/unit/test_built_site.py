"""The check of the built site, and the first page of the documentation, whose links are its contents."""

import re

from built_site import faults
from pages import ROOT

INDEX = ROOT / "docs" / "index.md"


def test_a_site_that_asks_nobody_has_no_faults(tmp_path):
    (tmp_path / "a.html").write_text('<link href="a.css"><a href="b/c.html#x">c</a><a href="https://example.org">e</a>')
    (tmp_path / "a.css").write_text("p { background: url(dot.svg) }")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.html").write_text('<h1 id="x">C</h1><img src="data:image/png,"><a href="../a.html">a</a>')
    assert list(faults(tmp_path)) == []


def test_sources_elsewhere_and_dead_links_are_named(tmp_path):
    wrong = ("//cdn.example/a.js", "https://fonts.example/b.css", "gone.html", "#gone")
    script, style, link, anchor = wrong
    (tmp_path / "a.html").write_text(
        f'<script src="{script}"></script><link href="{style}"><a href="{link}">b</a><a href="{anchor}">c</a>'
    )
    (tmp_path / "a.css").write_text("@import 'https://fonts.example/c.css';")
    found = list(faults(tmp_path))
    assert len(found) == 5
    for line, target in zip(found, (*wrong, "https://fonts.example/c.css"), strict=True):
        assert target in line


def test_the_first_page_lists_every_page_once():
    listed = re.findall(r"^- \[[^]]+\]\((\S+)\)", INDEX.read_text(encoding="utf-8"), re.MULTILINE)
    pages = {(INDEX.parent / page).resolve() for page in listed}
    assert len(pages) == len(listed)
    assert pages >= {*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")} - {INDEX}

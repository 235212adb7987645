"""Words of users stand on the page as they are written, and none of them is read as markup, style or script."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from ally import LEVERS, write_with_allies

from sim.report.answer import state_answer
from sim.report.html_page import render_page
from sim.results.reading.store import Results
from sim.results.tables import collect_tables
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

HOSTILE = "</title></svg></script><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }}"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.labels: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        assert not any("javascript:" in (value or "") for _, value in attrs)
        self.labels += [value for name, value in attrs if name == "aria-label" and value]

    def handle_data(self, data):
        self.texts.append(data)


def test_hostile_names_are_words(tmp_path: Path):
    path = write_with_allies(tmp_path, LEVERS)
    text = path.read_text().replace('title = "Tiny"', f"title = '{HOSTILE}'").replace('"fewer acts"', f"'{HOSTILE}'")
    path.write_text(text)
    theatre = path.with_name("allies.toml")
    names = theatre.read_text().replace('"Ally of Right"', f"'{HOSTILE}'").replace('"Left-Right war"', f"'{HOSTILE}'")
    theatre.write_text(names)
    results = Results.open(run_blocks(Scenario.load(path), tmp_path / "out", replicates=24, seed=3))
    frames = collect_tables(results)
    for difference in (HOSTILE, ""):
        told = [(results, frames)] * (2 if difference else 1)
        page = render_page(told, difference, tmp_path)
        tags = Tags()
        tags.feed(page)
        assert tags.tags.count("script") == (0 if difference else 2)
        assert "img" not in tags.tags
        assert "49" not in "".join(tags.texts[:40])
        assert any(HOSTILE in text for text in tags.texts)
        assert any(state_answer(results).text in label for label in tags.labels)
    slot = page.partition('id="histories">')[2].partition("</script>")[0]
    assert "<" not in slot

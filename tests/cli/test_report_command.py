"""``sim report``: stored results told again, alone and beside others, from committed tables without histories."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command import Command

RESULTS = Path(__file__).parents[2] / "results"


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("baseline", "truce-held"):
        shutil.copytree(RESULTS / name, tmp_path / "results" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_report_is_made_again_beside_its_tables(sim: Command, stored: Path):
    page = stored / "results" / "baseline" / "report.html"
    page.unlink()
    done = sim("report", "baseline")
    assert (done.status, done.err) == (0, "")
    assert "23 of 100 simulated histories" in " ".join(done.out.split())
    first = page.read_bytes()
    assert b'href="odds.csv"' in first
    assert sim("report", "baseline", "--json").status == 0
    assert page.read_bytes() == first


def test_two_results_are_told_side_by_side(sim: Command, stored: Path):
    told = json.loads(sim("report", "baseline", "truce-held", "--json").out)
    page = (stored / told["file"]).read_text(encoding="utf-8")
    assert "lowers the simulated odds" in told["difference"]
    assert 'id="difference"' in page
    assert page.count('id="rests-on') == 2
    assert 'href="results/truce-held/odds.csv"' in page
    assert [answer["title"] for answer in told["answers"]][1] == "Gaza truce held"
    again = sim("report", "baseline", "truce-held")
    assert again.status == 2
    assert "--force replaces it" in again.err
    assert sim("report", "baseline", "truce-held", "--force").status == 0


def test_a_report_is_markdown_too(sim: Command, stored: Path):
    assert sim("report", "baseline", "--format", "md", "--out", "told.md").status == 0
    text = (stored / "told.md").read_text(encoding="utf-8")
    assert text.startswith("# Baseline")
    assert "simulated histories see an Israel-Lebanon war" in text
    assert "| question | 30 days |" in text


def test_what_cannot_be_written_is_said(sim: Command, stored: Path, monkeypatch: pytest.MonkeyPatch):
    wrong = sim("report", "baseline", "--format", "htm")
    assert (wrong.status, wrong.out) == (2, "")
    assert 'did you mean "html"?' in wrong.err
    monkeypatch.setenv("PATH", str(stored))
    nobody = sim("report", "baseline", "--format", "pdf")
    assert (nobody.status, nobody.out) == (2, "")
    assert "take html and print that" in nobody.err
    assert not (stored / "results" / "baseline" / "report.pdf").exists()
    assert "did you mean" in sim("report", "baselin").err

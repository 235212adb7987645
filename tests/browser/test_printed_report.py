"""The report on paper, as the browser of this machine prints it: few pages, with the answer, pictures and one table."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from command import run

RESULTS = Path(__file__).parents[2] / "results"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("baseline", "truce-held"):
        shutil.copytree(RESULTS / name, tmp_path / "results" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pages_of(file: Path) -> int:
    content = file.read_bytes()
    assert content.startswith(b"%PDF-")
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", content))


@pytest.mark.slow
def test_the_report_of_the_baseline_takes_six_pages_at_most(place: Path):
    done = run("report", "baseline", "--format", "pdf")
    assert (done.status, done.err) == (0, "")
    assert 2 <= pages_of(place / "results" / "baseline" / "report.pdf") <= 6


@pytest.mark.slow
def test_two_results_are_printed_one_behind_the_other(place: Path):
    done = run("report", "baseline", "truce-held", "--format", "pdf", "--out", "both.pdf")
    assert (done.status, done.err) == (0, "")
    assert 4 <= pages_of(place / "both.pdf") <= 12

"""What the pages show is what their commands print, from top to bottom and as written (see ``tests/pages.py``)."""

import shlex
from pathlib import Path

import pandas as pd
import pytest
import shown_in_readme
from pages import PAGES, README, ROOT, blocks_of, is_walk, output_of, walk
from PIL import Image

import sim

SHOWN = [block for page in PAGES if not is_walk(page) for block in blocks_of(page, "console")]
PRIOR_CHECK = "sim scenario prior-check"
WHAT_IF = ROOT / "docs" / "your-first-what-if.md"
WITH_TESTS_OF_THEIR_OWN = ("your-first-policy", "in-a-notebook")
WALKS = [page for page in PAGES if is_walk(page) and page.stem not in WITH_TESTS_OF_THEIR_OWN]


def command_of(block):
    return block.command


@pytest.mark.parametrize("block", [block for block in SHOWN if PRIOR_CHECK not in block.command], ids=command_of)
def test_a_page_shows_what_its_command_prints(block):
    assert output_of(block.command) == block.output


def test_the_prior_check_that_a_page_shows_is_the_committed_one(monkeypatch):
    """It takes a minute, and is made again by night; here the command prints the committed table, and writes it."""
    (block,) = [block for block in SHOWN if PRIOR_CHECK in block.command]
    file = ROOT / "results" / "prior-check.csv"
    before = file.read_bytes()

    def committed(checks, replicates, seed):
        assert (checks, replicates, seed) == (Path("scenarios/lebanon-2023/prior-check.toml"), 1000, None)
        return pd.read_csv(file)

    monkeypatch.setattr("sim.inference.prior_predictive.prior_check", committed)
    printed, shown = output_of(block.command).split(), block.output.split()
    assert file.read_bytes() == before
    assert len(printed) == len(shown) > 100
    # Of what the table has in six digits the page shows three.
    differing = [(one, other) for one, other in zip(printed, shown, strict=True) if one != other]
    assert all(float(one) == pytest.approx(float(other), rel=0.01) for one, other in differing)
    assert len(differing) <= 2


@pytest.mark.usefixtures("plain_pictures")
@pytest.mark.parametrize("page", WALKS, ids=lambda page: page.stem)
def test_a_walk_leads_where_it_says(page, tmp_path):
    """Each console block is what its command prints, a text block below a command a part of that, a file as written."""
    text = page.read_text(encoding="utf-8")
    below = {block.span[0]: block.text for block in blocks_of(page, "text")}
    compared = 0
    for block, printed in walk(page, tmp_path):
        if block.shows or block.language == "console":
            assert printed == (block.text if block.shows else block.output)
            compared += 1
        elif (start := block.span[1] + 2) in below:
            assert below[start].strip() in printed, text[block.span[0] : start]
            compared += 1
    assert compared == len([one for one in blocks_of(page) if one.shows or one.language in ("console", "text")]) > 0


def test_the_readme_sets_up_with_one_command_each():
    """One runs the main job, whose report the next one opens; one passes the tests."""
    job, opens, tests = (block.text.strip() for block in blocks_of(README, "sh"))
    for command in (job, tests):
        parts = [shlex.split(part) for part in command.split("&&")]
        assert parts[0] == ["python3", "-m", "venv", ".venv"]
        assert parts[1][0] == ".venv/bin/pip"
    scenario, _, out = shlex.split(job.split("&&")[2])[2:]
    assert (ROOT / scenario).is_file()
    assert shlex.split(opens)[-1] == f"{out}/{Path(scenario).stem}/report.html"


def test_contributing_sets_up_with_the_commands_of_the_readme():
    (setup, *_) = blocks_of(ROOT / "CONTRIBUTING.md", "sh")
    assert " && ".join(setup.text.splitlines()) == blocks_of(README, "sh")[-1].text.strip()


def test_the_policy_of_the_readme_keeps_its_contract(tmp_path):
    from sim.policies.registry import load_policy
    from sim.testing import check_policy

    (source,) = blocks_of(README, "python")
    assert len([line for line in source.text.splitlines() if line.strip()]) <= 15
    (tmp_path / "my_rules.py").write_text(source.text, encoding="utf-8")
    verdicts = check_policy(load_policy("my_rules.py:Vengeful", tmp_path))
    assert [verdict.name for verdict in verdicts if not verdict.passed] == []


def test_the_readme_shows_what_the_main_job_ends_on():
    """The sweep takes minutes; its screen is made from the shipped tables. By night they are made again whole."""
    (shown,) = shown_in_readme.SCREEN.findall(README.read_text(encoding="utf-8"))
    assert shown == shown_in_readme.screen()
    assert shown_in_readme.answer().removesuffix(".") in " ".join(shown.split())


def test_the_picture_of_the_readme_is_that_of_the_shipped_report():
    picture = shown_in_readme.PICTURE
    assert f"({picture.relative_to(ROOT)})" in README.read_text(encoding="utf-8")
    assert picture.stat().st_size < shown_in_readme.MOST_BYTES
    with Image.open(picture) as image:
        assert image.info["answer"] == shown_in_readme.answer(), "run python tests/shown_in_readme.py"


def test_the_what_if_of_the_readme_is_that_of_its_page():
    """There it is run; here command and sentence must be the same."""
    (block,) = (block for block in blocks_of(README, "text") if block.text.startswith("$ sim compare"))
    shown = {block.command: block.output for block in blocks_of(WHAT_IF, "console")}
    assert shown[block.command].startswith(f"{block.output}\n")


def test_the_sentence_that_may_be_quoted_is_that_of_the_shipped_baseline():
    page = (ROOT / "docs" / "reading-a-result.md").read_text(encoding="utf-8")
    quoted = " ".join(line.removeprefix("> ") for line in page.splitlines() if line.startswith("> "))
    assert sim.state_answer(sim.open_results(ROOT / "results" / "baseline")).sentence in quoted

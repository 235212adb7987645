"""The report in a browser: it asks nobody, everybody can read it, and every number on it is that of the tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import PHONE, SCREEN, Opened, screenshots
from playwright.sync_api import expect
from reports import address, choose, go, sweep_hostile, sweep_tiny, text_of, wait_until_drawn

from sim.core.intervals import interval
from sim.report.answer import make_answer
from sim.report.export import render_report
from sim.report.html_page import PAGE
from sim.report.sheet import in_percent
from sim.report.sweep_report import run_sweep
from sim.results.reading.question_outcomes import locate_cells, read_outcomes
from sim.results.reading.store import Results
from sim.sweeps.cluster_errors import estimate_size

pytestmark = pytest.mark.slow  # a sweep, and a browser
Opens = Callable[..., Opened]
SIZES = pytest.mark.parametrize("size", [PHONE, SCREEN], ids=["phone", "screen"])
GIVEN = "#question=Q5&days=8&point=1&given=Q4:5"


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return sweep_tiny(tmp_path_factory.mktemp("tiny"))


@SIZES
@pytest.mark.parametrize("fragment", ["", GIVEN], ids=["first", "given"])
def test_the_page_asks_nobody_and_everybody_can_read_it(
    swept: Results, open_page: Opens, size: dict[str, int], fragment: str
) -> None:
    opened = wait_until_drawn(open_page(address(swept, fragment), size))
    opened.picture(f"report-{size['width']}{'-given' if fragment else ''}")
    assert opened.requests == [address(swept)]
    assert opened.errors == []
    assert opened.faults_of_access() == []
    assert opened.overflow() <= 0


@SIZES
def test_the_answer_stands_above_the_fold(swept: Results, open_page: Opens, size: dict[str, int]) -> None:
    opened = wait_until_drawn(open_page(address(swept), size))
    for place in ("asked", "big", "icons", "range", "rests-line"):
        box = opened.page.locator(f"#{place}").bounding_box()
        assert box is not None
        assert box["height"] > 0
        assert box["y"] + box["height"] <= size["height"], place


def test_every_answer_on_the_page_is_that_of_the_table(swept: Results, open_page: Opens) -> None:
    opened = wait_until_drawn(open_page(address(swept)))
    asked = [question["id"] for question in swept.manifest["questions"]]
    rows = {(row["question"], row["horizon_days"], row["point"]): row for row in swept.odds.to_dict("records")}
    for question, day, point in product(asked, swept.manifest["horizons"], range(swept.manifest["points"])):
        for picker, value in (("pick-question", question), ("pick-days", day), ("pick-point", point)):
            if opened.page.input_value(f"#{picker}") != str(value):
                choose(opened, picker, value)
        row = rows[question, day, point]
        answer = make_answer(swept, {str(name): value for name, value in row.items()})
        assert text_of(opened, "sentence") == f"To quote: “{answer.sentence}”"
        assert text_of(opened, "range") == answer.interval
        filled = re.search(r"\d+", opened.page.get_attribute("#icons svg", "aria-label") or "")
        assert filled is not None
        assert int(filled[0]) == min(round(100 * row["estimate"]), 100 if row["estimate"] == 1 else 99)
        assert text_of(opened, "big") == f"In {answer.count}"
        told = opened.page.text_content("#what-ifs") or ""
        for other in range(swept.manifest["points"]):
            beside = rows[question, day, other]
            shown = [in_percent(beside[name]) for name in ("estimate", "low", "high")]
            assert "{} ({}–{})".format(*shown) in told
    assert opened.errors == []


def test_the_first_answer_is_told_alike_with_and_without_a_script(swept: Results, open_page: Opens) -> None:
    places = ("asked", "big", "range", "sentence", "rests-line", "rests-on", "what-ifs")
    opened = wait_until_drawn(open_page(address(swept)))
    # Other pickers and back again: what the script wrote is compared, not what it left.
    choose(opened, "pick-question", "Q2")
    choose(opened, "pick-question", "Q1")
    plain = open_page(address(swept), script=False)
    assert {place: text_of(opened, place) for place in places} == {place: text_of(plain, place) for place in places}


def kept_odds(results: Results, point: int, kept: Any, question: str, day: int) -> tuple[int, int, float, float]:
    """Return k, n and the interval among some replicates, as the tables count them."""
    answers = read_outcomes(results, point, locate_cells(results, [question], [day]))
    rows = np.isin(answers.replicates, kept)
    holds, replicates = answers.holds[rows], answers.replicates[rows]
    n, k = len(replicates), int(holds.sum())
    size = float(estimate_size(holds, replicates)[0])
    return k, n, *interval(size if k == n else k * (size / n), size)


def test_a_condition_keeps_its_histories_and_tells_their_odds(swept: Results, open_page: Opens) -> None:
    opened = wait_until_drawn(open_page(address(swept, "#question=Q5&days=8&point=1")))
    choose(opened, "given-day", 5)
    choose(opened, "given-event", "Q4")
    events = read_outcomes(swept, 1, locate_cells(swept, ["Q4"], [5]))
    k, n, low, high = kept_odds(swept, 1, events.replicates[events.holds[:, 0]], "Q5", 8)
    assert 100 <= n < len(events.replicates)
    told = text_of(opened, "range")
    assert f"{k} of {n}; from the number of histories alone: {in_percent(low)} to {in_percent(high)} %." in told
    assert "This is what goes with it, not what causes it." in told
    assert f"among the {n} histories that see" in text_of(opened, "sentence")
    assert "given=Q4%3A5" in opened.page.url
    opened.page.click("#chips button")
    opened.page.wait_for_function("!location.hash.includes('given')")
    assert text_of(opened, "range") == make_answer(swept, answer_row(swept, "Q5", 8, 1)).interval


def answer_row(results: Results, question: str, day: int, point: int) -> dict[str, Any]:
    odds = results.odds
    chosen = (odds["question"] == question) & (odds["horizon_days"] == day) & (odds["point"] == point)
    (row,) = odds[chosen].to_dict("records")
    return {str(name): value for name, value in row.items()}


def test_an_end_of_a_driver_keeps_its_third_by_the_keyboard(swept: Results, open_page: Opens) -> None:
    opened = wait_until_drawn(open_page(address(swept, "#question=Q1&days=5&point=0"), PHONE))
    end = opened.page.locator("#drivers button").first
    words = end.get_attribute("aria-label") or ""
    shown = re.fullmatch(r"Keep the (lowest|highest) third of (.+): ([\d.]+) %", words)
    assert shown is not None
    end.focus()
    opened.page.keyboard.press("Space")
    opened.page.wait_for_function("location.hash.includes('third=')")
    key = re.search(r"third=\w+%3A([^&]+)", opened.page.url)
    assert key is not None
    values = swept.read([f"input.{key[1]}"], 0)
    edges = np.quantile(values[f"input.{key[1]}"], (1 / 3, 2 / 3), method="inverted_cdf")
    drawn = values[f"input.{key[1]}"].to_numpy()
    kept = drawn <= edges[0] if shown[1] == "lowest" else drawn > edges[1]
    k, n, low, high = kept_odds(swept, 0, values["replicate"][kept], "Q1", 5)
    opened.page.wait_for_selector("#chips button")
    assert f": {k} of {n}; " in text_of(opened, "range")
    assert f"{in_percent(low)} to {in_percent(high)} %." in text_of(opened, "range")
    assert in_percent(k / n) == shown[3]
    opened.picture("report-390-third")
    opened.page.locator("#chips button").focus()
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_function("!location.hash.includes('third=')")


def test_among_few_histories_no_odds_are_shown(swept: Results, open_page: Opens) -> None:
    came = int(read_outcomes(swept, 1, locate_cells(swept, ["Q10"], [2])).holds.sum())
    assert 0 < came < 100
    opened = wait_until_drawn(open_page(address(swept, "#question=Q5&days=8&point=1&given=Q10:2")))
    assert text_of(opened, "big") == "Too few histories"
    assert text_of(opened, "range").startswith(f"Only {came} of 640 stored histories that see a regional war by day 2:")
    assert text_of(opened, "sentence") == ""
    assert not opened.page.is_visible("#icons")
    assert opened.errors == []


def test_what_implies_the_question_is_not_offered(swept: Results, open_page: Opens) -> None:
    opened = wait_until_drawn(open_page(address(swept, "#question=Q1&days=8&point=1")))
    choose(opened, "given-day", 5)
    offered = opened.page.locator("#given-event option").evaluate_all("all => all.map(one => one.value)")
    assert {"Q2", "Q4", "Q5"} <= {*offered}
    assert not {"Q1", "Q10", "Q11", "Q8"} & {*offered}  # itself, wars that hold it, a state, which has no first day


def test_what_the_server_drew_of_conditions_stays_until_one_is_chosen(swept: Results, open_page: Opens) -> None:
    plain = open_page(address(swept), script=False).page.text_content("#given figcaption")
    opened = wait_until_drawn(open_page(address(swept)))
    assert opened.page.text_content("#given figcaption") == plain
    choose(opened, "given-day", 5)
    assert opened.page.text_content("#given figcaption") != plain


def test_lines_that_rest_on_assumptions_are_dashed(swept: Results, open_page: Opens) -> None:
    opened = wait_until_drawn(open_page(address(swept)))
    dashed = opened.page.locator("#drivers svg g[data-part=link][stroke-dasharray='5 3'] path")
    assert dashed.count() == (opened.page.text_content("#drivers svg") or "").count(", judgement") > 0


def test_another_history_is_a_button_away(swept: Results, open_page: Opens) -> None:
    opened = wait_until_drawn(open_page(address(swept)))
    first = opened.page.text_content("#one-history figcaption")
    opened.page.focus("#another-history")
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_function(
        "first => document.querySelector('#one-history figcaption').textContent !== first", arg=first
    )
    second = opened.page.text_content("#one-history figcaption") or ""
    shown = re.search(r"--at 0/(\d+)/7$", second)
    assert shown is not None
    killed = swept.read([f"killed_{place}_at_8" for place in ("Leftland", "Rightland")], 0)
    total = killed.filter(like="killed").sum(axis=1)
    below = (total < total[int(shown[1])]).mean()
    assert 0.3 < below < 0.6
    assert "No single history stands for the others" in second
    assert "sim run tiny.toml --at" in second
    assert opened.page.evaluate("document.activeElement.id") == "another-history"


def test_the_keyboard_reaches_every_control(swept: Results, open_page: Opens) -> None:
    opened = wait_until_drawn(open_page(address(swept)))
    mark = """() => [...document.querySelectorAll('a[href], button, select, summary, [tabindex="0"]')]
        .filter(one => one.checkVisibility()).map((one, i) => (one.dataset.place = String(i)))"""
    places = opened.page.evaluate(mark)
    reached = set()
    for _ in range(len(places) + 3):
        opened.page.keyboard.press("Tab")
        reached.add(opened.page.evaluate("document.activeElement.dataset.place ?? null"))
    assert set(places) <= reached


@pytest.mark.parametrize(
    "fragment",
    [
        "#question=Q99&days=1e9&point=-1&third=lowest:nothing&given=Q1:9999999999",
        "#question=<img src=x>&days=NaN&point=__proto__&third=<b>:x&given=__proto__:5",
        "#%E0%A4%A&question=%00",
    ],
)
def test_what_an_address_names_and_is_not_there_is_passed_over(swept: Results, open_page: Opens, fragment: str) -> None:
    opened = wait_until_drawn(open_page(address(swept, fragment)))
    plain = wait_until_drawn(open_page(address(swept)))
    assert text_of(opened, "sentence") == text_of(plain, "sentence")
    assert opened.errors == []


def test_a_place_of_the_page_leaves_what_was_chosen(swept: Results, open_page: Opens) -> None:
    opened = wait_until_drawn(open_page(address(swept)))
    choose(opened, "pick-question", "Q2")
    sentence = text_of(opened, "sentence")
    opened.page.locator("nav a").nth(1).click()
    expect(opened.page).to_have_url(re.compile("question=Q2"))
    assert text_of(opened, "sentence") == sentence


def test_without_a_script_the_pictures_and_tables_are_there(swept: Results, open_page: Opens) -> None:
    opened = open_page(address(swept), PHONE, script=False)
    for place in ("odds-over-time", "rests-on", "what-ifs", "drivers"):
        assert opened.page.is_visible(f"#{place} .narrow svg"), place
        assert len(text_of(opened, place)) > 40
    assert opened.page.locator("table").count() > 3
    assert opened.page.locator("select, button").count() == 0
    assert opened.overflow() <= 0
    opened.picture("report-390-without-script")


def test_histories_that_cannot_be_read_leave_the_page_as_it_was(
    swept: Results, tmp_path: Path, open_page: Opens
) -> None:
    page = (swept.path / PAGE).read_text(encoding="utf-8")
    file = tmp_path / "damaged.html"
    file.write_text(re.sub(r'"chunks":\["[^"]+"', '"chunks":["AAAA"', page), encoding="utf-8")
    opened = open_page(file.as_uri())
    opened.page.wait_for_function("document.querySelector('#fault')?.textContent")
    assert text_of(opened, "fault").startswith("The stored histories cannot be read here")
    assert text_of(opened, "range") == make_answer(swept, answer_row(swept, "Q1", 8, 0)).interval
    assert opened.page.is_visible("#rests-on svg")
    assert opened.errors == []


def test_words_of_a_user_are_words(tmp_path: Path, open_page: Opens) -> None:
    results = sweep_hostile(tmp_path)
    opened = wait_until_drawn(open_page(address(results)))
    choose(opened, "pick-question", "Q2")
    assert "{count} </script>" in text_of(opened, "asked")
    choose(opened, "pick-question", "Q5")
    choose(opened, "given-event", "Q1")
    assert "</script>" in text_of(opened, "chips")
    assert opened.page.title() != "run"
    assert opened.page.locator("img, script:not([type])").count() == 0
    assert opened.errors == []
    assert opened.requests == [address(results)]


def test_the_baseline_is_printed_on_six_pages(tmp_path: Path, open_page: Opens) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(render_report([Results.open("results/baseline")], "html", file))
    printed = open_page(file.as_uri()).page.pdf(path=screenshots() / "baseline.pdf", prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 6


def test_a_sweep_of_a_real_theatre_answers_at_once_with_the_numbers_of_its_tables(
    tmp_path: Path, open_page: Opens
) -> None:
    results = run_sweep("lebanon-2023/forgiveness", out=tmp_path, replicates=240)
    opened = wait_until_drawn(open_page(address(results), PHONE))
    rows = results.odds[results.odds["question"].isin(question["id"] for question in results.manifest["questions"])]
    seconds = []
    for row in rows.iloc[::37].to_dict("records"):
        answer = make_answer(results, {str(name): value for name, value in row.items()})
        fragment = f"#question={row['question']}&days={row['horizon_days']}&point={row['point']}"
        seconds.append(go(opened, fragment))
        assert text_of(opened, "sentence") == f"To quote: “{answer.sentence}”"
    assert sorted(seconds)[len(seconds) // 2] < 0.5  # 0.05 on an idle machine
    go(opened, "#question=Q1&days=365&point=1&given=Q4:180")
    opened.picture("forgiveness-390-given")
    assert opened.faults_of_access() == []
    assert opened.overflow() <= 0
    assert opened.errors == []
    assert (results.path / PAGE).stat().st_size < 1_000_000

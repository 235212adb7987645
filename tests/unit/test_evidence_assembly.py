"""What a fit takes as evidence: nothing after its day, nothing twice, nothing that contradicts itself."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pytest

from sim.core.errors import InputError
from sim.inference.evidence_assembly import assemble_evidence, find_provocations
from sim.inference.evidence_plan import read_plan
from sim.inference.evidence_terms import ActCount, DeathToll, SeenTimes

SHIPPED = Path(__file__).parents[2] / "scenarios" / "lebanon-2023"


@pytest.fixture(scope="module")
def plan():
    return read_plan(SHIPPED / "theatre.toml")


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "theatre"
    shutil.copytree(SHIPPED, folder)
    return folder


def test_nothing_after_the_start_is_used(plan):
    found = assemble_evidence(plan)
    assert found.until == datetime.date(2023, 11, 7)
    assert all(one.last_day < found.until and one.split == "calibration" for one in found.ledger)
    seen = next(one for one in found.evidence.pieces if isinstance(one, SeenTimes))
    assert seen.times.min() > 0
    assert seen.times.max() < 30
    assert found.evidence.pauses == ()
    used = {name for name, _, use in found.uses if not use.startswith("left out")}
    assert all(plan.tallies[name].period_end < found.until for name in used if name.startswith("S3"))


def test_counts_that_run_past_the_start_are_left_out_with_a_reason_or_cut(plan):
    default = assemble_evidence(plan)
    reasons = {name: use for name, _, use in default.uses}
    assert "three days past the start" in reasons["S3.1-48.1"]
    also = assemble_evidence(plan, also=["S3.1-48.1", "S3.1-48.2"])
    counts = {one.name: one for one in also.evidence.pieces if isinstance(one, ActCount)}
    assert counts["S3.1-48.1"].count == round(553 * 30 / 34)
    assert counts["S3.1-48.2"].days == 30


def test_a_later_day_uses_later_reports_and_the_pause(plan):
    found = assemble_evidence(plan, datetime.date(2023, 12, 10))
    assert found.evidence.pauses[0].first == 47
    tolls = [one for one in found.evidence.pieces if isinstance(one, DeathToll)]
    assert {one.name for one in tolls if one.location == "Lebanon"} == {"S3.1-47.1"}
    assert any(one.split == "held_out" for one in found.ledger)


def test_another_day_takes_deaths_by_day_in_place_of_tallies(copy):
    header, *days = (copy / "daily.csv").read_text(encoding="utf-8").splitlines()
    rows = [f"{header},dead", *(f"{day},{number % 4}" for number, day in enumerate(days))]
    (copy / "daily.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    with (copy / "evidence.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[daily_deaths]]\nfile = "daily.csv"\ncolumn = "dead"\nlocation = "Lebanon"\nsource = "invented"\n'
        )
    plan = read_plan(copy / "theatre.toml")
    at_start, later = (assemble_evidence(plan, day) for day in (None, datetime.date(2023, 12, 10)))
    names = [
        {one.name for one in found.evidence.pieces if isinstance(one, DeathToll) and one.location == "Lebanon"}
        for found in (at_start, later)
    ]
    assert "dead" not in names[0]
    assert names[1] == {"dead"}


def test_a_window_leaves_out_what_is_older(plan):
    found = assemble_evidence(plan, datetime.date(2024, 3, 1), window_days=30)
    assert found.evidence.days == 30
    assert found.evidence.pauses == ()


def test_lags_are_bounds_that_the_reported_times_allow(plan):
    lags = {(one.reaction, one.trigger): one for one in assemble_evidence(plan).evidence.lags}
    stated = lags["S3.1-44", "S3.1-43"]
    assert stated.low * 24 < 2.2 < stated.high * 24
    assert all(0 <= one.low < one.high for one in lags.values())
    assert ("S3.1-06b", "S3.1-05") not in lags, "two rows of one answer count once"


def test_provocations_are_high_acts_with_the_answers_that_the_record_names(plan):
    found = {one.id: one.answered for one in find_provocations(plan, assemble_evidence(plan).ledger, "HZB")}
    assert found == {"S3.1-12": True, "S3.1-15": True, "S3.1-41": False, "S3.1-43": True}


def test_a_contradictory_ledger_is_refused_with_its_rows(copy):
    path = copy / "ledger.csv"
    text = path.read_text()
    assert "anti-tank missiles,,6,2,2,2,1,1,1,1,1,1," in text
    path.write_text(
        text.replace("anti-tank missiles,,6,2,2,2,1,1,1,1,1,1,", "anti-tank missiles,,6,9,9,9,8,8,8,1,1,1,")
    )
    with pytest.raises(
        InputError, match=r"S3\.1-17 \(9\).*at least 12 dead in all, but the tally S3\.1-47\.4"
    ) as caught:
        assemble_evidence(read_plan(copy / "theatre.toml"))
    assert "S3.1-04 (3)" in str(caught.value)


def test_a_theatre_without_evidence_is_refused(copy):
    (copy / "evidence.toml").unlink()
    with pytest.raises(InputError, match="needs it to know its evidence"):
        read_plan(copy / "theatre.toml")


def test_faults_of_the_plan_are_named_together(copy):
    path = copy / "evidence.toml"
    text = path.read_text().replace('id = "S3.1-47.1"', 'id = "S3.1-47.9"').replace('party = "HAM"', 'party = "HAMM"')
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_plan(copy / "theatre.toml")
    assert 'did you mean "HAM"' in str(caught.value)
    assert '"S3.1-47.9" is not known' in str(caught.value)

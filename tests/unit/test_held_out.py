"""The line between evidence and test data: marked rows planted beyond it, in every file, reach no fit and no origin.

The same rows a day before the line change what a fit is made of, each its own part, so that the check can fail.
"""

from __future__ import annotations

import csv
import datetime
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from importer_forms import EVENT_FORMS, EVENTS, Labels, write_source
from records import plain
from reduced import lebanon_part

from sim.evidence.importers import load_importers
from sim.evidence.ledger_merge import merge_incidents
from sim.inference import fit, likelihood, nowcast
from sim.inference.evidence_assembly import assemble_evidence, find_provocations
from sim.inference.evidence_plan import read_plan
from sim.inference.posterior_predictive import use_posterior
from sim.inference.response_rates import warm_up
from sim.inference.sampler import Sample
from sim.scenario.scenario import Scenario

SHIPPED = Path(__file__).parents[2] / "scenarios" / "lebanon-2023"
FILES = ("evidence.toml", "tallies.csv", "sirens.csv", "daily.csv")
PIECES = tuple(kind.__name__ for kind in likelihood.Piece.__subclasses__())
EARLY, START, LATE = (datetime.date(2023, 10, 25), datetime.date(2023, 11, 7), datetime.date(2023, 12, 10))
ORIGINS = {"a day before the start": EARLY, "the start": START, "a day after the start": LATE}
DAY = datetime.timedelta(days=1)
FOR_SCORES = ("hindcast.toml", "deaths.csv")
"""What came after an origin: it lies beside the evidence, and no fit opens it."""


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """The four parties at the front with all kinds of evidence; deaths by day are invented."""
    folder = lebanon_part(tmp_path_factory.mktemp("clean")).parent
    text = (folder / "baseline.toml").read_text()
    (folder / "baseline.toml").write_text(text.replace("run = {", "run = {step_days = 1, ", 1))
    for name in FILES + FOR_SCORES:
        shutil.copy(SHIPPED / name, folder)
    header, *days = (folder / "daily.csv").read_text().splitlines()
    rows = [f"{header},dead", *(f"{day},{number % 4}" for number, day in enumerate(days))]
    (folder / "daily.csv").write_text("\n".join(rows) + "\n")
    with (folder / "evidence.toml").open("a") as file:
        file.write(
            '\n[[daily_deaths]]\nfile = "daily.csv"\ncolumn = "dead"\nlocation = "Lebanon"\nsource = "invented"\n'
        )
    return folder


@pytest.fixture
def folder(clean, tmp_path):
    return Path(shutil.copytree(clean, tmp_path / "theatre"))


# --- what a fit is made of


def evidence_parts(folder, until):
    """Return by name every part of the evidence as of a day, and the history of the scenario and of the origin."""
    plan = read_plan(folder / "theatre.toml")
    assembled = assemble_evidence(plan, until)
    base = Scenario.load(plan.scenario)
    evidence = assembled.evidence
    return {
        **{kind: plain([one for one in evidence.pieces if type(one).__name__ == kind]) for kind in PIECES},
        "lags": plain(evidence.lags),
        "pauses": plain(evidence.pauses),
        "days": (evidence.days, assembled.first, assembled.until),
        "ledger": plain(assembled.ledger.incidents),
        "provocations": plain([find_provocations(plan, assembled.ledger, party) for party in plan.candidates]),
        "uses": [use for use in assembled.uses if not use[2].startswith("left out")],
        "history": plain(base.history),
        "origin": plain(fit.start_on(base, until).history),
    }


def fit_parts(folder, until):
    """Return what a nowcast hands to the sampler, and its row; the draws are not sampled but given."""
    fits, begun = [], []

    def given(likelihood, names, seed, budget):
        return Sample(np.random.default_rng(seed).normal(0, 0.1, (2, 3, 2, len(names))), *np.ones((2, len(names))))

    def asked(scenario, seed):
        begun.append((scenario.start, scenario.history))
        return warm_up(scenario, seed)

    def run(scenario, posterior, name):
        begun.append((scenario.start, scenario.history))
        return use_posterior(scenario, posterior, name)

    def noted(*arguments, **options):
        fits.append(fit.fit(*arguments, **options))
        return fits[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "sample", given)
        patch.setattr(fit, "warm_up", asked)
        patch.setattr(fit, "_PRIOR_DRAWS", 20)
        patch.setattr(nowcast, "fit", noted)
        patch.setattr(nowcast, "use_posterior", run)
        patch.setattr("sim.inference.response_rates.REPLICATES", 10)
        patch.setattr("sim.inference.response_rates.WARM_UP_DAYS", 2)
        table = nowcast.nowcast(folder / "theatre.toml", [until], replicates=10, horizon=3, question="Q5")
    (posterior,) = fits
    assert [start for start, _ in begun] == [until, until], "policies are asked and odds are taken as of the day"
    return {
        "warm-up": plain(begun[0]),
        "run": plain(begun[1]),
        "answered": posterior.answered,
        "policies": plain(posterior.policies["weight"].to_numpy()),
        "parameters": (posterior.space.keys, posterior.unfitted),
        "log posterior": plain(posterior.likelihood(posterior.coordinates.reshape(-1, len(posterior.space.keys)))),
        "draws": posterior.digest,
        "row": table.astype(str).to_numpy().tolist(),
    }


# --- rows that may be planted

Plant = Callable[[Path, int, datetime.date, datetime.date, str], None]
"""Writes a row with a number, a first and a last day and a split into the files of a folder."""


def insert(path, row, sort=()):
    """Add a row to a CSV file, at its place if its rows are sorted."""
    with path.open(newline="") as file:
        header, *rows = list(csv.reader(file))
    assert row.keys() <= set(header)
    rows.append([str(row.get(name, "")) for name in header])
    if sort:
        rows.sort(key=lambda cells: [cells[header.index(name)] for name in sort])
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def append(path, text):
    with path.open("a") as file:
        file.write(f"\n{text}\n")


def act(**cells) -> Plant:
    def plant(folder, number, first, last, split):
        span = {"time_precision": "day"} if first == last else {"date_end": last, "time_precision": "span"}
        given = {"kind": "act", "leader_killed": "false", "certainty": "S", "in_article": "false", "source": "MARK"}
        place = {"id": f"MARK-{number}", "place": f"Place {number}", "split": split, "date": first}
        insert(folder / "ledger.csv", {**given, **cells, **span, **place})

    return plant


def tally(whole=None, **cells) -> Plant:
    """A tally of the plan; with a whole it is a part of that, and lies before the line itself."""

    def plant(folder, number, first, last, split):
        given = {"counted_by": "MARK", "source": "MARK", "in_article": "false", "id": f"MARK-{number}"}
        given |= {"period_start": "2023-10-08", "period_end": last, "split": split, "location": "Israel"}
        insert(folder / "tallies.csv", given | cells)
        entry = f'[[tally]]\nid = "MARK-{number}"\nsource = "MARK"'
        if whole:
            part = {"id": f"MARK-{number}a", "period_end": "2023-10-20", "split": "calibration", "best": 3}
            insert(folder / "tallies.csv", given | cells | part | whole)
            entry = f'[[tally]]\nid = "MARK-{number}a"\npart_of = "MARK-{number}"\nsource = "MARK"'
        append(folder / "evidence.toml", entry)

    return plant


def sighting(folder, number, first, last, split):
    row = {"date": last, "time": "00:00", "split": split, "kind": "MARK", "localities": 997}
    insert(folder / "sirens.csv", row, ("date", "time"))


def deaths_by_day(folder, number, first, last, split):
    """From the last day on; days that are held out have nobody before them who is not."""
    header, *rows = (folder / "daily.csv").read_text().splitlines()
    rows = [f"{row.rpartition(',')[0]},991" if row >= str(last) else row for row in rows]
    (folder / "daily.csv").write_text("\n".join([header, *rows]) + "\n")


def pause(folder, number, first, last, split):
    append(folder / "evidence.toml", f'[[pause]]\nfirst = {last}\nlast = {last + DAY}\nsource = "MARK"')


LEDGER = {"ledger", "origin", "history"}
PLANTS: dict[str, tuple[Plant, datetime.date, set[str]]] = {
    "claimed act": (
        act(initiator="HAM", target="ISR", rung=6, launches_counted=999),
        START,
        LEDGER | {"ActCount", "uses", "provocations"},
    ),
    "grave act": (
        act(initiator="ISR", target="HZB", rung=7, killed_best=999, killed_civilian_best=999),
        START,
        LEDGER | {"provocations"},
    ),
    "answer": (
        act(initiator="ISR", target="HZB", rung=2, stated_trigger="S3.1-21a"),
        START,
        LEDGER | {"lags", "provocations"},
    ),
    "answer to another": (
        act(initiator="ISR", target="HZB", rung=2, killed_best=998, stated_trigger="S3.1-18"),
        START,
        LEDGER | {"lags", "Spills"},
    ),
    "evacuation": (act(initiator="ISR", kind="evacuation"), START, {"ledger"}),
    "toll": (tally(measure="killed", best=993), START, {"DeathToll", "uses"}),
    "share": (
        tally(measure="killed", best=995, whole={"measure": "killed_civilians"}),
        START,
        {"DeathShare", "uses"},
    ),
    "count": (tally(measure="acts", initiators="HZB;HAM", best=994), START, {"ActCount", "uses"}),
    "sighting": (sighting, START, {"SeenTimes", "uses"}),
    "deaths by day": (deaths_by_day, EARLY, {"DeathToll", "uses"}),
    "pause": (pause, LATE, {"pauses", "DeathToll"}),
}
"""By name: a row, the day of origin at which it is tried, and the parts that it changes a day before that."""


def ways_past(line):
    """Return first day, last day and split of rows that a fit as of a day must not see."""
    ways = [(line, line), (line - 4 * DAY, line), (line - DAY, line + 3 * DAY), (line + 40 * DAY, line + 40 * DAY)]
    by_day = [(first, last, split) for first, last in ways for split in ("held_out", "calibration")]
    return by_day, [(line - 2 * DAY, line - 2 * DAY, "held_out")] if line <= START else []


@pytest.fixture(scope="module")
def parts_of_clean(clean):
    return {line: evidence_parts(clean, line) for line in ORIGINS.values()}


@pytest.fixture(scope="module")
def fit_of_clean(clean):
    return {line: fit_parts(clean, line) for line in ORIGINS.values()}


def changed(before, after):
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize("line", ORIGINS.values(), ids=ORIGINS)
def test_no_row_on_or_after_the_line_leaves_a_trace(folder, parts_of_clean, fit_of_clean, line):
    """Rows on the day, across it and after it, under either split; and held-out rows that are older than the start."""
    by_day, by_split = ways_past(line)
    number = 0
    for plant, _, _ in PLANTS.values():
        for way in by_day + (by_split if plant not in (deaths_by_day, pause) else []):
            number += 1
            plant(folder, number, *way)
    assert number > 70
    found = evidence_parts(folder, line)
    # The scenario itself begins at its start, whatever the day of origin is.
    expected = {"history"} if line < START else set()
    assert changed(parts_of_clean[line], found) == expected
    assert changed(fit_of_clean[line], fit_parts(folder, line)) == set()


def test_days_of_a_series_that_are_held_out_are_in_no_toll_before_the_start(folder, parts_of_clean):
    """Without them as without the days: from 20 October on, held out or not in the file."""
    path = folder / "daily.csv"
    header, *rows = path.read_text().splitlines()
    kept = [row for row in rows if row < "2023-10-20"]
    rest = [row.replace("calibration", "held_out") for row in rows[len(kept) :]]
    found = []
    for lines in (kept + rest, kept):
        path.write_text("\n".join([header, *lines]) + "\n")
        found.append(evidence_parts(folder, EARLY))
    assert changed(*found) == set()
    assert changed(parts_of_clean[EARLY], found[0]) == {"DeathToll", "uses"}


@pytest.mark.parametrize("name", PLANTS)
def test_the_same_row_a_day_before_the_line_changes_its_part(folder, parts_of_clean, name):
    plant, line, parts = PLANTS[name]
    plant(folder, 1, line - DAY, line - DAY, "calibration")
    assert changed(parts_of_clean[line], evidence_parts(folder, line)) == parts


def test_every_part_of_a_fit_is_changed_by_a_row_before_the_line(folder, parts_of_clean, fit_of_clean):
    tried = set().union(*(parts for _, _, parts in PLANTS.values()))
    assert tried == parts_of_clean[START].keys() - {"days", "EventTimes"}, (
        "events are complete in tests of validation only"
    )
    for number, name in enumerate(name for name in PLANTS if name != "deaths by day"):
        PLANTS[name][0](folder, number, START - DAY, START - DAY, "calibration")
    before = fit_of_clean[START]
    assert changed(before, fit_parts(folder, START)) | {"answered"} == before.keys(), (
        "shares follow from the warm-up, and hardly move"
    )


def test_every_file_that_a_fit_reads_has_rows_that_are_planted(folder, monkeypatch):
    read, opened = set(), io.open

    def noted(file, *arguments, **options):
        if isinstance(file, str | Path) and Path(file).is_relative_to(folder):
            read.add(Path(file).name)
        return opened(file, *arguments, **options)

    monkeypatch.setattr(io, "open", noted)
    fit_parts(folder, EARLY)
    assert read == {"ledger.csv", *FILES, "theatre.toml", "baseline.toml"}


LABELS = Labels({"north": "ISR", "south": "HZB", "east": "HAM"})


@pytest.mark.parametrize("format", EVENT_FORMS)
def test_imported_events_stay_on_their_side_of_the_line(folder, parts_of_clean, format):
    """Even where a map says that the line is later than the start of the scenarios."""
    form = EVENT_FORMS[format]

    def take(line, *events):
        actors = LABELS.actor_map(folder / "map.toml", line=line, columns=form.columns, constants=form.constants)
        source = write_source(folder.parent / "source.csv", form.write(events, LABELS))
        merge_incidents(folder / "ledger.csv", load_importers()[format].read(source, actors).incidents).write()

    event = replace(EVENTS[0], initiator="east", target="north")
    for number, line in enumerate((START, START + 400 * DAY)):
        across = [(START, 1), *((START - DAY, days) for days in form.spans)]
        rows = [
            replace(event, id=f"{number}{days}", first=first, days=days, place=f"{number} {days}")
            for first, days in across
        ]
        take(line, *rows)
    assert changed(parts_of_clean[START], evidence_parts(folder, START)) == set()
    take(START, replace(event, id="99", first=START - DAY, own_dead=0, fighters=0, civilians=0))
    assert changed(parts_of_clean[START], evidence_parts(folder, START)) >= LEDGER | {"ActCount"}

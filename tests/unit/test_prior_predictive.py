"""The prior check: its statistics by loops over days and replicates in which no two numbers are alike, and its file."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from types import SimpleNamespace

import asymmetric_front
import numpy as np
import pytest
from asymmetric_front import DYADS, LOCATIONS, SIDES
from worlds import hand_made

from sim.core.errors import InputError
from sim.inference import prior_predictive
from sim.inference.joint_checks import TOGETHER
from sim.inference.prior_predictive import PriorCheck, _read, prior_check

SHIPPED = Path(__file__).parents[2] / "scenarios" / "lebanon-2023" / "prior-check.toml"
THEATRE = asymmetric_front.theatre()
DAYS, REPLICATES = 9, 7
TRUCES = (SimpleNamespace(start_day=4.0, days=3.0), SimpleNamespace(start_day=6.5, days=4.0))
# By replicate: days of the war and of the question, and whether the exchange grew beyond all bounds.
WAR = np.array([np.inf, 7.0, 6.0, 7.0, 8.0, np.inf, 2.0])
ASKED = np.array([5.0, 6.0, np.nan, 4.0, np.inf, 1.0, 5.5])
FAILED = np.array([False, False, False, False, False, True, False])
# Acts and killed of each dyad, day and replicate; nobody acts in the fourth, nor early in the third, few in the fifth.
GENERATOR = np.random.default_rng(8)
ACTS = GENERATOR.integers(0, 9, (len(DYADS), DAYS, REPLICATES)) * (np.arange(REPLICATES) != 3)
ACTS[:, :4, 2] = ACTS[:, :, 4] = 0
ACTS[0, 1, 4], ACTS[5, 2, 4], ACTS[5, 5, 4] = 1, 2, 1
LAUNCHES = np.random.default_rng(9).integers(0, 50, ACTS.shape) * (ACTS > 0)
KILLED = GENERATOR.integers(0, 30, ACTS.shape) * (ACTS > 0)


class Made:
    """A scenario whose replicates have the histories above, whatever the seed, which is noted."""

    seed = 77
    file = SimpleNamespace(truces=TRUCES)

    def __init__(self):
        self.asked = []

    def points(self):
        return ["the only point"]

    def ensemble(self, point, lanes, seed, horizon_days):
        self.asked.append((point, lanes.tolist(), seed, horizon_days))
        rows = [
            {"dyad": f"{sender}-{target}", "day": day + 1, "lane": place, "rung": 1 + day % 4,
             "acts": ACTS[row, day, lane], "killed": KILLED[row, day, lane],
             "launches": LAUNCHES[row, day, lane]}
            for row, (sender, target, _) in enumerate(DYADS)
            for day in range(DAYS)
            for place, lane in enumerate(lanes)
        ]  # fmt: skip
        run = SimpleNamespace(
            theatre=THEATRE,
            totals=hand_made(THEATRE, DAYS, len(lanes), *rows),
            timeline=SimpleNamespace(truces=TRUCES),
            failed=FAILED[lanes],
            judge=lambda: SimpleNamespace(war_day=WAR[lanes]),
            columns=lambda: {"Q1_day": ASKED[lanes].astype(np.float32)},
            release=lambda: None,
        )
        run.run = lambda: run
        return SimpleNamespace(conflict=run)


def check(text, statistic, subject, days=6, reported=4.0, low=0.0, high=0.0, **more):
    held_out = text.endswith("later")
    return PriorCheck(text, statistic, reported, "a report", subject, days, low, high, held_out=held_out, **more)


def acts_of(side, lane, days):
    """Return the acts of a side of the front by day."""
    rows = [row for row, (a, b, _) in enumerate(DYADS) if a in SIDES[side] and b in SIDES[1 - side]]
    return [sum(int(ACTS[row, day, lane]) for row in rows) for day in days]


def killed_at(place, lane, days, take=sum):
    """Return the killed of all parties at a place, those off the front included."""
    rows = [row for row, (_, target, _) in enumerate(DYADS) if LOCATIONS[target] == place]
    return take(sum(int(KILLED[row, day, lane]) for row in rows) for day in range(days))


def launched_by(side, lane, days):
    rows = [row for row, (a, b, _) in enumerate(DYADS) if a in SIDES[side] and b in SIDES[1 - side]]
    return sum(int(LAUNCHES[row, day, lane]) for row in rows for day in days)


def over(above, below):
    return above / below if below else None


def follows(counts):
    off = [count - mean(counts) for count in counts]
    return over(sum(one * other for one, other in itertools.pairwise(off)), sum(one * one for one in off))


def mean(values):
    return sum(values) / len(values)


def spread(values):
    return sum((value - mean(values)) ** 2 for value in values) / (len(values) - 1) / mean(values)


EXPECTED = {
    "rate": lambda lane: mean(acts_of(1, lane, range(6))),
    "other rate, later": lambda lane: mean(acts_of(0, lane, range(4))),
    "dead": lambda lane: killed_at("coast", lane, 6),
    "dead inland": lambda lane: killed_at("upland", lane, 5),
    "clusters": lambda lane: spread(acts_of(0, lane, range(6))) if lane != 3 else None,
    "dead without war": lambda lane: killed_at("coast", lane, 6) if WAR[lane] > 6 else None,
    # The first truce holds from day 5 to day 7; before it nobody acted in the third replicate.
    "per act": lambda lane: over(killed_at("coast", lane, 6), sum(acts_of(0, lane, range(6)))),
    "per launch": lambda lane: over(killed_at("upland", lane, 6), launched_by(1, lane, range(6))),
    "launches, later": lambda lane: over(launched_by(0, lane, range(5)), sum(acts_of(0, lane, range(5)))),
    "day": lambda lane: killed_at("coast", lane, 6, max) if WAR[lane] > 6 else None,
    "after": lambda lane: follows(acts_of(0, lane, range(6))),
    "after two": lambda lane: follows([sum(acts_of(0, lane, (day, day + 1))) for day in (0, 2, 4, 6)]),
    "truce": lambda lane: (
        mean(acts_of(1, lane, (4, 5, 6))) / mean(acts_of(1, lane, range(4)))
        if WAR[lane] > 7 and lane not in (2, 3)
        else None
    ),
    "odds": lambda lane: 1.0 if ASKED[lane] <= 5 else 0.0,
}
CHECKS = [
    check("rate", "acts_per_day", "side_b"),
    check("other rate, later", "acts_per_day", "side_a", days=4),
    check("dead", "killed", "coast"),
    check("dead inland", "killed", "upland", days=5),
    check("clusters", "dispersion", "side_a"),
    check("dead without war", "killed", "coast", without_war=True),
    check("per act", "killed_per_act", "side_a", place="coast"),
    check("per launch", "killed_per_launch", "side_b", place="upland"),
    check("launches, later", "launches_per_act", "side_a", days=5),
    check("day", "largest_day", "coast", without_war=True),
    check("after", "autocorrelation", "side_a"),
    check("after two", "autocorrelation", "side_a", days=9, window_days=2),
    check("truce", "truce_ratio", "side_b"),
    check("odds", "odds", "Q1", days=5, low=3 / 6, high=0.6),
]


@pytest.mark.parametrize("block", [2000, 3])
def test_statistics_are_those_counted_by_loops_and_blocks_are_part_of_no_number(monkeypatch, block):
    monkeypatch.setattr(prior_predictive, "_BLOCK", block)
    year, truce = Made(), Made()
    monkeypatch.setattr(prior_predictive, "_read", lambda _: (year, truce, CHECKS, [("rate", "dead")]))
    table = prior_check(Path("checks.toml"), REPLICATES, seed=5)
    joint = ["rate and dead, distance", TOGETHER, TOGETHER]
    assert table["check"].tolist() == [*EXPECTED, *joint]
    assert table["p"].isna().tolist() == [name == "odds" for name in table["check"]]
    for row, asked in zip(table.to_dict("records"), CHECKS, strict=False):
        values = [EXPECTED[asked.text](lane) for lane in range(REPLICATES) if not FAILED[lane]]
        known = sorted(value for value in values if value is not None)
        assert (row["n"], row["mean"]) == (len(known), pytest.approx(mean(known))), asked.text
        assert (row["reported"], row["source"], row["held_out"]) == (4.0, "a report", asked.text.endswith("later"))
        if asked.statistic == "odds":
            assert np.isnan([row[f"q{level:02d}"] for level in (5, 25, 50, 75, 95)]).all()
            assert row["in_range"] == (0.5 <= mean(known) <= 0.6)
            continue
        for level in (5, 25, 50, 75, 95):
            place = level / 100 * (len(known) - 1)
            low, high = known[int(place)], known[min(int(place) + 1, len(known) - 1)]
            assert row[f"q{level:02d}"] == pytest.approx(low + (place - int(place)) * (high - low)), asked.text
        assert row["in_range"] == (row["q05"] <= 4.0 <= row["q95"])
    lanes = [list(range(first, min(first + block, REPLICATES))) for first in range(0, REPLICATES, block)]
    # All days that some check asks for are run, and all days of the truces.
    assert year.asked == truce.asked == [("the only point", some, 5, 10) for some in lanes]


def test_a_check_runs_as_long_as_it_asks_with_the_seed_of_its_scenario(monkeypatch):
    year = Made()
    monkeypatch.setattr(year, "file", SimpleNamespace(truces=()), raising=False)
    monkeypatch.setattr(prior_predictive, "_read", lambda _: (year, None, CHECKS[:3], []))
    table = prior_check(Path("checks.toml"), 2)
    assert table["check"].tolist() == [*list(EXPECTED)[:3], TOGETHER, TOGETHER]
    assert year.asked == [("the only point", [0, 1], 77, 6)]


@pytest.mark.parametrize(
    ("reported", "low", "high", "inside"), [(2.0, 0, 0, True), (5.0, 0, 0, True), (5.1, 0, 0, False)]
)
def test_a_reported_figure_on_a_bound_is_in_the_range(reported, low, high, inside):
    values = np.array([np.nan, *np.linspace(2.0, 5.0, 3)])
    row = prior_predictive._row(check("x", "killed", "coast", reported=reported), np.repeat(values, 2))
    assert (row["n"], row["in_range"]) == (6, inside)
    share = np.array([0.0, 1.0, 1.0, 0.0, np.nan])
    for bounds, expected in (((0.5, 0.7), True), ((0.2, 0.5), True), ((0.51, 0.7), False), ((0.1, 0.49), False)):
        odds = check("x", "odds", "Q1", reported=reported, low=bounds[0], high=bounds[1])
        assert prior_predictive._row(odds, share)["in_range"] is expected


def test_the_shipped_checks_are_read_as_they_are_written():
    scenario, truce, checks, pairs = _read(SHIPPED)
    whole = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    written = whole["check"]
    assert pairs == [tuple(pair["of"]) for pair in whole["pair"]]
    assert (scenario.file.path.stem, truce.file.path.stem) == ("baseline", "truce-day-20")
    for found, table in zip(checks, written, strict=True):
        subjects = [table[key] for key in ("side", "location", "question") if key in table]
        assert [found.subject, *([found.place] if found.place else [])] == subjects
        assert (found.without_war, found.window_days) == (table.get("without_war", False), table.get("window_days", 1))
        assert (found.text, found.statistic, found.source) == (table["text"], table["statistic"], table["source"])
        assert (found.reported, found.days) == (table["reported"], table.get("days", 30))
        assert (found.low, found.high) == (table.get("low", 0.0), table.get("high", 0.0))
        assert found.held_out == table.get("held_out", False)


FAULTS = [
    ('statistic = "killed"\nlocation = "Iraqq"', "location", 'did you mean "Iraq"'),
    ('statistic = "killed_per_act"\nside = "side_a"\nlocation = "Mars"', "location", '"Mars" is not known'),
    ('statistic = "odds"\nquestion = "Q99"\nlow = 0.1\nhigh = 0.2', "question", '"Q99" is not known'),
    ('statistic = "odds"\nquestion = "Q1"\nlow = 0.1\nhigh = 1.2', "high", "1.2 is out of bounds"),
    ('statistic = "dispersion"\nside = "side_c"', "side", '"side_c" is not known'),
    ('statistic = "truce_ratio"\nside = "side_a"', "statistic", "needs a truce_scenario with a truce"),
    ('statistic = "killed"\nlocation = "Lebanon"\ndays = 0', "days", "0 is out of bounds"),
    ('statistic = "killed"\nlocation = "Lebanon"\nside = "side_a"', "side", "unknown key"),
]


def test_every_fault_of_a_file_of_checks_is_named_together(tmp_path):
    head = (
        f'scenario = "{SHIPPED.with_name("baseline.toml")}"\ntruce_scenario = "{SHIPPED.with_name("baseline.toml")}"\n'
    )
    tables = [f'[[check]]\ntext = "{i}"\nreported = 1\nsource = "x"\n{lines}\n' for i, (lines, *_) in enumerate(FAULTS)]
    path = tmp_path / "checks.toml"
    path.write_text(head + "\n".join([*tables, tables[0]]), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        _read(path)
    lines = str(caught.value).splitlines()
    for i, (_, key, message) in enumerate(FAULTS):
        assert any(f"check[{i}].{key}" in line and message in line for line in lines), (i, lines)
    assert any('check[8].text: "0" stands twice' in line for line in lines)


def test_a_file_of_checks_need_have_no_truce_and_may_ask_for_a_day(tmp_path):
    path = tmp_path / "checks.toml"
    one = '[[check]]\ntext = "a"\nstatistic = "killed"\nlocation = "Iran"\ndays = 1\nreported = 0\nsource = "x"\n'
    path.write_text(f'scenario = "{SHIPPED.with_name("baseline.toml")}"\n{one}', encoding="utf-8")
    _, truce, checks, pairs = _read(path)
    assert (truce, pairs, checks) == (
        None,
        [],
        [PriorCheck("a", "killed", 0.0, "x", "Iran", 1, 0.0, 0.0, held_out=False)],
    )
    for names, message in ((["a"], "must name two checks"), (["a", "b"], '"b" is not known')):
        path.write_text(f'scenario = "{SHIPPED.with_name("baseline.toml")}"\n{one}\n[[pair]]\nof = {names}\n')
        with pytest.raises(InputError, match=message):
            _read(path)
    path.write_text(f"seenario = 3\n{one}", encoding="utf-8")
    with pytest.raises(InputError, match=r"(?s)scenario: is missing.*seenario: unknown key"):
        _read(path)
    path.write_text(f'scenario = "{SHIPPED.with_name("baseline.toml")}"\n', encoding="utf-8")
    with pytest.raises(InputError, match="check: is missing"):
        _read(path)

"""Daily totals by dyad and rung: what is counted, what is kept, and the counts that make a campaign."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from records_by_hand import count, draw_all, end_day, prepared
from test_acts import THEATRE, histories_with
from worlds import daily, far_theatre, four_party_world, hand_made, rows_by_day

from sim.engine.configuration import AllianceParameters, EntryParameters, Parameters
from sim.engine.daily_totals import COUNTED, DAY_ROW, DailyTotals
from sim.engine.kernel.histories import Histories
from sim.engine.kernel.marks import BACKGROUND, FALSE_ALARM, SCHEDULED
from sim.engine.kernel.phases import BORDER, CAMPAIGN
from sim.engine.kernel.records import ACT
from sim.engine.outcomes import Definitions, Judge
from sim.engine.party_parameters import PartyParameters
from sim.engine.rolling_windows import Groups, any_trailing, first_day_of, sum_trailing
from sim.engine.theatre import DyadParameters

ROW = THEATRE.dyad_index
DYADS = len(THEATRE.dyads)


def acts_of(*rows: tuple[int, str, int, int, int], rung: int = 4) -> np.ndarray:
    """Return acts from (replicate, dyad, cause, killed, civilians), all on one rung."""
    acts = np.zeros(len(rows), dtype=ACT)
    for act, (lane, dyad, cause, killed, civilians) in zip(acts, rows, strict=True):
        act["lane"], act["dyad"], act["cause"] = lane, ROW[dyad], cause
        act["killed"], act["civilians"] = killed, civilians
    acts["rung"] = acts["launched"] = rung
    acts["word"] = np.arange(len(rows), dtype=np.uint64)
    draw_all(acts)
    return acts


ACTS = acts_of(
    (0, "STA-HOS", BACKGROUND, 3, 1),
    (0, "STA-HOS", BACKGROUND, 0, 0),
    (2, "STA-HOS", SCHEDULED, 5, 5),
    (1, "HOS-STA", BACKGROUND, 2, 0),
    (1, "FAC-STA", FALSE_ALARM, 0, 0),
    (0, "STA-FAC", BACKGROUND, 1, 0),
)


def day_of(histories: Histories, number: int, *steps: np.ndarray) -> np.ndarray:
    """Return the rows of a day, numbered from 0, of some steps."""
    for acts in steps:
        count(histories, acts.copy())
    rows = np.zeros(len(histories.states) * DYADS * 7, dtype=DAY_ROW)
    return rows[: end_day(histories, number, rows)]


def totals_of(*days: int, **marks: float) -> DailyTotals:
    """Return totals of days, each with as many times the same acts."""
    totals, histories = DailyTotals(THEATRE, 3), histories_with(3, **marks)
    for number, times in enumerate(days):
        totals.add(day_of(histories, number, ACTS[:0], *[ACTS] * times))
    totals.close_days(len(days))
    return totals


def by_dyad(totals: DailyTotals, name: str = "acts") -> np.ndarray:
    return totals.by_day(name, Groups(THEATRE).dyads, DYADS)


def test_acts_are_counted_by_dyad_day_and_replicate():
    totals = totals_of(0, 1, 0)
    assert by_dyad(totals)[ROW["STA-HOS"]].tolist() == [[0, 0, 0], [2, 0, 1], [0, 0, 0]]
    assert by_dyad(totals, "killed")[ROW["STA-HOS"], 1].tolist() == [3, 0, 5]
    assert by_dyad(totals, "civilians")[ROW["STA-HOS"], 1].tolist() == [1, 0, 5]
    assert by_dyad(totals).sum() == 5, "a false alarm is no act"


def test_acts_are_counted_by_rung():
    totals = DailyTotals(THEATRE, 3)
    graver = acts_of((0, "HOS-STA", BACKGROUND, 0, 0), (0, "STA-HOS", BACKGROUND, 0, 0), rung=6)
    totals.add(day_of(histories_with(3), 0, ACTS, graver))
    totals.close_days(1)
    groups = Groups(THEATRE)
    for rung, expected in ((1, 4), (4, 4), (5, 1), (6, 1), (7, 0)):
        assert totals.by_day("acts", groups.cells_sent_by(("STA",), rung), 1)[0, 0, 0] == expected
    assert totals.by_day("acts", groups.cells_sent_by(("HOS", "STA"), 5), 2)[:, 0, 0].tolist() == [1, 1]
    assert totals.by_day("acts", groups.cells_between("HOS", "STA", 1), 1)[0, 0].tolist() == [1, 1, 0]
    assert not totals.by_day("acts", groups.cells_between("GRP", "HOS", 1), 1).any(), "there is no such dyad"


def test_steps_of_one_day_add_up():
    once, thrice = totals_of(1), totals_of(3)
    for name in COUNTED:
        assert np.array_equal(3 * by_dyad(once, name), by_dyad(thrice, name))


def test_launches_are_counted_for_salvos_only():
    totals = totals_of(1)
    assert by_dyad(totals, "launches")[ROW["STA-HOS"]].sum() == 0
    assert by_dyad(totals, "launches")[ROW["HOS-STA"], 0, 1] >= 1
    assert by_dyad(totals, "launches")[ROW["FAC-STA"]].sum() == 0, "a false alarm launches nothing"
    assert by_dyad(totals, "claimed")[ROW["STA-HOS"]].sum() == 0, "who fires no salvos claims none"


def test_unbiased_claims_are_the_launches_themselves():
    totals = totals_of(1, 2)
    assert np.array_equal(by_dyad(totals, "claimed"), by_dyad(totals, "launches"))


def test_biased_claims_leave_the_launches_alone():
    plain, biased = totals_of(1, 2), totals_of(1, 2, claim_bias=1.0, claim_spread=0.5)
    for name in COUNTED:
        same = np.array_equal(by_dyad(plain, name), by_dyad(biased, name))
        assert same == (name != "claimed"), name


def test_killed_are_summed_by_place():
    totals, groups = totals_of(1, 1, 0), Groups(THEATRE)
    assert totals.total("killed", groups.cells_hit_at("north"), 1, 1).tolist() == [[4, 0, 5]]
    assert totals.total("killed", groups.cells_hit_at("north"), 1, 3).tolist() == [[8, 0, 10]]
    assert totals.total("killed", groups.cells_hit_at("south"), 1, 3).tolist() == [[0, 4, 0]]
    assert totals.total("acts", groups.sides, 2, 3).tolist() == [[6, 0, 2], [0, 2, 0]]
    assert totals.total("acts", groups.front, 1, 3).tolist() == [[6, 2, 2]]


def test_several_ends_are_summed_like_each():
    totals, places = totals_of(1, 0, 2, 1), Groups(THEATRE).cells_by_place()
    n_places = len(THEATRE.locations)
    found = totals.totals_until("killed", places, n_places, (1, 2, 3, 9))
    assert found.shape == (n_places, 4, 3)
    for number, end in enumerate((1, 2, 3, 9)):
        assert np.array_equal(found[:, number], totals.total("killed", places, n_places, end))
        by_place = [
            totals.total("killed", Groups(THEATRE).cells_hit_at(place), 1, end)[0] for place in THEATRE.locations
        ]
        assert np.array_equal(found[:, number], by_place)


def test_there_are_no_sums_without_any_end():
    totals = totals_of(1, 2)
    assert totals.totals_until("acts", Groups(THEATRE).dyads, DYADS, ()).shape == (DYADS, 0, 3)


def test_windows_by_hand():
    values = np.array([[1], [0], [2], [0], [0]])
    assert sum_trailing(values, 1)[:, 0].tolist() == [1, 0, 2, 0, 0]
    assert sum_trailing(values, 2)[:, 0].tolist() == [1, 1, 2, 2, 0]
    assert sum_trailing(values, 9)[:, 0].tolist() == [1, 1, 3, 3, 3]
    assert sum_trailing(values / 4, 2)[:, 0].tolist() == [0.25, 0.25, 0.5, 0.5, 0.0], "real values keep their fractions"
    assert any_trailing(values > 1, 2)[:, 0].tolist() == [False, False, True, True, False]
    assert first_day_of(values > 1).tolist() == [3.0]
    assert first_day_of(values > 2).tolist() == [np.inf]


# --- What a block keeps


def random_totals(n_days: int, n_replicates: int, seed: int = 1) -> DailyTotals:
    luck = np.random.default_rng(seed)
    theatre = far_theatre()
    rows = [
        {
            "dyad": luck.choice([dyad.id for dyad in theatre.dyads]),
            "day": int(luck.integers(1, n_days + 1)),
            "rung": int(luck.integers(1, 7)),
            "lane": int(luck.integers(n_replicates)),
            "acts": int(luck.integers(1, 400)),
            "launches": int(luck.integers(0, 90_000)),
            "claimed": int(luck.integers(0, 90_000)),
            "killed": int(luck.integers(0, 300)),
            "civilians": int(luck.integers(0, 300)),
        }
        for _ in range(120)
    ]
    return hand_made(theatre, n_days, n_replicates, *rows)


def cells(theatre) -> tuple[np.ndarray, int]:
    number = len(theatre.dyads) * (theatre.ladder.top + 1)
    return np.arange(number).reshape(len(theatre.dyads), -1), number


def test_columns_hold_every_count_and_are_ordered_by_replicate():
    totals = random_totals(9, 5)
    columns = totals.columns()
    assert columns["start"].tolist()[0] == 0
    assert columns["start"].tolist()[-1] == len(columns["day"])
    whole, number = cells(far_theatre())
    for lane in range(5):
        rows = slice(*columns["start"][lane : lane + 2])
        keys = list(zip(columns["dyad"][rows], columns["rung"][rows], columns["day"][rows], strict=True))
        assert keys == sorted(set(keys)), "ordered, none twice"
        for name in COUNTED:
            expected = totals.by_day(name, whole, number)[:, :, lane]
            found = np.zeros_like(expected)
            place = columns["dyad"][rows].astype(int) * 7 + columns["rung"][rows]
            found[place, columns["day"][rows].astype(int) - 1] = columns[name][rows]
            assert np.array_equal(found, expected), name


@pytest.mark.parametrize(("days", "replicates"), [(9, 5), (1, 1), (40, 3), (3, 300)])
def test_what_is_restored_has_the_same_sums(days, replicates):
    """Days and replicates without any act among them."""
    totals, theatre = random_totals(days, replicates), far_theatre()
    back = DailyTotals.from_columns(theatre, totals.columns(), days, replicates)
    whole, number = cells(theatre)
    for name in COUNTED:
        assert np.array_equal(back.by_day(name, whole, number), totals.by_day(name, whole, number)), name
        for until in (1, days):
            assert np.array_equal(
                back.total(name, whole, number, until), totals.by_day(name, whole, number)[:, :until].sum(axis=1)
            )


def test_rows_may_come_by_day_or_by_replicate_and_between_questions():
    totals, theatre = random_totals(9, 5), far_theatre()
    whole, number = cells(theatre)
    days = rows_by_day({name: totals.by_day(name, whole, number).swapaxes(0, 1) for name in COUNTED})
    together = np.concatenate(days)
    chunks = [together[(together["lane"] >= low) & (together["lane"] < low + 2)] for low in (0, 2, 4)]
    by_lane = [rows[np.argsort(rows["lane"], kind="stable")] for rows in chunks]
    for parts in (days, by_lane):
        other = DailyTotals(theatre, 5)
        for rows in parts:
            given = rows.copy()
            other.add(given)
            given["acts"] = 0
            other.columns()
        other.close_days(9)
        for name, values in totals.columns().items():
            assert values.dtype == other.columns()[name].dtype
            assert np.array_equal(values, other.columns()[name]), name


def test_days_that_are_open_are_in_no_sum():
    totals = DailyTotals(THEATRE, 1)
    totals.add(np.array([(0, 9, day, 2, 0, 0, 0, 0) for day in (1, 2, 3)], dtype=DAY_ROW))
    totals.close_days(2)
    assert by_dyad(totals).sum() == 4
    assert totals.total("acts", Groups(THEATRE).dyads, DYADS, 3).sum() == 4


def test_nothing_is_restored_from_nothing():
    totals = hand_made(THEATRE, 4, 2)
    columns = totals.columns()
    assert columns["start"].tolist() == [0, 0, 0]
    back = DailyTotals.from_columns(THEATRE, columns, 4, 2)
    assert by_dyad(back).shape == (DYADS, 4, 2)
    assert not by_dyad(back).any()


def test_a_run_is_judged_from_what_its_block_keeps_as_it_was_judged():
    world = four_party_world(40, days=20).run()
    back = DailyTotals.from_columns(world.theatre, world.totals.columns(), 20, 40)
    judge = Judge(world.theatre, world.parameters.definitions, back, world.milestones())
    found = judge.columns(world.timeline.questions, world.timeline.horizons)
    columns = world.columns()
    assert found.keys() <= columns.keys()
    for name, values in found.items():
        assert np.array_equal(values, columns[name]), name
    assert np.isfinite(columns["war_day"]).any()


# --- The counts that make a campaign


def first_met(totals: DailyTotals, theatre, definitions: Definitions) -> np.ndarray:
    """Return the day on which the kernel finds the counts of a campaign met."""
    parties = dict.fromkeys(theatre.party_index, PartyParameters())
    dyads = {name: DyadParameters() for name in theatre.dyad_index}
    entries = {joiner.party: EntryParameters() for joiner in theatre.joiners}
    alliances = {alliance.id: AllianceParameters() for alliance in theatre.alliances}
    parameters = Parameters(parties, dyads, definitions=definitions, entries=entries, alliances=alliances)
    histories, (whole, number) = prepared(theatre, parameters, totals.n_replicates), cells(theatre)
    counts = {name: totals.by_day(name, whole, number) for name in COUNTED}
    states, met = histories.states, np.zeros((totals.n_days, totals.n_replicates), dtype=bool)
    for day in range(totals.n_days):
        states["cells"][:, :number], states["n_cells"], states["phase"] = np.arange(number), number, BORDER
        for name in COUNTED:
            states[f"{name}_today"][:, :number] = counts[name][:, day].T
        rows = np.zeros(number * totals.n_replicates, dtype=DAY_ROW)
        assert end_day(histories, day, rows) == len(rows)
        met[day] = states["phase"] == CAMPAIGN
    return first_day_of(met)


@pytest.mark.parametrize(
    "rules",
    [
        {"campaign_acts": 300.0, "campaign_launches": 1e6, "campaign_days": 2.0, "campaign_killed": 1e6},
        {"campaign_acts": 1e6, "campaign_launches": 60_000.0, "campaign_days": 2.0, "campaign_killed": 1e6},
        {"campaign_acts": 1e6, "campaign_launches": 1e6, "campaign_killed": 200.0, "campaign_killed_days": 2.0},
        {"campaign_acts": 1e6, "campaign_launches": 1e6, "campaign_killed": 1e6, "war_killed": 900.0},
    ],
)
def test_the_counts_are_followed_as_they_are_judged(rules):
    theatre, days = far_theatre(), 80
    totals = random_totals(days, 6)
    definitions = Definitions(**{"war_killed": 1e7, **rules})
    never = {name: np.full(6, np.inf) for name in ("campaign_day", "ceasefire_day")}
    judge = Judge(theatre, definitions, totals, never)
    assert np.array_equal(first_met(totals, theatre, definitions), judge.counted_day)
    assert np.isfinite(judge.counted_day).any(), "some meet the rule"


def test_in_a_run_the_counts_are_met_on_the_day_that_the_judge_finds():
    """Whether a replicate passes to a campaign undecided is what the judge says of its totals."""
    definitions = {"campaign_acts": 12.0, "campaign_launches": 40.0, "campaign_killed": 9.0}
    base = four_party_world(150, days=12).parameters
    world = four_party_world(150, days=12, parameters=replace(base, definitions=Definitions(**definitions)))
    entered = np.full(150, np.inf)
    for step in range(12 * 4):
        world.step()
        new = np.isinf(entered) & (world.phase == CAMPAIGN) & (world.histories.states["began_by"] < 0)
        entered[new] = (step + 1) / 4
    judge = world.judge()
    undecided = judge.counted_day < judge.decided_day
    assert np.array_equal(entered[undecided], judge.counted_day[undecided])
    assert np.all(np.isinf(entered[~undecided]))
    assert 10 < undecided.sum() < 140


def test_dyads_and_milestones_of_a_run_have_one_value_for_each_replicate():
    world = four_party_world(7, days=3).run()
    assert daily(world).shape == (len(world.theatre.dyads), 3, 7)
    columns = world.milestones()
    assert all(values.shape == (7,) for values in columns.values())

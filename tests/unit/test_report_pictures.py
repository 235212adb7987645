"""Pictures of the report say what their tables say: of the committed results, and where little is known."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from sim.report.answer import state_answer
from sim.report.chart import NARROW, WIDE, Picture
from sim.report.presentation import Shown, find_presentations
from sim.report.sheet import in_percent
from sim.results.reading.store import Results
from sim.results.tables import collect_tables

RESULTS = Path(__file__).parents[2] / "results"


@cache
def shown(name: str) -> Shown:
    results = Results.open(RESULTS / name)
    return Shown(results, collect_tables(results), state_answer(results))


@cache
def pictures(name: str) -> dict[str, Picture]:
    made = shown(name)
    references = [one for presentation in find_presentations(made.frames) for one in presentation.pictures]
    drawn = [made.draw(reference) for reference in references]
    return {picture.name: picture for picture in drawn if picture is not None}


def texts(picture: Picture, width: int = WIDE) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(picture.svg(width)).iter("text")]


@pytest.mark.parametrize("name", ["baseline", "forgiveness", "levers", "policy-pairs", "uncertainty"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_picture_is_whole_at_every_width_and_the_same_every_time(name: str, width: int):
    assert {"rests-on", "joins"} <= {*pictures(name)}
    for picture in pictures(name).values():
        text = picture.svg(width)
        assert text == picture.svg(width)
        assert len(text) < 60_000
        assert "nan" not in text
        for size in ElementTree.fromstring(text).iter("text"):
            assert float(size.get("font-size", 13)) >= 12
        assert picture.caption.endswith((".", str(shown(name).results.seed)))


def test_thirds_are_drawn_of_enough_histories_the_farthest_apart_first():
    rows = shown("truce-held").rows("drivers").set_index("parameter")
    apart = (rows["odds_high_third"] - rows["odds_low_third"]).abs()
    known = texts(pictures("truce-held")["drivers"])
    drawn = [key for key in (text.partition(", ")[0] for text in known) if key in apart.index]
    assert [*apart[drawn]] == sorted(apart, reverse=True)
    for few in ("policy-pairs", "uncertainty"):  # 40 and 33 histories in a third
        assert "drivers" not in pictures(few)


def test_what_ifs_are_those_of_the_table_of_odds_the_highest_first():
    odds = shown("forgiveness").rows("odds", "point").sort_values("estimate", ascending=False)
    picture = pictures("forgiveness")["what-ifs"]
    figures = [
        f"{in_percent(row.estimate)} ({in_percent(row.low)}–{in_percent(row.high)})" for row in odds.itertuples()
    ]
    assert [text for text in texts(picture) if "(" in text] == figures
    assert f"the highest simulated odds, {in_percent(odds['estimate'].iloc[0])} %" in picture.caption
    dots = [float(place) for place in re.findall(r'<circle cx="([\d.]+)"', picture.svg(WIDE))]
    assert dots == sorted(dots, reverse=True)


def test_levers_are_told_with_their_interval_and_ranks():
    table = shown("levers").rows("levers", "point").sort_values("difference")
    best, picture = table.iloc[0], pictures("levers")["levers"]
    ends = sorted(abs(100 * best[name]) for name in ("low", "high"))
    expected = f"lowers the simulated odds by {-100 * best['difference']:.1f} points ({ends[0]:.1f} to {ends[1]:.1f})"
    assert expected in picture.caption
    assert texts(picture).count(f"rank {best['rank']} ({best['rank_low']}–{best['rank_high']})") == 1


def test_pairs_have_every_cell_and_their_number_of_histories():
    table = shown("policy-pairs").rows("pairs", "point")
    cells = [text for text in texts(pictures("policy-pairs")["pairs"]) if text.isdecimal()]
    assert cells == [f"{100 * share:.0f}" for share in table["estimate"]]
    assert f"With {table['n'].min():,} histories a pair" in pictures("policy-pairs")["pairs"].caption
    assert "Least regret" in pictures("policy-pairs")["regret"].caption


def test_a_part_that_is_not_resolved_is_said_to_be_and_has_no_bar():
    frames = {"odds": shown("baseline").frames["odds"].assign(unresolved="informed, judgement")}
    picture = Shown(shown("baseline").results, frames, shown("baseline").answer).draw("odds_pictures.rests_on")
    assert picture is not None
    assert texts(picture).count("not resolved") == 2


def test_what_lacks_its_table_is_left_out():
    empty = Shown(shown("baseline").results, {"odds": pd.DataFrame()}, shown("baseline").answer)
    for presentation in find_presentations(shown("policy-pairs").frames | shown("levers").frames):
        for reference in presentation.pictures:
            assert empty.draw(reference) is None

"""What must hold of the tables of every shipped sweep, whatever their numbers: declared by table, in `RULES`.

A rule recomputes a column from others, of the same table or of one beside it, or says what no number of it may be.
"""

# ruff: noqa: PD010, PD013 - unstack refuses what is twice, pivot_table takes its mean

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from committed import RESULTS, manifest_of
from scipy.special import ndtri

from sim.core.intervals import interval
from sim.results.analysis.odds_by_definition import AS_RUN, list_alternatives
from sim.results.analysis.variance_split import PARTS
from sim.results.reading.design_columns import choose_curve_days, choose_fan_days
from sim.results.reading.store import Results

HALF = 5.1e-7
"""Half a unit of the last digit of a table, and a hair."""
Z = float(ndtri(0.975))
WARS = {"war": "war", "begun by a decision": "war_decided", "reached by the counts": "war_counted"}


@dataclass(frozen=True)
class Folder:
    """A shipped sweep: its manifest and the tables beside it."""

    path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return manifest_of(self.path)

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        return {path.stem: pd.read_csv(path, keep_default_na=False, na_values=[""]) for path in self.path.glob("*.csv")}

    @cached_property
    def odds(self) -> pd.DataFrame:
        """The odds by point, question and horizon."""
        return self.tables["odds"].set_index(["point", "question", "horizon_days"])

    @property
    def places(self) -> set[str]:
        return set(self.tables["killed"]["location"])

    def ids(self, *kinds: str) -> list[str]:
        return [one["id"] for one in self.manifest["questions"] if one["kind"] in kinds]

    @property
    def events(self) -> pd.DataFrame:
        """Events by point and horizon, a column for each question and state."""
        return self.odds["events"].unstack("question")


Rule = Callable[[Folder, pd.DataFrame], None]


def near(first: Any, second: Any, error: Any = HALF) -> bool:
    """Return whether numbers are as near as their digits allow; what is missing is missing on both sides."""
    a, b = (np.asarray(values, dtype=float) for values in (first, second))
    return bool(np.all((np.abs(a - b) <= error + 1e-9 * np.abs(b)) | (np.isnan(a) & np.isnan(b))))


def rising(values: Any) -> bool:
    """Return whether each row rises or stays."""
    return bool(np.all(np.diff(np.asarray(values, dtype=float), axis=-1) >= 0))


def is_share(*columns: Any) -> bool:
    return all(bool(np.all((values >= 0) & (values <= 1) | np.isnan(values))) for values in map(np.asarray, columns))


def are_wilson(events: Any, n: Any, low: Any, high: Any) -> bool:
    """Return whether both ends are those of one Wilson interval over at most n replicates, as far as digits tell.

    The ends are the roots x of (x - share)² = z² / size · x (1 - x), so either end tells the effective size.
    """
    share, n = (np.asarray(values, dtype=float) for values in (events / n, n))

    def size(ends: Any, side: int, shift: float) -> Any:
        """Return the size that an end tells; one at 0 or 1 with the share tells nothing."""
        x = np.clip(np.asarray(ends) + side * shift, 1e-12, 1 - 1e-12)
        return Z**2 * x * (1 - x) / np.maximum(side * (share - x), 1e-150) ** 2

    at_end = (share == 0, share == 1)
    least = np.max([np.where(at, 0.0, size(ends, side, -HALF)) for ends, side, at in _ends(low, high, at_end)], axis=0)
    most = np.min([np.where(at, np.inf, size(ends, side, HALF)) for ends, side, at in _ends(low, high, at_end)], axis=0)
    fits = (least <= most * (1 + 1e-9)) & (least <= n * (1 + 1e-6))
    sure = at_end[0] | at_end[1]
    return bool(
        np.all(fits & (~sure | (most >= n * (1 - 1e-6))))
        and np.all(np.asarray(low)[at_end[0]] == 0)
        and np.all(np.asarray(high)[at_end[1]] == 1)
    )


def _ends(low: Any, high: Any, at_end: tuple[Any, Any]) -> list[tuple[Any, int, Any]]:
    return [(low, 1, at_end[0]), (high, -1, at_end[1])]


# ---------------------------------------------------------------------------------------------------------------- odds


def counted(folder: Folder, table: pd.DataFrame) -> None:
    """Events among the replicates that finished."""
    assert near(table["events"] / table["n"], table["estimate"])
    assert (table["events"] >= 0).all()
    assert (table["events"] <= table["n"]).all()
    if "failed" in table:
        assert (table["n"] + table["failed"] == folder.manifest["replicates"]).all()


def whole(folder: Folder, table: pd.DataFrame) -> None:
    """A row for each point, question or state, and horizon, in their order."""
    points, horizons = range(folder.manifest["points"]), folder.manifest["horizons"]
    asked = [one["id"] for one in folder.manifest["questions"]] + [f"O{i}" for i in range(5)]
    assert list(folder.odds.index) == list(pd.MultiIndex.from_product([points, asked, horizons]))
    assert (table["kind"] == "Monte Carlo").all()
    assert (table["judgement_parameters"] == folder.manifest["labels"]["judgement"]).all()


def intervals_of_odds(folder: Folder, table: pd.DataFrame) -> None:
    """The interval is Wilson's over the effective replicates, and these follow from the error over clusters."""
    n, size, share, error = (table[name].to_numpy() for name in ("n", "n_effective", "estimate", "se_monte_carlo"))
    exact = table["events"].to_numpy() / n
    ends = [interval(one if part == 1 else part * one, one) for one, part in zip(size, exact, strict=True)]
    assert near(table[["low", "high"]], ends, 1.1e-6)
    variance = exact * (1 - exact) / (n - 1)
    bounds = [
        n / np.maximum((error + shift) ** 2 / np.where(variance > 0, variance, 1.0), 1.0) for shift in (HALF, -HALF)
    ]
    sure = variance == 0
    assert np.all(np.where(sure, size == n, (bounds[0] - HALF <= size) & (size <= bounds[1] + HALF)))
    assert np.all(~sure | (error == 0))
    assert is_share(share)


def parts_of_odds(folder: Folder, table: pd.DataFrame) -> None:
    """Deviations and shares are those of the table of the variance, the spread over policies that of the pairs."""
    parts = folder.tables["variance"].set_index(["point", "question", "horizon_days"])
    for part in PARTS:
        rows = parts[parts["part"] == part]
        assert near(folder.odds[f"share_{part}"], rows["share"], 0)
        if part != PARTS[-1]:
            size, error = folder.odds[f"sd_{part}"], folder.odds[f"sd_{part}_se"]
            squares, errors = (rows[name].where(rows["resolved"]) for name in ("variance", "se"))
            assert near(size**2, squares, 2 * HALF * (1 + size))
            assert near(2 * size * error, errors, 2 * HALF * (1 + 2 * size + 2 * error))
    errors = parts["share_se"].groupby(level=[0, 1, 2], sort=False).max()
    assert near(folder.odds["share_error"], errors.reindex(folder.odds.index), 0)
    blank = parts.loc[~parts["resolved"], "part"].groupby(level=[0, 1, 2], sort=False).agg(", ".join)
    named = folder.odds["unresolved"].fillna("").str.replace(r"(, )?policies$", "", regex=True)
    assert (named == blank.reindex(folder.odds.index).fillna("")).all()
    pairs = Folder(RESULTS / "policy-pairs").tables["odds"].drop_duplicates(["question", "horizon_days"])
    spread = pairs.set_index(["question", "horizon_days"])["sd_policies"]
    cells = pd.MultiIndex.from_frame(table[["question", "horizon_days"]])
    assert near(table["sd_policies"], spread.reindex(cells), 0)


def outcomes_agree(folder: Folder, _: pd.DataFrame) -> None:
    """What came stays; states part the histories; wars, regional wars and general wars lie within each other."""
    events, n = folder.events, int(folder.tables["odds"]["n"].iloc[0])
    absorbing = [one["id"] for one in folder.manifest["questions"] if not one["is_state"]]
    assert rising(folder.odds["events"].unstack("horizon_days").loc[(slice(None), absorbing), :])
    states = [events[f"O{i}"] for i in range(5)]
    assert (sum(states) == n).all()
    (war, decided, met, regional, general) = (
        events[one] for one in folder.ids("war", "war_decided", "war_counted", "regional_war", "general_war")
    )
    assert (decided + met == war).all()
    for kind, state in ((war, 2), (regional, 3), (general, 4)):
        assert (sum(states[state:]) == kind).all()
    (ceasefire,) = folder.ids("ceasefire")
    assert (events[ceasefire] <= war).all()
    for one in folder.manifest["resolved"]["theatre"]["question"]:
        if "after" in one:
            assert (events[one["id"]] <= events[one["after"]]).all()


def variance_adds_up(folder: Folder, table: pd.DataFrame) -> None:
    """The parts add up to the variance of the outcomes; a share that is resolved is its part over the whole."""
    keys = ["point", "question", "horizon_days"]
    assert (table.groupby(keys, sort=False)["part"].agg(tuple) == PARTS).all()
    sums = table.groupby(keys)["variance"].sum(min_count=4).reindex(folder.odds.index)
    n, share = folder.odds["n"], folder.odds["events"] / folder.odds["n"]
    variance = share * (1 - share) * n / (n - 1)
    assert near(sums, variance, 4 * HALF)
    of_row = variance.reindex(pd.MultiIndex.from_frame(table[keys])).to_numpy()
    assert near(table["share"].to_numpy() * of_row, table["variance"].where(table["resolved"]), 2 * HALF)
    assert (table[["share", "share_se"]].notna().all(axis=1) == table["resolved"]).all()
    reach = Z * table["share_se"].fillna(0.0)
    assert (table["share"].fillna(1.0) >= reach - HALF).all()
    assert table["share"].max() <= 1.0
    assert reach.max() <= 0.25 + HALF
    assert (table["se"].fillna(0.0) >= 0).all()


# ------------------------------------------------------------------------------------------------ killed, entries, days


def killed(folder: Folder, table: pd.DataFrame) -> None:
    """Quantiles are ordered and rise with the horizon; of no place are more civilians killed than people."""
    quantiles = ["q05", "median", "q95"]
    assert rising(table[quantiles])
    assert (table["n"] == folder.manifest["replicates"]).all()
    by_day = table.set_index(["point", "location", "counted", "horizon_days"])[quantiles].unstack()
    assert all(rising(by_day[quantile]) for quantile in quantiles)
    people, civilians = (by_day.xs(what, level="counted") for what in ("killed", "civilians"))
    assert (civilians <= people).all(axis=None)
    assert (civilians >= 0).all(axis=None)
    places = dict.fromkeys(party["location"] for party in folder.manifest["parties"])
    keys = [range(folder.manifest["points"]), places, ["killed", "civilians"], folder.manifest["horizons"]]
    found = table.set_index(["point", "location", "counted", "horizon_days"]).index
    assert sorted(found) == sorted(pd.MultiIndex.from_product(keys))


def killed_as_the_odds_say(folder: Folder, table: pd.DataFrame) -> None:
    """A quantile reaches the number that a question asks for just where the odds of it are above what is left."""
    for one in folder.manifest["resolved"]["theatre"]["question"]:
        if one["kind"] == "killed_since_start":
            rows = table[(table["location"] == one["location"]) & (table["counted"] == "killed")]
            odds = folder.odds["estimate"].xs(one["id"], level="question")
            odds = odds.reindex(pd.MultiIndex.from_frame(rows[["point", "horizon_days"]])).to_numpy()
            for quantile, share in (("q05", 0.05), ("median", 0.5), ("q95", 0.95)):
                reached = rows[quantile].to_numpy() >= one["threshold"] - one["already"]
                assert np.all(reached == (odds > 1 - share + 1e-9))


def entries(folder: Folder, table: pd.DataFrame) -> None:
    """Who joined, by counts and intervals; who was first is also on the curves; triggers add up."""
    n = table["n"]
    assert (n == folder.manifest["replicates"]).all()
    assert near(table["joined"] / n, table["share"])
    first = (table["first"] * n).round()
    assert near(first / n, table["first"])
    assert (first <= table["joined"]).all()
    assert are_wilson(table["joined"], n, table["low"], table["high"])
    assert are_wilson(first, n, table["first_low"], table["first_high"])
    keys = ["point", "party", "horizon_days"]
    assert rising(table.set_index(keys)["joined"].unstack())
    assert rising(first.to_frame("first").set_index(pd.MultiIndex.from_frame(table[keys]))["first"].unstack())
    came = table["joined"] > 0
    days = table[["day_q25", "day_median", "day_q75", "horizon_days"]]
    assert rising(days[came])
    assert (days[came] > 0).all(axis=None)
    assert near(days[came] * 16, (days[came] * 16).round(), 1e-9)  # quarters of a step of a quarter of a day
    triggers = table.loc[:, "nothing in particular":]
    assert triggers[~came].isna().all(axis=None)
    assert days.iloc[:, :3][~came].isna().all(axis=None)
    counts = triggers[came].mul(table["joined"][came], axis=0)
    assert near(counts, counts.round(), HALF * table["joined"][came].to_numpy()[:, None])
    assert near(counts.round().sum(axis=1), table["joined"][came], 0)
    curves = folder.tables["incidence"]
    curves = curves[curves["curve"] == "first to join"].set_index(["point", "risk", "day"])["share"]
    assert near(curves.reindex(pd.MultiIndex.from_frame(table[keys])), table["first"], 0)


def incidence(folder: Folder, table: pd.DataFrame) -> None:
    """The risks of a curve add up to 1, rise, and stand at the horizons where the odds stand."""
    n = folder.manifest["replicates"]
    days = choose_curve_days(Results(folder.path, folder.manifest))
    wide = table.set_index(["point", "curve", "risk", "day"])["share"].unstack()
    assert list(wide.columns) == list(days)
    assert near(wide * n, (wide * n).round(), HALF * n)
    counts = (wide * n).round()
    assert (counts.groupby(["point", "curve"]).sum() == n).all(axis=None)
    none = counts.index.get_level_values("risk") == "none"
    assert rising(counts[~none])
    assert (counts >= 0).all(axis=None)
    asked = [
        (risk, folder.ids(kind)) for risk, kind in {**WARS, "regional war": "regional_war"}.items() if risk != "war"
    ]
    for risk, (question,) in asked:
        events = folder.odds["events"].xs(question, level="question").unstack()
        assert (counts.xs(risk, level="risk")[events.columns].to_numpy() == events.to_numpy()).all()


def definitions(folder: Folder, table: pd.DataFrame) -> None:
    """Under the definition of the run the odds are its odds; a threshold that is loosened never takes a war away."""
    assert list(dict.fromkeys(table["definition"])) == [AS_RUN, *list_alternatives(Results.open(folder.path))]
    assert (table["point"] == 0).all()
    assert are_wilson(table["events"], table["n"], table["low"], table["high"])
    assert (table["n"] == folder.manifest["replicates"]).all()
    run = table[table["definition"] == AS_RUN].set_index(["point", "question", "horizon_days"])
    for column in ("n", "events", "estimate", "low", "high"):
        assert near(run[column], folder.odds[column].reindex(run.index), 0)
    events = table.set_index(["definition", "question", "horizon_days"])["events"].unstack("question")
    war, decided, met, regional, general = (
        events[one] for one in folder.ids("war", "war_decided", "war_counted", "regional_war", "general_war")
    )
    assert (decided + met == war).all()
    assert (events[[f"O{i}" for i in range(5)]].sum(axis=1) == table["n"].iloc[0]).all()
    for kind, state in ((war, 2), (regional, 3), (general, 4)):
        assert (events[[f"O{i}" for i in range(state, 5)]].sum(axis=1) == kind).all()
    for one in (war, regional, general):
        assert rising(one.unstack())
    stricter = {"busy day at 50 acts or launches": "busy day at 200 acts or launches"}
    stricter |= {
        "2 busy days in a week": "5 busy days in a week",
        "deadly day at 25 killed": "deadly day at 100 killed",
    }
    stricter |= {"1 deadly day": "3 deadly days in a week", "500 killed in 30 days": "2,000 killed in 30 days"}
    for loose, strict in stricter.items():
        assert (war[loose] >= war[AS_RUN]).all()
        assert (war[AS_RUN] >= war[strict]).all()
    assert (met["decided campaigns only"] == 0).all()
    assert (regional["1 further front"] >= regional["as run"]).all()
    assert (regional["as run"] >= regional["3 further fronts"]).all()


def fan(folder: Folder, table: pd.DataFrame) -> None:
    """Quantiles are ordered; the killed to date rise, and are no fewer than those of any place at a horizon."""
    days = choose_fan_days(Results(folder.path, folder.manifest))
    quantiles = ["q05", "q25", "median", "q75", "q95"]
    assert rising(table[quantiles])
    assert (table[quantiles] >= 0).all(axis=None)
    by_part = table.set_index(["part", "point", "measure", "day"])[quantiles].unstack()
    assert all(rising(by_part.xs(kind, level="measure")[q]) for kind in ("killed", "civilians") for q in quantiles)
    wide, own = by_part.loc["all"], by_part.drop("all")
    assert (own["q95"].to_numpy() <= wide["q95"].reindex(own.index.droplevel("part")).to_numpy() * 257 / 256).all()
    for place in folder.places & set(table["part"]):
        rows = by_part.loc[place].stack().reset_index().rename(columns={"day": "horizon_days", "measure": "counted"})
        rows = rows.assign(location=place).set_index(["point", "location", "counted", "horizon_days"])
        at_place = folder.tables["killed"].set_index(rows.index.names)[["q05", "median", "q95"]]
        told = at_place[at_place.index.isin(rows.index) & (at_place.index.get_level_values("location") == place)]
        assert near(rows.reindex(told.index)[told.columns], told, told / 256 + 1)
    measures = ("acts", "civilians", "killed", "rung")
    assert list(wide.index) == [(p, m) for p in range(folder.manifest["points"]) for m in measures]
    assert list(wide["q05"].columns) == list(days)
    top = len(folder.manifest["resolved"]["theatre"]["rung"]) - 1
    assert (wide.xs("rung", level="measure") <= top).all(axis=None)
    to_date = wide.xs("killed", level="measure")
    assert all(rising(to_date[quantile]) for quantile in quantiles)
    places = folder.tables["killed"]
    most = places[places["counted"] == "killed"].groupby(["point", "horizon_days"])[["q05", "median", "q95"]].max()
    for quantile in most:
        of_all = to_date[quantile].stack().reindex(most.index)
        assert (of_all >= most[quantile] * (1 - 1 / 256) - 1).all()


def ladder(folder: Folder, table: pd.DataFrame) -> None:
    """Shares add up to 1 on each day; what was reached to date stays reached, and is no less than on the day."""
    n = folder.manifest["replicates"]
    assert list(dict.fromkeys(table["day"])) == list(choose_fan_days(Results(folder.path, folder.manifest)))
    for name in ("share", "share_to_date"):
        wide = table.set_index(["point", "part", "day", "rung"])[name].unstack()
        assert list(wide.columns) == list(range(len(folder.manifest["resolved"]["theatre"]["rung"])))
        assert near(wide * n, (wide * n).round(), HALF * n)
        assert ((wide * n).round().sum(axis=1) == n).all()
    at_least = table[::-1].groupby(["point", "part", "day"])[["share", "share_to_date"]].cumsum()[::-1]
    assert (at_least["share_to_date"] >= at_least["share"] - 1e-5).all()
    to_date = table[["point", "part", "day", "rung"]].assign(share=at_least["share_to_date"])
    assert rising(to_date.set_index(["point", "part", "rung", "day"])["share"].unstack().round(5))
    everywhere, front = (to_date[to_date["part"] == part]["share"].to_numpy() for part in ("all", "front"))
    assert (everywhere >= front - 1e-5).all()


def curve(folder: Folder, table: pd.DataFrame) -> None:
    """The odds rise from none, and at the horizons are those of the table of odds, to the last digit."""
    days = choose_curve_days(Results(folder.path, folder.manifest))
    states = {one["id"] for one in folder.manifest["questions"] if one["is_state"]}
    by_day = table[~table["question"].isin(states)].set_index(["point", "question", "day"])
    wide = by_day["events"].unstack()
    assert list(wide.columns) == list(days)
    assert (wide[0] == 0).all()
    assert rising(wide)
    assert are_wilson(table["events"], table["n"], table["low"], table["high"])
    at_horizons = table[table["day"].isin(folder.manifest["horizons"])].rename(columns={"day": "horizon_days"})
    assert len(at_horizons) == (~folder.odds.index.get_level_values("question").str.startswith("O")).sum()
    for name in ("n", "events", "estimate", "low", "high"):
        told = at_horizons.set_index(["point", "question", "horizon_days"])[name]
        assert (told == folder.odds[name].reindex(told.index)).all()


def beside(folder: Folder, table: pd.DataFrame) -> None:
    """Each forecast is compared or says why not; odds of a question are those of the table of odds."""
    assert (table["reason"].isna() == table["horizon_days"].notna()).all()
    asked = table[
        table["horizon_days"].notna() & table["question"].isin({q["id"] for q in folder.manifest["questions"]})
    ]
    for row in asked.to_dict("records"):
        assert row["estimate"] == folder.odds["estimate"].loc[0, row["question"], int(row["horizon_days"])]
    scored = table.dropna(subset=["brier"])
    came = scored["came"].astype(bool)
    assert near(scored["brier"], (scored["chance"] - came) ** 2, HALF)
    assert near(scored["brier_simulated"], (scored["estimate"] - came) ** 2, HALF)


def dyads(folder: Folder, table: pd.DataFrame) -> None:
    """Acts of every dyad at every horizon, or the last where points are many; they rise, and their quantiles do."""
    horizons = folder.manifest["horizons"][-1 if folder.manifest["points"] > 10 else 0 :]
    names = (table["sender"] + "-" + table["target"]).rename("dyad")
    wide = table.set_index(["point", names, "horizon_days"]).drop(columns=["sender", "target", "n"])
    assert set(names) == set(folder.manifest["dyads"])
    assert len(wide) == folder.manifest["points"] * len(folder.manifest["dyads"]) * len(horizons)
    assert rising(table[["q05", "median", "q95"]])
    assert (table["n"] == folder.manifest["replicates"]).all()
    counts = table["share"] * table["n"]
    assert near(counts, counts.round(), HALF * table["n"])
    assert near(table["mean"] * table["n"], (table["mean"] * table["n"]).round(), HALF * table["n"])
    assert ((table["mean"] > 0) == (table["share"] > 0)).all()
    assert (table["mean"] >= table["share"] - HALF).all()
    for column in wide:
        assert rising(wide[column].unstack())


def histories(folder: Folder, table: pd.DataFrame) -> None:
    """Three histories of the first point; their killed are the quantiles of those of all sides."""
    assert (table["point"] == 0).all()
    days = folder.manifest["horizon_days"]
    assert [*table["day"]] == 3 * [*range(1, days + 1)]
    assert [*table["at_most"][::days]] == [0.05, 0.5, 0.95]
    by_day = table.set_index(["at_most", "day"])
    assert rising(by_day["killed"].unstack())
    last = folder.manifest["horizons"][-1]
    killed = folder.tables["fan"].set_index(["point", "measure", "part", "day"]).loc[(0, "killed", "all", last)]
    assert near(by_day["killed"].unstack()[last], killed[["q05", "median", "q95"]], killed["q95"] / 512 + 1)
    assert ((table[["acts_side_a", "acts_side_b"]].sum(axis=1) == 0) | (table["rung"] >= 0)).all()
    words = {"war", "regional war", "general war", "ceasefire"}
    words |= {f"joined {party['id']}" for party in folder.manifest["parties"]}
    told = {word for cell in table["event"].dropna() for word in cell.split("; ")}
    assert told <= words


def given(folder: Folder, table: pd.DataFrame) -> None:
    """The odds of the main question among histories with another event, as many as the odds of that event say."""
    assert are_wilson(table["events"], table["n"], table["low"], table["high"])
    assert (table["n"] >= 100).all()
    assert ((table["events"] > 0) & (table["events"] < table["n"])).any()
    keys = pd.MultiIndex.from_frame(table[["point", "question", "horizon_days"]])
    assert near(table["odds"], folder.odds["estimate"].reindex(keys), 0)
    assert (table["events"] <= folder.odds["events"].reindex(keys).to_numpy()).all()
    events = [(point, *text.split(" by ")) for point, text in zip(table["point"], table["given"], strict=True)]
    asked = pd.MultiIndex.from_tuples([(point, question, int(day)) for point, question, day in events])
    assert (table["n"].to_numpy() == folder.odds["events"].reindex(asked).to_numpy()).all()


RULES: dict[str, tuple[Rule, ...]] = {
    "odds": (counted, whole, intervals_of_odds, parts_of_odds, outcomes_agree),
    "variance": (variance_adds_up,),
    "killed": (killed, killed_as_the_odds_say),
    "entries": (entries,),
    "incidence": (incidence,),
    "definitions": (counted, definitions),
    "fan": (fan,),
    "curve": (counted, curve),
    "ladder": (ladder,),
    "dyads": (dyads,),
    "beside": (beside,),
    "histories": (histories,),
    "given": (counted, given),
}
"""By table of a sweep what must hold of it; `comparison_rules` has those that compare points or parameters."""

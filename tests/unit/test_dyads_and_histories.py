"""Acts of dyads, and single histories that stand at some share of the killed: by loops over the histories."""

from __future__ import annotations

import math

import pytest
from slow_forms import quantile
from uneven_sweep import Uneven, assert_table

from sim.results.analysis.fan import DYADS, HISTORIES
from sim.results.reading.store import Results


def test_acts_of_dyads_are_those_of_loops(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    expected = []
    for point in range(4):
        rows = sweep.finished(point)
        for dyad in sweep.dyads:
            for day in (4, 9, 17):
                acts = [row[f"acts_{dyad}_at_{day}"] for row in rows]
                sender, target = dyad.split("-")
                row = {"point": point, "sender": sender, "target": target, "horizon_days": day, "n": len(rows)}
                row |= {"share": sum(number > 0 for number in acts) / len(rows), "mean": sum(acts) / len(rows)}
                expected.append(
                    row | {name: quantile(acts, q) for name, q in (("q05", 0.05), ("median", 0.5), ("q95", 0.95))}
                )
    assert_table(results.table(DYADS), expected)


def test_single_histories_are_those_at_some_shares_of_the_killed(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    rows = sweep.finished(0)
    left, right = sweep.parties[0]["id"], sweep.parties[2]["id"]
    killed = [sum(row[f"killed_{place}_at_17"] for place in sweep.places) for row in rows]
    expected = []
    for share in (0.05, 0.5, 0.95):
        row = rows[killed.index(quantile(killed, share))]
        for day in range(1, 21):
            today = [act for act in row["acts"] if act[2] == day]
            line = {"point": 0, "at_most": share, "replicate": row["replicate"], "day": day}
            for side, dyad in (("a", f"{left}-{right}"), ("b", f"{right}-{left}")):
                line[f"acts_side_{side}"] = sum(act[3] for act in today if sweep.dyads[act[0]] == dyad)
            line["rung"] = max((act[1] for act in today), default=0)
            line["killed"] = sum(act[6] for act in row["acts"] if act[2] <= day)
            came = {f"joined {party}": row[f"joined_{party}_day"] for party in ("F", "G")}
            came |= {"war": row["war_day"], "regional war": row["regional_day"]}
            came |= {"ceasefire": row["ceasefire_day"]}
            line["event"] = "; ".join(
                name for name, when in came.items() if math.isfinite(when) and math.ceil(when) == day
            )
            expected.append(line)
    table = results.table(HISTORIES)
    assert_table(table, expected)
    assert table["event"].ne("").any()
    assert table["replicate"].nunique() == 3


@pytest.mark.parametrize("name", [DYADS, HISTORIES, "curve", "ladder", "given", "fan"])
def test_a_folder_without_blocks_has_the_committed_table(name: str):
    from sim.results.reading.store import open_results

    assert len(open_results("results/forgiveness").table(name)) > 10

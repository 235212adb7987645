"""``sim results given``: the condition stands first; few histories tell no odds, and what decides them is refused."""

from __future__ import annotations

import json

import pytest
from command import Command
from uneven_sweep import Uneven, holds

from sim.results.analysis import given as module
from sim.results.reading.store import Results


def test_the_command_tells_odds_or_how_many_histories_there_are(
    sim: Command, uneven_levers: tuple[Uneven, Results], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "LEAST", 5)
    sweep, results = uneven_levers
    ask = ("results", "given", results.path, "--question", "Q2", "--if", "Q7 by 9")
    done = sim(*ask, "--point", 2)
    n = sum(holds(row, "Q7", 9) for row in sweep.finished(2))
    assert done.status == 0
    words = " ".join(done.out.split())
    assert f"by day 9 ({n} of {len(sweep.finished(2))} histories)" in words
    assert "not what causes it" in words
    found = json.loads(sim(*ask, "--point", 2, "--json").out)
    assert found["given"]["n"] == n
    assert found["sentence"] in words
    monkeypatch.setattr(module, "LEAST", 100)
    done = sim(*ask)
    assert (done.status, done.err) == (0, ""), "too few histories are an answer, not a wrong question"
    assert "no odds are told: that takes" in " ".join(done.out.split())
    found = json.loads(sim(*ask, "--json").out)
    assert (found["told"], found["given"]["estimate"], found["given"]["events"]) == (False, None, None)
    refused = sim(*ask[:-1], "Q2 by 4")
    assert (refused.status, refused.out) == (2, "")
    assert sim(*ask, "--point", 9).status == 2


def test_a_folder_without_blocks_has_its_table_and_refuses_the_rest(sim: Command):
    refused = sim("results", "given", "results/baseline", "--if", "Q2 by 90")
    assert refused.status == 2
    assert "single histories were not kept here; run the sweep again" in refused.err

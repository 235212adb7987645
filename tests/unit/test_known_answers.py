"""`sim verify`: what a figure is held against, that every check can fail, and what the command says of it."""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from command import run
from forms import OTHER_SEED

from sim.core.distributions import ZetaTable
from sim.core.random_streams import Streams
from sim.engine.branching import release_shares
from sim.engine.kernel import values
from sim.results import invariance, known_answers
from sim.results.known_answers import KnownFigure, mean_figure
from sim.sweeps import self_test

SEED = 20231107 + OTHER_SEED
Check = Callable[[int], Iterator[KnownFigure]]


def holds(check: Check, seed: int = SEED) -> dict[str, bool]:
    return {figure.name: figure.strain <= 1 for figure in check(seed)}


def test_a_figure_holds_within_its_tolerance_and_no_number_never_does():
    assert KnownFigure("x", 1.0, 1.5, 0.5).strain == 1.0
    assert KnownFigure("x", 1.0, 1.6, 0.5).strain > 1.0
    assert KnownFigure("x", 3.0, 3.0).strain == 0.0
    assert KnownFigure("x", 3.0, 3.1).strain == math.inf
    assert KnownFigure("x", 3.0, math.nan, 1.0).strain == math.inf
    assert KnownFigure("x", 3.0, math.nan).strain == math.inf


def test_a_mean_may_lie_four_and_a_half_standard_errors_off():
    samples = np.arange(100.0)
    figure = mean_figure("x", samples, 50.0, besides=0.25)
    assert figure.value == 49.5
    assert figure.tolerance == pytest.approx(4.5 * samples.std(ddof=1) / 10 + 0.25)


QUICK = (
    known_answers.check_reactions,
    known_answers.check_uncoupled,
    known_answers.check_posture,
    known_answers.check_severity,
    known_answers.check_quantal,
    invariance.check_self_test,
)


@pytest.mark.parametrize("check", QUICK, ids=lambda check: check.__name__)
def test_quick_checks_hold(check):
    assert all(holds(check).values())


@pytest.mark.nightly
@pytest.mark.parametrize("check", [*known_answers.CHECKS, *invariance.CHECKS], ids=lambda check: check.__name__)
def test_all_checks_hold(check):
    assert all(holds(check).values())


def test_rates_show_a_background_that_is_a_tenth_too_high(monkeypatch):
    background = values.background
    monkeypatch.setattr(values, "background", lambda *given: 1.1 * background(*given))
    found = holds(known_answers.check_uncoupled)
    assert not found["acts of one [1/day]"]
    assert found["correlation of both"]


def test_decay_shows_delays_that_are_too_long(monkeypatch):
    """Pools that let go of a quarter less in each step: the mean is kept, its course is not."""

    def slow(delay_days, step_days):
        later, now = release_shares(delay_days, step_days)
        return 0.75 * later, now

    monkeypatch.setattr("sim.engine.branching.release_shares", slow)
    assert not any(holds(known_answers.check_decay).values())


def test_severity_shows_a_tail_that_is_cut(monkeypatch):
    monkeypatch.setattr("sim.core.distributions.LARGEST_KILLED", 30)
    assert ZetaTable(np.array([[2.5]])).mean < 1.8
    assert not any(holds(known_answers.check_severity).values())


def test_posture_shows_a_gain_that_is_off(monkeypatch):
    law = known_answers.move_posture.py_func
    monkeypatch.setattr(
        known_answers.move_posture, "py_func", lambda own, history, party, pull: law(own, history, party, 0.9 * pull)
    )
    assert not any(holds(known_answers.check_posture).values())


def test_generosity_shows_a_policy_that_forgives_less(monkeypatch):
    kind = known_answers.GenerousTitForTat
    monkeypatch.setattr(
        known_answers, "GenerousTitForTat", lambda forgiveness=1 / 3: kind(forgiveness=0.8 * forgiveness)
    )
    found = holds(known_answers.check_generosity)
    assert not found["restraint, error 0.05, generosity 0.33"]
    assert found["restraint, error 0.05, generosity 0.00"]


def test_replicates_show_luck_that_hangs_on_the_place(monkeypatch):
    """Every ensemble counts its histories from 0: prefixes and shards from 0 are as they were, others are not."""
    made = Streams.__init__
    monkeypatch.setattr(
        Streams, "__init__", lambda self, seed, lanes, branches=None: made(self, seed, np.arange(len(lanes)), branches)
    )
    monkeypatch.setattr(invariance, "_DAYS", 20)
    found = holds(invariance.check_replicates, SEED + 1)
    assert {name.rpartition(", ")[2] for name, fine in found.items() if not fine} == {"permuted", "second shard"}


def test_the_self_test_shows_other_numbers(monkeypatch):
    monkeypatch.setattr(self_test, "_DAYS", 29)
    assert not holds(invariance.check_self_test)["acts of 200 histories"]


def test_the_command_ends_on_a_verdict_and_prints_every_figure_as_json():
    names = ("severity", "quantal")
    asked = [word for name in names for word in ("--check", name)]
    done = run("verify", *asked, "--quiet")
    assert (done.status, done.err) == (0, "")
    assert done.out.rstrip().endswith("6 of 6 figures of 2 checks hold")
    rows = json.loads(run("verify", *asked, "--json").out)
    assert [row["check"] for row in rows] == ["severity"] * 3 + ["quantal"] * 3
    assert set(rows[0]) == {*(field.name for field in dataclasses.fields(KnownFigure)), "check", "strain", "holds"}


def test_the_command_fails_with_the_check_that_fails_first(monkeypatch):
    monkeypatch.setattr("sim.core.distributions.LARGEST_KILLED", 30)
    done = run("verify", "--check", "quantal", "--check", "severity", "--quiet")
    assert done.status == 1
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines if line.endswith(("holds", "FAILS"))] == ["severity", "quantal"]
    assert lines[-1].endswith("3 of 6 figures of 2 checks hold; not those of severity")


def test_an_unknown_check_is_refused_with_the_nearest():
    done = run("verify", "--check", "dokking")
    assert done.status == 2
    assert '"dokking" is not a check' in done.err
    assert "docking" in done.err


def test_uncompiled_nothing_is_tried(monkeypatch):
    monkeypatch.setattr("sim.core.compilation.IS_COMPILED", False)
    done = run("verify")
    assert (done.status, done.out) == (2, "")
    assert "SIM_KERNEL" in done.err


def test_a_whole_verification_fits_on_a_screen(monkeypatch):
    def silent(check):
        def one(_):
            yield KnownFigure("a name that is as long as that of the longest figure is", 123456.7, 123456.7, 0.123456)

        one.__name__, one.__doc__ = check.__name__, inspect.getdoc(check)
        return one

    for module in (known_answers, invariance):
        monkeypatch.setattr(module, "CHECKS", tuple(map(silent, module.CHECKS)))
    monkeypatch.setattr("sim.cli.console.PIPE_WIDTH", 80)
    done = run("verify", "--quiet")
    assert done.status == 0
    lines = done.out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert not any("more" in line for line in lines)

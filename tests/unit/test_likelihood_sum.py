"""The likelihood of a front, piece by piece and summed, against the form written out in `slow_likelihood`."""

from __future__ import annotations

import dataclasses
import functools

import asymmetric_front
import numpy as np
import pytest
import slow_likelihood
from asymmetric_front import DYADS, LOCATIONS, Labels, on_front
from event_times import EventTimes

from sim.inference.front_model import LARGEST_RADIUS
from sim.inference.likelihood import Evidence, Likelihood, Pause, SeenTimes, needed_keys

RECORD = asymmetric_front.record()
N = 6  # draws


@functools.cache
def drawn():
    """Return the posterior density of the record, some points, and values and exchange there."""
    density = asymmetric_front.likelihood(RECORD)
    points = asymmetric_front.points(density, N)
    values = density.space.values(points)
    return density, points, values, density.front.exchange(values, N)


def fast_parts(evidence):
    """Return the log chance of each piece by name, shape (n_draws,)."""
    density, _, values, exchange = drawn()
    found = Likelihood(evidence, density.front, density.space).parts(values, exchange)
    return {name: np.broadcast_to(chances, N) for name, chances in found.items()}


@functools.cache
def written_out(row):
    """Return normal scores, values and exchange of a draw."""
    density, points, _, _ = drawn()
    scores = dict(zip(density.space.keys, points[row].tolist(), strict=True))
    values = {key: slow_likelihood.quantile(key, scores) for key in asymmetric_front.laws()}
    return scores, values, slow_likelihood.Exchange.of(values, asymmetric_front.ANSWERED)


def slow_parts(evidence, row):
    """Return the log chance of each piece by name for one draw, written out."""
    return slow_likelihood.log_chances(evidence, *written_out(row)[1:])


@pytest.mark.parametrize("row", [0, 1])
def test_every_piece_and_the_posterior_are_those_written_out(row):
    fast, slow = fast_parts(RECORD), slow_parts(RECORD, row)
    assert list(fast) == list(slow)
    assert {name: chances[row] for name, chances in fast.items()} == pytest.approx(slow, rel=1e-9)
    expected = sum(slow.values()) + slow_likelihood.log_prior(written_out(row)[0])
    density, points, _, _ = drawn()
    assert density(points)[row] == pytest.approx(expected, rel=1e-10)


def changed(number, **changes):
    """Return a record of one piece, or of one lag after the pieces, in which something is changed."""
    things = (*RECORD.pieces, *RECORD.lags)
    one = dataclasses.replace(things[number], **changes)
    is_lag = number >= len(RECORD.pieces)
    return dataclasses.replace(RECORD, pieces=() if is_lag else (one,), lags=(one,) if is_lag else ())


SIRENS, WATCH, ACTS, COAST, MARSH, CIVILIANS, FIGHTERS, OF_DOR, OF_TWO, SPILL, _, LAG = range(12)
CHANGES = [
    (SIRENS, {"times": RECORD.pieces[SIRENS].times[:-1]}),
    (SIRENS, {"side": 0}),
    (SIRENS, {"rhythm": dataclasses.replace(RECORD.pieces[SIRENS].rhythm, cosine=-0.35)}),
    (SIRENS, {"rhythm": dataclasses.replace(RECORD.pieces[SIRENS].rhythm, sine=0.22)}),
    (WATCH, {"name": "sirens"}),
    (ACTS, {"times": RECORD.pieces[ACTS].times + 0.05}),
    (ACTS, {"sides": 1 - RECORD.pieces[ACTS].sides}),
    *((COAST, {"low": low}) for low in (8, 10)),
    *((COAST, {"high": high}) for high in (16, 18, 60)),
    *((COAST, {"largest": largest}) for largest in (5, 7)),
    (COAST, {"days": 10.0}),
    (COAST, {"location": "upland"}),
    (MARSH, {"low": 0, "high": 0}),
    (MARSH, {"location": "dunes"}),
    (CIVILIANS, {"part": 4}),
    (CIVILIANS, {"whole": 9}),
    (CIVILIANS, {"location": "coast"}),
    (FIGHTERS, {"targets": ("CAL",)}),
    (FIGHTERS, {"targets": ("CAL", "DOR")}),
    (OF_DOR, {"count": 14}),
    (OF_DOR, {"days": 8.0}),
    (OF_DOR, {"senders": ("ESK",)}),
    (OF_DOR, {"senders": ("ESK", "CAL", "DOR")}),
    (OF_TWO, {"senders": ("BRE",)}),
    (SPILL, {"spilled": 3}),
    (SPILL, {"answered": 8}),
    (SPILL, {"dyad": "BRE-CAL"}),
    *((number, {"paused": 1.0}) for number in (COAST, CIVILIANS, FIGHTERS, OF_DOR, OF_TWO)),
    *((number, {"paused": 0.1}) for number in (COAST, FIGHTERS, OF_DOR, OF_TWO)),
    (LAG, {"low": 0.1}),
    (LAG, {"high": 0.5}),
    (LAG, {"dyad": "BRE-ESK"}),
]


@pytest.mark.parametrize(("number", "changes"), CHANGES)
def test_a_datum_moves_its_piece_as_written_out(number, changes):
    evidence = changed(number, **changes)
    (fast,), (before,), (slow,) = (
        parts.values() for parts in (fast_parts(evidence), fast_parts(changed(number)), slow_parts(evidence, 2))
    )
    assert fast[2] == pytest.approx(slow, rel=1e-9)
    assert abs(fast[2] - before[2]) > 1e-3


WHOLE = [
    {"days": 12.5},
    {"pauses": ()},
    {"pauses": (Pause(4.0, 6.5),)},
    {"pauses": (Pause(4.01, 6.5), Pause(9.2, 13.5))},
    {"pauses": (Pause(4.0, 6.51), Pause(9.2, 13.5))},
    {"pauses": (Pause(-2.0, 1.0), Pause(6.5, 9.2))},
]


@pytest.mark.parametrize("changes", WHOLE, ids=str)
def test_length_and_pauses_of_a_record_move_its_times_as_written_out(changes):
    """An act at the first moment of a pause is inside, one at its end is not."""
    times = [piece for piece in RECORD.pieces if isinstance(piece, (SeenTimes, EventTimes))]
    evidence = dataclasses.replace(RECORD, pieces=tuple(times), lags=(), **changes)
    fast, slow = fast_parts(evidence), slow_parts(evidence, 3)
    assert {name: chances[3] for name, chances in fast.items()} == pytest.approx(slow, rel=1e-9)


def test_a_calm_pause_makes_a_record_likelier_by_the_background_that_it_spares():
    """Over two whole days the time of day averages out."""
    seen, side = dataclasses.replace(RECORD.pieces[SIRENS], times=np.array([0.5, 9.0])), ("CAL", "DOR", "ESK")
    calm, without = (fast_parts(Evidence(12.0, (seen,), (), pauses))["sirens"] for pauses in ((Pause(3.0, 5.0),), ()))
    _, _, values, exchange = drawn()
    front = {party: sum(values[f"dyad.{a}-{b}.share"] for a, b, _ in on_front() if a == party) for party in side}
    background_of = {party: values[f"party.{party}.baseline"] * front[party] for party in side}
    whole = sum(background_of.values())
    driven = sum(background_of[party] * values[f"party.{party}.driver_share"] for party in side)
    background = exchange.sides.thin(1, values["source.sirens.detection"]).background
    assert calm - without == pytest.approx(2.0 * background * driven / whole)


FIRST = {name: f"Z{name[::-1]}" for name in LOCATIONS}
RELABELLED = {
    "renamed": Labels(FIRST.__getitem__),
    "parties reordered": Labels(parties=tuple(reversed(LOCATIONS))),
    "dyads reordered": Labels(dyads=tuple(reversed(DYADS))),
    "sides swapped": Labels(is_swapped=True),
    "all of it": Labels(FIRST.__getitem__, ("ESK", "FAR", "DOR", "ARD", "CAL", "BRE"), True, tuple(DYADS[::-1])),
}


@pytest.mark.parametrize("labels", RELABELLED.values(), ids=RELABELLED)
def test_a_relabelled_front_has_the_relabelled_likelihood(labels):
    density, known, _, _ = drawn()
    told = asymmetric_front.likelihood(RECORD, labels)
    assert {labels.key(key) for key in density.space.keys} == set(told.space.keys)
    points = asymmetric_front.points(told, N, labels=labels)
    values = told.space.values(points)
    found = told.parts(values, told.front.exchange(values, len(points))).values()
    for chances, expected in zip(found, fast_parts(RECORD).values(), strict=True):
        np.testing.assert_allclose(chances, expected, rtol=1e-11)
    np.testing.assert_allclose(told(points), density(known), rtol=1e-12)
    if labels is RELABELLED["renamed"]:
        assert np.array_equal(told(points), density(known)), "names are part of no number"


def test_the_order_of_the_pieces_is_part_of_no_number():
    turned = dataclasses.replace(RECORD, pieces=RECORD.pieces[::-1], lags=RECORD.lags[::-1], pauses=RECORD.pauses[::-1])
    density, points, _, _ = drawn()
    np.testing.assert_allclose(Likelihood(turned, density.front, density.space)(points), density(points), rtol=1e-12)


def test_draws_that_a_sweep_refuses_have_no_chance():
    density, known, _, _ = drawn()
    points = np.repeat(known[:1], 4, axis=0)
    excitations = [i for i, key in enumerate(density.space.keys) if key.endswith(".excitation")]
    points[1, excitations], points[2, excitations], points[3, 0] = 1.5, 4.0, 6.0
    values = density.space.values(points)
    exchange = density.front.exchange(values, 4)
    assert exchange.radius[1] < LARGEST_RADIUS < exchange.radius[2]
    assert np.isfinite(density(points)).tolist() == [True, True, False, False]
    assert np.isneginf(density(points)[2:]).all()
    at_the_edge = dataclasses.replace(exchange, radius=np.array([0.9499, 0.95, 0.9501, 1.0]))
    assert density.front.allowed(at_the_edge).tolist() == [0.0, -np.inf, -np.inf, -np.inf]


def test_a_likelihood_that_is_no_number_is_no_chance(monkeypatch):
    density, points, _, _ = drawn()
    chances = np.array([np.nan, np.inf, -1.0, -np.inf, -2.0, 3.0])
    monkeypatch.setattr(Likelihood, "parts", lambda *_: {"a": chances, "b": np.full(N, 0.5)})
    prior = density.space.log_prior(points)
    expected = [-np.inf, -np.inf, prior[2] - 0.5, -np.inf, prior[4] - 1.5, prior[5] + 3.5]
    assert density(points).tolist() == pytest.approx(expected)


def test_sides_that_share_a_delay_and_acts_that_kill_nobody_are_as_written_out():
    density, _, values, _ = drawn()
    changes = {
        key: 0.5 if key.endswith("delay_days") else 0.0 for key in values if key.endswith(("y_days", "lethality"))
    }
    values = {**values, **changes}
    exchange = density.front.exchange(values, N)
    assert np.all(exchange.sides.delay_days == 0.5)
    calm = dataclasses.replace(RECORD.pieces[COAST], low=0)
    evidence = dataclasses.replace(RECORD, pieces=(RECORD.pieces[ACTS], calm), lags=())
    found = Likelihood(evidence, density.front, density.space).parts(values, exchange)
    slow = written_out(1)[1] | changes
    front = slow_likelihood.Exchange.of(slow, asymmetric_front.ANSWERED)
    assert found["all acts"][1] == pytest.approx(slow_likelihood.event_times(evidence.pieces[0], evidence, front, slow))
    assert found["dead of the coast"] == pytest.approx(0.0, abs=1e-8), "nobody is killed for certain"


def test_the_branching_ratio_counts_what_policies_answer_and_the_radius_everything():
    _, values, answered = written_out(4)
    *_, exchange = drawn()
    assert exchange.branching_ratio[4] == pytest.approx(answered.radius)
    in_full = slow_likelihood.Exchange.of(values, dict.fromkeys(asymmetric_front.ANSWERED, 1.0))
    assert exchange.radius[4] == pytest.approx(in_full.radius)


def test_only_parameters_that_some_evidence_sees_are_needed():
    kinds = {
        "lethality": [COAST],
        "severity_exponent": [CIVILIANS],
        "driver_share": [],
        "detection": [WATCH],
    }
    front = drawn()[0].front
    for name, numbers in kinds.items():
        pieces = [RECORD.pieces[i] for i in numbers]
        with_, without = (
            {key for key in needed_keys(front, some, pauses) if key.endswith(name)}
            for some, pauses in ((pieces, RECORD.pauses), ([RECORD.pieces[OF_DOR]], ()))
        )
        assert without == set()
        assert with_ == {key for key in asymmetric_front.laws() if key.endswith(name)} - {"source.sirens.detection"}

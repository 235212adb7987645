"""The likelihood of a front, piece by piece and summed, against the form written out in `slow_likelihood`."""

from __future__ import annotations

import dataclasses
import functools

import asymmetric_front
import numpy as np
import pytest
import slow_likelihood
from asymmetric_front import DYADS, LOCATIONS, Labels

from sim.inference.evidence_terms import Evidence, Pause, SeenTimes
from sim.inference.front_model import LARGEST_RADIUS
from sim.inference.likelihood import Likelihood, needed_keys

RECORD = asymmetric_front.record()
DENSITY = asymmetric_front.likelihood(RECORD)
POINTS = asymmetric_front.points(DENSITY)
VALUES = DENSITY.space.values(POINTS)
EXCHANGE = DENSITY.front.exchange(VALUES, len(POINTS))


def fast_parts(evidence):
    """Return the log chance of each piece by name, shape (n_draws,)."""
    found = Likelihood(evidence, DENSITY.front, DENSITY.space).parts(VALUES, EXCHANGE)
    return {name: np.broadcast_to(chances, len(POINTS)) for name, chances in found.items()}


@functools.cache
def written_out(row):
    """Return normal scores, values and exchange of a draw."""
    scores = dict(zip(DENSITY.space.keys, POINTS[row].tolist(), strict=True))
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
    assert DENSITY(POINTS)[row] == pytest.approx(expected, rel=1e-10)


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
    (WATCH, {"source": "sirens"}),
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
    times = [piece for piece in RECORD.pieces if isinstance(piece, SeenTimes)]
    evidence = dataclasses.replace(RECORD, pieces=tuple(times), lags=(), **changes)
    fast, slow = fast_parts(evidence), slow_parts(evidence, 3)
    assert {name: chances[3] for name, chances in fast.items()} == pytest.approx(slow, rel=1e-9)


def test_a_calm_pause_makes_a_record_likelier_by_the_background_that_it_spares():
    """Over two whole days the time of day averages out."""
    seen, side = dataclasses.replace(RECORD.pieces[SIRENS], times=np.array([0.5, 9.0])), ("CAL", "DOR", "ESK")
    calm, without = (fast_parts(Evidence(12.0, (seen,), (), pauses))["sirens"] for pauses in ((Pause(3.0, 5.0),), ()))
    whole = sum(VALUES[f"party.{party}.baseline"] for party in side)
    driven = sum(VALUES[f"party.{party}.baseline"] * VALUES[f"party.{party}.driver_share"] for party in side)
    background = EXCHANGE.sides.thin(1, VALUES["source.sirens.detection"]).background
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
    told = asymmetric_front.likelihood(RECORD, labels)
    assert {labels.key(key) for key in DENSITY.space.keys} == set(told.space.keys)
    points = asymmetric_front.points(told, labels=labels)
    values = told.space.values(points)
    found = told.parts(values, told.front.exchange(values, len(points))).values()
    for chances, expected in zip(found, fast_parts(RECORD).values(), strict=True):
        np.testing.assert_allclose(chances, expected, rtol=1e-11)
    np.testing.assert_allclose(told(points), DENSITY(POINTS), rtol=1e-12)
    if labels is RELABELLED["renamed"]:
        assert np.array_equal(told(points), DENSITY(POINTS)), "names are part of no number"


def test_the_order_of_the_pieces_is_part_of_no_number():
    turned = dataclasses.replace(RECORD, pieces=RECORD.pieces[::-1], lags=RECORD.lags[::-1], pauses=RECORD.pauses[::-1])
    density = Likelihood(turned, DENSITY.front, DENSITY.space)
    np.testing.assert_allclose(density(POINTS), DENSITY(POINTS), rtol=1e-12)


def test_draws_that_a_sweep_refuses_have_no_chance():
    points = np.repeat(POINTS[:1], 4, axis=0)
    excitations = [i for i, key in enumerate(DENSITY.space.keys) if key.endswith(".excitation")]
    points[1, excitations], points[2, excitations], points[3, 0] = 1.5, 4.0, 6.0
    values = DENSITY.space.values(points)
    exchange = DENSITY.front.exchange(values, 4)
    assert exchange.radius[1] < LARGEST_RADIUS < exchange.radius[2]
    assert np.isfinite(DENSITY(points)).tolist() == [True, True, False, False]
    at_the_edge = dataclasses.replace(exchange, radius=np.array([0.9499, 0.95, 0.9501, 1.0]))
    assert DENSITY.front.allowed(at_the_edge).tolist() == [0.0, -np.inf, -np.inf, -np.inf]


def test_the_branching_ratio_counts_what_policies_answer_and_the_radius_everything():
    _, values, answered = written_out(4)
    assert EXCHANGE.branching_ratio[4] == pytest.approx(answered.radius)
    in_full = slow_likelihood.Exchange.of(values, dict.fromkeys(asymmetric_front.ANSWERED, 1.0))
    assert EXCHANGE.radius[4] == pytest.approx(in_full.radius)


def test_only_parameters_that_some_evidence_sees_are_needed():
    kinds = {
        "lethality": [COAST],
        "severity_exponent": [CIVILIANS],
        "driver_share": [],
        "detection": [WATCH],
    }
    for name, numbers in kinds.items():
        pieces = [RECORD.pieces[i] for i in numbers]
        with_, without = (
            {key for key in needed_keys(DENSITY.front, some, pauses) if key.endswith(name)}
            for some, pauses in ((pieces, RECORD.pauses), ([RECORD.pieces[OF_DOR]], ()))
        )
        assert without == set()
        assert with_ == {key for key in asymmetric_front.laws() if key.endswith(name)} - {"source.sirens.detection"}

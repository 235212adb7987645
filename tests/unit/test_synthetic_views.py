"""Made-up histories of the kit: every part of a view, told for each replicate alone."""

from __future__ import annotations

from bisect import bisect_left
from math import ceil

import numpy as np
import pytest

from sim.core.random_streams import Streams
from sim.policies.view import View, view_parts
from sim.testing.synthetic_views import STEPS, TOP, arrays_of, quiet_view_of, view_of

LANES = (5, 0, 11, 300)


def told(lane: int, step: int, seed: int) -> dict[str, float | list[float]]:
    """Return what one replicate is shown."""

    def drawn(name: str, part: int = 0, at: int = step) -> float:
        return float(Streams(seed, [lane]).uniform("view", name, at, part)[0])

    def harm(name: str) -> list[float]:
        return [sum((drawn(name, below) + 0.05) * 2**below for below in range(rung + 1)) / 4 for rung in range(TOP + 1)]

    def acts(name: str) -> list[float]:
        return [ceil(4 * max(drawn(name, rung) - (0.6 + 0.07 * rung), 0.0)) for rung in range(TOP)]

    received, sent, own, opponent = acts("received"), acts("sent"), harm("own"), harm("opponent")
    return {
        "reactions_due": [3 * drawn("due", rung) if drawn("calm", rung) < 0.7 else 0.0 for rung in range(TOP)],
        "unanswered_harm": 0.0 if drawn("harmed") < 0.2 else 200 * drawn("harm") ** 3,
        "own_harm": own,
        "opponent_harm": opponent,
        "mediation": 0.0 if drawn("mediated") < 0.3 else drawn("mediation"),
        "phase": bisect_left((0.6, 0.75, 0.85), drawn("phase", at=step // 4)),
        "entered": drawn("entry", at=0) * 3 * STEPS <= step + STEPS,
        "received": received,
        "sent": sent,
        "harm_received": sum(many * each for many, each in zip(received, opponent[1:], strict=True)),
        "harm_inflicted": sum(many * each for many, each in zip(sent, opponent[1:], strict=True)),
    } | {name: spread(name, drawn) for name, part in view_parts().items() if part.span}


def spread(name: str, drawn) -> float | list[float]:
    part = view_parts()[name]
    low, high = part.span
    rows = [low + (high - low) * drawn(name, row) for row in range(part.shape(1)[0] if len(part.axes) > 1 else 1)]
    return rows if len(part.axes) > 1 else rows[0]


def shown(view: View) -> dict[str, np.ndarray]:
    """Return the arrays that hold what happened; the provocation numbers the rungs."""
    return {name: values for name, values in arrays_of(view).items() if name != "provocation"}


@pytest.mark.parametrize(("step", "seed"), [(0, 0), (3, 0), (4, 7), (13, 2)])
def test_a_view_is_the_one_that_is_told_for_each_replicate(step: int, seed: int):
    view = view_of(LANES, step, seed)
    expected = [told(lane, step, seed) for lane in LANES]
    found = shown(view)
    assert found.keys() == expected[0].keys()
    for name, values in found.items():
        assert values == pytest.approx(np.array([one[name] for one in expected]).T), name
    assert (view.day, view.step_days) == (step, 1.0)


def test_histories_hold_calm_and_war_and_all_ways_of_entering():
    views = [view_of(range(60), step) for step in range(STEPS)]
    assert {*np.concatenate([view.phase for view in views]).tolist()} == {0, 1, 2, 3}
    entered = np.array([view.entered for view in views])
    assert 10 < entered[0].sum() < entered[-1].sum() < 55
    assert all(0 < (view.reactions_due == 0).mean() < 0.5 for view in views)


def test_in_a_quiet_view_nothing_was_received_and_the_rest_is_as_it_was():
    view, quiet = view_of(LANES, 13, 2), quiet_view_of(LANES, 13, 2)
    silent = {"reactions_due", "unanswered_harm", "phase", "received", "sent", "harm_received", "harm_inflicted"}
    for name, values in shown(quiet).items():
        if name in silent:
            assert not values.any(), name
        elif name == "observed":
            assert (values == 0.5).all()
        else:
            assert np.array_equal(values, shown(view)[name]), name

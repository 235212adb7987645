"""Every shipped policy against its form written out, in histories of which no two see, remember or believe alike."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction

import numpy as np
import pytest
from policies_written_out import OWNER, RUNGS, History, answers

from sim.core.parameters import parameters_of
from sim.core.random_streams import Draw, Streams
from sim.policies import Policy
from sim.policies.base import Encounter, LastStep, first_memory
from sim.policies.fingerprint import standard_view
from sim.policies.registry import SHIPPED

LANES, STEPS, STEP_DAYS = 16, 40, Fraction(1, 4)
WHOLE = {"line_rung", "grim_rung", "offence_rung", "trigger_rung"}
DAYS = {"period_days", "round_days", "restrained_days", "answering_days"}
SPANS = {
    "climb_rungs": (0.0, 3.0),
    "harm_ratio": (0.3, 2.5),
    "tolerance": (2.0, 9.0),
    "calm_periods": (0.0, 3.5),
    "precision": (0.2, 1.5),
    "gain": (0.5, 3.0),
    "cost": (0.1, 1.0),
    "mediation_price": (0.1, 1.0),
    "weariness_price": (1.0, 5.0),
    "prior_periods": (0.1, 3.0),
    "trigger_day": (2.0, 20.0),
    "redraws": (0.1, 2.0),
    "most_cuts": (1.0, 4.0),
    "demanded_fall": (0.0, 0.4),
}
"""Ends between which a parameter is drawn, where its bounds are too far apart."""
INSIDE = {
    "base": "disproportionate",
    "first": "decapitation",
    "second": "generous_tit_for_tat",
    "third": "grim_trigger",
    "then": "threshold",
}
OVER_STRIKES = ("alliance_entry", "decapitation", "graduated_reduction", "grim_trigger", "threshold")


def uneven(rule: str, rng: np.random.Generator, depth: int = 0) -> Policy:
    """Return a policy each of whose parameters is another number in every replicate, over others of that kind."""
    given = {}
    for name, one in parameters_of(SHIPPED[rule]).items():
        ends = SPANS.get(name, (one.bounds.low, one.bounds.high))
        drawn = rng.uniform(*ends, LANES)
        if name in WHOLE:
            drawn = rng.choice([2.0, 3.0, 3.5, 4.0, 5.0, 6.0], LANES)
        elif name in DAYS:
            drawn = rng.choice([0.25, 0.5, 0.7, 0.75, 1.0, 1.3, 2.0], LANES)
        given[name] = drawn
    if rule == "mixed":
        weights = rng.dirichlet([2.0, 2.0, 2.0], LANES).T
        given |= dict(zip(("weight_first", "weight_second", "weight_third"), weights, strict=True))
    inside = {item.name: INSIDE[item.name] for item in fields(SHIPPED[rule]) if item.name in INSIDE}
    inside |= {"base": "decapitation"} if rule in OVER_STRIKES else {}
    if depth == 0:
        given |= {name: uneven(inner, rng, 1) for name, inner in inside.items()}
    return SHIPPED[rule](**given)


def seen_by_all(rng: np.random.Generator) -> list[dict[str, np.ndarray]]:
    """Return what every replicate sees in each step; the last axis is the replicate."""

    def harms() -> np.ndarray:
        return np.cumsum(rng.uniform(0.1, 1.0, (7, LANES)) * 1.6 ** np.arange(7)[:, None], axis=0) / 2.0

    def acts(busy: float) -> np.ndarray:
        rare = busy * np.linspace(0.8, 1.6, LANES) / np.arange(3, 9)[:, None]
        return np.where(rng.random((6, LANES)) < rare, rng.uniform(0.2, 3.0, (6, LANES)), 0.0)

    joins, rests = rng.integers(0, STEPS, LANES), rng.integers(0, STEPS, LANES)
    return [
        {
            "received": acts(0.6),
            "sent": acts(0.45),
            "harm_received": rng.uniform(0.0, 9.0, LANES),
            "unanswered_harm": rng.uniform(0.0, 12.0, LANES),
            "own_harm": harms(),
            "opponent_harm": harms(),
            "mediation": rng.random(LANES),
            "weariness": rng.random(LANES),
            "phase": np.where(abs(rests - step) < 2, 3, rng.integers(0, 3, LANES)),
            "entered": step >= joins,
        }
        for step in range(STEPS)
    ]


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_a_policy_answers_as_its_form_written_out(rule: str) -> None:
    rng = np.random.default_rng(sorted(SHIPPED).index(rule))
    policy, shown, streams = uneven(rule, rng), seen_by_all(rng), Streams(29, np.arange(LANES) + 5)
    memory = first_memory(policy, len(RUNGS), LANES)
    given = []
    for step, seen in enumerate(shown):
        last = Encounter(seen["received"], seen["sent"], seen["harm_received"], rng.random(LANES))
        view = standard_view(LANES, memory=memory)
        parts = {name: values for name, values in seen.items() if name not in ("received", "sent", "harm_received")}
        day = float(step * STEP_DAYS)
        view = replace(view, **parts, day=day, step_days=float(STEP_DAYS), last=LastStep(lambda last=last: last))
        given.append(policy.respond(view, Draw(streams, OWNER, step)))
        memory = {**memory, **given[-1].memory}
    told_apart = set()
    for lane in range(LANES):
        seen = [{name: values[..., lane].tolist() for name, values in one.items()} for one in shown]
        for step, (expected, answer) in enumerate(
            zip(answers(policy, History(seen, STEP_DAYS, streams, lane)), given, strict=True)
        ):
            factors, rungs = (np.broadcast_to(part, (6, LANES))[:, lane] for part in (answer.multiplier, answer.rung))
            assert factors == pytest.approx([factor for factor, _ in expected.reactions], rel=1e-9), (lane, step)
            told = [rung if factor else 0 for factor, rung in expected.reactions]
            assert [rung if factor else 0 for factor, rung in zip(factors, rungs, strict=True)] == told, (lane, step)
            extra = [float(np.broadcast_to(part, LANES)[lane]) for part in (answer.campaign, answer.strategic)]
            assert extra == pytest.approx([expected.campaign, expected.strategic], rel=1e-9), (lane, step)
            told_apart.add((tuple(expected.reactions), expected.campaign, expected.strategic))
    assert len(told_apart) > 1 or rule in ("none", "tit_for_tat")

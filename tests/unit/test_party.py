"""The agent: decays, Richardson's equations, the campaign hazard, the door for policies."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from records_by_hand import prepared, take_in, weigh_pushes
from worlds import fitting, four_parties, four_party_parameters

from sim.core.errors import PolicyError
from sim.core.random_streams import Draw, Streams
from sim.engine.acts import GivenAct
from sim.engine.configuration import Parameters, Timeline
from sim.engine.model import Conflict
from sim.engine.outside_policies import name_of
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import Dyad, DyadParameters, Front, Ladder, PartyProfile, Rung, Theatre
from sim.policies import Policy, Response
from sim.policies.reciprocal import NoRetaliation, TitForTat
from sim.policies.response_check import CheckedResponse, ask_policy
from sim.testing import view_of

STEP_DAYS = 0.25
N = 3
LADDER = Ladder([Rung(level, str(level)) for level in range(7)])


class Alone:
    """One party of the kernel, that is told of each step what it saw."""

    def __init__(self, opponents, expected, routine_shock, parameters) -> None:
        names = ("B", "C", "D")[:opponents]
        parties = [PartyProfile("A", "Alpha", "south"), *(PartyProfile(name, name, "north") for name in names)]
        dyads = [Dyad("A", name) for name in names]
        front = Front("f", "f", (("A",), names))
        given = {"A": PartyParameters(**parameters)}
        given |= dict.fromkeys(names, PartyParameters(posture_baseline=expected))
        shares = {1: [1.0], 2: [0.7, 0.2], 3: [0.5, 0.3, 0.2]}[opponents]
        by_dyad = {dyad.id: DyadParameters(share=share) for dyad, share in zip(dyads, shares, strict=True)}
        theatre = Theatre("t", parties, dyads, LADDER, front)
        self.histories = prepared(theatre, Parameters(given, by_dyad), N, timeline=Timeline(1, STEP_DAYS, horizons=()))
        # Nobody fires on it, so no routine shock follows from the theatre.
        self.histories.values["routine_shock"][:, 0] = routine_shock * STEP_DAYS
        self._rows = slice(0, opponents)

    def step(self, acts=0.0, rungs=0.0, harm=0.0, inflicted=0.0, civilian_shock=0.0, leaders_lost=0.0, killed=0.0):
        """Let the party take in a step and move; what is told of opponents has a row for each."""
        states, rows = self.histories.states, self._rows
        by_opponent = {"acts_seen": acts, "rungs_seen": rungs, "harm_received": harm, "harm_inflicted": inflicted}
        for name, values in by_opponent.items():
            states[name][:, rows] = np.broadcast_to(values, self.observed.shape).T
        for name, values in {"shock_seen": civilian_shock, "leaders_lost": leaders_lost, "killed": killed}.items():
            states[name][:, 0] = values
        take_in(self.histories)
        return self

    def campaign_rate(self, struck, mediation):
        """Return the hazard of a campaign: of one that was struck by a mass killing just now, or never."""
        states = self.histories.states
        states["mass_day"][:, 0] = np.where(np.asarray(struck) > 0, 0.0, -np.inf)
        states["mediation"] = mediation
        return self.histories.campaign_rates(0.0)[0]

    def __getattr__(self, name):
        values = self.histories.states[name]
        return values[:, self._rows].T if name in ("observed", "unanswered_harm") else values[:, 0]


def party_with(opponents=1, expected=2.5, routine_shock=0.0, **parameters) -> Alone:
    return Alone(opponents, expected, routine_shock, parameters)


def test_unanswered_harm_fades_with_its_memory():
    party = party_with(harm_memory_days=7.0)
    party.step(harm=2.0)
    for _ in range(28):
        party.step()
    assert party.unanswered_harm.ravel() == pytest.approx([2.0 / np.e] * N)


def test_harm_inflicted_settles_harm_received():
    party = party_with(discharge=0.5, harm_memory_days=1e3)
    party.step(harm=2.0)
    party.step(inflicted=1.0)
    assert party.unanswered_harm[0] == pytest.approx([1.5] * N, rel=1e-3)
    party.step(inflicted=100.0)
    assert party.unanswered_harm[0].tolist() == [0.0] * N, "nobody is owed in advance"


def test_harm_is_kept_apart_by_opponent():
    party = party_with(opponents=2)
    party.step(harm=np.array([[1.0], [3.0]]))
    assert party.unanswered_harm[:, 0].tolist() == [1.0, 3.0]


def test_what_is_observed_is_a_mean_that_fades_in_a_lull():
    party = party_with(expected=2.5)
    assert party.observed[0].tolist() == [2.5] * N
    for _ in range(400):
        party.step(acts=3.0, rungs=3.0 * 4.5)
    assert party.observed[0] == pytest.approx([4.5] * N, abs=1e-4)
    for _ in range(120):
        party.step()
    assert party.observed[0] == pytest.approx([0.5 + 4.0 / np.e] * N, abs=1e-4), "30 days without an act"


def test_the_mean_observed_turns_over_in_a_week():
    """From rung 2 + 1/2 to 4 + 1/2 at a steady rate: after 7 days a share 1/e of the old mean is left."""
    party = party_with(expected=2.5)
    for mean in (2.5, 4.5):
        days = 70 if mean == 2.5 else 7
        for _ in range(4 * days):
            party.step(acts=1.0, rungs=mean)
    assert party.observed[0] == pytest.approx([4.5 - 2.0 / np.e] * N, abs=1e-3)


def test_shocks_raise_posture_at_once_and_posture_returns():
    party = party_with(civilian_shock=0.5, leader_shock=0.3, posture_baseline=2.0, posture_memory_days=30.0)
    party.step(civilian_shock=np.log1p(3.0), leaders_lost=2.0)
    jump = 0.5 * np.log(4.0) + 0.6
    assert party.posture == pytest.approx([2.0 + jump * np.exp(-STEP_DAYS / 30.0)] * N), "and begins to return"
    for _ in range(119):
        party.step()
    assert party.posture - 2.0 == pytest.approx([jump / np.e] * N)


def test_routine_fire_moves_no_posture():
    """The baseline posture is that of an exchange with routine fire: shocks count by what exceeds it."""
    party = party_with(civilian_shock=0.5, routine_shock=0.8, posture_baseline=2.0, posture_memory_days=30.0)
    for _ in range(400):
        party.step(civilian_shock=0.8 * STEP_DAYS)
    assert party.posture == pytest.approx([2.0] * N)
    party.step(civilian_shock=0.8 * STEP_DAYS + 1.0)
    assert party.posture == pytest.approx([2.0 + 0.5 * np.exp(-STEP_DAYS / 30.0)] * N)


def test_posture_stays_on_its_scale():
    party = party_with(civilian_shock=5.0)
    party.step(civilian_shock=10.0)
    assert party.posture.max() <= 6.5


@cache
def mirrored(imitation: float, shock: float, days: int = 600) -> tuple[float, float]:
    """Let two parties watch each other while one is shocked daily; return how far their postures shift."""
    common = {"imitation": imitation, "posture_baseline": 2.0, "posture_memory_days": 5.0}
    shocked, other = party_with(expected=2.0, civilian_shock=1.0, **common), party_with(expected=2.0, **common)
    for _ in range(4 * days):
        seen, own = other.posture.copy(), shocked.posture.copy()
        shocked.step(acts=1.0, rungs=seen, civilian_shock=shock * STEP_DAYS)
        other.step(acts=1.0, rungs=own)
    return float(shocked.posture[0] - 2.0), float(other.posture[0] - 2.0)


@pytest.mark.parametrize("ratio", [0.3, 0.5, 0.8])
def test_richardson_equilibrium(ratio):
    """A constant shock shifts the own side 1 / (1 - (k/a)^2) times as far as without the other side (S2.17)."""
    alone, bystander = mirrored(0.0, 0.1)
    together, other = mirrored(ratio, 0.1)
    assert alone == pytest.approx(0.1 * 5.0, rel=0.06), "u / a; the posture is read at the end of a step"
    assert bystander == 0.0
    assert together / alone == pytest.approx(1.0 / (1.0 - ratio**2), rel=1e-4)
    assert other / together == pytest.approx(ratio, rel=1e-4)


def test_the_shock_gain_of_the_brief():
    assert mirrored(0.5, 0.1)[0] / mirrored(0.0, 0.1)[0] == pytest.approx(1.3333, abs=5e-5)


def test_postures_without_shocks_rest():
    assert mirrored(0.99, 0.0) == pytest.approx((0.0, 0.0), abs=1e-9)


def test_attention_weights_the_opponents():
    party = party_with(opponents=2, expected=2.0, imitation=0.5, posture_baseline=2.0, posture_memory_days=1.0)
    for _ in range(4000):
        party.step(acts=1.0, rungs=np.array([[3.0], [5.0]]))
    assert party.posture == pytest.approx([2.0 + 0.5 * (0.7 * 1.0 + 0.2 * 3.0)] * N)


@pytest.mark.parametrize(("moved", "columns"), [("share", {"background"}), ("attention", {"attention"})])
def test_share_and_attention_move_what_they_say_and_nothing_else(moved, columns):
    """All that the kernel knows of a front, before and after one of them is changed."""

    def known(**changes):
        dyads = [Dyad("A", "B"), Dyad("B", "A")]
        theatre = Theatre(
            "t", *([PartyProfile(x, x, x) for x in "AB"], dyads, LADDER, Front("f", "f", (("A",), ("B",))))
        )
        own = DyadParameters(**{"share": 0.4, "attention": 0.3} | changes)
        sending = dict.fromkeys("AB", PartyParameters(baseline=2.0))
        given = Parameters(sending, {"A-B": own, "B-A": DyadParameters()})
        return prepared(theatre, given, N).values

    before, after = known(), known(**{moved: 0.8})
    assert {name for name in before.dtype.names if not np.array_equal(before[name], after[name])} == columns


def test_attention_is_the_share_where_nothing_is_said():
    by_share, by_both = DyadParameters(share=0.4), DyadParameters(share=0.4, attention=0.4)
    assert by_share.attention is None
    assert by_both.attention == by_both.share


def test_losses_weary_and_harden():
    party = party_with(strength=50.0, resolve_baseline=0.5, weariness_effect=0.0)
    party.step(killed=100.0)
    assert party.weariness == pytest.approx([0.002 * np.exp(-STEP_DAYS / 120.0)] * N)
    assert party.resolve == pytest.approx([0.5 + 0.02 * np.log(101.0) * (1.0 - STEP_DAYS / 90.0)] * N)
    for _ in range(479):
        party.step()
    assert party.weariness == pytest.approx([0.002 / np.e] * N), "120 days"
    excess = 0.02 * np.log(101.0) * (1.0 - STEP_DAYS / 90.0) ** 480
    assert party.resolve == pytest.approx([0.5 + excess] * N), "90 days"


def test_weariness_lowers_resolve_and_resolve_stays_a_share():
    party = party_with(strength=0.01, weariness_effect=1.0)
    party.step(killed=10.0)
    for _ in range(40):
        party.step()
    assert party.resolve.tolist() == [0.0] * N


def test_a_leader_lost_lowers_capability():
    party = party_with(leader_loss=0.2)
    party.step(leaders_lost=np.array([0.0, 1.0, 2.0]))
    assert party.capability == pytest.approx([1.0, 0.8, 0.64])


def test_the_campaign_hazard_by_hand():
    party = party_with(
        posture_baseline=np.array([3.0, 4.0, 3.0]),
        campaign_hazard=1.5e-4,
        campaign_slope=1.1,
        campaign_shock=0.7,
        campaign_mediation=0.5,
    )
    rate = party.campaign_rate(np.array([0, 0, 1]), np.array([0.0, 0.0, 0.4]))
    assert rate == pytest.approx(1.5e-4 * np.array([1.0, np.exp(1.1), np.exp(0.7 - 0.2)]))


def test_the_expected_loss_deters_from_a_campaign_and_policies_push():
    party = party_with(posture_baseline=3.0, campaign_hazard=1e-3, campaign_deterrence=0.4, expected_loss=1.5)
    rate = party.campaign_rate(np.zeros(N, dtype=int), np.zeros(N))
    assert rate == pytest.approx([1e-3 * np.exp(-0.6)] * N)
    party.histories.states["campaign_push"][:, 0] = [0.0, 1.0, -2.0]
    pushed = party.campaign_rate(np.zeros(N, dtype=int), np.zeros(N))
    assert pushed == pytest.approx(rate * np.exp([0.0, 1.0, -2.0]))


@pytest.mark.parametrize(
    ("pushes", "expected"),
    [
        ([0.0], [0.0, 0.0]),
        ([1.0, 2.0], [2.0, 2.0]),
        ([-1.0, -3.0], [-3.0, -3.0]),
        ([-1.0, 0.5], [-0.5, -0.5]),
        ([np.array([-1.0, 2.0]), np.array([-2.0, -5.0])], [-2.0, -3.0]),
        ([np.array([-1.0, 2.0]), 1.0], [0.0, 2.0]),
    ],
)
def test_of_several_pushes_the_largest_rise_and_the_largest_fall_count(pushes, expected):
    assert pushed(pushes) == expected
    assert pushed([0.0, *pushes]) == expected, "who has nothing to say changes nothing"


def pushed(pushes):
    """Return what the answers to some opponents add to the rate of a campaign, in two histories."""
    party = party_with(opponents=3)
    states = party.histories.states
    states["has_push"], party.histories.setting["has_say"][0, : len(pushes)] = 1, 1
    # What a dyad without a say seems to answer is nothing.
    states["campaign_answer"][:, :3] = 99.0
    for row, push in enumerate(pushes):
        states["campaign_answer"][:2, row] = push
    weigh_pushes(party.histories)
    return party.campaign_push[:2].tolist()


def test_where_nobody_pushes_nothing_is_weighed():
    party = party_with(opponents=2)
    party.histories.states["campaign_push"][:, 0] = 0.5
    weigh_pushes(party.histories)
    assert party.campaign_push.tolist() == [0.5] * N


def test_a_party_may_have_a_policy_for_each_opponent():
    policies = {
        "STA": TitForTat(),
        "STA-FAC": NoRetaliation(),
        "HOS": TitForTat(),
        "FAC": TitForTat(),
        "GRP": TitForTat(),
    }
    # Something is due against both, so that both rules are asked.
    history = tuple(GivenAct(-0.5, sender, "STA", 2) for sender in ("HOS", "FAC"))
    timeline = Timeline(1, horizons=(), history=history)
    made_of = fitting(four_parties(), four_party_parameters(np.arange(N)), policies)
    world = Conflict(four_parties(), *made_of, timeline, replicates=N, seed=0)
    assert world.parties["STA"].policies == (TitForTat(), NoRetaliation())
    world.step()
    multiplier = world.histories.states["multiplier"][:, 1:7]
    assert np.all(multiplier[:, :, world.theatre.dyad_index["STA-HOS"]] == 1.0)
    assert not multiplier[:, :, world.theatre.dyad_index["STA-FAC"]].any()


@dataclass(frozen=True)
class Answers(Policy):
    """Answers with whatever it was given."""

    def respond(self, view, draw):
        if isinstance(GIVEN[0], BaseException):
            raise GIVEN[0]
        return GIVEN[0]


GIVEN: list[object] = [None]


def asked(answer: object) -> CheckedResponse:
    GIVEN[0] = answer
    draw = Draw(Streams(0, np.arange(N)), "A-B", 0)
    return ask_policy(Answers(), view_of(np.arange(N)), draw, name_of(Answers(), Dyad("A", "B")))


@pytest.mark.parametrize(
    "answer", [Response(2, 3), Response(np.full(N, 2.0), np.full((6, 1), 3)), Response(np.full((6, N), 2.0), 3)]
)
def test_an_answer_reaches_every_provocation_and_replicate(answer):
    found = asked(answer)
    assert found.multiplier.shape == found.rung.shape == (6, N)
    assert np.all(found.multiplier == 2.0)
    assert np.all(found.rung == 3)


NAME = "policy Answers of A against B"
LINE = f"test_party.py, line {inspect.getsourcelines(Answers.respond)[1] + 2}"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (3, f"{NAME} must return a Response, not int"),
        (None, f"{NAME} must return a Response, not NoneType"),
        (Response(np.ones(5), 1), f"{NAME}: multiplier has shape (5,); it must broadcast to (6, 3)"),
        (Response(1.0, np.ones((7, 3), dtype=int)), f"{NAME}: rung has shape (7, 3); it must broadcast to (6, 3)"),
        (Response(np.nan, 1), f"{NAME}: multiplier must be finite numbers, 0 or more"),
        (Response(np.inf, 1), f"{NAME}: multiplier must be finite numbers, 0 or more"),
        (Response(-0.1, 1), f"{NAME}: multiplier must be finite numbers, 0 or more"),
        (Response("much", 1), f"{NAME}: multiplier must be finite numbers, 0 or more"),
        (Response(1.0, 1.5), f"{NAME}: rung must be integers, not float64"),
        (Response(1.0, True), f"{NAME}: rung must be integers, not bool"),
        (Response(1.0, 7), f"{NAME}: rung must be between 0 and 6"),
        (Response(1.0, -1), f"{NAME}: rung must be between 0 and 6"),
        (ZeroDivisionError("by zero"), f"{NAME} failed: ZeroDivisionError: by zero ({LINE})"),
        (SystemExit(0), f"{NAME} failed: SystemExit: 0 ({LINE})"),
        (KeyboardInterrupt(), f"{NAME} failed: KeyboardInterrupt ({LINE})"),
        (GeneratorExit("out"), f"{NAME} failed: GeneratorExit: out ({LINE})"),
        (MemoryError("so\nmuch"), f"{NAME} failed: MemoryError: so much ({LINE})"),
        (PolicyError("as it is"), "as it is"),
    ],
)
def test_a_wrong_answer_is_refused(answer, message):
    with pytest.raises(PolicyError) as caught:
        asked(answer)
    assert str(caught.value) == message

"""Our policies in the iterated prisoner's dilemma beside the Axelrod library, whose histories are committed.

Without chance every history must be the same, move by move. By night the library plays them again, and tournaments.
With chance, rates of cooperation must agree within three standard errors, and with the exact Markov chain within four
and a half: with 18 and 162 comparisons that is a false alarm in 21 and in 900 seeds; the seeds are fixed.
"""

from __future__ import annotations

from typing import Any

import axelrod_field as field
import numpy as np
import pytest
from forms import OTHER_SEED

from sim.report.tournament_sheets import tournament_notes
from sim.tournament.prisoners_dilemma import Rules, play_dilemma, play_rounds

TURNS = 200
REPETITIONS = 10
REPLICATES = 400
NOISES = (0.0, 0.05)


@pytest.fixture(scope="module")
def library() -> dict[float, Any]:
    """Return the library's tournaments by noise; here and not in a test, as the library may touch global luck."""
    given = {"turns": TURNS, "repetitions": REPETITIONS}
    return {noise: field.library_tournament(field.MEMORY_ONE, noise=noise, **given) for noise in NOISES}


@pytest.fixture(scope="module")
def ours() -> Any:
    return play_dilemma(
        field.entrants(field.MEMORY_ONE), NOISES, replicates=REPLICATES, seed=7 + OTHER_SEED, turns=TURNS
    )


@pytest.fixture(scope="module")
def random_of_library() -> np.ndarray:
    """Return whether the library's random defects against a cooperator, shape (20, TURNS)."""
    axelrod = field.library()
    both = (axelrod.Random(0.5), axelrod.Cooperator())
    played = [axelrod.Match(both, turns=TURNS, seed=seed).play() for seed in range(20)]
    return np.array([[mine == axelrod.Action.D for mine, _ in match] for match in played])


def test_every_history_without_chance_is_that_of_the_library():
    names, histories = list(field.DETERMINISTIC), field.histories()
    acts = np.array(list(play_rounds(field.entrants(field.DETERMINISTIC), Rules(field.TURNS, 0.0, 1, 5))))[..., 0]
    different = []
    for (one, other), expected in histories.items():
        i, j = names.index(one), names.index(other)
        twin = acts[:, i, len(names)]
        both = np.stack([acts[:, i, j], twin if one == other else acts[:, j, i]], axis=1)
        if not np.array_equal(both, expected):
            different.append((one, other))
    assert len(histories) == 17**2
    assert different == []


@pytest.mark.nightly
def test_the_committed_histories_are_those_of_the_library():
    assert field.HISTORIES.read_text(encoding="utf-8") == field.played()


def test_every_pair_of_the_dilemma_has_luck_of_its_own(ours):
    """And the note under the table says so, as theatres share their luck between all pairs."""
    assert not ours.shares_luck
    coin, names = ours.values["cooperation"][1, list(ours.names).index("coin")], list(ours.names)
    one, other = coin[names.index("cooperator")], coin[names.index("defector")]
    assert abs(np.corrcoef(one, other)[0, 1]) < 4.5 / np.sqrt(REPLICATES)
    said = " ".join(tournament_notes(ours))
    assert f"over {REPLICATES} independent histories" in said
    assert "Every pair of policies has luck of its own." in said


def others(matrix: np.ndarray) -> np.ndarray:
    """Return means over the opponents without the own kind, as the library counts."""
    size = matrix.shape[0]
    return matrix[~np.eye(size, dtype=bool)].reshape(size, size - 1, *matrix.shape[2:]).mean(axis=1)


@pytest.mark.nightly
@pytest.mark.parametrize("level", range(len(NOISES)))
def test_rates_of_cooperation_are_those_of_the_library(level, ours, library):
    found = library[NOISES[level]]
    rates = others(ours.values["cooperation"][level])
    expected = others(np.array(found.normalised_cooperation))
    spread = rates.std(axis=-1, ddof=1)
    error = spread * np.sqrt(1 / REPLICATES + 1 / REPETITIONS)
    assert np.all(np.abs(rates.mean(axis=-1) - expected) <= 4 * error + 1e-12), (rates.mean(axis=-1), expected, error)


def test_random_answers_at_random_and_never_begins():
    """The shipped policy owes an answer for an offence of the day before alone, as its description says."""
    from sim.policies.reciprocal import RandomRetaliation
    from sim.tournament.entrants import Entrant

    names = ("cooperator", "defector", "coin")
    others_ = tuple(Entrant(name, field.MEMORY_ONE[name][0]) for name in names)
    shipped = play_dilemma(
        (Entrant("random", RandomRetaliation()), *others_), (0.0,), replicates=100, seed=9 + OTHER_SEED
    )
    rates = dict(zip(("itself", *names), shipped.values["cooperation"][0, 0], strict=True))
    assert (rates["itself"] == 1.0).all(), "neither begins"
    assert (rates["cooperator"] == 1.0).all()
    # Half of 199 answers fall due against whoever always defects, and a quarter of the rounds against a coin.
    for name, expected in (("defector", (1 + 199 / 2) / 200), ("coin", (2 + 198 * 0.75) / 200)):
        assert abs(rates[name].mean() - expected) < 4.5 * rates[name].std(ddof=1) / 10, name


@pytest.mark.nightly
def test_random_of_the_library_begins_by_itself(random_of_library):
    assert abs(random_of_library.mean() - 0.5) < 4.5 * np.sqrt(0.25 / random_of_library.size)


@pytest.mark.nightly
@pytest.mark.parametrize("level", range(len(NOISES)))
def test_the_ranking_is_that_of_the_library(level, ours, library):
    """Two policies may change places only where their scores lie within the error of the two samples."""
    names, found = list(ours.names), library[NOISES[level]]
    scores = others(ours.values["points"][level])
    expected = others(np.array(found.payoff_matrix))
    error = scores.std(axis=-1, ddof=1) * np.sqrt(1 / REPLICATES + 1 / REPETITIONS)
    mean = scores.mean(axis=-1)
    for i in range(len(names)):
        for j in range(len(names)):
            if mean[i] - mean[j] > 3 * np.hypot(error[i], error[j]) + 1e-9:
                assert expected[i] > expected[j], (names[i], names[j])
    assert names[int(np.argmax(mean))] == names[int(np.argmax(expected))]
    decided = [abs(mean[i] - mean[j]) > 3 * np.hypot(error[i], error[j]) for i in range(9) for j in range(i)]
    assert sum(decided) > 18, "more than half of the pairs are told apart, so that the order says something"


@pytest.mark.parametrize("level", range(len(NOISES)))
def test_rates_of_cooperation_are_those_of_the_markov_chain(level, ours):
    values = ours.values["cooperation"][level]
    exact = field.exact_rates(list(ours.names), noise=NOISES[level], turns=TURNS)
    error = values.std(axis=-1, ddof=1) / np.sqrt(REPLICATES)
    assert np.all(np.abs(values.mean(axis=-1) - exact) <= 4.5 * error + 1e-12)


def test_noise_and_forgiveness_give_the_closed_form():
    """S2.17: symmetric play of generous tit-for-tat under noise, from the first term of its transient."""
    from sim.policies.reciprocal import GenerousTitForTat
    from sim.tournament.entrants import Entrant

    noise = 0.05
    pair = tuple(Entrant(f"f{f:.2f}", GenerousTitForTat(forgiveness=f)) for f in (0.0, 1 / 3))
    played = play_dilemma(pair, (noise,), replicates=600, seed=3 + OTHER_SEED, turns=400)
    for place, expected in enumerate((0.5, 0.875)):
        rates = played.values["cooperation"][0, place, place]
        slow = 1 - (1 - 2 * noise) * (1 - (0.0, 1 / 3)[place])
        transient = (1 - noise - expected) / (400 * slow)
        assert abs(rates.mean() - expected - transient) <= 4.5 * rates.std(ddof=1) / np.sqrt(600)

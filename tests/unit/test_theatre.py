"""Who can act on whom, and the reaction matrix of S2.17 to all printed digits."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import BACKGROUND, REACTION_MATRIX, docking_parameters, flat_ladder, four_parties, two_parties

from sim.engine.branching import productivity_ceiling, spectral_radius
from sim.engine.theatre import DyadParameters

# Rows of the theatre: 0 is L-I, the acts of L; 1 is I-L, the acts of I.


def docking_matrices(n_replicates=1):
    parameters = docking_parameters()
    follow_up = {party: own.follow_up for party, own in parameters.parties.items()}
    return two_parties(flat_ladder()).branching_matrices(follow_up, parameters.dyads, n_replicates)


def test_the_matrices_are_those_of_the_brief():
    follow_ups, reactions = docking_matrices(3)
    assert follow_ups.shape == reactions.shape == (3, 2, 2)
    assert np.array_equal(follow_ups[2], np.diag([0.15, 0.28]))
    assert np.array_equal((follow_ups + reactions)[1], REACTION_MATRIX)


def test_the_branching_ratio_of_the_brief():
    follow_ups, reactions = docking_matrices()
    assert spectral_radius(follow_ups + reactions) == pytest.approx([0.64884905], abs=5e-9)


def test_the_stationary_rates_of_the_brief():
    follow_ups, reactions = docking_matrices()
    whole = np.linalg.inv(np.eye(2) - follow_ups[0] - reactions[0])
    assert whole.ravel() == pytest.approx([1.68224299, 0.18691589, 5.37383178, 1.98598131], abs=5e-9)
    assert whole @ BACKGROUND == pytest.approx([3.12149533, 14.41588785], abs=5e-9)


@pytest.mark.parametrize("largest", [0, 1, 2, 3])
def test_the_radius_is_the_largest_of_all_blocks_whoever_they_are(largest):
    """Four pairs that answer each other and nobody else, in an order of their own: the radius is that of one."""
    whole = np.zeros((1, 8, 8))
    order = np.array([5, 2, 7, 0, 3, 6, 1, 4])
    for block, size in enumerate(np.roll([0.9, 0.5, 0.4, 0.3], largest)):
        one, other = order[2 * block : 2 * block + 2]
        whole[0, one, other], whole[0, other, one] = 1.5 * size, size / 1.5
    assert spectral_radius(whole) == pytest.approx([0.9])
    assert np.abs(np.linalg.eigvals(whole[0])).max() == pytest.approx(0.9)


def test_the_matrices_differ_by_replicate():
    theatre = two_parties(flat_ladder())
    excitation = np.array([0.0, 0.4])
    dyads = {"L-I": DyadParameters(excitation=excitation), "I-L": DyadParameters(excitation=0.9)}
    follow_ups, reactions = theatre.branching_matrices({"L": 0.1, "I": np.array([0.2, 0.3])}, dyads, 2)
    assert reactions[:, 0, 1].tolist() == [0.0, 0.4]
    assert follow_ups[:, 1, 1].tolist() == [0.2, 0.3]
    assert spectral_radius(follow_ups + reactions)[0] == pytest.approx(0.2)
    assert spectral_radius(follow_ups + reactions)[1] == pytest.approx(0.2 + np.sqrt(0.01 + 0.36))


def test_the_ceiling_brings_the_radius_to_the_limit():
    follow_ups, reactions = docking_matrices()
    factor = productivity_ceiling(follow_ups, reactions, 0.95)
    assert factor[0] > 1.0
    assert spectral_radius(follow_ups + factor[:, None, None] * reactions) == pytest.approx([0.95], abs=1e-12)


def test_the_ceiling_of_one_sided_fire_is_infinite():
    follow_ups, reactions = np.zeros((1, 2, 2)), np.array([[[0.0, 0.0], [2.0, 0.0]]])
    assert productivity_ceiling(follow_ups, reactions, 0.95).tolist() == [np.inf]


def test_spill_moves_reactions_to_the_host():
    """The answer to the faction goes by chance to the faction, and by the chance of spill to the host."""
    theatre = four_parties()
    index = theatre.dyad_index
    dyads = {dyad.id: DyadParameters() for dyad in theatre.dyads} | {
        "FAC-STA": DyadParameters(spill=0.7),
        "STA-HOS": DyadParameters(excitation=2.0),
        "STA-FAC": DyadParameters(excitation=0.5),
    }
    _, reactions = theatre.branching_matrices(dict.fromkeys(theatre.party_index, 0.0), dyads, 1)
    column = reactions[0, :, index["FAC-STA"]]
    assert column[index["STA-HOS"]] == pytest.approx(0.7 * 2.0)
    assert column[index["STA-FAC"]] == pytest.approx(0.3 * 0.5)
    assert column.sum() == pytest.approx(1.55)


def test_a_party_owns_a_slice_of_the_dyads():
    theatre = four_parties("last")
    for party in theatre.party_index:
        rows = theatre.dyads[theatre.rows_of(party)]
        assert [dyad.sender for dyad in rows] == [party] * len(rows)
    assert theatre.rows_of("BYS") == slice(0, 0)
    assert [dyad.id for dyad in theatre.dyads[theatre.rows_of("STA")]] == ["STA-HOS", "STA-FAC"]
    assert [dyad.id for dyad in theatre.dyads[theatre.rows_of("GRP")]] == ["GRP-HOS"]


def test_answers_turn_an_act_round():
    theatre = four_parties()
    index = theatre.dyad_index
    assert theatre.answers[index["FAC-STA"]] == index["STA-FAC"]
    assert theatre.spilled_answers[index["FAC-STA"]] == index["STA-HOS"]
    assert theatre.spilled_answers[index["HOS-STA"]] == -1
    assert theatre.answers[index["FAC-GRP"]] == -1, "the group cannot act on the faction"
    assert theatre.spilled_answers[index["FAC-GRP"]] == index["GRP-HOS"]
    assert theatre.spilled_answers[index["GRP-HOS"]] == index["HOS-STA"]


def test_the_front_has_two_sides():
    front = four_parties().front
    pairs = [
        ("STA", "HOS"),
        ("HOS", "STA"),
        ("GRP", "FAC"),
        ("FAC", "GRP"),
        ("HOS", "FAC"),
        ("STA", "GRP"),
        ("STA", "BYS"),
    ]
    assert [front.side_between(sender, target) for sender, target in pairs] == [0, 1, 0, 1, -1, -1, -1]
    theatre = four_parties()
    assert [int(theatre.side[theatre.dyad_index[dyad]]) for dyad in ("STA-HOS", "HOS-GRP", "FAC-GRP")] == [0, 1, 1]
    assert [front.side_of(party) for party in ("STA", "HOS", "FAC", "GRP", "BYS")] == [0, 1, 1, 0, -1]
    assert [front.holds(party) for party in ("GRP", "FAC", "BYS")] == [True, True, False]

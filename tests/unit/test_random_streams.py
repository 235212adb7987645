"""Addresses of draws: what moves a number, and what does not."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from records_by_hand import branched, child_words, draw_all, numbered
from worlds import docking_world

from sim.core.errors import PolicyError
from sim.core.random_streams import (
    NEVER,
    Branches,
    Draw,
    Streams,
    act_uniform,
    sampler_generator,
    word_of,
)
from sim.engine.kernel import luck
from sim.engine.kernel.records import ACT

ROOT = Path(__file__).parents[2]
LANES = np.arange(50)


def test_a_word_is_the_same_in_every_process():
    """Python's own hash differs by process; ours is written down here, because a change of it moves every result."""
    code = "from sim.core.random_streams import word_of; print(word_of('HZB-ISR', 'acts'))"
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == word_of("HZB-ISR", "acts") == 0x64B78F519233558E


GAMMA, FIRST, SECOND, WHOLE = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 2**64
"""The constants of splitmix64.c."""


def mixed(word: int) -> int:
    """Return the finaliser of SplitMix64, in Python's whole numbers."""
    word = (word % WHOLE ^ (word % WHOLE) >> 30) * FIRST % WHOLE
    word = (word ^ word >> 27) * SECOND % WHOLE
    return word ^ word >> 31


def hashed(*names: object) -> int:
    return int(hashlib.sha256("\x1f".join(map(str, names)).encode()).hexdigest()[:16], 16)


def unit(word: int) -> float:
    return (mixed(word) // 2**12 + 0.5) / 2**52


def lane_word(seed: int, replicate: int) -> int:
    return mixed(replicate * GAMMA + hashed("replicate", seed))


def test_a_draw_is_the_written_out_hash_of_its_address():
    replicates = [4, 0, 10**9 - 1]
    streams = Streams(2**63 - 1, replicates)
    lanes = [lane_word(2**63 - 1, one) for one in replicates]
    for step, part in ((3, 0), (-70, 5), (0, 1)):
        address = mixed(mixed(hashed("A-B", "decision") + step * GAMMA) + part * GAMMA)
        assert int(streams.address("A-B", "decision", step, part)) == address
        found = streams.uniform("A-B", "decision", step, part)
        assert found.tolist() == [unit(lane + address) for lane in lanes]
    within = Draw(streams, "A-B", 7).within("base")
    for draw, name in ((within, "base.climb"), (within.within("line"), "base.line.climb")):
        asked = mixed(mixed(hashed("A-B", f"policy {name}") + 7 * GAMMA))
        assert draw.uniform("climb").tolist() == [unit(lane + asked) for lane in lanes]
    assert streams.address("A-B", "decision", 3) == streams.address("A-B", "decision", 3, 0)


def act_words(streams: Streams, addresses: np.ndarray, lanes: np.ndarray, ordinals: np.ndarray) -> np.ndarray:
    """Return the root words of acts, as the kernel makes them."""
    return numbered(streams.lane_words[lanes] + np.asarray(addresses, dtype=np.uint64), ordinals)


def test_acts_their_children_and_their_marks_draw_from_the_written_out_words():
    streams = Streams(6, [8, 2])
    words = act_words(streams, np.array([5, 77, 5]), np.array([1, 0, 1]), np.array([0, 3, 4]))
    expected = [
        mixed(mixed(lane_word(6, replicate) + address) + ordinal * GAMMA)
        for replicate, address, ordinal in ((2, 5, 0), (8, 77, 3), (2, 5, 4))
    ]
    assert words.tolist() == expected
    for name in ("reaction", "follow-up"):
        children, kind = child_words(words[[2, 0]], np.array([1, 6]), name), hashed("child", name)
        written = [mixed(mixed(expected[parent] + kind) + n * GAMMA) for parent, n in ((2, 1), (0, 6))]
        assert children.tolist() == written
    assert act_uniform(words, "killed").tolist() == [unit(word + mixed(hashed("act", "killed"))) for word in expected]


def test_the_kernel_draws_all_of_an_act_at_the_addresses_of_their_names():
    expected = ("cause", "rung", "lead", "lethal", "killed", "civilians", "leader", "launches", "claimed", "depth")
    expected += ("seen", "misperceived", "harm", "charged", "gamma", "reaction", "follow-up")
    assert expected == luck.DECISIONS
    places = (luck.CAUSE, luck.RUNG, luck.LEAD, luck.LETHAL, luck.KILLED, luck.CIVILIANS, luck.LEADER, luck.LAUNCHES)
    places += (luck.CLAIMED, luck.DEPTH, luck.SEEN, luck.MISPERCEIVED, luck.HARM, luck.CHARGED, luck.GAMMA_FACTOR)
    places += (luck.REACTION, luck.FOLLOW_UP)
    acts = np.zeros(9, dtype=ACT)
    acts["word"] = np.arange(9, dtype=np.uint64) * np.uint64(GAMMA)
    draw_all(acts)
    for place, decision in zip(places, expected, strict=True):
        drawn = acts["draw"][:, place].tolist()
        assert drawn == act_uniform(acts["word"], decision).tolist()
        assert drawn == [unit(int(word) + mixed(hashed("act", decision))) for word in acts["word"]]


def test_a_branch_has_luck_of_its_own_from_its_step_on():
    branches = Branches(np.array([[2, NEVER], [1, 4], [NEVER, NEVER]]), np.array([[7, 0], [9, 8], [0, 0]]))
    world = docking_world(replicates=np.array([5, 5, 5]), seed=3, days=2, branches=branches.select(np.array([1, 0, 2])))
    root, lanes = hashed("branch", 3), [lane_word(3, 5)] * 3
    for left in [{}, {0: 9}, {1: 7}, {}, {0: 8}]:
        world.step()
        for place, serial in left.items():
            lanes[place] = mixed(mixed(lanes[place] + root) + serial * GAMMA)
        assert world.streams.lane_words.tolist() == lanes
    words, serials = np.array(lanes, dtype=np.uint64), np.arange(3)
    expected = [mixed(mixed(word + root) + serial * GAMMA) for word, serial in zip(lanes, range(3), strict=True)]
    assert branched(words, np.full(3, root, dtype=np.uint64), serials).tolist() == expected


def test_an_established_sampler_is_seeded_by_two_halves_of_a_word():
    word = hashed("sampler", 5, "emcee", 3)
    expected = np.random.RandomState([word // 2**32, word % 2**32]).random_sample(4)
    assert sampler_generator(5, "emcee", 3).random_sample(4).tolist() == expected.tolist()


def test_the_parts_of_an_address_do_not_run_together():
    assert word_of("ab", "c") != word_of("a", "bc")
    assert word_of("a") != word_of("a", "")


def test_uniforms_lie_strictly_between_zero_and_one():
    uniforms = Streams(0, np.arange(100_000)).uniform("a", "b", 0)
    assert uniforms.min() > 0.0
    assert uniforms.max() < 1.0


def test_every_part_of_an_address_moves_the_draw():
    streams = Streams(1, LANES)
    base = streams.uniform("owner", "decision", 3)
    others = [
        streams.uniform("other", "decision", 3),
        streams.uniform("owner", "other", 3),
        streams.uniform("owner", "decision", 4),
        streams.uniform("owner", "decision", -3),
        streams.uniform("owner", "decision", 3, part=1),
        Streams(2, LANES).uniform("owner", "decision", 3),
        Streams(1, LANES + 50).uniform("owner", "decision", 3),
    ]
    for other in others:
        assert not np.any(base == other)


def test_a_draw_depends_on_nothing_but_its_address():
    base = Streams(1, LANES).uniform("owner", "decision", 3)
    streams = Streams(1, LANES)
    streams.uniform("owner", "before", 3)
    assert np.array_equal(streams.uniform("owner", "decision", 3), base)
    assert np.array_equal(streams.uniform("owner", "decision", 3), base), "asking does not use a number up"
    order = LANES[::-1]
    assert np.array_equal(Streams(1, order).uniform("owner", "decision", 3), base[order])
    assert Streams(1, [17]).uniform("owner", "decision", 3).tolist() == [base[17]]


def test_indices_are_copied():
    indices = np.arange(3)
    streams = Streams(0, indices)
    indices[0] = 7
    assert streams.replicates.tolist() == [0, 1, 2]
    assert streams.n_replicates == 3


def test_acts_have_words_of_their_own():
    streams = Streams(1, LANES)
    address, neighbour = streams.address("a-b", "act", 0), streams.address("a-b", "act", 1)
    lanes, ordinals = np.repeat(LANES, 4), np.tile(np.arange(4), 50)
    words = np.concatenate([act_words(streams, np.full(200, a), lanes, ordinals) for a in (address, neighbour)])
    kinds = [child_words(words, np.full(words.shape, i), kind) for kind in ("reaction", "follow-up") for i in (0, 1)]
    everything = np.concatenate([words, *kinds])
    assert len(np.unique(everything)) == everything.size == 2000
    assert not np.any(act_uniform(words, "killed") == act_uniform(words, "lethal"))


def test_a_policy_draws_from_the_address_of_its_dyad():
    streams = Streams(1, LANES)
    climb = Draw(streams, "A-B", 5).uniform("climb")
    assert climb.shape == LANES.shape
    assert np.array_equal(climb, Draw(streams, "A-B", 5).uniform("climb"))
    assert not np.any(climb == Draw(streams, "A-C", 5).uniform("climb"))
    assert not np.any(climb == Draw(streams, "A-B", 6).uniform("climb"))
    assert not np.any(climb == streams.uniform("A-B", "climb", 5)), "a policy cannot name a draw of the engine"


def test_one_address_holds_one_number():
    draw = Draw(Streams(1, LANES), "A-B", 5)
    draw.uniform("climb")
    draw.uniform("another")
    with pytest.raises(PolicyError, match='policy of A-B: "climb" is drawn twice in one step'):
        draw.uniform("climb")

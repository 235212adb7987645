"""Addresses of draws: what moves a number, and what does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim.core.errors import PolicyError
from sim.core.random_streams import Draw, Streams, act_uniform, child_words, word_of

ROOT = Path(__file__).parents[2]
LANES = np.arange(50)


def test_a_word_is_the_same_in_every_process():
    """Python's own hash differs by process; ours is written down here, because a change of it moves every result."""
    code = "from sim.core.random_streams import word_of; print(word_of('HZB-ISR', 'acts'))"
    for hash_seed in ("0", "1", "random"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        assert int(done.stdout) == word_of("HZB-ISR", "acts") == 0x64B78F519233558E


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
    words = np.concatenate([streams.act_words(a, lanes, ordinals) for a in (address, neighbour)])
    everyone = np.arange(words.size)
    kinds = [
        child_words(words, everyone, np.full(words.shape, i), kind)
        for kind in ("reaction", "follow-up")
        for i in (0, 1)
    ]
    everything = np.concatenate([words, *kinds])
    assert len(np.unique(everything)) == everything.size == 2000
    assert not np.any(act_uniform(words, "killed") == act_uniform(words, "lethal"))


def test_acts_may_have_an_address_each():
    streams = Streams(1, LANES)
    addresses = np.array([streams.address("a-b", "act", step) for step in (0, 1)], dtype=np.uint64)
    zeros = np.zeros(2, dtype=np.int64)
    together = streams.act_words(addresses, np.array([4, 9]), zeros)
    assert together[0] == streams.act_words(addresses[0], np.array([4]), zeros[:1])[0]
    assert together[1] == streams.act_words(addresses[1], np.array([9]), zeros[:1])[0]


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

"""The two forms of the draw primitives."""

from __future__ import annotations

import builtins

import numpy as np
import pytest

from sim.core.kernels import choose
from sim.core.kernels_numba import compile_primitives
from sim.core.kernels_numpy import NUMPY, mix, poisson_numpy, uniforms_numpy

COMPILED = compile_primitives()
GAMMA = 0x9E3779B97F4A7C15
# Vigna's splitmix64.c and the implementations checked against it: the first outputs for two seeds.
VECTORS = {
    0: [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC, 0x1B39896A51A8749B],
    1234567: [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ],
}


@pytest.mark.parametrize("seed", VECTORS)
def test_mix_is_the_finaliser_of_splitmix64(seed):
    counters = np.array([(seed + (k + 1) * GAMMA) % 2**64 for k in range(5)], dtype=np.uint64)
    assert mix(counters).tolist() == VECTORS[seed]


@pytest.mark.parametrize("seed", VECTORS)
@pytest.mark.parametrize("form", [NUMPY, COMPILED], ids=["numpy", "compiled"])
def test_uniforms_are_the_high_bits_of_splitmix64(form, seed):
    if form is None:
        pytest.skip("numba is not installed")
    counters = np.array([(seed + (k + 1) * GAMMA) % 2**64 for k in range(5)], dtype=np.uint64)
    expected = [((word >> 12) + 0.5) / 2**52 for word in VECTORS[seed]]
    assert form.uniforms(counters, np.uint64(0)).tolist() == expected


def test_uniforms_leave_the_words_alone():
    words = np.arange(5, dtype=np.uint64)
    uniforms_numpy(words, np.uint64(3))
    assert words.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("form", [form for form in (NUMPY, COMPILED) if form], ids=lambda form: form.name)
def test_a_count_is_the_smallest_whose_chance_of_no_more_reaches_the_uniform(form):
    """Whole chances of halves and quarters, so that uniforms fall on edges exactly."""
    edges = np.array([0.25, np.nextafter(0.25, 1), 0.75, np.nextafter(0.75, 1), 0.999])
    trials, odds = np.full(5, 2), np.ones(5)
    assert form.binomial(edges, trials, odds, np.full(5, 0.25)).tolist() == [0, 1, 1, 2, 2]
    assert form.binomial(edges, np.array([0, 1, 0, 1, 2]), odds, np.full(5, 0.25)).tolist() == [0, 1, 0, 1, 2]
    zero = np.full(3, np.exp(-0.5))
    one = zero + zero * 0.5
    uniforms = np.array([zero[0], np.nextafter(zero[0], 1), one[0]])
    assert form.poisson(uniforms, np.full(3, 0.5), zero).tolist() == [0, 1, 1]
    assert form.poisson(np.nextafter(one, 1), np.full(3, 0.5), zero).tolist() == [2, 2, 2]
    # A large mean begins with chances that vanish; far beyond it they end the search.
    large, ends = np.full(2, 59.0), np.array([0.5, 1.0 - 2.0**-53])
    median, last = form.poisson(ends, large, np.exp(-large)).tolist()
    assert (median, 100 < last < 200) == (59, True)


def test_poisson_by_hand():
    mean = np.full(3, np.log(2.0))
    assert poisson_numpy(np.array([0.4999, 0.5001, 0.8467]), mean, np.exp(-mean)).tolist() == [0, 1, 2]


def test_the_numpy_form_can_be_asked_for(monkeypatch):
    monkeypatch.setenv("SIM_PRIMITIVES", "numpy")
    assert choose() is NUMPY


def test_the_compiled_form_is_chosen_where_it_is_to_be_had(monkeypatch):
    monkeypatch.delenv("SIM_PRIMITIVES", raising=False)
    assert choose().name == ("compiled" if COMPILED else "numpy")


def test_where_nothing_can_be_kept_the_compiled_form_is_compiled_anew_with_the_same_bits(monkeypatch):
    numba = pytest.importorskip("numba")
    njit = numba.njit

    def nowhere(*, cache=False, **options):
        def decorate(function):
            if cache:
                raise RuntimeError(f"cannot cache function {function.__qualname__!r}: no locator available")
            return njit(**options)(function)

        return decorate

    monkeypatch.setattr(numba, "njit", nowhere)
    anew = compile_primitives()
    assert anew is not None
    assert anew.name == COMPILED.name, "nothing that is written shows where it was compiled"
    words, means = np.arange(500, dtype=np.uint64), np.linspace(0.01, 9.0, 500)
    drawn = anew.uniforms(words, np.uint64(3))
    assert (drawn == uniforms_numpy(words, np.uint64(3))).all()
    assert (anew.poisson(drawn, means, np.exp(-means)) == poisson_numpy(drawn, means, np.exp(-means))).all()


def test_without_numba_the_numpy_form_serves(monkeypatch):
    real_import = builtins.__import__

    def no_numba(name, *args, **kwargs):
        if name == "numba":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", no_numba)
    monkeypatch.delenv("SIM_PRIMITIVES", raising=False)
    assert compile_primitives() is None
    assert choose() is NUMPY

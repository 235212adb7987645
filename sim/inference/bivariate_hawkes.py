"""Two sides that excite each other: rates, clustering and the law of one side seen through a thin veil.

An archive of sirens or a count sees a part of the fire of one side and nothing of the other. The likelihood of such a
view of a mutually exciting process has no closed form, but its spectrum has: with offspring G and delays tau_i,

    S(w) = R Q R*,   R = (I - K(w))^-1,   K_ij = G_ij / (1 + i w tau_i),   Q = diag(rates) + mixing of the reactions,

thinned by a detection fraction d to ``d S + 1 - d`` per unit of rate (Hawkes 1971). For two sides this is a ratio of
polynomials of degree two in w^2, and exactly one process whose rate is linear in its own past has this spectrum: its
kernel is a sum of two exponentials, found by factorising the spectrum. `ThinnedProcess` holds that process. Reactions
within an hour, within a day and by acts that nobody recorded are thereby accounted for. With full detection of a side
that nobody else excites the likelihood is the exact one; elsewhere it matches all first and second moments.

References
----------
.. [1] Hawkes, A. G. (1971). Spectra of some self-exciting and mutually exciting point processes. Biometrika 58, 83-90.
.. [2] Bacry, E., Muzy, J.-F. (2016). First- and second-order statistics characterization of Hawkes processes and
       non-parametric estimation. IEEE Trans. Inf. Theory 62, 2184-2202.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats

Complex = npt.NDArray[np.complex128]

_TINY: Final = 1e-9


@dataclass(frozen=True)
class Sides:
    """Two sides, each with its rate and its reactions; the last axis of every array is n_draws."""

    rates: Floats  # (2, n_draws): mean acts [1/day]
    matrix: Floats  # (2, 2, n_draws): mean offspring; row reacts, column acted [1]
    delay_days: Floats  # (2, n_draws): mean delay of reactions [days]
    mixing: Floats  # (2, n_draws): variance of the mean-1 factor of reactions to an act of the side [1]

    def spectrum(self, side: int, frequency: Floats) -> Floats:
        """Return the spectrum of the acts of a side at angular frequencies [1/day], times 2 pi, per unit of rate [1].

        It is 1 for a Poisson process, and at frequency 0 the variance over the mean of counts over a long span.
        """
        other = 1 - side
        kernel: Complex = self.matrix / (1.0 + 1j * frequency * self.delay_days)[:, None]
        determinant = (1.0 - kernel[0, 0]) * (1.0 - kernel[1, 1]) - kernel[0, 1] * kernel[1, 0]
        own = np.square(np.abs((1.0 - kernel[other, other]) / determinant))
        cross = np.square(np.abs(kernel[side, other] / determinant))
        answers = np.square(np.abs(kernel[side, other])), np.square(np.abs(kernel[other, side]))
        noise = self.rates[side] + self.rates[other] * self.mixing[other] * answers[0]
        noise_other = self.rates[other] + self.rates[side] * self.mixing[side] * answers[1]
        return np.asarray((own * noise + cross * noise_other) / self.rates[side])

    def fano(self, side: int) -> Floats:
        """Return variance over mean of the acts of a side over a long span, shape (n_draws,) [1]."""
        return self.spectrum(side, np.zeros(self.rates.shape[1]))

    def thin(self, side: int, detection: Floats | float) -> ThinnedProcess:
        """Return the process seen by an observer who notes each act of a side with a chance [1], each on its own."""
        poles = self._poles()
        first, second = np.square(poles[0]), np.square(poles[1])
        middle = poles[0] * poles[1]
        at_zero, at_middle = (
            1.0 + detection * (self.spectrum(side, w) - 1.0) for w in (np.zeros(middle.shape), np.sqrt(middle))
        )
        # The numerator x^2 + linear x + constant, with x the squared frequency, from the spectrum at two frequencies.
        constant = at_zero * first * second
        linear = (at_middle * (first + middle) * (second + middle) - constant) / middle - middle
        root = np.sqrt((np.square(linear) - 4.0 * constant).astype(np.complex128))
        fades = np.sqrt((linear + root) / 2.0), np.sqrt((linear - root) / 2.0)
        gap = np.where(np.abs(fades[1] - fades[0]) < _TINY, _TINY, fades[1] - fades[0])
        weights = (
            -(poles[0] - fades[0]) * (poles[1] - fades[0]) / gap,
            (poles[0] - fades[1]) * (poles[1] - fades[1]) / gap,
        )
        rate = detection * self.rates[side]
        own = np.real(weights[0] / fades[0] + weights[1] / fades[1])
        return ThinnedProcess(np.asarray(rate * (1.0 - own)), np.stack(fades), np.stack(weights))

    def _poles(self) -> Floats:
        """Return the two rates at which the exchange forgets, shape (2, n_draws) [1/day]."""
        diagonal = (1.0 - np.stack([self.matrix[0, 0], self.matrix[1, 1]])) / self.delay_days
        mutual = self.matrix[0, 1] * self.matrix[1, 0] / (self.delay_days[0] * self.delay_days[1])
        half = diagonal.sum(axis=0) / 2.0
        root = np.sqrt(np.square((diagonal[0] - diagonal[1]) / 2.0) + mutual)
        return np.stack([half - root, half + root])


@dataclass(frozen=True)
class Rhythm:
    """How the time of day bears on all acts: a factor ``1 + cosine cos(2 pi t) + sine sin(2 pi t)`` with mean 1."""

    cosine: float = 0.0
    sine: float = 0.0

    @classmethod
    def of(cls, times: Floats) -> Rhythm:
        """Return the rhythm of times since a midnight [days]: their first circular moment, at most 0.95 [1]."""
        if not times.size:
            return cls()
        moment = 2.0 * np.exp(2j * np.pi * times).mean()
        moment *= min(1.0, 0.95 / max(abs(moment), _TINY))
        return cls(float(moment.real), float(moment.imag))

    def at(self, times: Floats) -> Floats:
        """Return the factor at some times, shape (n_events,) [1]."""
        return np.asarray(1.0 + self.cosine * np.cos(2 * np.pi * times) + self.sine * np.sin(2 * np.pi * times))

    def integral(self, times: Floats) -> Floats:
        """Return the integral of the factor from 0 to some times, shape (n_events,) [days]."""
        turn = 2 * np.pi
        wave = self.cosine * np.sin(turn * times) + self.sine * (1.0 - np.cos(turn * times))
        return np.asarray(times + wave / turn)


@dataclass(frozen=True)
class ThinnedProcess:
    """A process whose rate is linear in its own past, with a kernel that is a sum of two exponentials."""

    background: Floats  # (n_draws,): rate without any past [1/day]
    fades: Complex  # (2, n_draws): rates at which the parts of the kernel fade [1/day]
    weights: Complex  # (2, n_draws): their heights just after an event [1/day]

    def log_likelihood(
        self, times: Floats, days: float, rhythm: Rhythm, exposure: tuple[Floats, Floats | float]
    ) -> Floats:
        """Return the log likelihood of rising times between 0 and `days`, shape (n_draws,) [1].

        `exposure` is the factor of the background at each event, shape (n_events, n_draws) or (n_events, 1) [1], and
        its integral with the rhythm over the record [days].
        """
        at_events, whole = exposure
        rate = self.background * at_events
        compensator: Any = self.background * whole
        for fade, weight in zip(self.fades, self.weights, strict=True):
            past = _recursion(times, fade)
            rate = rate + np.real(weight * past)
            compensator = compensator + _integral(times, days, fade, weight, rhythm)
        floor = 1e-3 * self.background
        logs = np.log(np.maximum(rate, floor) * rhythm.at(times)[:, None]).sum(axis=0)
        return np.asarray(logs - compensator)


def _recursion(times: Floats, fade: Complex) -> Complex:
    """Return sums of ``exp(-fade (t - t_e))`` over earlier events, shape (n_events, n_draws)."""
    sums = np.zeros((times.size, fade.size), dtype=np.complex128)
    decay = np.exp(-np.diff(times)[:, None] * fade)
    for i in range(1, times.size):
        sums[i] = (sums[i - 1] + 1.0) * decay[i - 1]
    return sums


def _integral(times: Floats, days: float, fade: Complex, weight: Complex, rhythm: Rhythm) -> Floats:
    """Return the integral of one part of the excitation with the rhythm, over the record."""
    ages = (days - times)[:, None]
    turn = 2j * np.pi
    amplitude = (rhythm.cosine - 1j * rhythm.sine) / 2.0
    total = (-np.expm1(-fade * ages) / fade).sum(axis=0)
    # A wave cos and sin are two complex exponentials, which the kernel's exponential simply shifts.
    for sign, part in ((1, amplitude), (-1, np.conj(amplitude))):
        if abs(part) > 0:
            start = part * np.exp(sign * turn * times)[:, None]
            total = total + (start * -np.expm1(-(fade - sign * turn) * ages) / (fade - sign * turn)).sum(axis=0)
    return np.real(weight * total)

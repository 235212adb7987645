"""Addressed draws and the laws of chance for one history (see `sim.core.random_streams`)."""

import math
from typing import Any, Final

import numpy as np

from sim.core.compilation import compiled
from sim.core.random_streams import GAMMA, MULTIPLIER_1, MULTIPLIER_2, mix_word, word_of

_GAMMA: Final = np.uint64(GAMMA)
_MULTIPLIER_1, _MULTIPLIER_2 = np.uint64(MULTIPLIER_1), np.uint64(MULTIPLIER_2)
_BY_30, _BY_27, _BY_31, _BY_12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12)
_TO_UNIT: Final = 2.0**-52
_NEGLIGIBLE: Final = 1e-18
_EXACT: Final = 1e-15
_EASY: Final = 0.9
_LARGE: Final = 200.0
_MOST: Final = 1e9  # beyond what any history has room for; whole numbers would overflow
_DEVIATIONS: Final = 12.0
_HALF_LOG_TAU: Final = 0.5 * math.log(2.0 * math.pi)


DECISIONS: Final = (
    "cause", "rung", "lead", "lethal", "killed", "civilians", "leader", "launches", "claimed", "depth",
    "seen", "misperceived", "harm", "charged", "gamma", "reaction", "follow-up",
)  # fmt: skip
"""What is drawn for each act, in the order of its draws."""
(
    CAUSE, RUNG, LEAD, LETHAL, KILLED, CIVILIANS, LEADER, LAUNCHES, CLAIMED, DEPTH,
    SEEN, MISPERCEIVED, HARM, CHARGED, GAMMA_FACTOR, REACTION, FOLLOW_UP,
) = range(len(DECISIONS))  # fmt: skip
N_DRAWS: Final = -(-len(DECISIONS) // 8) * 8  # with some that nobody uses: processors take eight at a time
_ADDRESSES: Final = np.array(
    [mix_word(word_of("act", decision)) for decision in DECISIONS] + [0] * (N_DRAWS - len(DECISIONS)), dtype=np.uint64
)
CHILD_REACTION, CHILD_FOLLOW_UP = np.uint64(word_of("child", "reaction")), np.uint64(word_of("child", "follow-up"))


@compiled
def mix(word: np.uint64) -> np.uint64:
    """Return the SplitMix64 finaliser of a word."""
    word = (word ^ (word >> _BY_30)) * _MULTIPLIER_1
    word = (word ^ (word >> _BY_27)) * _MULTIPLIER_2
    return word ^ (word >> _BY_31)


@compiled
def uniform(word: np.uint64) -> float:
    """Return the uniform at an address, strictly between 0 and 1."""
    return (np.float64(mix(word) >> _BY_12) + 0.5) * _TO_UNIT


@compiled
def draw_all(word: np.uint64, draws: Any) -> None:
    """Draw all uniforms of an act by its root word; together they take less time than the few that are needed."""
    for decision in range(N_DRAWS):
        draws[decision] = uniform(word + _ADDRESSES[decision])


@compiled
def numbered(root: np.uint64, ordinal: int) -> np.uint64:
    """Return the root word of one of several acts, or of cloned histories, that share an address."""
    return mix(mix(root) + np.uint64(ordinal) * _GAMMA)


@compiled
def happens(draw: float, rate: float, days: float) -> bool:
    """Return whether something of a rate [1/day] happens within some days."""
    expected = rate * days
    # 1 - exp(-x) is never above x, which spares nearly all of the exponentials.
    return draw < expected and draw < -math.expm1(-expected)


@compiled
def happens_at(draw: float, hazard: float, exponent: float, days: float) -> bool:
    """Return whether something of a rate hazard * exp(exponent) [1/day] happens within some days."""
    # exp(x) is never above 1 / (1 - x) below x = 1, which spares nearly all of the exponentials.
    if exponent < _EASY and draw * (1.0 - exponent) >= hazard * days:
        return False
    return happens(draw, hazard * math.exp(exponent), days)


@compiled
def poisson(u: float, mean: float) -> int:
    """Return a Poisson count: the smallest k with P(N <= k) >= u."""
    # exp(-m) is never below 1 - m, which spares most of the exponentials.
    if u <= 1.0 - mean - _EXACT:
        return 0
    if mean > _LARGE:
        return _poisson_of_many(u, mean)
    return _sum_terms(u, mean, 0, math.exp(-mean))


@compiled
def _poisson_of_many(u: float, mean: float) -> int:
    """Return a Poisson count of a large mean: the sum begins twelve deviations below it, where all before vanishes."""
    mean = min(mean, _MOST)
    count = int(mean - _DEVIATIONS * math.sqrt(mean))
    whole = float(count)
    factorial = whole * math.log(whole) - whole + 0.5 * math.log(whole) + _HALF_LOG_TAU
    factorial += 1.0 / (12.0 * whole) - 1.0 / (360.0 * whole**3)
    return _sum_terms(u, mean, count, math.exp(whole * math.log(mean) - mean - factorial))


@compiled
def _sum_terms(u: float, mean: float, count: int, term: float) -> int:
    """Return the first count at which the Poisson terms, summed from the one given, reach the uniform."""
    cumulative = term
    while u > cumulative:
        count += 1
        term = term * (mean / count)
        cumulative = cumulative + term
        # Beyond the mean a vanished term means that rounding keeps the sum below the uniform for ever.
        if term < _NEGLIGIBLE and count > mean:
            break
    return count


@compiled
def binomial(u: float, trials: int, chance: float) -> int:
    """Return a binomial count by sequential inversion; meant for few trials."""
    # The rarer of success and failure is counted, so that the chance of none does not vanish.
    is_likely = chance > 0.5
    rare = 1.0 - chance if is_likely else chance
    if is_likely:
        u = 1.0 - u
    odds = rare / (1.0 - rare)
    term = math.pow(1.0 - rare, trials)
    cumulative = term
    count = 0
    while u > cumulative and count < trials:
        count += 1
        term = term * (odds * (trials - count + 1) / count)
        cumulative = cumulative + term
    return trials - count if is_likely else count


# Numerators and denominators of the rational approximations of Cephes, the highest power first.
_MIDDLE: Final = (
    (-5.99633501014107895267e1, 9.80010754185999661536e1, -5.66762857469070293439e1, 1.39312609387279679503e1,
     -1.23916583867381258016e0),
    (1.0, 1.95448858338141759834e0, 4.67627912898881538453e0, 8.63602421390890590575e1, -2.25462687854119370527e2,
     2.00260212380060660359e2, -8.20372256168333339912e1, 1.59056225126211695515e1, -1.18331621121330003142e0),
)  # fmt: skip
_NEAR_TAIL: Final = (
    (4.05544892305962419923e0, 3.15251094599893866154e1, 5.71628192246421288162e1, 4.40805073893200834700e1,
     1.46849561928858024014e1, 2.18663306850790267539e0, -1.40256079171354495875e-1, -3.50424626827848203418e-2,
     -8.57456785154685413611e-4),
    (1.0, 1.57799883256466749731e1, 4.53907635128879210584e1, 4.13172038254672030440e1, 1.50425385692907503408e1,
     2.50464946208309415979e0, -1.42182922854787788574e-1, -3.80806407691578277194e-2, -9.33259480895457427372e-4),
)  # fmt: skip
_FAR_TAIL: Final = (
    (3.23774891776946035970e0, 6.91522889068984211695e0, 3.93881025292474443415e0, 1.33303460815807542389e0,
     2.01485389549179081538e-1, 1.23716634817820021358e-2, 3.01581553508235416007e-4, 2.65806974686737550832e-6,
     6.23974539184983293730e-9),
    (1.0, 6.02427039364742014255e0, 3.67983563856160859403e0, 1.37702099489081330271e0, 2.16236993594496635890e-1,
     1.34204006088543189037e-2, 3.28014464682127739104e-4, 2.89247864745380683936e-6, 6.79019408009981274425e-9),
)  # fmt: skip


@compiled
def normal(y: float) -> float:
    """Return the quantile of the standard normal law at y, by the rational approximations of Cephes (`ndtri`)."""
    is_upper = y > 1.0 - 0.13533528323661269189
    tail = 1.0 - y if is_upper else y
    if tail > 0.13533528323661269189:
        middle = tail - 0.5
        square = middle * middle
        numerator, denominator = evaluate(_MIDDLE[0], square), evaluate(_MIDDLE[1], square)
        return (middle + middle * (square * numerator / denominator)) * 2.50662827463100050242e0
    x = math.sqrt(-2.0 * math.log(tail))
    first = x - math.log(x) / x
    z = 1.0 / x
    if x < 8.0:
        quantile = first - z * evaluate(_NEAR_TAIL[0], z) / evaluate(_NEAR_TAIL[1], z)
    else:
        quantile = first - z * evaluate(_FAR_TAIL[0], z) / evaluate(_FAR_TAIL[1], z)
    return quantile if is_upper else -quantile


@compiled
def evaluate(coefficients: tuple[float, ...], x: float) -> float:
    """Return a polynomial by Horner's rule, the coefficient of the highest power first."""
    value = coefficients[0]
    for place in range(1, len(coefficients)):
        value = value * x + coefficients[place]
    return value

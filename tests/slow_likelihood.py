"""The log posterior of a front, written out: loops over events, sums over numbers of acts, numeric integrals.

One parameter vector at a time, in plain Python. It shares no formula with `sim.inference`, of which it knows the
containers of evidence alone: mean acts are summed generation by generation, the dispersion comes from the moments of
clusters, spectra are polynomials in s = i w whose zeros are found as such, compensators are integrated numerically,
tolls are convolutions, laws are those of SciPy.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from asymmetric_front import ANSWERED, LOCATIONS, RUNGS, SIDES, laws, on_front
from event_times import EventTimes
from numpy.polynomial import Polynomial
from scipy import integrate, stats

from sim.inference.likelihood import ActCount, DeathShare, DeathToll, Evidence, SeenTimes

Values = Mapping[str, float]
Pair = tuple[str, str]
PAIRS: list[Pair] = [(sender, target) for sender, target, _ in on_front()]
HOSTS = {(sender, target): host for sender, target, host in on_front()}
LARGEST_KILLED = 300


def quantile(key: str, z: Mapping[str, float]) -> float:
    """Return the value of a parameter whose normal score is z (0 without one), by SciPy's law."""
    law, score = laws()[key], z.get(key, 0.0)
    match type(law).__name__:
        case "LogNormal":
            scipys = stats.lognorm(law.log_sd, scale=law.median)
        case "Normal":
            ends = ((bound - law.mean) / law.sd for bound in (law.low, law.high))
            scipys = stats.truncnorm(*ends, loc=law.mean, scale=law.sd)
        case "Beta":
            scipys = stats.beta(law.a, law.b)
        case "Uniform":
            scipys = stats.uniform(law.low, law.high - law.low)
        case "Choice":
            scipys = stats.rv_discrete(values=(law.values, law.weights))
        case other:
            by_hand = {
                "Fixed": lambda: law.value,
                "FoldedNormal": lambda: abs(law.mean + law.sd * score),
                "SameAs": lambda: law.factor * quantile(law.key, z),
            }
            return by_hand[other]()
    return float(scipys.ppf(stats.norm.cdf(score)))


def log_prior(z: Mapping[str, float]) -> float:
    """Return the log density of normal scores, up to its constant, with the draws that a sweep refuses left out."""
    values = {key: quantile(key, z) for key in laws()}
    is_refused = Exchange.of(values, dict.fromkeys(ANSWERED, 1.0)).radius >= 0.95
    return -math.inf if is_refused else -sum(score**2 for score in z.values()) / 2.0


def log_chances(evidence: Evidence, values: Values, front: Exchange) -> dict[str, float]:
    """Return the log chance of each piece of evidence by its name; its sum is the log likelihood."""
    found: dict[str, float] = {}
    for piece in evidence.pieces:
        over = Exchange.of(values, ANSWERED, paused) if (paused := getattr(piece, "paused", 0.0)) else front
        match piece:
            case SeenTimes():
                found[piece.name] = seen_times(piece, evidence, front, values)
            case EventTimes():
                found[piece.name] = event_times(piece, evidence, front, values)
            case DeathToll():
                found[piece.name] = death_toll(piece, over, values)
            case DeathShare():
                found[piece.name] = binomial(piece.part, piece.whole, death_share(piece, over, values))
            case ActCount():
                found[piece.name] = math.log(act_count(piece, over))
            case _:
                found[f"answers to {piece.dyad}"] = binomial(
                    piece.spilled, piece.answered, values[f"dyad.{piece.dyad}.spill"]
                )
    if evidence.lags:
        found["stated triggers"] = sum(
            math.log(exponential(lag.low, lag.high, values[f"dyad.{lag.dyad}.delay_days"])) for lag in evidence.lags
        )
    return found


# ------------------------------------------------------------------------------------------------------- the exchange


def side_of(party: str) -> int:
    return 0 if party in SIDES[0] else 1


def mean_offspring(row: Pair, column: Pair, values: Values, answered: Mapping[str, float]) -> float:
    """Return the mean acts on one dyad that an act on another provokes: follow-ups, and answers to whom is charged."""
    sender, target = column
    name = f"dyad.{sender}-{target}"
    number = values[f"party.{sender}.follow_up"] if row == column else 0.0
    host = HOSTS[column]
    spill = values[f"{name}.spill"] if (target, host) in PAIRS else 0.0
    for charged, chance in ((sender, 1.0 - spill), (host, spill)):
        if row == (target, charged):
            number += answered[target] * chance * values[f"dyad.{row[0]}-{row[1]}.excitation"]
    return number


def rung_law(party: str, values: Values) -> list[float]:
    """Return the law of the rung of a routine act: a normal law about the posture, a unit per rung, cut at 1 and 6."""
    law = stats.norm(values[f"party.{party}.posture_baseline"], values[f"party.{party}.posture_spread"])
    top = len(RUNGS) - 1
    inner = [float(law.cdf(rung + 1) - law.cdf(rung)) for rung in range(2, top)]
    return [0.0, float(law.cdf(2)), *inner, float(law.sf(top))]


def mixing_of(pair: Pair, values: Values) -> float:
    """Return the variance of the factor of the reactions to an act: gamma of mean 1 times the rise with the rung."""
    sender, answering = pair
    rises = [math.exp(values[f"party.{answering}.productivity"] * (rung - 2)) for rung in range(len(RUNGS))]
    law = rung_law(sender, values)
    mean = sum(p * rise for p, rise in zip(law, rises, strict=True))
    second = sum(p * (rise / mean) ** 2 for p, rise in zip(law, rises, strict=True))
    return second * (1.0 + values[f"party.{answering}.overdispersion"]) - 1.0


def background_of(pair: Pair, values: Values, paused: float) -> float:
    """Return the acts that none provokes: what hangs on the driver rests while it stands still."""
    driven = values[f"party.{pair[0]}.driver_share"]
    running = values[f"party.{pair[0]}.baseline"] * values[f"dyad.{pair[0]}-{pair[1]}.share"]
    return (1.0 - paused) * running + paused * running * (1.0 - driven)


def driven_share(side: int, values: Values) -> float:
    """Return the share of a side's background that hangs on the driver."""
    pairs = [pair for pair in PAIRS if side_of(pair[0]) == side]
    return 1.0 - sum(background_of(p, values, 1.0) for p in pairs) / sum(background_of(p, values, 0.0) for p in pairs)


@dataclass
class Exchange:
    """The mean acts of an exchange and the two sides, for one parameter vector."""

    rates: dict[Pair, float]  # [1/day]
    side_rates: list[float]
    matrix: list[list[float]]  # row reacts, column acted
    delays: list[float]
    mixing: list[float]
    radius: float

    @classmethod
    def of(cls, values: Values, answered: Mapping[str, float], paused: float = 0.0) -> Exchange:
        """Return the exchange, over a span on a share of which the driver stood still."""
        offspring = {(row, column): mean_offspring(row, column, values, answered) for row in PAIRS for column in PAIRS}
        radius = max(abs(np.linalg.eigvals(np.array([[offspring[row, column] for column in PAIRS] for row in PAIRS]))))
        born = {pair: background_of(pair, values, paused) for pair in PAIRS}
        rates = dict.fromkeys(PAIRS, 0.0)
        while radius < 1.0 and sum(born.values()) > 1e-15:
            rates = {pair: rates[pair] + born[pair] for pair in PAIRS}
            born = {row: sum(offspring[row, column] * born[column] for column in PAIRS) for row in PAIRS}
        members = [[pair for pair in PAIRS if side_of(pair[0]) == side] for side in (0, 1)]
        side_rates = [sum(rates[pair] for pair in pairs) for pairs in members]

        def mean(side: int, of: Callable[[Pair], float]) -> float:
            return sum(rates[pair] * of(pair) for pair in members[side]) / side_rates[side]

        matrix = [
            [mean(j, lambda c, i=i: sum(offspring[row, c] for row in members[i])) for j in (0, 1)] for i in (0, 1)
        ]
        delays = [mean(side, lambda pair: values[f"dyad.{pair[0]}-{pair[1]}.delay_days"]) for side in (0, 1)]
        mixing = [mean(side, lambda pair: mixing_of(pair, values)) for side in (0, 1)]
        return cls(rates, side_rates, matrix, delays, mixing, float(radius))

    @property
    def background(self) -> list[float]:
        """Acts of each side that no act provoked [1/day]."""
        return [self.side_rates[i] - sum(self.matrix[i][j] * self.side_rates[j] for j in (0, 1)) for i in (0, 1)]

    def fano(self, side: int) -> float:
        """Return variance over mean of the acts of a side over a long span, from independent clusters.

        A cluster is all that descends from one background act. If N_kj acts of side k answer one of side j, the number
        C_j in a cluster that j began has Var C_j = sum_k [E N_kj Var C_k + Var N_kj (E C_k)^2].
        """
        g = np.array(self.matrix)
        mean = np.linalg.inv(np.eye(2) - g)[side]
        direct = [
            sum((g[k, j] + (self.mixing[j] * g[k, j] ** 2 if k != j else 0.0)) * mean[k] ** 2 for k in (0, 1))
            for j in (0, 1)
        ]
        variance = np.linalg.solve(np.eye(2) - g.T, direct)
        return float(sum(self.background[j] * (variance[j] + mean[j] ** 2) for j in (0, 1)) / self.side_rates[side])


# -------------------------------------------------------------------------------------------------------------- times


def seen_times(piece: SeenTimes, evidence: Evidence, front: Exchange, values: Values) -> float:
    background, fades, weights = seen_process(front, piece.side, values[f"source.{piece.name}.detection"])
    driven = driven_share(piece.side, values)

    def rate(now: float) -> float:
        pauses = sum(pause.first <= now < pause.last for pause in evidence.pauses)
        kernel = [weights[k] * np.exp(-fades[k] * (now - then)) for then in piece.times if then < now for k in (0, 1)]
        wave = piece.rhythm.cosine * math.cos(2 * math.pi * now) + piece.rhythm.sine * math.sin(2 * math.pi * now)
        return float((background * (1.0 - pauses * driven) + np.real(sum(kernel))) * (1.0 + wave))

    edges = [edge for pause in evidence.pauses for edge in (pause.first, pause.last)]
    return sum(math.log(rate(now)) for now in piece.times) - integral(rate, evidence.days, [*piece.times, *edges])


def seen_process(front: Exchange, side: int, detection: float) -> tuple[float, list[complex], list[complex]]:
    """Return background, fades and weights of the process whose spectrum is the seen one.

    The spectrum is numerator(s) / (D(s) D(-s)) at s = i w. If D has its zeros at -p and the numerator its stable ones
    at -f, the kernel's transform is 1 - product (s + p) / product (s + f).
    """
    s, o = side, 1 - side
    g, r, m = front.matrix, front.side_rates, front.mixing
    delay = [Polynomial([1.0, tau]) for tau in front.delays]
    d = (delay[0] - g[0][0]) * (delay[1] - g[1][1]) - g[0][1] * g[1][0]

    def square(p: Polynomial) -> Polynomial:
        return p * p(Polynomial([0.0, -1.0]))

    own = square(delay[o] - g[o][o]) * (r[s] * square(delay[s]) + r[o] * m[o] * g[s][o] ** 2)
    cross = g[s][o] ** 2 * (r[o] * square(delay[o]) + r[s] * m[s] * g[o][s] ** 2)
    numerator = detection * (own + cross) / r[s] + (1.0 - detection) * square(d)
    p, f = (-d.roots()).tolist(), [-zero for zero in numerator.roots().tolist() if zero.real < 0]
    weights = [-(p[0] - f[k]) * (p[1] - f[k]) / (f[1 - k] - f[k]) for k in (0, 1)]
    background = detection * r[s] * (1.0 - sum(weights[k] / f[k] for k in (0, 1)).real)
    return background, f, weights


def event_times(piece: EventTimes, evidence: Evidence, front: Exchange, values: Values) -> float:
    events = list(zip(piece.times.tolist(), piece.sides.tolist(), strict=True))

    def rate(now: float, side: int) -> float:
        tau = front.delays[side]
        past = [front.matrix[side][of] / tau * math.exp(-(now - then) / tau) for then, of in events if then < now]
        pauses = sum(pause.first <= now < pause.last for pause in evidence.pauses)
        return front.background[side] * (1.0 - pauses * driven_share(side, values)) + sum(past)

    breaks = [*piece.times, *(edge for pause in evidence.pauses for edge in (pause.first, pause.last))]
    whole = sum(integral(lambda now, s=side: rate(now, s), evidence.days, breaks) for side in (0, 1))
    return sum(math.log(rate(now, side)) for now, side in events) - whole


def integral(rate: Callable[[float], float], days: float, breaks: Iterable[float]) -> float:
    """Return the integral of a rate over the record, piece by piece between its breaks."""
    edges = sorted({0.0, days, *(float(edge) for edge in breaks if 0.0 < edge < days)})
    return sum(
        integrate.quad(rate, low, high, epsabs=1e-11, epsrel=1e-11)[0] for low, high in itertools.pairwise(edges)
    )


# ------------------------------------------------------------------------------------------------------ counts, tolls


def act_count(piece: ActCount, front: Exchange) -> float:
    """Return the chance of a number of acts: over a long span every side's acts come in clusters."""
    rate = sum(rate for pair, rate in front.rates.items() if pair[0] in piece.senders)
    side = side_of(piece.senders[0])
    fano = 1.0 + rate / front.side_rates[side] * (front.fano(side) - 1.0)
    return acts_law(rate * piece.days, fano, piece.count)[piece.count]


def acts_law(mean: float, fano: float, largest: int) -> list[float]:
    """Return the negative binomial law: Poisson with a gamma-distributed mean, by one chance from the one before."""
    surplus = fano - 1.0
    law = [(1.0 + surplus) ** (-mean / surplus)]
    for n in range(largest):
        law.append(law[-1] * (mean / surplus + n) / (n + 1) * surplus / (1.0 + surplus))
    return law


def lethal_rates(location: str, values: Values, front: Exchange) -> dict[Pair, list[float]]:
    """Return the lethal acts a day at a place by dyad and rung."""
    found = {}
    for pair in PAIRS:
        if LOCATIONS[pair[1]] == location:
            factor = values[f"party.{pair[0]}.lethality"]
            law = rung_law(pair[0], values)
            found[pair] = [front.rates[pair] * law[k] * min(factor * RUNGS[k][0], 0.98) for k in range(len(RUNGS))]
    return found


def death_toll(piece: DeathToll, front: Exchange, values: Values) -> float:
    """Return the log chance of a toll within its bounds: convolutions of the law of one act, by the number of acts."""
    by_pair = {pair: sum(rungs) for pair, rungs in lethal_rates(piece.location, values, front).items()}
    lethal, acts = sum(by_pair.values()), sum(front.rates[pair] for pair in by_pair)
    fano = 1.0 + lethal / acts * (front.fano(side_of(next(iter(by_pair))[0])) - 1.0)
    one = np.zeros(piece.high + 1)
    for (sender, _), rate in by_pair.items():
        exponent = values[f"party.{sender}.severity_exponent"]
        whole = sum(k**-exponent for k in range(1, LARGEST_KILLED + 1))
        for k in range(1, min(piece.largest, piece.high) + 1):
            one[k] += rate / lethal * k**-exponent / whole
    chance, total = np.zeros(piece.high + 1), np.eye(1, piece.high + 1)[0]
    for of_acts in acts_law(lethal * piece.days, fano, piece.high):
        chance += of_acts * total
        total = np.convolve(total, one)[: piece.high + 1]
    return math.log(sum(chance[piece.low : piece.high + 1]))


def death_share(piece: DeathShare, front: Exchange, values: Values) -> float:
    by_pair = lethal_rates(piece.location, values, front)
    civilian = sum(rate * RUNGS[k][1] for rungs in by_pair.values() for k, rate in enumerate(rungs))
    share = civilian / sum(sum(rungs) for rungs in by_pair.values())
    if not piece.targets:
        return share
    struck = sum(front.rates[pair] for pair in by_pair if pair[1] in piece.targets)
    return struck / sum(front.rates[pair] for pair in by_pair) * (1.0 - share)


def binomial(part: int, whole: int, chance: float) -> float:
    return math.log(math.comb(whole, part) * chance**part * (1.0 - chance) ** (whole - part))


def exponential(low: float, high: float, mean: float) -> float:
    """Return the chance that an exponential delay lies between two bounds."""
    return integrate.quad(lambda t: math.exp(-t / mean) / mean, low, high, epsabs=1e-13)[0]


def policy_weights(acts: list[Any], multipliers: Mapping[str, list[float]], excitation: float) -> dict[str, float]:
    """Return weights of policies by what acts were answered, the chance of a report integrated from 0 to 1."""
    found = {}
    for name, by_rung in multipliers.items():

        def chance(reported: float, by_rung: list[float] = by_rung) -> float:
            product = 1.0
            for act in acts:
                answer = reported * (1.0 - math.exp(-excitation * by_rung[act.rung]))
                product *= answer if act.answered else 1.0 - answer
            return product

        found[name] = integrate.quad(chance, 0.0, 1.0)[0]
    return {name: value / sum(found.values()) for name, value in found.items()}

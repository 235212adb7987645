"""Two parties that excite each other, simulated event by event, and the likelihood that the package gives them.

The simulation is by clusters (Hawkes & Oakes 1974): background acts, their offspring, and so on. It shares nothing with
the engine or the likelihood.
"""

from __future__ import annotations

import numpy as np
from event_times import EventTimes

from sim.core.parameters import parameters_of
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import Dyad, DyadParameters, Front, Ladder, PartyProfile, Rung, Theatre
from sim.inference.front_model import FrontModel
from sim.inference.likelihood import Evidence, Likelihood
from sim.inference.parameter_space import Space
from sim.inference.sampler import Budget, laplace, sample
from sim.scenario.priors import Fixed, LogNormal

BACKGROUND = np.array([1.5, 3.2])
MATRIX = np.array([[0.15, 0.08], [2.3, 0.28]])
DELAY_DAYS = 0.6
TRUTH = {
    "party.L.baseline": 1.5,
    "party.I.baseline": 3.2,
    "party.L.follow_up": 0.15,
    "party.I.follow_up": 0.28,
    "dyad.L-I.excitation": 0.08,
    "dyad.I-L.excitation": 2.3,
    "dyad.I-L.delay_days": DELAY_DAYS,
}
RADIUS = float(np.abs(np.linalg.eigvals(MATRIX)).max())

# Wide and beside the truth, so that what is recovered comes from the events.
PRIOR = {
    "party.L.baseline": (2.0, 0.8),
    "party.I.baseline": (3.0, 0.8),
    "party.L.follow_up": (0.15, 0.8),
    "party.I.follow_up": (0.25, 0.8),
    "dyad.L-I.excitation": (0.1, 0.8),
    "dyad.I-L.excitation": (2.0, 0.6),
    "dyad.I-L.delay_days": (0.5, 0.6),
}


def theatre(order=("L", "I")):
    """Return the two parties, in a given order of sides."""
    parties = [PartyProfile(name, name, f"place of {name}") for name in order]
    dyads = [Dyad(order[0], order[1]), Dyad(order[1], order[0])]
    ladder = Ladder([Rung(0, "lull"), Rung(1, "fire")])
    return Theatre("pair", parties, dyads, ladder, Front("f", "f", ((order[0],), (order[1],))))


def laws(prior=None):
    """Return the law of every parameter; those without a prior are fixed at their default."""
    found = {}
    for party in ("L", "I"):
        found |= {f"party.{party}.{name}": Fixed(p.default) for name, p in parameters_of(PartyParameters).items()}
    for dyad in ("L-I", "I-L"):
        found |= {f"dyad.{dyad}.{name}": Fixed(p.default) for name, p in parameters_of(DyadParameters).items()}
    found |= {key: LogNormal(*numbers) for key, numbers in (prior or PRIOR).items()}
    return found


def likelihood(pieces, days, *, order=("L", "I"), prior=None, extra=None):
    """Return the posterior density; both dyads share the delay, as in S2.17."""
    from sim.scenario.priors import SameAs

    known = laws(prior) | {"dyad.L-I.delay_days": SameAs("dyad.I-L.delay_days")} | (extra or {})
    keys = [*(prior or PRIOR), *(extra or {})]
    front = FrontModel(theatre(order), {"L": 1.0, "I": 1.0})
    return Likelihood(Evidence(days, tuple(pieces)), front, Space(known, keys))


def simulate(generator, days, background=BACKGROUND, matrix=MATRIX, delay_days=DELAY_DAYS):
    """Return rising times and parties (0 for L, 1 for I) of all events from a cold start."""
    counts = generator.poisson(background * days)
    parties = np.repeat([0, 1], counts)
    times = generator.uniform(0, days, parties.size)
    all_times, all_parties = [times], [parties]
    while times.size:
        born_t, born_p = [], []
        for reacting in (0, 1):
            number = generator.poisson(matrix[reacting, parties])
            born = np.repeat(times, number) + generator.exponential(delay_days, number.sum())
            kept = born[born < days]
            born_t.append(kept)
            born_p.append(np.full(kept.size, reacting))
        times, parties = np.concatenate(born_t), np.concatenate(born_p)
        all_times.append(times)
        all_parties.append(parties)
    times, parties = np.concatenate(all_times), np.concatenate(all_parties)
    order = np.argsort(times)
    return times[order], parties[order]


def events(times, parties):
    """Return the evidence of a complete record."""
    return EventTimes("events", times, parties)


def quick(jobs=1):
    """Return a short budget that still mixes in a few dimensions."""
    return Budget(ensembles=2, walkers=40, burn_in=60, chunk=150, most=1500, ess=350, jobs=jobs)


def weighted(density, generator, number=1500, freedom=5):
    """Return equally weighted draws by importance sampling around the mode, or None where that is too rough.

    Ten times faster than the ensembles, whose posterior it must equal (a test holds them together), and enough for
    hundreds of fits. Draws come from a multivariate t law around the mode, are weighted, and drawn again by weight.
    """
    mode, spread = laplace(density, np.zeros(len(density.space)))
    size = mode.size
    normal = generator.normal(size=(number, size))
    scale = np.sqrt(freedom / generator.chisquare(freedom, number))[:, None]
    points = mode + 1.15 * (normal * scale) @ spread.T
    proposal = -(freedom + size) / 2 * np.log1p(np.square(normal * scale).sum(axis=1) / freedom)
    logs = np.concatenate([density(part) for part in np.array_split(points, max(1, number // 100))]) - proposal
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    if 1.0 / np.square(weights).sum() < 150:
        return None
    return points[generator.choice(number, size=1000, p=weights)]


def fitted(density, seed, budget=None):
    """Return draws of the posterior, shape (n_draws, n_parameters), as coordinates: by emcee, or first by weights."""
    if budget is None:
        points = weighted(density, np.random.default_rng([seed, 5]))
        if points is not None:
            return points
    found = sample(density, density.space.keys, seed, budget or quick())
    return found.thinned(1000).reshape(-1, len(density.space))


def radius_of(density, points):
    """Return the spectral radius at some points."""
    return density.front.exchange(density.space.values(points), len(points)).radius

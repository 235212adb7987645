"""The likelihood of all evidence of a front, for a batch of parameter vectors (S2.14).

A `Likelihood` adds the log chances of all pieces of evidence. What no piece sees stays at its prior.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.core.arrays import Floats
from sim.inference.bivariate_hawkes import Rhythm
from sim.inference.death_tolls import log_chance_of_count, log_chance_of_share, log_chance_of_total
from sim.inference.event_times import event_log_likelihood
from sim.inference.evidence_terms import (
    ActCount,
    DeathShare,
    DeathToll,
    EventTimes,
    Evidence,
    Pause,
    Piece,
    SeenTimes,
    Spills,
)
from sim.inference.front_model import FrontModel, FrontRates, Values
from sim.inference.parameter_space import Space
from sim.inference.stated_triggers import log_chance_of_lags


class Likelihood:
    """The log likelihood of all evidence, and the log posterior over coordinates."""

    def __init__(self, evidence: Evidence, front: FrontModel, space: Space) -> None:
        self.evidence = evidence
        self.front = front
        self.space = space
        self._needed = needed_keys(front, evidence.pieces, evidence.pauses)

    def __call__(self, coordinates: Floats) -> Floats:
        """Return the log posterior at points (n_draws, n_parameters), up to a constant, shape (n_draws,) [1]."""
        prior = self.space.log_prior(coordinates)
        values = self.space.values(coordinates, self._needed)
        exchange = self.front.exchange(values, len(coordinates))
        prior = prior + self.front.allowed(exchange)
        is_allowed = np.isfinite(prior)
        with np.errstate(all="ignore"):
            likelihood = sum(self.parts(values, exchange).values(), start=np.zeros(len(coordinates)))
        return np.where(is_allowed & np.isfinite(likelihood), prior + np.where(is_allowed, likelihood, 0.0), -np.inf)

    def parts(self, values: Values, exchange: FrontRates) -> dict[str, Floats]:
        """Return the log chance of each piece of evidence by its name, shape (n_draws,) [1]."""
        # A span on which the driver stood still for a time has fewer acts, of which fewer kill.
        shares = {
            piece.paused for piece in self.evidence.pieces if isinstance(piece, (DeathToll, DeathShare, ActCount))
        }
        over = {share: self.front.exchange(values, len(exchange.radius), share) for share in shares if share}
        log_chances = {
            _name(piece): self._log_chance(piece, values, over.get(getattr(piece, "paused", 0.0), exchange))
            for piece in self.evidence.pieces
        }
        if self.evidence.lags:
            delays = {dyad.id: np.asarray(values[f"dyad.{dyad.id}.delay_days"]) for dyad in self.front.theatre.dyads}
            log_chances["stated triggers"] = log_chance_of_lags(self.evidence.lags, delays)
        return log_chances

    def _log_chance(self, piece: Piece, values: Values, exchange: FrontRates) -> Floats:
        match piece:
            case SeenTimes():
                return self._seen(piece, values, exchange)
            case EventTimes():
                return self._all_events(piece, values, exchange)
            case DeathToll():
                return self._toll(piece, values, exchange)
            case DeathShare():
                return log_chance_of_share(piece.part, piece.whole, self._share(piece, values, exchange))
            case ActCount():
                rows = [row for row, dyad in enumerate(self.front.theatre.dyads) if dyad.sender in piece.senders]
                mean = exchange.rates[rows].sum(axis=0) * piece.days
                side = self.front.theatre.front.side_of(piece.senders[0])
                part = exchange.rates[rows].sum(axis=0) / exchange.sides.rates[side]
                return log_chance_of_count(piece.count, mean, 1.0 + part * (exchange.sides.fano(side) - 1.0))
            case Spills():
                chance = np.asarray(values[f"dyad.{piece.dyad}.spill"])
                return log_chance_of_share(piece.spilled, piece.answered, chance)

    def _seen(self, piece: SeenTimes, values: Values, exchange: FrontRates) -> Floats:
        detection = np.asarray(values[f"source.{piece.source}.detection"])
        process = exchange.sides.thin(piece.side, detection)
        factor, lost = self._pauses(piece.times, piece.side, piece.rhythm, values, len(exchange.radius))
        whole = float(np.diff(piece.rhythm.integral(np.array([0.0, self.evidence.days])))[0])
        return process.log_likelihood(piece.times, self.evidence.days, piece.rhythm, (factor, whole - lost))

    def _all_events(self, piece: EventTimes, values: Values, exchange: FrontRates) -> Floats:
        sides = exchange.sides
        # What the sides' own and mutual reactions leave of their rates is background.
        background = sides.rates - np.einsum("ijn,jn->in", sides.matrix, sides.rates)
        shared = np.array_equal(sides.delay_days[0], sides.delay_days[1])
        delay = sides.delay_days[:1] if shared else sides.delay_days
        pauses = [self._pauses(piece.times, side, Rhythm(), values, len(exchange.radius)) for side in (0, 1)]
        factor = np.where(piece.sides[:, None] == 0, pauses[0][0], pauses[1][0])
        lost = np.array([days * np.ones(len(exchange.radius)) for _, days in pauses])
        arguments = piece.times, piece.sides, self.evidence.days, background, sides.matrix, delay
        return event_log_likelihood(*arguments, factor, lost)

    def _pauses(
        self, times: Floats, side: int, rhythm: Rhythm, values: Values, n_draws: int
    ) -> tuple[Floats, Floats | float]:
        """Return the factor of a side's background at each event [1], and what it loses of the record [days].

        The driver stands still in the pauses, and what hangs on it rests.
        """
        if not self.evidence.pauses:
            return np.ones((times.size, 1)), 0.0
        share = self._driven_share(side, values, n_draws)
        lost, factor = np.zeros(n_draws), np.ones((times.size, n_draws))
        for pause in self.evidence.pauses:
            span = np.clip([pause.first, pause.last], 0.0, self.evidence.days)
            lost += share * np.diff(rhythm.integral(span))[0]
            factor[(times >= pause.first) & (times < pause.last)] -= share
        return np.maximum(factor, 1e-6), lost

    def _driven_share(self, side: int, values: Values, n_draws: int) -> Floats:
        """Return the share of a side's background that hangs on the driver."""
        rows = self.front.theatre.side == side
        whole, rest = (self.front.background(values, n_draws, paused)[rows].sum(axis=0) for paused in (0.0, 1.0))
        return np.asarray(np.divide(whole - rest, whole, out=np.zeros(n_draws), where=whole > 0))

    def _toll(self, piece: DeathToll, values: Values, exchange: FrontRates) -> Floats:
        rows = self.front.rows_at(piece.location)
        sender = self.front.theatre.parties[self.front.theatre.sender[rows[0]]].id
        lethal, chance = self.front.lethal_acts(exchange, values, piece.location)
        fano = exchange.sides.fano(self.front.theatre.front.side_of(sender))
        exponents, shares = self.front.severity_exponents(exchange, values, piece.location)
        return log_chance_of_total(
            piece.low, piece.high, piece.largest, lethal * piece.days, 1.0 + chance * (fano - 1.0), exponents, shares
        )

    def _share(self, piece: DeathShare, values: Values, exchange: FrontRates) -> Floats:
        civilian = self.front.civilian_share(exchange, values, piece.location)
        if not piece.targets:
            return civilian
        theatre = self.front.theatre
        rows = self.front.rows_at(piece.location)
        struck = [row for row in rows if theatre.dyads[row].target in piece.targets]
        part: Floats = exchange.rates[struck].sum(axis=0) / exchange.rates[rows].sum(axis=0)
        return part * (1.0 - civilian)


def _name(piece: Piece) -> str:
    match piece:
        case SeenTimes():
            return piece.source
        case Spills():
            return f"answers to {piece.dyad}"
        case _:
            return piece.name


def needed_keys(front: FrontModel, pieces: Sequence[Piece], pauses: Sequence[Pause]) -> list[str]:
    """Return the key paths that the likelihood of some evidence depends on; with none, those of the exchange."""
    parties = [party.id for party in front.theatre.parties]
    keys = front.keys()
    if any(isinstance(piece, (DeathToll, DeathShare)) for piece in pieces):
        keys += [f"party.{party}.{name}" for party in parties for name in ("lethality", "severity_exponent")]
    if pauses:
        keys += [f"party.{party}.driver_share" for party in parties]
    return keys + [f"source.{piece.source}.detection" for piece in pieces if isinstance(piece, SeenTimes)]

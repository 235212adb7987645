"""The likelihood of all evidence of a front, for a batch of parameter vectors (S2.14).

Each piece of evidence says what was reported, and how likely an exchange makes it. A `Likelihood` adds the log chances
of all of them. What no piece sees stays at its prior.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from sim.core.arrays import Floats
from sim.inference.bivariate_hawkes import Rhythm
from sim.inference.death_tolls import log_chance_of_count, log_chance_of_share, log_chance_of_total
from sim.inference.front_model import FrontModel, FrontRates, Values
from sim.inference.parameter_space import Space

_LEAST: Final = 1e-12
_OF_DEATHS: Final = ("lethality", "severity_exponent")


@dataclass(frozen=True)
class Pause:
    """A span in which the driver of the background stood still."""

    first: float  # from the first day of the evidence [days]
    last: float  # [days]


@dataclass(frozen=True)
class Assumed:
    """The exchange that a batch of parameters gives, of which a piece of evidence says how likely it is made."""

    front: FrontModel
    values: Values
    exchange: FrontRates
    days: float  # length of the record [days]
    pauses: tuple[Pause, ...]

    def rest(self, times: Floats, side: int, rhythm: Rhythm) -> tuple[Floats, Floats | float]:
        """Return the factor of a side's background at each event [1], and what the pauses take of the record [days]."""
        n_draws = len(self.exchange.radius)
        if not self.pauses:
            return np.ones((times.size, 1)), 0.0
        # The share of a side's background that hangs on the driver.
        rows = self.front.theatre.side == side
        whole, rest = (self.front.background(self.values, n_draws, paused)[rows].sum(axis=0) for paused in (0.0, 1.0))
        share = np.divide(whole - rest, whole, out=np.zeros(n_draws), where=whole > 0)
        lost, factor = np.zeros(n_draws), np.ones((times.size, n_draws))
        for pause in self.pauses:
            span = np.clip([pause.first, pause.last], 0.0, self.days)
            lost += share * np.diff(rhythm.integral(span))[0]
            factor[(times >= pause.first) & (times < pause.last)] -= share
        return np.maximum(factor, 1e-6), lost


class Piece(ABC):
    """A reported figure; `paused` is the share of its span on which the driver stood still [1]."""

    name: str
    paused: float = 0.0
    of_parties: ClassVar[
        tuple[str, ...]
    ] = ()  # parameters of parties that it depends on, besides those of the exchange

    @abstractmethod
    def log_chance(self, assumed: Assumed) -> Floats:
        """Return how likely the exchange makes it, shape (n_draws,) [1]."""


@dataclass(frozen=True)
class SeenTimes(Piece):
    """Times at which a source noted acts of one side: a thinned view."""

    name: str  # of the source; its detection fraction is ``source.NAME.detection``
    side: int
    times: Floats  # rising, from the first day of the evidence [days]
    rhythm: Rhythm

    def log_chance(self, assumed: Assumed) -> Floats:
        """Return how likely the exchange makes the times."""
        process = assumed.exchange.sides.thin(self.side, np.asarray(assumed.values[self.detection]))
        factor, lost = assumed.rest(self.times, self.side, self.rhythm)
        whole = float(np.diff(self.rhythm.integral(np.array([0.0, assumed.days])))[0])
        return process.log_likelihood(self.times, assumed.days, self.rhythm, (factor, whole - lost))

    @property
    def detection(self) -> str:
        """Key path of the detection fraction."""
        return f"source.{self.name}.detection"


@dataclass(frozen=True)
class DeathToll(Piece):
    """A total of deaths at a place over a span."""

    of_parties = _OF_DEATHS
    name: str  # of the tally or the series
    location: str
    low: int  # [persons]
    high: int  # included [persons]
    days: float  # span [days]
    largest: int  # no act killed more [persons]
    paused: float = 0.0

    def log_chance(self, assumed: Assumed) -> Floats:
        """Return how likely the exchange makes the total."""
        front, exchange = assumed.front, assumed.exchange
        sender = front.theatre.parties[front.theatre.sender[front.rows_at(self.location)[0]]].id
        lethal, chance = front.lethal_acts(exchange, assumed.values, self.location)
        fano = 1.0 + chance * (exchange.sides.fano(front.theatre.front.side_of(sender)) - 1.0)
        law = front.severity_exponents(exchange, assumed.values, self.location)
        return log_chance_of_total(self.low, self.high, self.largest, lethal * self.days, fano, *law)


@dataclass(frozen=True)
class DeathShare(Piece):
    """Which part of the dead at a place were civilians, or fighters of one party."""

    of_parties = _OF_DEATHS
    name: str
    location: str
    part: int  # [persons]
    whole: int  # [persons]
    targets: tuple[str, ...]  # parties whose fighters are the part; empty for civilians
    paused: float = 0.0

    def log_chance(self, assumed: Assumed) -> Floats:
        """Return how likely the exchange makes the part of the whole."""
        front, rates = assumed.front, assumed.exchange.rates
        share = front.civilian_share(assumed.exchange, assumed.values, self.location)
        if self.targets:
            rows = front.rows_at(self.location)
            struck = [row for row in rows if front.theatre.dyads[row].target in self.targets]
            part: Floats = rates[struck].sum(axis=0) / rates[rows].sum(axis=0)
            share = part * (1.0 - share)
        return log_chance_of_share(self.part, self.whole, share)


@dataclass(frozen=True)
class ActCount(Piece):
    """A number of acts of some parties over a span."""

    name: str
    senders: tuple[str, ...]  # parties whose acts are counted
    count: int
    days: float  # span [days]
    paused: float = 0.0

    def log_chance(self, assumed: Assumed) -> Floats:
        """Return how likely the exchange makes the number."""
        theatre, sides = assumed.front.theatre, assumed.exchange.sides
        rows = [row for row, dyad in enumerate(theatre.dyads) if dyad.sender in self.senders]
        rate = assumed.exchange.rates[rows].sum(axis=0)
        side = theatre.front.side_of(self.senders[0])
        fano = 1.0 + rate / sides.rates[side] * (sides.fano(side) - 1.0)
        return log_chance_of_count(self.count, rate * self.days, fano)


@dataclass(frozen=True)
class Spills(Piece):
    """Answers in the record to acts of a party that another may be charged with."""

    dyad: str  # of the acts answered
    spilled: int  # answers that struck the other party
    answered: int  # all answers

    @property
    def name(self) -> str:  # type: ignore[override]
        """Name of the piece."""
        return f"answers to {self.dyad}"

    def log_chance(self, assumed: Assumed) -> Floats:
        """Return how likely the exchange makes so many of the answers spill."""
        return log_chance_of_share(self.spilled, self.answered, np.asarray(assumed.values[f"dyad.{self.dyad}.spill"]))


@dataclass(frozen=True)
class Lag:
    """A reaction with a stated trigger, and the bounds of the time between them."""

    reaction: str  # row of the ledger
    trigger: str  # row of the ledger
    dyad: str  # of the reaction
    low: float  # 0 or more [days]
    high: float  # above low [days]


def log_chance_of_lags(lags: Sequence[Lag], delay_days: Mapping[str, Floats]) -> Floats:
    """Return the log chance that exponential delays (by dyad) fall within the bounds that reports allow, (n_draws,)."""
    total = np.zeros(1)
    for lag in lags:
        delay = delay_days[lag.dyad]
        chance = np.exp(-lag.low / delay) * -np.expm1(-(lag.high - lag.low) / delay)
        total = total + np.log(np.maximum(chance, _LEAST))
    return total


@dataclass(frozen=True)
class Evidence:
    """What was reported, up to a day."""

    days: float  # length of the record [days]
    pieces: tuple[Piece, ...] = ()
    lags: tuple[Lag, ...] = ()
    pauses: tuple[Pause, ...] = ()


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
        over = {0.0: exchange}
        for share in {piece.paused for piece in self.evidence.pieces} - {0.0}:
            over[share] = self.front.exchange(values, len(exchange.radius), share)
        record = self.evidence.days, self.evidence.pauses
        log_chances = {
            piece.name: piece.log_chance(Assumed(self.front, values, over[piece.paused], *record))
            for piece in self.evidence.pieces
        }
        if self.evidence.lags:
            delays = {dyad.id: np.asarray(values[f"dyad.{dyad.id}.delay_days"]) for dyad in self.front.theatre.dyads}
            log_chances["stated triggers"] = log_chance_of_lags(self.evidence.lags, delays)
        return log_chances


def needed_keys(front: FrontModel, pieces: Sequence[Piece], pauses: Sequence[Pause]) -> list[str]:
    """Return the key paths that the likelihood of some evidence depends on; with none, those of the exchange."""
    parties = [party.id for party in front.theatre.parties]
    names = dict.fromkeys(name for piece in pieces for name in piece.of_parties)
    # The order is that of the coordinates, on which the draws hang.
    keys = front.keys() + [f"party.{party}.{name}" for party in parties for name in names]
    keys += [f"party.{party}.driver_share" for party in parties if pauses]
    return keys + [piece.detection for piece in pieces if isinstance(piece, SeenTimes)]

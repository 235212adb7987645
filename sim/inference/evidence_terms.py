"""All the evidence of a front together: each piece says what was reported, and which part of the exchange it sees."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.core.arrays import Floats, Integers
from sim.inference.bivariate_hawkes import Rhythm
from sim.inference.stated_triggers import Lag


@dataclass(frozen=True)
class SeenTimes:
    """Times at which a source noted acts of one side: a thinned view."""

    source: str  # its detection fraction is ``source.NAME.detection``
    side: int
    times: Floats  # rising, from the first day of the evidence [days]
    rhythm: Rhythm


@dataclass(frozen=True)
class EventTimes:
    """Times of all acts of both sides: a complete record, whose likelihood is exact."""

    name: str
    times: Floats  # rising, from the first day of the evidence [days]
    sides: Integers  # 0 or 1: side that acted


@dataclass(frozen=True)
class DeathToll:
    """A total of deaths at a place over a span."""

    name: str  # of the tally or the series
    location: str
    low: int  # [persons]
    high: int  # included [persons]
    days: float  # span [days]
    largest: int  # no act killed more [persons]
    paused: float = 0.0  # share of the span on which the driver stood still [1]


@dataclass(frozen=True)
class DeathShare:
    """Which part of the dead at a place were civilians, or fighters of one party."""

    name: str
    location: str
    part: int  # [persons]
    whole: int  # [persons]
    targets: tuple[str, ...]  # parties whose fighters are the part; empty for civilians
    paused: float = 0.0  # share of the span on which the driver stood still [1]


@dataclass(frozen=True)
class ActCount:
    """A number of acts of some parties over a span."""

    name: str
    senders: tuple[str, ...]  # parties whose acts are counted
    count: int
    days: float  # span [days]
    paused: float = 0.0  # share of the span on which the driver stood still [1]


@dataclass(frozen=True)
class Spills:
    """Answers in the record to acts of a party that another may be charged with."""

    dyad: str  # of the acts answered
    spilled: int  # answers that struck the other party
    answered: int  # all answers


Piece = SeenTimes | EventTimes | DeathToll | DeathShare | ActCount | Spills


@dataclass(frozen=True)
class Pause:
    """A span in which the driver of the background stood still."""

    first: float  # from the first day of the evidence [days]
    last: float  # [days]


@dataclass(frozen=True)
class Evidence:
    """What was reported, up to a day."""

    days: float  # length of the record [days]
    pieces: tuple[Piece, ...] = ()
    lags: tuple[Lag, ...] = ()
    pauses: tuple[Pause, ...] = field(default=())

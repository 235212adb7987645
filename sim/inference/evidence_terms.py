"""All the evidence of a front together: each piece says what was reported, and which part of the exchange it sees."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.core.arrays import Floats, Integers
from sim.inference.bivariate_hawkes import Rhythm
from sim.inference.stated_triggers import Lag


@dataclass(frozen=True)
class SeenTimes:
    """Times at which a source noted acts of one side: a thinned view.

    Parameters
    ----------
    source : str
        Name of the source; its detection fraction is ``source.NAME.detection``.
    side : int
        Side whose acts it sees.
    times : ndarray of float, shape (n_events,)
        Rising times from the first day of the evidence [days].
    rhythm : Rhythm
        How the time of day bears on the acts.
    """

    source: str
    side: int
    times: Floats
    rhythm: Rhythm


@dataclass(frozen=True)
class EventTimes:
    """Times of all acts of both sides: a complete record, whose likelihood is exact.

    Parameters
    ----------
    name : str
        Name of the record.
    times : ndarray of float, shape (n_events,)
        Rising times from the first day of the evidence [days].
    sides : ndarray of int, shape (n_events,)
        Side that acted.
    """

    name: str
    times: Floats
    sides: Integers


@dataclass(frozen=True)
class DeathToll:
    """A total of deaths at a place over a span.

    Parameters
    ----------
    name : str
        Id of the tally, or name of the series.
    location : str
        Place.
    low, high : int
        Bounds, both included [persons].
    days : float
        Span [days].
    largest : int
        No act killed more than this [persons].
    """

    name: str
    location: str
    low: int
    high: int
    days: float
    largest: int


@dataclass(frozen=True)
class DeathShare:
    """Which part of the dead at a place were civilians, or fighters of one party.

    Parameters
    ----------
    name : str
        Id of the tally.
    location : str
        Place.
    part, whole : int
        Numbers [persons].
    targets : tuple of str
        Parties whose fighters are the part; empty for civilians.
    """

    name: str
    location: str
    part: int
    whole: int
    targets: tuple[str, ...]


@dataclass(frozen=True)
class ActCount:
    """A number of acts of some parties over a span.

    Parameters
    ----------
    name : str
        Id of the tally.
    senders : tuple of str
        Parties whose acts are counted.
    count : int
        Number [1].
    days : float
        Span [days].
    """

    name: str
    senders: tuple[str, ...]
    count: int
    days: float


@dataclass(frozen=True)
class Spills:
    """Answers in the record to acts of a party that another may be charged with.

    Parameters
    ----------
    dyad : str
        Dyad of the acts answered.
    spilled, answered : int
        Answers that struck the other party, and all answers [1].
    """

    dyad: str
    spilled: int
    answered: int


Piece = SeenTimes | EventTimes | DeathToll | DeathShare | ActCount | Spills


@dataclass(frozen=True)
class Pause:
    """A span in which the driver of the background stood still.

    Parameters
    ----------
    first, last : float
        Its ends, from the first day of the evidence [days].
    """

    first: float
    last: float


@dataclass(frozen=True)
class Evidence:
    """What was reported, up to a day.

    Parameters
    ----------
    days : float
        Length of the record [days].
    pieces : tuple
        Reported figures.
    lags : tuple of Lag
        Stated triggers.
    pauses : tuple of Pause
        Spans without the driver.
    """

    days: float
    pieces: tuple[Piece, ...] = ()
    lags: tuple[Lag, ...] = ()
    pauses: tuple[Pause, ...] = field(default=())

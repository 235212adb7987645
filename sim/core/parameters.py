"""Declare a parameter once: default, bounds, unit, source.

Validation, error texts, documentation, the bounds of sweeps and the generators of tests all read this one declaration.
A source is a reference (``S2.15`` is section 2.15 of docs/science.md) or the word ``assumption``; the reports count the
assumptions.
"""

import dataclasses
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.visible_text import show

ASSUMPTION: Final = "assumption"  # the source of a value that rests on judgement

_MOST_WORDS: Final = 5

LaneValues = float | npt.NDArray[np.float64]  # one value for all replicates, or an array of shape (n_replicates,)


@dataclass(frozen=True)
class Interval:
    """A closed interval of allowed values; an infinite end is open.

    Parameters
    ----------
    low, high : float
        Smallest and largest allowed value, in the unit of the parameter.
    """

    low: float = -math.inf
    high: float = math.inf

    def contains(self, value: LaneValues) -> bool:
        """Return whether every value is a finite number inside the interval."""
        if isinstance(value, int):
            # Python compares whole numbers exactly, and some are longer than any float.
            return self.low <= value <= self.high and abs(value) <= sys.float_info.max
        values = np.asarray(value, dtype=np.float64)
        return bool(np.all(np.isfinite(values) & (values >= self.low) & (values <= self.high)))

    def outside(self) -> tuple[float, ...]:
        """Return values just outside the bounds, for tests that expect a refusal."""
        return tuple(end for end in (self.low - 1.0, self.high + 1.0) if math.isfinite(end))

    def __str__(self) -> str:
        if math.isinf(self.low) and math.isinf(self.high):
            return "a finite number"
        if math.isinf(self.high):
            return f"at least {self.low:g}"
        if math.isinf(self.low):
            return f"at most {self.high:g}"
        high = f"{int(self.high):,}" if self.high >= 1e6 and self.high == int(self.high) else f"{self.high:g}"
        return f"between {self.low:g} and {high}"


@dataclass(frozen=True)
class Rungs(Interval):
    """Rungs of a ladder: no theatre lets a threshold with these bounds stand above its own top."""


ANY_RUNG: Final = Rungs(1, 20)


def number_problem(value: object, allowed: Interval, *, is_whole: bool = False, of_what: str = "") -> str | None:
    """Return what is wrong with a single number, or None."""
    kinds = (int, np.integer) if is_whole else (int, float, np.integer, np.floating)
    if isinstance(value, bool) or not isinstance(value, kinds):
        return f"must be a {'whole ' * is_whole}number{of_what}, not {show(value)}"
    return None if allowed.contains(value) else f"{show(value)} is out of bounds; it must be {allowed}"  # type: ignore[arg-type]


REPLICATES: Final = Interval(1, 1_000_000_000)  # replicates of a point; they are numbered from 0
SEEDS: Final = Interval(0, 2**63 - 1)  # roots of draws


@dataclass(frozen=True)
class Parameter:
    """The declaration of one parameter."""

    name: str  # of the field
    default: float  # value where nothing else is said
    bounds: Interval  # allowed values
    unit: str  # ``1`` for a pure number
    source: str  # reference of the default, or ``assumption``
    text: str  # plain name of two to five words, a colon, and what it means in one phrase
    follows: str = ""  # parameter of the same owner whose value it has where nothing is said of it; empty for none

    @property
    def plain(self) -> str:
        """Name for people: what the text has before its colon, or all of it where that is short, or the field's."""
        head = self.text.partition(": ")[0]
        return head if len(head.split()) <= _MOST_WORDS else self.name.replace("_", " ")

    @property
    def meaning(self) -> str:
        """What it means, without the plain name where that stands before."""
        head, _, rest = self.text.partition(": ")
        return rest if rest and head == self.plain else self.text

    def on_ladder(self, top: int) -> "Parameter":
        """Return the declaration on a ladder: a rung reaches to its top, and so does a default above it."""
        if not isinstance(self.bounds, Rungs):
            return self
        lowered = f", lowered from {self.default:g} to the top rung" if self.default > top else ""
        bounds = dataclasses.replace(self.bounds, high=float(top))
        return dataclasses.replace(self, default=min(self.default, top), bounds=bounds, source=self.source + lowered)

    def problem_with(self, value: object) -> str | None:
        """Return why a number or an array is refused, with value, bounds and unit, or None if it is allowed."""
        numeric = isinstance(value, (int, float, np.ndarray, np.number)) and not isinstance(value, bool)
        if not numeric:
            return f"{value!r} is not a number; {self.name} must be {self.bounds} [{self.unit}]"
        if not self.bounds.contains(value):  # type: ignore[arg-type]
            shown = value if np.ndim(value) == 0 else "one of the values"  # type: ignore[arg-type]
            return f"{shown} is out of bounds; {self.name} must be {self.bounds} [{self.unit}]"
        return None


def parameter(
    default: float, bounds: Interval | tuple[float, float], unit: str, source: str, text: str, *, follows: str = ""
) -> Any:
    """Declare a dataclass field as a parameter.

    Parameters
    ----------
    default : float
        Value where nothing else is said.
    bounds : Interval or pair of float
        Allowed values; a pair stands for the interval between its ends.
    unit : str
        Unit; ``1`` for a pure number.
    source : str
        Reference of the default, or ``assumption``.
    text : str
        Plain name and meaning, such as ``patience: unanswered harm that is borne``; a short text is both.
    follows : str
        Parameter whose value it has where nothing is said of it; the field is None then.

    Returns
    -------
    dataclasses.Field
        Field that carries the declaration in its metadata.
    """
    allowed = bounds if isinstance(bounds, Interval) else Interval(*bounds)
    declared = Parameter("", default, allowed, unit, source, text, follows)
    return dataclasses.field(default=None if follows else default, metadata={"parameter": declared})


def number(default: float, bounds: Interval | tuple[float, float], source: str, text: str) -> Any:
    """Declare a pure number; see `parameter`."""
    return parameter(default, bounds, "1", source, text)


def fraction(default: float, source: str, text: str, *, follows: str = "") -> Any:
    """Declare a share or a chance, a pure number between 0 and 1; see `parameter`."""
    return parameter(default, (0, 1), "1", source, text, follows=follows)


def duration(default: float, bounds: tuple[float, float], source: str, text: str) -> Any:
    """Declare a length of time [days]; see `parameter`."""
    return parameter(default, bounds, "days", source, text)


def rate(default: float, bounds: tuple[float, float], source: str, text: str) -> Any:
    """Declare how often something is or happens [1/day]; see `parameter`."""
    return parameter(default, bounds, "1/day", source, text)


def level(default: float, bounds: Interval | tuple[float, float], source: str, text: str) -> Any:
    """Declare a height on the ladder, or a distance between heights [rung]; see `parameter`."""
    return parameter(default, bounds, "rung", source, text)


def parameters_of(owner: type[Any]) -> dict[str, Parameter]:
    """Return the declared parameters of a dataclass by name, in the order of declaration."""
    return {
        field.name: dataclasses.replace(field.metadata["parameter"], name=field.name)
        for field in dataclasses.fields(owner)
        if "parameter" in field.metadata
    }


def problems_with(owner: type[Any], values: Mapping[str, object]) -> dict[str, str]:
    """Return what is wrong with the values of declared parameters, by name."""
    declared = parameters_of(owner)
    given = {name: value for name, value in values.items() if name in declared}
    told = {name: value for name, value in given.items() if value is not None or not declared[name].follows}
    refusals = {name: declared[name].problem_with(value) for name, value in told.items()}
    return {name: message for name, message in refusals.items() if message is not None}

"""Laws of uncertain parameters: each replicate has a draw of its own (S2.15).

A law turns the uniform at a parameter's address into a value. A fixed value is a law too. `read_law` reads the one form
in which a law stands in a file, for instance ``{ law = "lognormal", median = 1.15, log_sd = 0.4, source = "S2.15" }``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final

import numpy as np
from scipy import special, stats

from sim.core.arrays import Floats
from sim.core.errors import nearest
from sim.core.parameters import LaneValues


@dataclass(frozen=True)
class Law(ABC):
    """A law of one parameter."""

    name: ClassVar[str]
    positive: ClassVar[tuple[str, ...]] = ()  # numbers that must be above 0

    @abstractmethod
    def at(self, uniforms: Floats) -> LaneValues:
        """Return the values at uniforms of shape (n_replicates,); a fixed value is a single number."""

    def problem(self) -> str | None:
        """Return why the numbers of the law make no law, or None."""
        is_wrong = any(getattr(self, name) <= 0 for name in self.positive)
        return f"{' and '.join(self.positive)} must be above 0" if is_wrong else None

    @property
    def is_uncertain(self) -> bool:
        """Whether replicates differ."""
        return True

    @property
    def drawn_with(self) -> str:
        """Name of the uniform that several parameters share; empty for one of its own."""
        return ""

    def __str__(self) -> str:
        parts = ", ".join(f"{field.name} {getattr(self, field.name)}" for field in fields(self))
        return f"{self.name}({parts})"


@dataclass(frozen=True)
class Fixed(Law):
    """One value for all replicates."""

    name = "fixed"
    value: float

    def at(self, uniforms: Floats) -> LaneValues:
        """Return the value."""
        return self.value

    @property
    def is_uncertain(self) -> bool:
        """Whether replicates differ: they do not."""
        return False

    def __str__(self) -> str:
        return f"{self.value:g}"


@dataclass(frozen=True)
class LogNormal(Law):
    """Log-normal law with a median and a standard deviation of the logarithm."""

    name = "lognormal"
    positive = ("median", "log_sd")
    median: float
    log_sd: float

    def at(self, uniforms: Floats) -> Floats:
        """Return the quantiles."""
        return np.exp(self.log_sd * special.ndtri(uniforms)) * self.median


@dataclass(frozen=True)
class Normal(Law):
    """Normal law, truncated to an interval."""

    name = "normal"
    mean: float
    sd: float
    low: float = -math.inf
    high: float = math.inf

    def at(self, uniforms: Floats) -> Floats:
        """Return the quantiles."""
        ends = (self.low - self.mean) / self.sd, (self.high - self.mean) / self.sd
        return np.asarray(stats.truncnorm.ppf(uniforms, *ends, loc=self.mean, scale=self.sd))

    def problem(self) -> str | None:
        """Return why the numbers make no law."""
        return None if self.sd > 0 and self.low < self.high else "sd must be above 0 and low below high"


@dataclass(frozen=True)
class FoldedNormal(Law):
    """Absolute value of a normal variable."""

    name = "folded_normal"
    positive = ("sd",)
    mean: float
    sd: float

    def at(self, uniforms: Floats) -> Floats:
        """Return the absolute values of the normal quantiles: the law is folded, so the values need not rise."""
        return np.abs(self.mean + self.sd * special.ndtri(uniforms))


@dataclass(frozen=True)
class Beta(Law):
    """Beta law on the unit interval."""

    name = "beta"
    positive = ("a", "b")
    a: float
    b: float

    def at(self, uniforms: Floats) -> Floats:
        """Return the quantiles."""
        return np.asarray(special.betaincinv(self.a, self.b, uniforms))


@dataclass(frozen=True)
class Uniform(Law):
    """Uniform law on an interval."""

    name = "uniform"
    low: float
    high: float

    def at(self, uniforms: Floats) -> Floats:
        """Return the quantiles."""
        return self.low + (self.high - self.low) * uniforms

    def problem(self) -> str | None:
        """Return why the numbers make no law."""
        return None if self.low < self.high else "low must be below high"


@dataclass(frozen=True)
class Choice(Law):
    """One of several values, each with a weight."""

    name = "choice"
    values: tuple[float, ...]
    weights: tuple[float, ...] = ()

    def at(self, uniforms: Floats) -> Floats:
        """Return the quantiles."""
        weights = np.array(self.weights or (1.0,) * len(self.values))
        edges = np.cumsum(weights / weights.sum())[:-1]
        return np.array(self.values, dtype=np.float64)[np.searchsorted(edges, uniforms, side="right")]

    def problem(self) -> str | None:
        """Return why the numbers make no law."""
        if not self.values:
            return "values must not be empty"
        if self.weights and (len(self.weights) != len(self.values) or min(self.weights) < 0 or sum(self.weights) <= 0):
            return "weights must be one for each value, 0 or more, and not all 0"
        return None


@dataclass(frozen=True)
class SameAs(Law):
    """The value of another parameter, times a factor: one uncertain quantity that stands in several places."""

    name = "same_as"
    key: str
    factor: float = 1.0

    def at(self, uniforms: Floats) -> LaneValues:
        """Refuse: the value is that of another parameter."""
        raise TypeError(f"same_as {self.key} has no draw of its own")


LAWS: Final[dict[str, type[Law]]] = {
    law.name: law for law in (LogNormal, Normal, FoldedNormal, Beta, Uniform, Choice, SameAs)
}


GROUNDS: Final = ("source", "spread_source")  # keys beside a value or a law: what gives its middle, and its spread


class LawError(ValueError):
    """A law in a file is not a law; the message says why."""


def read_law(table: Mapping[str, Any]) -> Law:
    """Read a law, ``value`` or ``law`` and its numbers; `GROUNDS` are left to the caller, a fault is a `LawError`."""
    given = {key: value for key, value in table.items() if key not in GROUNDS}
    if "value" in given and len(given) == 1:
        return Fixed(_number("value", given["value"]))
    name = given.pop("law", None)
    if name is None:
        raise LawError('needs "value = NUMBER" or "law = NAME" with its numbers')
    if not isinstance(name, str) or name not in LAWS:
        raise LawError(f'law "{name}" is not known; {nearest(str(name), LAWS)}')
    law = LAWS[name]
    known = {field.name: field for field in fields(law)}
    for key in given:
        if key not in known:
            raise LawError(f'law "{law.name}" has no "{key}"; {nearest(key, known)}')
    try:
        built = law(**{key: _READERS.get(str(known[key].type), _numbers)(key, value) for key, value in given.items()})
    except TypeError:
        raise LawError(f'law "{law.name}" needs {", ".join(known)}') from None
    if (problem := built.problem()) is not None:
        raise LawError(f'law "{law.name}": {problem}')
    return built


def _number(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise LawError(f"{key} = {value!r} is not a finite number")
    return float(value)


def _numbers(key: str, value: object) -> tuple[float, ...]:
    if not isinstance(value, list):
        raise LawError(f"{key} must be a list of numbers")
    return tuple(_number(key, item) for item in value)


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise LawError(f"{key} = {value!r} is not a text")
    return value


_READERS: Final[Mapping[str, Callable[[str, Any], Any]]] = {"str": _text, "float": _number}
"""By the type of a number of a law, what reads it; others are lists."""

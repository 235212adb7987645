"""One family of errors, each written for the person who has to mend the input.

Every message names the file, the key, the value found, what is allowed and, where a name was misspelt, the nearest
valid one. The command line prints the message and ends with :attr:`SimError.exit_status`; it never shows a traceback.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class SimError(Exception):
    """Base of every error that a user can cause; the command line ends with `exit_status`."""

    exit_status: int = 2


class PolicyError(SimError):
    """A policy raised an error, answered with a wrong shape or left the ladder."""


class SupercriticalError(SimError):
    """Reactions would sustain themselves for ever: the spectral radius of the reaction matrix is 1 or more."""


class OutputError(SimError):
    """A results folder cannot be written, is in use, or belongs to another scenario."""


@dataclass(frozen=True)
class Problem:
    """One fault in one place of an input file."""

    file: str  # or the name of the option
    key: str  # for instance ``party.HZB.baseline`` or ``row 12, killed_best``
    message: str  # what is wrong, what is allowed, and the nearest valid name

    def __str__(self) -> str:
        address = f"{self.file}: {self.key}" if self.key else self.file
        return f"{address}: {self.message}"


class InputError(SimError):
    """Everything that is wrong with an input, reported at once; it has at least one problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["InputError"], tuple[tuple[Problem, ...]]]:
        # By default an exception is rebuilt from its text, which this cannot be; it must cross from worker to parent.
        return type(self), (self.problems,)

    @classmethod
    def single(cls, file: str | Path, key: str, message: str) -> "InputError":
        """Return an error with one problem."""
        return cls([Problem(str(file), key, message)])


class Problems:
    """Collects the problems of one input so that they are reported together."""

    def __init__(self, file: str | Path) -> None:
        self.file = str(file)
        self.found: list[Problem] = []
        self.notes: list[Problem] = []  # what is no fault, and yet should be known

    def add(self, key: str, message: str) -> None:
        """Note one problem."""
        self.found.append(Problem(self.file, key, message))

    def note(self, key: str, message: str) -> None:
        """Note something that should be known and refuses nothing."""
        self.notes.append(Problem(self.file, key, message))

    @contextmanager
    def collect(self) -> Iterator[None]:
        """Note the problems of an `InputError` raised inside the block and go on."""
        try:
            yield
        except InputError as error:
            self.found.extend(error.problems)

    def raise_if_any(self) -> None:
        """Raise an `InputError` with what was noted, if anything was."""
        if self.found:
            raise InputError(dict.fromkeys(self.found))


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ``did you mean "x"?`` with the valid name nearest to a wrong one, or the list of valid names."""
    names = sorted(valid)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        # Letters of other alphabets may look like those of the valid name.
        odd = [f"U+{ord(letter):04X}" for letter in name if not letter.isascii() and letter not in close[0]]
        return f'did you mean "{close[0]}"?' + (f" (written with {', '.join(odd[:3])})" if odd else "")
    return f"valid: {name_some(names, 24)}" if names else "nothing is valid here"


def name_some(names: Sequence[object], most: int, between: str = ", ") -> str:
    """Return names in a row, and of the further ones how many there are."""
    more = f"{between.removeprefix(',')}and {len(names) - most:,} more" if len(names) > most else ""
    return between.join(str(name) for name in names[:most]) + more

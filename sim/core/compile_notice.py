"""Who is told when the engine is about to be compiled, which takes a while; asked for before numba is loaded."""

from collections.abc import Callable
from typing import Final

LISTENERS: Final[list[Callable[[], None]]] = []
"""Called once, before the first function of the engine that no folder keeps compiled."""


def give_notice() -> None:
    """Tell everybody, and nobody a second time."""
    while LISTENERS:
        LISTENERS.pop()()

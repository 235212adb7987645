"""A share of a sweep for a batch queue: every n-th block in the order of work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from sim.core.errors import InputError
from sim.sweeps.blocks import Block

_FORM: Final = re.compile(r"(\d{1,6})/(\d{1,6})")


@dataclass(frozen=True)
class Shard:
    """One share of a sweep."""

    place: int  # which one, from 1 to `count`
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the shard that a text such as ``3/8`` names."""
        parts = _FORM.fullmatch(text.strip())
        if parts is None or not 1 <= int(parts[1]) <= int(parts[2]):
            raise InputError.single("options", "--shard", f'must be like 3/8, from 1/8 to 8/8, not "{text}"')
        return cls(int(parts[1]), int(parts[2]))

    def share(self, blocks: Sequence[Block]) -> list[Block]:
        """Return the blocks of this shard, of all in the order of work."""
        return list(blocks[self.place - 1 :: self.count])

    def __str__(self) -> str:
        return f"{self.place}/{self.count}"

"""Which results folder holds the structural sweep over policies."""

from __future__ import annotations

from typing import Final

STRUCTURAL: Final = "policy-pairs"
"""Name of the folder of the structural sweep, beside other results."""

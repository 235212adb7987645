"""Estimate the odds that a border conflict widens into a regional war, and what they rest on.

Importing this package loads nothing heavy; the modules do their own imports.
"""

from typing import Final

__version__: Final = "0.2.0"

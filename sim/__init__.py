"""Estimate the odds that a border conflict widens into a regional war, and what they rest on.

The public names stand in the stub beside this file and are loaded when they are first used, so that importing the
package costs nothing. Below it a path says floor and kind: ``cli`` stands on ``report``, that on ``results``, and so on
down to ``core`` (`docs/architecture.md`).
"""

import importlib
import sys
from types import ModuleType
from typing import Any, Final

import lazy_loader

__version__: Final = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


class _Fields(ModuleType):
    """``sim.fields``, the name by which users' files have known `sim.core.parameters` since 0.1."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("sim.core.parameters"), name)


fields: Final = sys.modules.setdefault(f"{__name__}.fields", _Fields(f"{__name__}.fields"))

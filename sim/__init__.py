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


class _Door(ModuleType):
    """A name by which users' files have known a module since 0.1; it is loaded when something of it is used."""

    def __init__(self, name: str, module: str) -> None:
        super().__init__(f"{__name__}.{name}", f"See `{module}`.")
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._module), name)

    def __dir__(self) -> list[str]:
        return dir(importlib.import_module(self._module))


for _name, _module in {"fields": "sim.core.parameters", "streams": "sim.core.random_streams"}.items():
    globals()[_name] = sys.modules.setdefault(f"{__name__}.{_name}", _Door(_name, _module))

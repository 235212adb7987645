"""Scenario and theatre files, read with every fault at once, and priors and designs that make them an ensemble.

Imports engine, policies, evidence and core. Begin with `scenario`: `Scenario.load` reads a file, `Scenario.ensemble`
draws its parameters and makes a `Conflict`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

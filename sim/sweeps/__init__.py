"""Sweeps: points by replicates as blocks of a results folder, on any number of workers, resumed where they stopped.

Imports scenario and what lies below. Begin with `sweep`, which runs one; `blocks` cuts the work, `compute_block` does
it, `results_folder` keeps it, and `provenance` names what the bytes of a block hang on.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

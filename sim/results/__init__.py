"""Results that people read: open a folder, count its tables, ask them in SQL, verify and prune it.

Imports sweeps and what lies below, and no report. `reading` opens a folder, `analysis` counts tables from it; begin
with `tables`, which lists them all.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

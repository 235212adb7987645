"""Importers: one file a format, from other people's event data into the rows of a ledger.

No row of a source is dropped in silence: it becomes an incident, or it is a `Finding` that says why it did not, and
what is doubtful about a row that did is a finding too. Nothing of a source is kept in the package; files stay with the
user, under the terms of their makers. Begin with `plain_csv`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from sim.core.declarations import find_declarations

if TYPE_CHECKING:
    from sim.evidence.importers.import_report import Importer


@cache
def load_importers() -> Mapping[str, Importer]:
    """Return by the name of its format every `Importer` that a module of this package declares."""
    from sim.evidence.importers.import_report import Importer

    return {importer.format: importer for importer in find_declarations(__name__, Importer)}

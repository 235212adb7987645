"""Importers: one file a format, from other people's event data into the rows of a ledger.

No row of a source is dropped in silence: it becomes an incident, or it is a `Finding` that says why it did not, and
what is doubtful about a row that did is a finding too. Nothing of a source is kept in the package; files stay with the
user, under the terms of their makers.
"""

from sim.evidence.importers.acled import read_acled
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.daily_series_csv import read_daily
from sim.evidence.importers.import_report import Finding, ImportReport
from sim.evidence.importers.plain_csv import read_plain
from sim.evidence.importers.ucdp_ged import read_ged

__all__ = ["ActorMap", "Finding", "ImportReport", "read_acled", "read_daily", "read_ged", "read_plain"]

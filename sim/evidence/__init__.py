"""Reported incidents, published tallies and daily series: read, checked and summed, never altered.

Three kinds of files hold the evidence of a theatre. A ledger has a row per reported incident, tallies are counts over a
span by somebody else, and daily series are figures by day. The one idea: an empty cell is an unknown and not a zero,
and every row says whether it may be used for calibration or is held out. Imports core alone. Begin with `ledger`, then
`incident`, a row of it.
"""

from sim.evidence.csv_cells import SPLITS, Figure
from sim.evidence.daily_series import DailySeries
from sim.evidence.incident import CERTAINTIES, KINDS, PRECISIONS, UNKNOWN, Incident
from sim.evidence.ledger import GROUPS, Ledger
from sim.evidence.tallies import MEASURES, Tallies, Tally

__all__ = ["CERTAINTIES", "GROUPS", "KINDS", "MEASURES", "PRECISIONS", "SPLITS", "UNKNOWN", "DailySeries", "Figure"]
__all__ += ["Incident", "Ledger", "Tallies", "Tally"]

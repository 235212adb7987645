from .core.parameters import Interval as Interval
from .core.parameters import LaneValues as LaneValues
from .core.parameters import parameter as parameter
from .core.random_streams import Draw as Draw
from .engine.model import Conflict as Conflict
from .hindcast.hindcast import run_hindcast as run_hindcast
from .inference.nowcast import nowcast as nowcast
from .inference.theatre_fit import fit_theatre as fit_theatre
from .policies.base import Policy as Policy
from .policies.base import Response as Response
from .policies.view import View as View
from .report.answer import state_answer as state_answer
from .report.sweep_report import run_sweep as run_sweep
from .results.analysis.comparison import compare_points as compare_points
from .results.reading.store import open_results as open_results
from .scenario.scenario import Scenario as Scenario
from .scenario.what_if import WhatIf as WhatIf

__version__: str

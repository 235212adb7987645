from .core.parameters import Interval as Interval
from .core.parameters import LaneValues as LaneValues
from .core.parameters import parameter as parameter
from .core.random_streams import Draw as Draw
from .engine.model import Conflict as Conflict
from .policies.base import Policy as Policy
from .policies.response import Response as Response
from .policies.view import View as View
from .scenario.scenario import Scenario as Scenario

__version__: str

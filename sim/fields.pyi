from sim.core.parameters import Interval as Interval
from sim.core.parameters import LaneValues as LaneValues
from sim.core.parameters import parameter as parameter

from .analysis.comparison import compare_points as compare_points
from .reading.store import Results as Results
from .reading.store import open_results as open_results

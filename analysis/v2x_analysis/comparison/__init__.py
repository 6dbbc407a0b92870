"""What differs between two runs, or between two sweeps run by run: effects with intervals, and what got worse."""

from v2x_analysis.comparison.compare import Comparison, compare
from v2x_analysis.comparison.tolerance import Tolerances

__all__ = ["Comparison", "Tolerances", "compare"]

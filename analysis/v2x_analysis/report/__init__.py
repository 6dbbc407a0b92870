"""Reports of runs and of studies: one HTML file each, that opens from disk without a network."""

from v2x_analysis.report.page import write_report
from v2x_analysis.report.study import write_study

__all__ = ["write_report", "write_study"]

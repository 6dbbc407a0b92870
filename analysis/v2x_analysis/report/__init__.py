"""The report of a run: one HTML file that opens from disk without a network."""

from v2x_analysis.report.page import write_report

__all__ = ["write_report"]

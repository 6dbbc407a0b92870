"""All figures of remote driving: nothing where nobody was driven from afar."""

from __future__ import annotations

from v2x_analysis.measurement import Measured
from v2x_analysis.remote import verdicts
from v2x_analysis.remote.driven import driven
from v2x_analysis.remote.measured import measured
from v2x_analysis.run import Run


def figures(run: Run) -> dict[str, Measured]:
    """``remote.*``."""
    return {} if run.derived(driven) is None else {**run.derived(measured), **verdicts.figures(run)}

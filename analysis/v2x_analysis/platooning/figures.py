"""All figures of platooning: nothing where nobody drove in a platoon."""

from __future__ import annotations

from v2x_analysis.measurement import Measured
from v2x_analysis.platooning import (
    driving,
    expected,
    gaps,
    manoeuvres,
    messages,
    norms,
    reaction,
    slipstream,
    stability,
    verdict,
)
from v2x_analysis.platooning.grid import grid
from v2x_analysis.run import Run

_PARTS = (stability, verdict, norms, expected, gaps, reaction, messages, driving, manoeuvres, slipstream)


def figures(run: Run) -> dict[str, Measured]:
    """``platoon.*``."""
    if run.derived(grid) is None:
        return {}
    return {key: measured for part in _PARTS for key, measured in part.figures(run).items()}

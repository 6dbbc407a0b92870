"""The figures that requirements are about, by key, and the observations behind them."""

from __future__ import annotations

from v2x_analysis.measurement import Measured
from v2x_analysis.remote import (
    compare,
    conduct,
    cones,
    display,
    encroachment,
    lateral,
    law,
    needed,
    network,
    stages,
    stops,
)
from v2x_analysis.remote.tracked import Tracked
from v2x_analysis.run import Run

_PARTS = (lateral, cones, network, stages, display, conduct, needed, encroachment, stops, law)


def tracked(run: Run) -> dict[str, Tracked]:
    """All that has observations along the run."""
    return {key: each for part in _PARTS for key, each in run.derived(part.tracked).items()}


def measured(run: Run) -> dict[str, Measured]:
    """All figures."""
    return {**{key: each.measurement for key, each in run.derived(tracked).items()}, **compare.figures(run)}

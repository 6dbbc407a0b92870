"""When vehicles speak: in every so many control steps, each at a phase of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.rng import Stream
from v2x.scenario.model_platoon import CONTROL_STEP_NS


class Turns:
    """Turns of vehicles, a pure function of the control step.

    Parameters
    ----------
    rate_hz
        Turns per second.
    phases
        Where the phases come from.
    key
        Station keys of the vehicles, (n,).

    Attributes
    ----------
    every
        Control steps from one turn of a vehicle to its next.
    """

    def __init__(self, rate_hz: float, phases: Stream, key: NDArray[np.uint64]) -> None:
        self.every = round(NS_PER_S / rate_hz / CONTROL_STEP_NS)
        phase = phases.bits(key) % np.uint64(self.every)
        self._rows = [np.flatnonzero(phase == step) for step in range(self.every)]

    def due(self, step: int, present: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Rows of those present whose turn it is at a control step."""
        rows = self._rows[step % self.every]
        return rows[present[rows]] if len(rows) else rows

"""Strings under a sinusoid on the closed track, and what the exact theory says of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.control.leader import Sine
from v2x.control.measures import SineFit
from v2x.control.platoon_string import Vehicles
from v2x.control.study import Track, run
from v2x.control.study_link import StudyLink
from v2x.scenario.model_platoon import CONTROL_STEP_NS
from v2x_analysis.platooning.theory import Setting, response

F64 = NDArray[np.float64]

FOLLOWERS, SPEED_MPS = 8, 25.0
#: Transients are over, and how long the fit then is: whole periods of every frequency here.
SETTLED_S, FIT_S = 80.0, 60.0
#: Smaller amplitudes of a leader's 1 m/s are not compared by ratio.
LOUD_MPS = 0.05


@dataclass(frozen=True)
class Cells:
    """Relative differences (cell, follower) of gains from theory; NaN where there is next to no motion.

    Those at 10 Hz are of the mean phasor over random phases: what the sampling of one hop makes of the held values of the
    one before turns with the phases and has no mean, while the mean of sizes is always too large.
    """

    single: F64
    ten_hz: F64
    spread: F64
    """Standard deviation of the amplitude over the phases, relative to its mean."""


def off(law: str, frequencies_hz: tuple[float, ...], delays_s: tuple[float, ...], phases: int = 16) -> Cells:
    """Gain of each follower over the vehicle ahead against theory: single rate, and 10 Hz messages, in one study."""
    grid = np.array([(f, delay) for f in frequencies_hz for delay in delays_s])
    cells = [(f, delay, 0.01) for f, delay in grid] + [(f, delay, 0.1) for f, delay in grid for _ in range(phases)]
    frequency, delay_s, beacon_s = np.array(cells).T
    track = Track(
        law=law,
        speed_mps=SPEED_MPS,
        replicas=len(cells),
        vehicles=Vehicles(max_accel_mps2=100.0, max_brake_mps2=100.0),
        link=StudyLink(delay_s=delay_s, beacon_s=beacon_s),
    )
    fit = SineFit(frequency, SETTLED_S, track.replicas, FOLLOWERS + 1)
    run(track, Sine(SPEED_MPS, frequency[:, None], 1.0, 0.0, CONTROL_STEP_NS), SETTLED_S + FIT_S, [fit])
    phasors = (fit.phasor_mps / fit.phasor_mps[:, :1])[len(grid) :].reshape(len(grid), phases, -1)
    mean, size = np.abs(phasors.mean(axis=1)), np.abs(phasors)
    return Cells(
        single=_off(law, grid, 0.01, fit.gains[: len(grid)]),
        ten_hz=_off(law, grid, 0.1, mean[:, 1:] / mean[:, :-1]),
        spread=(size.std(axis=1) / size.mean(axis=1))[:, 1:],
    )


def _off(law: str, grid: F64, beacon_s: float, found: F64) -> F64:
    """Relative difference from theory of gains (cell, follower)."""
    exact = np.abs(
        [response(Setting(law, delay_s=delay, beacon_s=beacon_s), f, FOLLOWERS)[0] for f, delay in grid.tolist()]
    )
    loud = exact[:, 1:] >= LOUD_MPS
    return np.where(loud, found * exact[:, :-1] / exact[:, 1:] - 1.0, np.nan)

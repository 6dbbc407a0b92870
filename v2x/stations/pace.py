"""When vehicles say where they are: at a fixed rate, or as the congestion control of their radio has it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from v2x.links.sidelink.rate_control import F64, Motion, RateControl, neighbours_within
from v2x.rng import Stream
from v2x.stations.schedule import I64, U64, Schedule
from v2x.traffic.base import Snapshot


class Pace(Protocol):
    """Instants of the basic safety messages."""

    def due(self, snapshot: Snapshot, rows: NDArray[np.intp], until_ns: int) -> tuple[NDArray[np.intp], I64, I64]:
        """Messages from the snapshot to before ``until_ns``, for consecutive snapshots.

        Parameters
        ----------
        snapshot
            All road users.
        rows
            Those that speak.
        until_ns
            End of the step.

        Returns
        -------
        which, t_ns, count
            Place in ``rows``, instant, and a number that grows by 1 from message to message; ascending.
        """

    def interval_ms(self, keys: U64) -> F64 | None:
        """Time between messages that congestion control has set for stations, NaN where it has not; None: it is off."""


class FixedPace:
    """So many messages a second, at a phase of its own for each vehicle.

    Parameters
    ----------
    rate_hz
        Messages per second.
    seed
        Seed of the run.
    """

    def __init__(self, rate_hz: float, seed: int) -> None:
        self._times = Schedule(rate_hz, Stream(seed, "obu.phase"))

    def due(self, snapshot: Snapshot, rows: NDArray[np.intp], until_ns: int) -> tuple[NDArray[np.intp], I64, I64]:
        """See `Pace`."""
        return self._times.due(snapshot.key[rows], snapshot.t_ns, until_ns)

    def interval_ms(self, keys: U64) -> F64 | None:  # noqa: ARG002
        """Nobody sets any."""
        return None


class DensityPace:
    """Less often where many others are near (SAE J3161/1), whatever the scenario's rate is.

    Simplified: a vehicle counts all that have a radio within 100 m, heard or not, and its tracking error is that of its
    true motion: the noise of its sensors, of the size of the thresholds, is taken to be filtered out.

    Parameters
    ----------
    seed
        Seed of the run.
    convergence_deg
        True heading less that on the run's plane.
    """

    def __init__(self, seed: int, convergence_deg: float) -> None:
        self._control, self._convergence_deg = RateControl(seed), convergence_deg

    def due(self, snapshot: Snapshot, rows: NDArray[np.intp], until_ns: int) -> tuple[NDArray[np.intp], I64, I64]:
        """See `Pace`."""
        x_m, y_m, speed_mps = snapshot.x_m[rows], snapshot.y_m[rows], snapshot.speed_mps[rows]
        heading = np.radians(snapshot.heading_deg[rows] - self._convergence_deg)
        vx_mps, vy_mps = speed_mps * np.sin(heading), speed_mps * np.cos(heading)
        motion = Motion(snapshot.key[rows], x_m, y_m, vx_mps, vy_mps, neighbours_within(x_m, y_m))
        return self._control.due(snapshot.t_ns, until_ns, motion)

    def interval_ms(self, keys: U64) -> F64 | None:
        """The longest that they wait at present."""
        return self._control.itt_ms(keys)

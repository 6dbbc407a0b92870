"""Vehicles in straight lanes at constant acceleration: motion known in closed form, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from v2x.clock import NS_PER_S, SimClock
from v2x.errors import TrafficError
from v2x.geo import Plane, wrap_deg
from v2x.rng import key_of
from v2x.scenario.model import SyntheticTraffic as SyntheticTrafficConfig
from v2x.traffic.base import KINDS, REACH_M, DriveCommand, SignalCommand, SignalHead, Snapshot

#: Distance of the lanes' middles, metres.
LANE_WIDTH_M = 3.5
#: A plane in zones (UTM) counts from the equator: its pole is this far, metres.
FARTHEST_M = 1e7
#: Size of a vehicle, metres.
LENGTH_M, WIDTH_M = 4.6, 1.8


class SyntheticTraffic:
    """Rows of vehicles that drive straight on.

    Vehicle ``i`` is in lane ``i % lanes``, counted to the right, and starts ``(i // lanes) * spacing_m`` behind the
    origin. All have the same speed ``max(0, v + a t)``; a braking vehicle stops and stays.

    Parameters
    ----------
    config
        The scenario's ``traffic``.
    clock
        The run's time grid.
    plane
        The plane the run computes on. ``heading_deg`` is true at the origin.

    Raises
    ------
    TrafficError
        If the origin is not on the plane, or the vehicles leave its surroundings.
    """

    def __init__(self, config: SyntheticTrafficConfig, clock: SimClock, plane: Plane) -> None:
        self._config, self._clock, self.plane = config, clock, plane
        lon, lat = config.origin.lonlat()
        numbers = np.arange(config.vehicles)
        self._id = np.array([f"veh{number:05d}" for number in numbers], object)
        self._key = np.array([key_of(name) for name in self._id], np.uint64)
        start = np.column_stack([float(value) for value in self.plane.to_xy(lon, lat)])
        if not np.hypot(*start[0]) <= FARTHEST_M:  # PROJ says inf where a plane ends
            raise TrafficError("the origin is not on the run's plane", path="traffic.origin")
        lane = numbers % config.lanes
        self._lane = np.array([f"lane{number}" for number in lane], object)
        self._grid_deg = config.heading_deg - float(self.plane.convergence_deg(lon, lat))
        self._ahead = np.array([np.sin(np.radians(self._grid_deg)), np.cos(np.radians(self._grid_deg))])
        right = np.array([self._ahead[1], -self._ahead[0]])
        behind_m = (numbers // config.lanes) * config.spacing_m
        self._check_reach(max(behind_m, default=0.0))
        self._start = start - np.outer(behind_m, self._ahead) + np.outer(lane * LANE_WIDTH_M, right)

    def _check_reach(self, behind_m: float) -> None:
        """All of the run lies where the plane is true."""
        ahead_m = abs(self._along(self._clock.duration_ns / NS_PER_S)[0])
        reach_m = max(behind_m, ahead_m)
        if reach_m > REACH_M:
            reason = f"vehicles up to {reach_m / 1e3:.0f} km from the origin, at most {REACH_M / 1e3:g} km"
            raise TrafficError(reason, path="traffic")

    def start(self) -> None:
        """Nothing to open."""

    def step(self, t_ns: int) -> Snapshot:
        """Exact state at ``t_ns``, any time from 0 on."""
        n, (way_m, speed_mps, accel_mps2) = len(self._id), self._along(t_ns / NS_PER_S)
        x_m, y_m = (self._start + way_m * self._ahead).T
        lon_deg, lat_deg = self.plane.to_lonlat(x_m, y_m)
        return Snapshot(
            t_ns=t_ns,
            id=self._id,
            key=self._key,
            type=np.full(n, KINDS.index("car"), np.int8),
            x_m=x_m,
            y_m=y_m,
            lon_deg=lon_deg,
            lat_deg=lat_deg,
            heading_deg=wrap_deg(self._grid_deg + self.plane.convergence_deg(lon_deg, lat_deg)),
            speed_mps=np.full(n, speed_mps),
            accel_mps2=np.full(n, accel_mps2),
            yaw_rate_dps=np.zeros(n),
            length_m=np.full(n, LENGTH_M),
            width_m=np.full(n, WIDTH_M),
            lane=self._lane,
        )

    def _along(self, t_s: float) -> tuple[float, float, float]:
        """Way, speed and acceleration after ``t_s``."""
        speed, accel = self._config.speed_mps, self._config.accel_mps2
        stops_s = speed / -accel if accel < 0.0 else np.inf
        if t_s >= stops_s:
            return 0.5 * speed * stops_s, 0.0, 0.0
        return speed * t_s + 0.5 * accel * t_s**2, speed + accel * t_s, accel

    def signals(self) -> list[SignalHead]:
        """There are none."""
        return []

    def steer(self, commands: Sequence[DriveCommand | SignalCommand]) -> None:
        """What is laid down stays as it is."""

    def notes(self) -> list[dict[str, Any]]:
        """Nothing is ever repaired."""
        return []

    def statistics(self) -> dict[str, float]:
        """All vehicles are there from the beginning and stay."""
        return {"departed": float(len(self._id)), "arrived": 0.0}

    def close(self) -> None:
        """Nothing stays open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

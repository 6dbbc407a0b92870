"""The sensors of roadside units: pictures of the road users in view, processed, late.

They alone see the truth, and blur it. All sensors of a run are drawn together, in columns of one row an object.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from v2x.clock import NS_PER_MS
from v2x.field.model import Building
from v2x.geo import Plane
from v2x.rng import Stream
from v2x.scenario.model_perception import Perception
from v2x.stations.blur import Blur
from v2x.stations.mast_view import Masts, MastView
from v2x.stations.phantoms import Phantoms
from v2x.stations.schedule import Schedule
from v2x.stations.sightings import Sightings
from v2x.traffic.base import Snapshot


@dataclass(frozen=True)
class Scan:
    """One picture of a sensor, processed.

    Attributes
    ----------
    t_ns
        Simulated time at which the unit gets it.
    age_ns
        How old the picture is then; the sensor stamps it by the unit's clock.
    objects
        What is in it, in no particular order.
    """

    t_ns: int
    age_ns: int
    objects: Sightings


class PerceptionSensor(Protocol):
    """The sensor of one unit."""

    def scans(self, snapshot: Snapshot) -> tuple[Scan, ...]:
        """What the unit gets by the time of the snapshot, in order; called once a step."""


class MastSensors:
    """The sensors of all units.

    Parameters
    ----------
    config
        Their figures.
    masts
        Where they stand.
    plane
        The run's.
    buildings
        Of the field.
    seed
        Seed of the run.
    """

    def __init__(
        self, config: Perception, masts: Masts, plane: Plane, buildings: Sequence[Building], seed: int
    ) -> None:
        self._config, self._masts = config, masts
        self._view = MastView(config.view, masts, plane, buildings)
        self._times = Schedule(config.rate_hz, Stream(seed, "perception.picture"))
        self._jitter = Stream(seed, "perception.jitter")
        self._blur, self._phantoms = Blur(config, seed), Phantoms(config, seed)
        self._taken_ns = -1
        self._under_way: list[list[Scan]] = [[] for _ in range(len(masts))]

    def sensor(self, mast: int) -> PerceptionSensor:
        """The sensor at one mast."""
        return _MastSensor(self, mast)

    def scans(self, mast: int, snapshot: Snapshot) -> tuple[Scan, ...]:
        """What arrives from one mast by the time of the snapshot."""
        if snapshot.t_ns > self._taken_ns:
            self._take(snapshot)
        queue = self._under_way[mast]
        arrived = tuple(scan for scan in queue if scan.t_ns <= snapshot.t_ns)
        del queue[: len(arrived)]
        return arrived

    def _take(self, snapshot: Snapshot) -> None:
        """All pictures since the last snapshot."""
        mast, t_ns, _ = self._times.due(self._masts.key, self._taken_ns + 1, snapshot.t_ns + 1)
        self._taken_ns = snapshot.t_ns
        key = self._masts.key[mast]
        late_ms = self._config.latency_ms - self._config.jitter_ms * np.log(self._jitter.uniform(key, t_ns))
        arrival_ns = t_ns + np.rint(late_ms * NS_PER_MS).astype(np.int64)
        real, whose = self._blur.seen(snapshot, self._view.look(snapshot, mast, t_ns), key, t_ns)
        false, whose_false = self._phantoms.at(key, t_ns)
        pictures = Sightings.merge([real, false]).split(np.concatenate([whose, whose_false]), len(mast))
        for unit, taken_ns, arrived_ns, objects in zip(
            mast.tolist(), t_ns.tolist(), arrival_ns.tolist(), pictures, strict=True
        ):
            queue = self._under_way[unit]
            in_order_ns = max(arrived_ns, queue[-1].t_ns if queue else 0)
            queue.append(Scan(in_order_ns, in_order_ns - taken_ns, objects))


@dataclass(frozen=True)
class _MastSensor:
    """One of `MastSensors`."""

    sensors: MastSensors
    mast: int

    def scans(self, snapshot: Snapshot) -> tuple[Scan, ...]:
        """See `PerceptionSensor`."""
        return self.sensors.scans(self.mast, snapshot)

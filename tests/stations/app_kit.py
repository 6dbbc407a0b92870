"""Hand-made messages for the applications: a straight road to the north with a signal, and a vehicle on it.

All positions are metres east, north of `HERE`. The stop line lies at the origin; vehicles come from the south.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from v2x.geo import displace
from v2x.messages.model import (
    NAN,
    Connection,
    Intersection,
    Lane,
    Light,
    MapData,
    Notice,
    RoadsideInformation,
    SignalGroup,
    SignalPhases,
    SignalState,
    VehicleStates,
)
from v2x.messages.model_perception import PerceivedObject, PerceivedObjects
from v2x.registry import Registry
from v2x.scenario.known import APPLICATIONS
from v2x.stations.base import Alert, Inbox, Output, Received, View

S = 1_000_000_000
MS = 1_000_000
T0 = 1_772_442_000 * S
HERE = (39.08, 117.36)
STEP_NS = 100 * MS
PLACE = (3, 22)


def at(east_m: float, north_m: float) -> tuple[float, float]:
    """Latitude and longitude of a point."""
    lon, lat = displace(np.array([HERE[1]]), np.array([HERE[0]]), east_m, north_m)
    return float(lat[0]), float(lon[0])


def bsm(
    east_m: float = 0.0,
    north_m: float = 0.0,
    *,
    utc_ns: int = T0,
    who: int = 7,
    speed_mps: float = 0.0,
    heading_deg: float = 0.0,
    accel_mps2: float = 0.0,
    **others: float,
) -> VehicleStates:
    """One row: a car of 5 by 2 metres that knows its place exactly."""
    lat, lon = at(east_m, north_m)
    fields: dict[str, Any] = dict.fromkeys(VehicleStates.__dataclass_fields__, 0.0)
    fields |= {"utc_ns": utc_ns, "temporary_id": who, "lat_deg": lat, "lon_deg": lon, "speed_mps": speed_mps}
    fields |= {"heading_deg": heading_deg, "accel_long_mps2": accel_mps2, "length_m": 5.0, "width_m": 2.0}
    fields |= {"vehicle_class": 10, "emergency": -1, **others}
    kinds = {name: column.dtype for name, column in vars(VehicleStates.none()).items()}
    return VehicleStates(**{name: np.array([value], kinds[name]) for name, value in fields.items()})


def together(states: Sequence[VehicleStates]) -> VehicleStates:
    """Rows in one."""
    names = VehicleStates.__dataclass_fields__
    return VehicleStates(**{name: np.concatenate([getattr(each, name) for each in states]) for name in names})


def inbox(messages: Iterable[Any], clock_ns: int = T0) -> Inbox:
    """What has arrived at one moment."""
    messages = list(messages)
    states = [each for each in messages if isinstance(each, VehicleStates)]
    received = tuple(Received("pc5", "", each, clock_ns) for each in messages if not isinstance(each, VehicleStates))
    rows = together(states) if states else VehicleStates.none()
    return Inbox(received, rows, np.full(len(rows), clock_ns))


class Bench:
    """One application and its log."""

    def __init__(self, name: str, table: Registry = APPLICATIONS) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.app = table.load(name)(lambda kind, fields: self.events.append((kind, fields)))

    def step(self, clock_ns: int, own: VehicleStates | None, *messages: Any) -> Output:
        """One step with what arrives at it."""
        output = self.app.on_step(View(clock_ns, own, inbox(messages, clock_ns)))
        assert isinstance(output, Output)
        return output

    def settle(self, own_at: Any, messages_at: Any, steps: int = 6) -> tuple[Alert, ...]:
        """Alerts after some steps; the arguments give own state and messages at a time (UTC ns)."""
        alerts: tuple[Alert, ...] = ()
        for k in range(steps):
            now = T0 + k * STEP_NS
            alerts = self.step(now, own_at(now), *messages_at(now)).alerts
        return alerts


def driving(
    south_m: float,
    speed_mps: float,
    *,
    east_m: float = 1.75,
    heading_deg: float = 0.0,
    accel_mps2: float = 0.0,
    who: int = 1,
    **others: float,
) -> Any:
    """Own states of a vehicle whose centre is this far south of the line at `T0`; it drives to the north by default."""
    course = np.radians(heading_deg)

    def own_at(utc_ns: int) -> VehicleStates:
        t_s = (utc_ns - T0) / S
        way_m = speed_mps * t_s + 0.5 * accel_mps2 * t_s**2
        return bsm(
            east_m + way_m * float(np.sin(course)),
            -south_m + way_m * float(np.cos(course)),
            utc_ns=utc_ns,
            who=who,
            speed_mps=speed_mps + accel_mps2 * t_s,
            heading_deg=heading_deg,
            accel_mps2=accel_mps2,
            **others,
        )

    return own_at


def lane(number: int, east_m: float, *connections: Connection, limit_mps: float = 13.9, ingress: bool = True) -> Lane:
    """A lane of 3.5 m that ends at the line, from 250 m south; an egress lane leads to the north."""
    far_m = -250.0 if ingress else 250.0
    points_m = np.array([[east_m, 0.0], [east_m, far_m]])
    return Lane(
        number, "vehicle", ingress, points_m, 3.5, limit_mps, link="s" if ingress else "n", connections=connections
    )


def map_of(*lanes: Lane, revision: int = 1, fragment: tuple[int, int] = (1, 1)) -> MapData:
    """MAP of the intersection."""
    return MapData(1, T0, revision, (Intersection(*PLACE, "x", *HERE, NAN, lanes),), fragment)


#: A lane straight on under group 4, one that also turns right, one that only turns left under group 5.
STRAIGHT = lane(2, 1.75, Connection("straight", 20, 4))
LEFT = lane(1, -1.75, Connection("left", 21, 5))
ROUND_RIGHT = lane(3, 5.25, Connection("straight", 22, 4), Connection("right", 23, 4))
ARROW_RIGHT = lane(4, 5.25, Connection("right", 23, 6))


def group(number: int, *lights: tuple[Light, float]) -> SignalGroup:
    """A signal group: lights and the seconds from `T0` at which they end, for sure."""
    states, start_ns = [], T0 - 10 * S
    for light, end_s in lights:
        end_ns = T0 + round(end_s * S)
        states.append(SignalState(light, start_ns, end_ns, end_ns, end_ns))
        start_ns = end_ns
    return SignalGroup(number, tuple(states))


def spat(*groups: SignalGroup, revision: int = 1, utc_ns: int = T0) -> SignalPhases:
    """SPAT of the intersection."""
    return SignalPhases(1, utc_ns, *PLACE, revision, groups)


RED = spat(group(4, ("red", 30.0), ("green", 50.0)), group(5, ("red", 30.0), ("green", 50.0)))


def notice(cause: str, east_m: float, north_m: float, number: int = 1, **fields: Any) -> Notice:
    """A notice about a place, announced since before `T0`."""
    lat, lon = at(east_m, north_m)
    return Notice(number, cause, lat, lon, NAN, T0 - S, **fields)


def announced(*notices: Notice, sender: int = 9) -> RoadsideInformation:
    """What a unit announces."""
    return RoadsideInformation(0, T0, sender, *HERE, NAN, notices)


def walker(
    east_m: float, north_m: float, speed_mps: float, heading_deg: float, *, utc_ns: int = T0, **fields: Any
) -> PerceivedObjects:
    """One pedestrian, as the roadside perceives him."""
    lat, lon = at(east_m, north_m)
    seen = PerceivedObject(5, "pedestrian", utc_ns, lat, lon, speed_mps, heading_deg, **fields)
    return PerceivedObjects(0, utc_ns, 9, "roadside", *HERE, NAN, (seen,))

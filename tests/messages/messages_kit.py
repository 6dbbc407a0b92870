"""Messages for the tests of this folder: fixed ones and hypothesis strategies."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime

import numpy as np
from hypothesis import strategies as st

from v2x.clock import NS_PER_S, utc_ns
from v2x.messages.model import (
    NAN,
    Connection,
    Intersection,
    Lane,
    MapData,
    Notice,
    RoadsideInformation,
    SignalGroup,
    SignalPhases,
    SignalState,
    VehicleEvent,
    VehicleStates,
)
from v2x.messages.model_control import ControlStates, LongitudinalMode

#: Two seconds before a full hour.
NOW_NS = utc_ns(datetime(2024, 5, 3, 9, 59, 58, 123000, tzinfo=UTC))
PROFILES = ("j2735", "csae-a", "csae-b")


def vehicle_states(**columns) -> VehicleStates:
    """One vehicle, fields replaced by the given columns (all of one length)."""
    row = {
        "msg_count": np.array([17]),
        "temporary_id": np.array([0x1234567890ABCDEF], np.uint64),
        "utc_ns": np.array([NOW_NS]),
        "lat_deg": np.array([39.0871234]),
        "lon_deg": np.array([117.0123456]),
        "elevation_m": np.array([3.4]),
        "semi_major_m": np.array([1.2]),
        "semi_minor_m": np.array([0.8]),
        "orientation_deg": np.array([45.0]),
        "speed_mps": np.array([13.88]),
        "heading_deg": np.array([271.5]),
        "accel_long_mps2": np.array([-1.25]),
        "accel_lat_mps2": np.array([0.31]),
        "accel_vert_mps2": np.array([0.0]),
        "yaw_rate_dps": np.array([-3.21]),
        "brake_applied": np.array([1], np.int8),
        "width_m": np.array([1.82]),
        "length_m": np.array([4.65]),
        "vehicle_class": np.array([10]),
        "events": np.array([0]),
        "emergency": np.array([-1], np.int8),
    }
    length = len(next(iter(columns.values()), [0]))
    full = {name: np.repeat(column, length) for name, column in row.items()}
    return VehicleStates(**{**full, **{name: np.asarray(column) for name, column in columns.items()}})


def control_states(**columns) -> ControlStates:
    """A follower, fields replaced by the given columns (all of one length)."""
    row = {
        "msg_count": np.array([17]),
        "temporary_id": np.array([0x1234567890ABCDEF], np.uint64),
        "utc_ns": np.array([NOW_NS]),
        "lat_deg": np.array([39.0871234]),
        "lon_deg": np.array([117.0123456]),
        "speed_mps": np.array([13.88]),
        "heading_deg": np.array([271.5]),
        "accel_mps2": np.array([-1.25]),
        "desired_accel_mps2": np.array([-1.5]),
        "length_m": np.array([4.65]),
        "heavy": np.array([0], np.int8),
        "mode": np.array([LongitudinalMode.CACC_SEVERAL], np.int8),
        "target_id": np.array([0xFEDCBA0987654321], np.uint64),
        "separation_m": np.array([7.5]),
    }
    length = len(next(iter(columns.values()), [0]))
    full = {name: np.repeat(column, length) for name, column in row.items()}
    return ControlStates(**{**full, **{name: np.asarray(column) for name, column in columns.items()}})


def maybe(strategy: st.SearchStrategy[float]) -> st.SearchStrategy[float]:
    """The strategy, or NaN."""
    return st.one_of(st.just(NAN), strategy)


def floats(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


COLUMNS = {
    "msg_count": st.integers(0, 127),
    "temporary_id": st.integers(0, 2**64 - 1),
    "utc_ns": st.integers(NOW_NS - 20 * NS_PER_S, NOW_NS + 20 * NS_PER_S),
    "lat_deg": maybe(floats(-90, 90)),
    "lon_deg": maybe(floats(-180, 180)),
    "elevation_m": maybe(floats(-409.5, 6143.9)),
    "semi_major_m": maybe(floats(0, 12.7)),
    "semi_minor_m": maybe(floats(0, 12.7)),
    "orientation_deg": maybe(floats(0, 360)),
    "speed_mps": maybe(floats(0, 163.8)),
    "heading_deg": maybe(floats(0, 360)),
    "accel_long_mps2": maybe(floats(-20, 20)),
    "accel_lat_mps2": maybe(floats(-20, 20)),
    "accel_vert_mps2": maybe(floats(-24.7, 24.9)),
    "yaw_rate_dps": floats(-327.67, 327.67),
    "brake_applied": st.sampled_from([-1, 0, 1]),
    "width_m": maybe(floats(0.01, 10.23)),
    "length_m": maybe(floats(0.01, 40.95)),
    "vehicle_class": st.integers(0, 255),
    "events": st.just(0) | st.sets(st.sampled_from(list(VehicleEvent))).map(sum),
    "emergency": st.sampled_from([-1, 0, 1]),
}
_DTYPES = {"temporary_id": np.uint64, "brake_applied": np.int8, "emergency": np.int8}


@st.composite
def any_vehicle_states(draw) -> VehicleStates:
    rows = draw(st.integers(1, 4))
    columns = {}
    for field in fields(VehicleStates):
        values = draw(st.lists(COLUMNS[field.name], min_size=rows, max_size=rows))
        columns[field.name] = np.array(values, _DTYPES.get(field.name))
    return VehicleStates(**columns)


# ---------------------------------------------------------------- MAP


def crossroads() -> MapData:
    """Four arms, each with three lanes in, two out (one with a long straight), and a crosswalk."""
    lanes: list[Lane] = []
    for arm in range(4):
        angle = np.radians(90.0 * arm)
        along, across = np.array([np.sin(angle), np.cos(angle)]), np.array([np.cos(angle), -np.sin(angle)])

        def path(offset_m, *distances_m, along=along, across=across):
            return np.array([along * distance + across * offset_m for distance in distances_m])

        for k, maneuver in enumerate(("left", "straight", "right")):
            to_arm = {"left": 3, "straight": 2, "right": 1}[maneuver]
            group, on_red = 1 + 2 * arm + (maneuver == "left"), maneuver == "right"
            exit_to = Connection(maneuver, 40 + (arm + to_arm) % 4, group, 100 + arm, on_red)
            lanes.append(
                Lane(
                    id=1 + len(lanes),
                    kind="vehicle",
                    ingress=True,
                    points_m=path(-3.5 * (k + 0.5), 12.0, 60.0, 200.0),
                    width_m=3.5,
                    speed_limit_mps=16.66,
                    road="Youyi South Road",
                    upstream=101 + arm,
                    link=f"in-{arm}",
                    connections=(exit_to,),
                )
            )
        lanes.append(Lane(41 + arm, "vehicle", False, path(1.75, 12.0, 60.0, 450.0), 3.25, 16.66, link=f"out-{arm}"))
        bike = Connection("straight", 60 + arm, 9 + arm)
        lanes.append(
            Lane(
                51 + arm,
                "bike",
                True,
                path(-13.0, 12.0, 80.0),
                2.5,
                4.0,
                link=f"in-{arm}",
                connections=(bike,),
                road="Youyi South Road",
                upstream=101 + arm,
            )
        )
        walk = np.array([along * 8 - across * 14, along * 8 + across * 10])
        lanes.append(Lane(71 + arm, "crosswalk", True, walk, 5.0, link=f"walk-{arm}"))
    return MapData(3, NOW_NS, 3, (Intersection(1, 22, "youyi-binshui", 39.0871234, 117.0123456, 3.0, tuple(lanes)),))


_POINT = st.tuples(floats(-300, 300), floats(-300, 300))


@st.composite
def any_map(draw) -> MapData:
    lanes, numbers = [], st.integers(1, 65535)
    for number in draw(st.lists(st.integers(1, 254), min_size=1, max_size=6, unique=True)):
        kind = draw(st.sampled_from(["vehicle", "bike", "crosswalk"]))
        ingress = kind == "crosswalk" or draw(st.booleans())
        link = draw(st.sampled_from(["a", "b"]))
        ends = {
            "to_lane": st.integers(0, 255),
            "signal_group": st.none() | st.integers(0, 255),
            "remote": st.none() | numbers,
        }
        turn = st.builds(Connection, maneuver=st.sampled_from(["left", "right"]), on_red=st.booleans(), **ends)
        connection = turn | st.builds(Connection, maneuver=st.sampled_from(["straight", "uturn"]), **ends)
        lanes.append(
            Lane(
                id=number,
                kind=kind,
                ingress=ingress,
                points_m=np.array(draw(st.lists(_POINT, min_size=2, max_size=8))),
                width_m=draw(floats(2.0, 6.0)),
                speed_limit_mps=draw(maybe(floats(1.0, 33.0))),
                road={"a": "Weiguo Road", "b": ""}[link],
                upstream={"a": 7, "b": None}[link],
                link=link,
                connections=tuple(draw(st.lists(connection, max_size=3))) if ingress else (),
            )
        )
    lat, lon = draw(floats(-60, 60)), draw(floats(-179, 179))
    place = Intersection(
        draw(st.integers(0, 65535)), draw(numbers), "x", lat, lon, draw(maybe(floats(0, 90))), tuple(lanes)
    )
    return MapData(draw(st.integers(0, 127)), NOW_NS, draw(st.integers(0, 127)), (place,))


# ---------------------------------------------------------------- SPAT


def signals() -> SignalPhases:
    """Four groups that change across the full hour."""
    end_ns = NOW_NS + 7 * NS_PER_S
    green = SignalState("green", NOW_NS - 30 * NS_PER_S, end_ns, end_ns, end_ns, end_ns + 90 * NS_PER_S, 1.0)
    yellow = SignalState("yellow", end_ns, end_ns + 3 * NS_PER_S)
    red = SignalState("red", NOW_NS - 3600 * NS_PER_S // 2, NOW_NS + 1200 * NS_PER_S)
    unknown = SignalState("flashing_yellow", None, None)
    groups = [SignalGroup(1, (green, yellow)), SignalGroup(2, (red,)), SignalGroup(3, (unknown,))]
    return SignalPhases(99, NOW_NS, 1, 22, 3, tuple(groups), "youyi-binshui")


COMMON_LIGHTS = (
    "unavailable", "off", "flashing_red", "red", "permissive_green", "green", "yellow", "flashing_yellow",
)  # fmt: skip


@st.composite
def any_phases(draw, lights=COMMON_LIGHTS) -> SignalPhases:
    ahead = st.none() | st.integers(NOW_NS, NOW_NS + 3000 * NS_PER_S)
    behind = st.none() | st.integers(NOW_NS - 3000 * NS_PER_S, NOW_NS)
    groups = []
    for number in draw(st.lists(st.integers(0, 255), min_size=1, max_size=4, unique=True)):
        states = tuple(
            SignalState(
                light=draw(st.sampled_from(lights)),
                start_utc_ns=draw(behind if i == 0 else ahead),
                min_end_utc_ns=draw(ahead),
                max_end_utc_ns=draw(ahead),
                likely_end_utc_ns=draw(ahead),
                next_start_utc_ns=draw(ahead),
                confidence=draw(st.none() | floats(0.21, 1.0)),
            )
            for i in range(draw(st.integers(1, 3)))
        )
        groups.append(SignalGroup(number, states))
    return SignalPhases(draw(st.integers(0, 127)), NOW_NS, 1, 22, draw(st.integers(0, 127)), tuple(groups), "x")


# ---------------------------------------------------------------- notices


def notices() -> RoadsideInformation:
    """A hazard along a path, one around a point, and a limit."""
    path_m = np.array([[0.0, 0.0], [50.0, 3.0], [100.0, 0.0]])
    minute_ns = 60 * NS_PER_S
    return RoadsideInformation(
        7,
        NOW_NS,
        77,
        39.0871234,
        117.0123456,
        5.0,
        (
            Notice(1, "roadworks", 39.088, 117.012, 3.0, NOW_NS, NOW_NS + 10 * minute_ns, path_m=path_m, text="lane 1"),
            Notice(2, "slippery", 39.087, 117.013, NAN, NOW_NS, None, radius_m=80.0, priority=7),
            Notice(3, "speed_limit", 39.086, 117.012, NAN, NOW_NS, None, radius_m=250.0, speed_limit_mps=40 / 3.6),
        ),
    )


@st.composite
def any_notices(draw, causes) -> RoadsideInformation:
    said = []
    for number in draw(st.lists(st.integers(0, 255), min_size=1, max_size=4, unique=True)):
        cause = draw(st.sampled_from(causes))
        shape = draw(st.sampled_from(["path", "circle", "both"]))
        points = np.array(draw(st.lists(_POINT, min_size=2, max_size=6, unique_by=lambda p: round(p[0]))))
        said.append(
            Notice(
                id=number,
                cause=cause,
                lat_deg=39.0 + draw(floats(-0.02, 0.02)),
                lon_deg=117.0 + draw(floats(-0.02, 0.02)),
                elevation_m=draw(maybe(floats(0, 90))),
                start_utc_ns=NOW_NS - draw(st.integers(0, 86400)) * NS_PER_S,
                end_utc_ns=draw(st.none() | st.integers(NOW_NS, NOW_NS + 86400 * NS_PER_S)),
                radius_m=NAN if shape == "path" else draw(floats(1, 3000)),
                path_m=np.zeros((0, 2)) if shape == "circle" else points,
                path_width_m=draw(floats(2, 30)),
                speed_limit_mps=draw(floats(1, 33)) if cause == "speed_limit" else NAN,
                priority=draw(st.integers(0, 7)),
                text=draw(st.sampled_from(["", "keep left", "exit 3"])),
            )
        )
    place = (39.0, 117.0, 5.0)
    return RoadsideInformation(draw(st.integers(0, 127)), NOW_NS, draw(st.integers(0, 2**32)), *place, tuple(said))

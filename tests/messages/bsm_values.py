"""ASN.1 values of BSMs, written out row by row: what the columnar way is compared with."""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_MS
from v2x.messages.model import VehicleStates

_G = 9.80665


def bsm_values(family: str, states: VehicleStates) -> list[dict]:
    """One value a row, for states whose fields are within their ranges."""
    row = _j2735 if family == "j2735" else _csae
    return [row(states.row(i)) for i in range(len(states))]


def _steps(value, lsb, unavailable, turn=None):
    number = value[0]
    if np.isnan(number):
        return unavailable
    steps = int(np.rint(number / lsb))
    return 0 if steps == turn else steps


def _position(one):
    longitude = _steps(one.lon_deg, 1e-7, 1_800_000_001)
    return {
        "lat": _steps(one.lat_deg, 1e-7, 900_000_001),
        "long": 1_800_000_000 if longitude == -1_800_000_000 else longitude,
    }


def _accuracy(one):
    return {
        "semiMajor": _steps(one.semi_major_m, 0.05, 255),
        "semiMinor": _steps(one.semi_minor_m, 0.05, 255),
        "orientation": _steps(one.orientation_deg, 360 / 65535, 65535, turn=65535),
    }


def _motion(one):
    return {
        "transmission": "unavailable",
        "speed": _steps(one.speed_mps, 0.02, 8191),
        "heading": _steps(one.heading_deg, 0.0125, 28800, turn=28800),
        "accelSet": {
            "long": _steps(one.accel_long_mps2, 0.01, 2001),
            "lat": _steps(one.accel_lat_mps2, 0.01, 2001),
            "vert": _steps(one.accel_vert_mps2, 0.02 * _G, -127),
            "yaw": _steps(one.yaw_rate_dps, 0.01, None),
        },
        "size": {"width": _steps(one.width_m, 0.01, 0), "length": _steps(one.length_m, 0.01, 0)},
    }


def _head(one, id_bytes):
    return {
        "msgCnt": int(one.msg_count[0]),
        "id": int(one.temporary_id[0]).to_bytes(8)[-id_bytes:],
        "secMark": (int(one.utc_ns[0]) + NS_PER_MS // 2) // NS_PER_MS % 60_000,
    }


_SIREN_OR_LIGHTS = {0: "notInUse", 1: "inUse"}


def _events(one):
    """VehicleEventFlags, None where no event is told: the first flag is the first bit of the string."""
    text = "".join("1" if one.events[0] >> i & 1 else "0" for i in range(13))
    return (int(text + "000", 2).to_bytes(2), 13) if one.events[0] else None


def _part_two(one):
    in_use = _SIREN_OR_LIGHTS.get(int(one.emergency[0]))
    alerts = {"doNotUse": 0, "sirenUse": in_use, "lightsUse": in_use, "multi": "unavailable"}
    return [
        *([{"partII-Id": 0, "partII-Value": {"events": _events(one)}}] if _events(one) else []),
        *([{"partII-Id": 1, "partII-Value": {"vehicleAlerts": alerts}}] if in_use else []),
    ]


def _j2735(one):
    part_two = _part_two(one)
    unavailable = dict.fromkeys(("traction", "abs", "scs", "brakeBoost", "auxBrakes"), "unavailable")
    wheels = {1: b"\x78", 0: b"\x00", -1: b"\x80"}[int(one.brake_applied[0])]
    return {
        "coreData": {
            **_head(one, 4),
            **_position(one),
            "elev": _steps(one.elevation_m, 0.1, -4096),
            "accuracy": _accuracy(one),
            **_motion(one),
            "angle": 127,
            "brakes": {"wheelBrakes": (wheels, 5), **unavailable},
        },
        **({"partII": part_two} if part_two else {}),
    }


def _csae(one):
    value = {
        **_head(one, 8),
        "pos": _position(one),
        **_motion(one),
        "brakes": {"brakePadel": {1: "on", 0: "off", -1: "unavailable"}[int(one.brake_applied[0])]},
        "vehicleClass": {"classification": int(one.vehicle_class[0])},
    }
    if not np.isnan(one.elevation_m[0]):
        value["pos"]["elevation"] = _steps(one.elevation_m, 0.1, None)
    if _accuracy(one) != {"semiMajor": 255, "semiMinor": 255, "orientation": 65535}:
        value["posAccuracy"] = _accuracy(one)
    if _events(one):
        value["safetyExt"] = {"events": _events(one)}
    in_use = _SIREN_OR_LIGHTS.get(int(one.emergency[0]))
    if in_use:
        response = {0: "notInUseOrNotEquipped", 1: "emergency"}[int(one.emergency[0])]
        value["emergencyExt"] = {"responseType": response, "sirenUse": in_use, "lightsUse": in_use}
    return value

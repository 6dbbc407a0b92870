"""BSM of T/CSAE 53 (both dialects). Table of fields: docs/messages.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.model import VehicleStates
from v2x.messages.motion import Raw, brake_of_wheels, raw_columns, states_of

_ID_BYTES = 8
_PEDAL = {1: "on", 0: "off", -1: "unavailable"}
_BRAKE = {name: applied for applied, name in _PEDAL.items()}
_NO_ELEVATION = scales.ELEVATION.unavailable
_NO_ACCURACY = {"semiMajor": 255, "semiMinor": 255, "orientation": 65535}


def to_asn1(states: VehicleStates) -> list[Value]:
    """ASN.1 values of BSMs, one a row; `CodecError` names what cannot be expressed.

    Optional members are left out where everything in them is unavailable.
    """
    c = raw_columns(states, _ID_BYTES)
    return [_row(c, i) for i in range(len(states))]


def _row(c: dict[str, list[Any]], i: int) -> Value:
    position = {"lat": c["lat_deg"][i], "long": c["lon_deg"][i]}
    if c["elevation_m"][i] != _NO_ELEVATION:
        position["elevation"] = c["elevation_m"][i]
    value = {
        "msgCnt": c["msg_count"][i],
        "id": c["id"][i],
        "secMark": c["sec_mark"][i],
        "pos": position,
        "transmission": "unavailable",
        "speed": c["speed_mps"][i],
        "heading": c["heading_deg"][i],
        "accelSet": {
            "long": c["accel_long_mps2"][i],
            "lat": c["accel_lat_mps2"][i],
            "vert": c["accel_vert_mps2"][i],
            "yaw": c["yaw_rate_dps"][i],
        },
        "brakes": {"brakePadel": _PEDAL[c["brake_applied"][i]]},
        "size": {"width": c["width_m"][i], "length": c["length_m"][i]},
        "vehicleClass": {"classification": c["vehicle_class"][i]},
    }
    accuracy = {
        "semiMajor": c["semi_major_m"][i],
        "semiMinor": c["semi_minor_m"][i],
        "orientation": c["orientation_deg"][i],
    }
    if accuracy != _NO_ACCURACY:
        value["posAccuracy"] = accuracy
    return value


def from_asn1(values: Sequence[Value], near_utc_ns: int) -> VehicleStates:
    """Vehicle states of decoded BSMs; the extensions are not in the model."""
    return states_of([_raw(value) for value in values], near_utc_ns)


def _raw(value: Value) -> Raw:
    accuracy, accel, size = value.get("posAccuracy", _NO_ACCURACY), value["accelSet"], value["size"]
    return {
        "msg_count": value["msgCnt"],
        "id": value["id"],
        "sec_mark": value["secMark"],
        "lat_deg": value["pos"]["lat"],
        "lon_deg": value["pos"]["long"],
        "elevation_m": value["pos"].get("elevation", _NO_ELEVATION),
        "semi_major_m": accuracy["semiMajor"],
        "semi_minor_m": accuracy["semiMinor"],
        "orientation_deg": accuracy["orientation"],
        "speed_mps": value["speed"],
        "heading_deg": value["heading"],
        "accel_long_mps2": accel["long"],
        "accel_lat_mps2": accel["lat"],
        "accel_vert_mps2": accel["vert"],
        "yaw_rate_dps": accel["yaw"],
        "width_m": size["width"],
        "length_m": size["length"],
        "brake_applied": _brake(value["brakes"]),
        "vehicle_class": value["vehicleClass"]["classification"],
    }


def _brake(brakes: Value) -> int:
    """The pedal if it is reported, else the wheels."""
    pedal = _BRAKE[brakes.get("brakePadel", "unavailable")]
    return brake_of_wheels(brakes["wheelBrakes"]) if pedal == -1 and "wheelBrakes" in brakes else pedal

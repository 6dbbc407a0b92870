"""BSM Part I of SAE J2735. Table of fields: docs/messages.md."""

from __future__ import annotations

from collections.abc import Sequence

from v2x.messages.codec import Value
from v2x.messages.model import VehicleStates
from v2x.messages.motion import Raw, brake_of_wheels, raw_columns, states_of

_ID_BYTES = 4
_STEERING_UNAVAILABLE = 127


def to_asn1(states: VehicleStates) -> list[Value]:
    """ASN.1 values of BSMs, one a row; `CodecError` names what cannot be expressed."""
    c = raw_columns(states, _ID_BYTES)
    return [
        {
            "coreData": {
                "msgCnt": c["msg_count"][i],
                "id": c["id"][i],
                "secMark": c["sec_mark"][i],
                "lat": c["lat_deg"][i],
                "long": c["lon_deg"][i],
                "elev": c["elevation_m"][i],
                "accuracy": {
                    "semiMajor": c["semi_major_m"][i],
                    "semiMinor": c["semi_minor_m"][i],
                    "orientation": c["orientation_deg"][i],
                },
                "transmission": "unavailable",
                "speed": c["speed_mps"][i],
                "heading": c["heading_deg"][i],
                "angle": _STEERING_UNAVAILABLE,
                "accelSet": {
                    "long": c["accel_long_mps2"][i],
                    "lat": c["accel_lat_mps2"][i],
                    "vert": c["accel_vert_mps2"][i],
                    "yaw": c["yaw_rate_dps"][i],
                },
                "brakes": {
                    "wheelBrakes": c["wheels"][i],
                    "traction": "unavailable",
                    "abs": "unavailable",
                    "scs": "unavailable",
                    "brakeBoost": "unavailable",
                    "auxBrakes": "unavailable",
                },
                "size": {"width": c["width_m"][i], "length": c["length_m"][i]},
            }
        }
        for i in range(len(states))
    ]


def from_asn1(values: Sequence[Value], near_utc_ns: int) -> VehicleStates:
    """Vehicle states of decoded BSMs; Part II is not in the model."""
    return states_of([_raw(value["coreData"]) for value in values], near_utc_ns)


def _raw(core: Value) -> Raw:
    accuracy, accel, size = core["accuracy"], core["accelSet"], core["size"]
    return {
        "msg_count": core["msgCnt"],
        "id": core["id"],
        "sec_mark": core["secMark"],
        "lat_deg": core["lat"],
        "lon_deg": core["long"],
        "elevation_m": core["elev"],
        "semi_major_m": accuracy["semiMajor"],
        "semi_minor_m": accuracy["semiMinor"],
        "orientation_deg": accuracy["orientation"],
        "speed_mps": core["speed"],
        "heading_deg": core["heading"],
        "accel_long_mps2": accel["long"],
        "accel_lat_mps2": accel["lat"],
        "accel_vert_mps2": accel["vert"],
        "yaw_rate_dps": accel["yaw"],
        "width_m": size["width"],
        "length_m": size["length"],
        "brake_applied": brake_of_wheels(core["brakes"]["wheelBrakes"]),
        "vehicle_class": 0,
    }

"""BSM of SAE J2735: Part I, and of Part II the events and whether siren and lights are in use.

Table of fields: docs/messages.md.
"""

from __future__ import annotations

from v2x.messages.batch import Column, Form

_STEERING_UNAVAILABLE = 127

#: Blanks are columns of `v2x.messages.motion.raw_columns`.
FORM = Form(
    {
        "coreData": {
            "msgCnt": Column("msg_count"),
            "id": Column("id", bytes(4)),
            "secMark": Column("sec_mark"),
            "lat": Column("lat_deg"),
            "long": Column("lon_deg"),
            "elev": Column("elevation_m"),
            "accuracy": {
                "semiMajor": Column("semi_major_m"),
                "semiMinor": Column("semi_minor_m"),
                "orientation": Column("orientation_deg"),
            },
            "transmission": "unavailable",
            "speed": Column("speed_mps"),
            "heading": Column("heading_deg"),
            "angle": _STEERING_UNAVAILABLE,
            "accelSet": {
                "long": Column("accel_long_mps2"),
                "lat": Column("accel_lat_mps2"),
                "vert": Column("accel_vert_mps2"),
                "yaw": Column("yaw_rate_dps"),
            },
            "brakes": {
                "wheelBrakes": Column("wheels", (b"\x00", 5)),
                "traction": "unavailable",
                "abs": "unavailable",
                "scs": "unavailable",
                "brakeBoost": "unavailable",
                "auxBrakes": "unavailable",
            },
            "size": {"width": Column("width_m"), "length": Column("length_m")},
        },
        "partII": [
            {"partII-Id": 0, "partII-Value": {"events": Column("events", (bytes(2), 13))}},
            {
                "partII-Id": 1,
                "partII-Value": {
                    "vehicleAlerts": {
                        "doNotUse": 0,  # sspRights before 2024
                        "sirenUse": Column("siren", "inUse"),
                        "lightsUse": Column("lights", "inUse"),
                        "multi": "unavailable",
                    }
                },
            },
        ],
    },
    optional={"partII[0]": "has_events", "partII[1]": "has_emergency"},
)

_PART_TWO = {"events": "events", "siren": "vehicleAlerts.sirenUse", "lights": "vehicleAlerts.lightsUse"}
#: Leaves that are read: a sender may put the contents of Part II, up to eight, in any order.
LEAVES = {name: (path,) for path, name in FORM.columns.items()} | {
    name: tuple(f"partII[{i}].partII-Value.{path}" for i in range(8)) for name, path in _PART_TWO.items()
}

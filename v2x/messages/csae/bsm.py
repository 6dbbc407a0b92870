"""BSM of T/CSAE 53 (both dialects). Table of fields: docs/messages.md."""

from __future__ import annotations

from v2x.messages.batch import Column, Form

#: Blanks are columns of `v2x.messages.motion.raw_columns`.
FORM = Form(
    {
        "msgCnt": Column("msg_count"),
        "id": Column("id", bytes(8)),
        "secMark": Column("sec_mark"),
        "pos": {"lat": Column("lat_deg"), "long": Column("lon_deg"), "elevation": Column("elevation_m")},
        "posAccuracy": {
            "semiMajor": Column("semi_major_m"),
            "semiMinor": Column("semi_minor_m"),
            "orientation": Column("orientation_deg"),
        },
        "transmission": "unavailable",
        "speed": Column("speed_mps"),
        "heading": Column("heading_deg"),
        "accelSet": {
            "long": Column("accel_long_mps2"),
            "lat": Column("accel_lat_mps2"),
            "vert": Column("accel_vert_mps2"),
            "yaw": Column("yaw_rate_dps"),
        },
        "brakes": {"brakePadel": Column("pedal", "unavailable")},
        "size": {"width": Column("width_m"), "length": Column("length_m")},
        "vehicleClass": {"classification": Column("vehicle_class")},
        "safetyExt": {"events": Column("events", (bytes(2), 13))},
        "emergencyExt": {
            "responseType": Column("response", "emergency"),
            "sirenUse": Column("siren", "inUse"),
            "lightsUse": Column("lights", "inUse"),
        },
    },
    optional={
        "pos.elevation": "has_elevation",
        "posAccuracy": "has_accuracy",
        "safetyExt": "has_events",
        "emergencyExt": "has_emergency",
    },
)

#: Leaves that are read: a sender may report the wheels beside the pedal or instead of it.
LEAVES = {name: (path,) for path, name in FORM.columns.items()} | {"wheels": ("brakes.wheelBrakes",)}

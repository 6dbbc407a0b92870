"""BSM Part I of SAE J2735. Table of fields: docs/messages.md."""

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
        }
    }
)

"""The tables of a run folder: columns with their types and what they mean.

Units and meanings also stand in the Parquet metadata of each field (``unit``, ``description``), and the meaning of a
table in that of its schema. ``docs/run-folder-tables.md`` is made of this file.
"""

from __future__ import annotations

import pyarrow as pa

_UNITS = {
    "_ns": "ns",
    "_ms": "ms",
    "_s": "s",
    "_m": "m",
    "_deg": "deg",
    "_rad": "rad",
    "_mps": "m/s",
    "_mps2": "m/s^2",
    "_dps": "deg/s",
    "_bytes": "byte",
}

_TEXT = pa.dictionary(pa.int32(), pa.string())
_INT, _SMALL, _FLAG, _FLOAT = pa.int64(), pa.int32(), pa.bool_(), pa.float64()


def _table(meaning: str, *columns: tuple[str, pa.DataType, str]) -> pa.Schema:
    return pa.schema([_column(*column) for column in columns], metadata={"description": meaning})


def _column(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    name, nullable = name.rstrip("?"), name.endswith("?")
    unit = _UNITS.get("_" + name.rsplit("_", 1)[-1]) if "_" in name else None
    return pa.field(name, kind, nullable, metadata={"description": meaning} | ({"unit": unit} if unit else {}))


#: Table name -> schema. A ``?`` marks a column that may be null.
TABLES: dict[str, pa.Schema] = {
    "states": _table(
        "The truth: one row per road user and step.",
        ("t_ns", _INT, "time of the step"),
        ("id", _TEXT, "name of the road user"),
        ("type", _TEXT, "car, bus, truck, ebike, bicycle or pedestrian"),
        ("x_m", _FLOAT, "centre of its rectangle on the field's plane, towards grid east"),
        ("y_m", _FLOAT, "the same, towards grid north"),
        ("lon_deg", _FLOAT, "longitude of that point, WGS-84"),
        ("lat_deg", _FLOAT, "latitude of that point, WGS-84"),
        ("heading_deg", _FLOAT, "true heading, clockwise from north, 0 to 360"),
        ("speed_mps", _FLOAT, "along the heading"),
        ("accel_mps2", _FLOAT, "along the heading"),
        ("yaw_rate_dps", _FLOAT, "turn rate over the last step, clockwise positive"),
        ("length_m", _FLOAT, "of the rectangle"),
        ("width_m", _FLOAT, "of the rectangle"),
        ("lane", _TEXT, "the network's name of its lane, empty where there is none"),
    ),
    "tx": _table(
        "One row per transmission, with the bytes of the message.",
        ("t_ns", _INT, "when the radio gets the frame"),
        ("tx_id", _INT, "number of the transmission, by which other tables name it"),
        ("station", _TEXT, "who sends"),
        ("profile", _TEXT, "family of messages: j2735, csae-a or csae-b"),
        ("type", _TEXT, "message: BSM, SPAT, RSM, ..."),
        ("bytes", pa.binary(), "the bare MessageFrame"),
        ("air_bytes", _SMALL, "size on the air, with security and headers"),
        ("channel", _TEXT, "pc5, uu_uplink or uu_downlink"),
    ),
    "rx": _table(
        "One row per delivery or drop that touches a vehicle under test, a roadside unit or the server.",
        ("t_ns", _INT, "arrival, or end of the try"),
        ("tx_id", _INT, "which transmission"),
        ("receiver", _TEXT, "who should get it"),
        ("link", _TEXT, "pc5 or uu"),
        ("cause?", _TEXT, "why it was lost (docs/links.md); null: delivered"),
        ("delay_ns", _INT, "since the transmission's t_ns"),
        ("t_used_ns?", _INT, "when an application took the message; null: none did"),
        ("distance_m?", _FLOAT, "from sender to receiver; null over Uu"),
    ),
    "link_bins": _table(
        "All receptions over PC5, counted per second, message type, distance and cause.",
        ("t_ns", _INT, "begin of the second in which they were decided"),
        ("link", _TEXT, "pc5"),
        ("type", _TEXT, "message"),
        ("distance_m", _FLOAT, "lower edge of a bin of 25 m"),
        ("cause?", _TEXT, "why they were lost; null: delivered"),
        ("count", _INT, "how many"),
    ),
    "events": _table(
        "What happened.",
        ("t_ns", _INT, "time of the step"),
        ("station", _TEXT, "who noted it"),
        ("kind", _TEXT, "what, by a dotted name (docs/run-folder.md)"),
        ("fields", pa.string(), "its details, a JSON object"),
    ),
    "signals": _table(
        "The truth of the lights: one row per signal group and change.",
        ("t_ns", _INT, "when the light began, before 0 for the first one"),
        ("junction", _TEXT, "name in the field"),
        ("region", _SMALL, "first part of the number that MAP and SPAT have"),
        ("intersection", _SMALL, "second part of it"),
        ("group", _SMALL, "signal group"),
        ("light", _TEXT, "red, yellow, green (protected), permissive (green, give way) or off"),
    ),
    "signal_plans": _table(
        "What signal controllers planned: one row per signal group, change of plan and light.",
        ("t_ns", _INT, "from when on, until the controller planned anew"),
        ("junction", _TEXT, "name in the field"),
        ("group", _SMALL, "signal group"),
        ("place", _SMALL, "0 is the light shown, 1 the next one, ..."),
        ("light", _TEXT, "as in signals"),
        ("start_ns", _INT, "when the light begins or began"),
        ("end_ns?", _INT, "when it is to end; null: open"),
    ),
    "channel": _table(
        "How stations saw the sidelink's channel: one row per station and second.",
        ("t_ns", _INT, "begin of the second"),
        ("station", _TEXT, "who measured"),
        ("channel", _TEXT, "pc5"),
        ("cbr", _FLOAT, "share of sub-channels sensed as busy in its last 100 ms, 0 to 1 (TS 36.214 clause 5.1.30)"),
        ("cr", _FLOAT, "share of sub-channels that the station took itself in all of it (clause 5.1.31)"),
        ("itt_ms?", _FLOAT, "longest time between messages that congestion control set; null: none set"),
    ),
    "control": _table(
        "What drove the members of platoons: one row per member and control step of 10 ms.",
        ("t_ns", _INT, "time of the control step"),
        ("station", _TEXT, "the vehicle"),
        ("platoon", _SMALL, "number of its platoon from 0, as it has it; -1 in none"),
        ("position", _SMALL, "place in it; 0 leads, and is in none"),
        ("mode", _TEXT, "what drives it: leader, cacc, degraded, acc, free, ... (docs/platooning.md)"),
        ("speed_mps", _FLOAT, "the truth"),
        ("accel_mps2", _FLOAT, "the truth"),
        ("desired_mps2", _FLOAT, "acceleration that was commanded, after limits and overrides"),
        ("gap_m?", _FLOAT, "true bumper gap to the vehicle ahead; null: nobody is"),
        ("ahead?", _TEXT, "that vehicle; null: nobody is"),
        ("radar_gap_m?", _FLOAT, "the gap as measured; null: the radar sees nobody"),
        ("spacing_error_m?", _FLOAT, "gap less the one asked for, as the control law sees it"),
        ("aoi_ahead_ms?", _FLOAT, "age of the state in the newest message of the vehicle ahead; null: none yet"),
        ("aoi_leader_ms?", _FLOAT, "age of the state in the newest message of the leader; null: none yet"),
        ("limited", _FLAG, "the law asked for more than the vehicle can"),
        ("override?", _TEXT, "safety layer that had its way: gap (radar), stop (closed line, all brake); null: none"),
    ),
    "remote": _table(
        "How vehicles were driven from afar: one row per vehicle and control step of 10 ms.",
        ("t_ns", _INT, "time of the control step"),
        ("station", _TEXT, "the vehicle"),
        ("mode", _TEXT, "waiting (for the first command), remote, mrm (minimal-risk manoeuvre), stopped (after one)"),
        ("x_m", _FLOAT, "centre of the body on the field's plane, towards grid east"),
        ("y_m", _FLOAT, "the same, towards grid north"),
        ("station_m", _FLOAT, "way of the rear axle's centre along the course"),
        ("offset_m", _FLOAT, "how far that is to the left of the course"),
        ("heading_error_rad", _FLOAT, "heading less that of the course"),
        ("speed_mps", _FLOAT, "the truth"),
        ("accel_mps2", _FLOAT, "the truth"),
        ("steer_rad", _FLOAT, "angle of the front wheels, to the left"),
        ("steer_command_rad", _FLOAT, "angle in force: the operator's, or the vehicle's own in a manoeuvre"),
        ("accel_command_mps2", _FLOAT, "acceleration in force, likewise"),
        ("limit_mps", _FLOAT, "the road's speed limit"),
        ("cap_mps?", _FLOAT, "bound in force by quality of service; null: none"),
        ("frame_age_ms?", _FLOAT, "since the middle of the exposure of the picture on the screen; null: it is blank"),
        ("command_age_ms?", _FLOAT, "since the command in force was sent; null: none yet"),
        ("ttc_s?", _FLOAT, "least time to collision with anybody, by rectangles, at the last step; null: 30 s or more"),
        ("follower_ttc_s?", _FLOAT, "the same with whoever is behind"),
        ("lane_m?", _FLOAT, "how far the body reaches beyond its lane, 0 inside; null: no lane is known"),
    ),
    "remote_frames": _table(
        "The pictures that remote operators were sent, one row each; null: it never got that far.",
        ("t_ns", _INT, "middle of the exposure"),
        ("station", _TEXT, "the vehicle"),
        ("camera", _SMALL, "number of the camera, from 0"),
        ("number", _INT, "number of the picture, from 0"),
        ("intra", _FLAG, "it can be read without another one"),
        ("bytes", _SMALL, "its size in bytes"),
        ("packets", _SMALL, "packets that it was cut into"),
        ("lost", _SMALL, "packets of these that were lost"),
        ("sent_ns", _INT, "when its packets were handed to the network"),
        ("ready_ns?", _INT, "when it was whole at the operator's"),
        ("play_ns?", _INT, "when the play-out buffer let it go"),
        ("decoded_ns?", _INT, "when it was decoded"),
        ("shown_ns?", _INT, "when the screen showed it"),
        ("fate?", _TEXT, "ready, incomplete or undecodable; null: open at the end"),
    ),
    "remote_commands": _table(
        "The commands that came back, one row each.",
        ("t_ns", _INT, "when it was sent"),
        ("station", _TEXT, "the vehicle"),
        ("number", _INT, "number of the command"),
        ("captured_ns?", _INT, "exposure of the picture that it was made by; null: none yet"),
        ("arrived_ns?", _INT, "arrival at the vehicle; null: lost"),
        ("used_ns?", _INT, "first control step that went by it; null: lost, or overtaken by a newer one"),
        ("steer_rad", _FLOAT, "angle of the front wheels that it asks for, to the left"),
        ("accel_mps2", _FLOAT, "acceleration that it asks for"),
    ),
    "uu_segments": _table(
        "What delivered frames over Uu spent their time on: one row per frame and segment; they add up to its delay.",
        ("tx_id", _INT, "which transmission"),
        ("segment", _TEXT, "handover, queue, radio, transport, core, internet or server, as far as on its way"),
        ("duration_ns", _INT, "how long it took"),
    ),
}

#: Tables that a folder may lack, and then have no rows: older runs were recorded without them.
OPTIONAL = frozenset(
    {"channel", "control", "remote", "remote_commands", "remote_frames", "uu_segments", "signals", "signal_plans"}
)

#: Parts of the way over Uu, from the vehicle to the server; a link may know only some.
SEGMENTS = ("handover", "queue", "radio", "transport", "core", "internet", "server")

#: Width of a distance bin in ``link_bins``, metres.
BIN_M = 25.0

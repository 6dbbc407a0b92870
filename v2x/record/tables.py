"""The tables of a run folder: column names, types, units. Units also stand in the Parquet field metadata."""

from __future__ import annotations

import pyarrow as pa

_UNITS = {
    "_ns": "ns",
    "_ms": "ms",
    "_m": "m",
    "_deg": "deg",
    "_rad": "rad",
    "_mps": "m/s",
    "_mps2": "m/s^2",
    "_dps": "deg/s",
    "_bytes": "byte",
}


def _column(name: str, kind: pa.DataType, nullable: bool = False) -> pa.Field:
    suffix = "_" + name.rsplit("_", 1)[-1]
    unit = _UNITS.get(suffix) if "_" in name else None
    return pa.field(name, kind, nullable, metadata={"unit": unit} if unit else None)


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([_column(name.rstrip("?"), kind, name.endswith("?")) for name, kind in columns.items()])


_TEXT = pa.dictionary(pa.int32(), pa.string())

#: Table name -> schema. A ``?`` marks a column that may be null.
TABLES: dict[str, pa.Schema] = {
    # the truth: one row per road user and step
    "states": _schema(
        t_ns=pa.int64(),
        id=_TEXT,
        type=_TEXT,
        x_m=pa.float64(),
        y_m=pa.float64(),
        lon_deg=pa.float64(),
        lat_deg=pa.float64(),
        heading_deg=pa.float64(),
        speed_mps=pa.float64(),
        accel_mps2=pa.float64(),
        yaw_rate_dps=pa.float64(),
        length_m=pa.float64(),
        width_m=pa.float64(),
        lane=_TEXT,
    ),
    # one row per transmission; bytes is the bare MessageFrame, air_bytes its size on the air
    "tx": _schema(
        t_ns=pa.int64(),
        tx_id=pa.int64(),
        station=_TEXT,
        profile=_TEXT,
        type=_TEXT,
        bytes=pa.binary(),
        air_bytes=pa.int32(),
        channel=_TEXT,
    ),
    # one row per delivery or drop that touches a subject, a roadside unit or the server; cause null = delivered
    "rx": _schema(
        **{
            "t_ns": pa.int64(),
            "tx_id": pa.int64(),
            "receiver": _TEXT,
            "link": _TEXT,
            "cause?": _TEXT,
            "delay_ns": pa.int64(),
            "t_used_ns?": pa.int64(),
            "distance_m?": pa.float64(),
        }
    ),
    # every reception of the run, counted: t_ns is the second's start, distance_m the lower edge of a 25 m bin
    "link_bins": _schema(
        **{
            "t_ns": pa.int64(),
            "link": _TEXT,
            "type": _TEXT,
            "distance_m": pa.float64(),
            "cause?": _TEXT,
            "count": pa.int64(),
        }
    ),
    # what happened: kind and its fields as a JSON object
    "events": _schema(t_ns=pa.int64(), station=_TEXT, kind=_TEXT, fields=pa.string()),
    # the truth of the lights: one row per signal group and change; t_ns is when the light began, before 0 for the first
    "signals": _schema(
        t_ns=pa.int64(), junction=_TEXT, region=pa.int32(), intersection=pa.int32(), group=pa.int32(), light=_TEXT
    ),
    # what their controllers planned: from t_ns on, the light of a group (place 0) and those that follow
    "signal_plans": _schema(
        **{
            "t_ns": pa.int64(),
            "junction": _TEXT,
            "group": pa.int32(),
            "place": pa.int32(),
            "light": _TEXT,
            "start_ns": pa.int64(),
            "end_ns?": pa.int64(),
        }
    ),
    # how a station saw a channel in the second that begins at t_ns: busy and own share of its resources (0 to 1), and
    # the time between transmissions that congestion control set, null without one
    "channel": _schema(
        **{
            "t_ns": pa.int64(),
            "station": _TEXT,
            "channel": _TEXT,
            "cbr": pa.float64(),
            "cr": pa.float64(),
            "itt_ms?": pa.float64(),
        }
    ),
    # what drives the members of platoons: one row per member and control step, see docs/run-folder.md
    "control": _schema(
        **{
            "t_ns": pa.int64(),
            "station": _TEXT,
            "platoon": pa.int32(),
            "position": pa.int32(),
            "mode": _TEXT,
            "speed_mps": pa.float64(),
            "accel_mps2": pa.float64(),
            "desired_mps2": pa.float64(),
            "gap_m?": pa.float64(),
            "ahead?": _TEXT,
            "radar_gap_m?": pa.float64(),
            "spacing_error_m?": pa.float64(),
            "aoi_ahead_ms?": pa.float64(),
            "aoi_leader_ms?": pa.float64(),
            "limited": pa.bool_(),
            "override?": _TEXT,
        }
    ),
    # how a vehicle was driven from afar: one row per vehicle and control step, see docs/run-folder.md
    "remote": _schema(
        **{
            "t_ns": pa.int64(),
            "station": _TEXT,
            "mode": _TEXT,
            "x_m": pa.float64(),
            "y_m": pa.float64(),
            "station_m": pa.float64(),
            "offset_m": pa.float64(),
            "heading_error_rad": pa.float64(),
            "speed_mps": pa.float64(),
            "accel_mps2": pa.float64(),
            "steer_rad": pa.float64(),
            "steer_command_rad": pa.float64(),
            "accel_command_mps2": pa.float64(),
            "limit_mps": pa.float64(),
            "cap_mps?": pa.float64(),
            "frame_age_ms?": pa.float64(),
            "command_age_ms?": pa.float64(),
            "ttc_s?": pa.float64(),
            "follower_ttc_s?": pa.float64(),
            "lane_m?": pa.float64(),
        }
    ),
    # the pictures that its operator was sent, one row each; null: it never got that far
    "remote_frames": _schema(
        **{
            "t_ns": pa.int64(),
            "station": _TEXT,
            "camera": pa.int32(),
            "number": pa.int64(),
            "intra": pa.bool_(),
            "bytes": pa.int32(),
            "packets": pa.int32(),
            "lost": pa.int32(),
            "sent_ns": pa.int64(),
            "ready_ns?": pa.int64(),
            "play_ns?": pa.int64(),
            "decoded_ns?": pa.int64(),
            "shown_ns?": pa.int64(),
            "fate?": _TEXT,
        }
    ),
    # the commands that it was sent, one row each; t_ns is when
    "remote_commands": _schema(
        **{
            "t_ns": pa.int64(),
            "station": _TEXT,
            "number": pa.int64(),
            "captured_ns?": pa.int64(),
            "arrived_ns?": pa.int64(),
            "used_ns?": pa.int64(),
            "steer_rad": pa.float64(),
            "accel_mps2": pa.float64(),
        }
    ),
    # what a frame over Uu spent its time on: one row per transmission and segment, see `SEGMENTS`
    "uu_segments": _schema(tx_id=pa.int64(), segment=_TEXT, duration_ns=pa.int64()),
}

#: Tables that a folder may lack, and then have no rows: older runs were recorded without them.
OPTIONAL = frozenset(
    {"channel", "control", "remote", "remote_commands", "remote_frames", "uu_segments", "signals", "signal_plans"}
)

#: Parts of the way over Uu, from the vehicle to the server; a link may know only some.
SEGMENTS = ("handover", "queue", "radio", "transport", "core", "internet", "server")

#: Width of a distance bin in ``link_bins``, metres.
BIN_M = 25.0

"""Run folders whose tables about remote driving are made by hand: a straight drive, to be changed column by column."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.record import RunWriter
from v2x_analysis import Run

MS, S = 1_000_000, 1_000_000_000
STEP_NS = 10 * MS
SPEED_MPS = 10.0

Columns = dict[str, Any]
F64 = NDArray[np.float64]


@dataclass
class Drive:
    """A vehicle at 10 m/s on a course of its own length, 30 pictures and 50 commands a second.

    Pictures take 10 ms to be sent, 30 ms on the network, and are seen 100 ms after their exposure. Commands take 15 ms,
    are used 20 ms after they were sent, and go by the newest picture seen. The tables may be changed before `run`.
    """

    seconds: float = 60.0
    station: str = "remote"
    steps: Columns = field(init=False)
    pictures: Columns = field(init=False)
    commands: Columns = field(init=False)
    events: list[tuple[int, str, str]] = field(default_factory=list)
    states: list[Columns] = field(default_factory=list)

    def __post_init__(self) -> None:
        t_ns = np.arange(round(self.seconds * S / STEP_NS)) * STEP_NS
        n, zero = len(t_ns), np.zeros(len(t_ns))
        way_m = SPEED_MPS * t_ns / S
        exposed = (np.arange(round(self.seconds * 30)) * S) // 30
        newest = exposed[np.maximum(np.searchsorted(exposed + 100 * MS, t_ns, side="right") - 1, 0)]
        unseen = t_ns < 100 * MS
        sent = np.arange(round(self.seconds * 50)) * 20 * MS
        used = (t_ns - 20 * MS) // (20 * MS) * 20 * MS
        self.steps = {
            "t_ns": t_ns, "mode": np.full(n, "remote", object), "x_m": way_m, "y_m": zero.copy(), "station_m": way_m,
            "offset_m": zero.copy(), "heading_error_rad": zero.copy(), "speed_mps": np.full(n, SPEED_MPS),
            "accel_mps2": zero.copy(), "steer_rad": zero.copy(), "steer_command_rad": zero.copy(),
            "accel_command_mps2": zero.copy(), "limit_mps": np.full(n, 14.0), "cap_mps": null(n),
            "frame_age_ms": np.ma.masked_array((t_ns - newest) / MS, unseen),
            "command_age_ms": np.ma.masked_array((t_ns - used) / MS, used < 0), "ttc_s": null(n),
            "follower_ttc_s": null(n), "lane_m": np.ma.masked_array(zero.copy(), False),
        }  # fmt: skip
        m = len(exposed)
        shown = exposed + 100 * MS
        self.pictures = {
            "t_ns": exposed, "camera": np.zeros(m, int), "number": np.arange(m), "intra": np.arange(m) % 30 == 0,
            "bytes": np.full(m, 33_000), "packets": np.full(m, 28), "lost": np.zeros(m, int),
            "sent_ns": exposed + 10 * MS, "ready_ns": known(exposed + 40 * MS), "play_ns": known(exposed + 40 * MS),
            "decoded_ns": known(exposed + 60 * MS), "shown_ns": known(shown), "fate": np.full(m, "ready", object),
        }  # fmt: skip
        seen = np.searchsorted(shown, sent, side="right") - 1
        self.commands = {
            "t_ns": sent, "number": np.arange(len(sent)),
            "captured_ns": np.ma.masked_array(exposed[np.maximum(seen, 0)], seen < 0),
            "arrived_ns": known(sent + 15 * MS), "used_ns": known(sent + 20 * MS),
            "steer_rad": np.zeros(len(sent)), "accel_mps2": np.zeros(len(sent)),
        }  # fmt: skip
        self.tell(0.0, "start", course_m=SPEED_MPS * self.seconds, v_limit_mps=14.0)

    def tell(self, t_s: float, kind: str, **fields: Any) -> None:
        """An event."""
        self.events.append((round(t_s * S), f"remote.{kind}", json.dumps(fields)))

    def road_user(self, name: str, t_s: F64, x_m: F64, y_m: F64, heading_deg: float, speed_mps: float) -> None:
        """Somebody in the traffic, 4 m long and 2 m wide."""
        n = len(t_s)
        self.states.append({
            "t_ns": np.rint(t_s * S).astype(np.int64), "id": np.full(n, name, object),
            "type": np.full(n, "car", object), "x_m": x_m, "y_m": y_m, "lon_deg": np.zeros(n), "lat_deg": np.zeros(n),
            "heading_deg": np.full(n, heading_deg), "speed_mps": np.full(n, speed_mps), "accel_mps2": np.zeros(n),
            "yaw_rate_dps": np.zeros(n), "length_m": np.full(n, 4.0), "width_m": np.full(n, 2.0),
            "lane": np.full(n, "", object),
        })  # fmt: skip

    def arrive(self) -> Drive:
        """It ends where it should."""
        way_m = SPEED_MPS * self.seconds
        self.tell(self.seconds - 0.01, "end", station_m=way_m, course_m=way_m, reason="arrived")
        return self

    def at(self, t_s: float) -> int:
        """Row of a moment."""
        return round(t_s * S / STEP_NS)

    def stop(self, at_s: float, noticed_s: float, brake_mps2: float = 3.0, **more: Any) -> None:
        """A manoeuvre: commands stop coming at ``at_s``, braking begins at once when that is noticed."""
        stood_s = noticed_s + SPEED_MPS / brake_mps2
        begin, end = self.at(noticed_s), self.at(stood_s)
        self.steps["mode"][begin:end], self.steps["mode"][end:] = "mrm", "stopped"
        after_s = np.clip(self.steps["t_ns"] / S - noticed_s, 0.0, SPEED_MPS / brake_mps2)
        self.steps["speed_mps"] = np.where(after_s > 0.0, SPEED_MPS - brake_mps2 * after_s, SPEED_MPS)
        late = self.commands["t_ns"] > round(at_s * S) - 20 * MS
        for name in ("arrived_ns", "used_ns"):
            self.commands[name][late] = np.ma.masked
        came_ns = int(self.commands["arrived_ns"].compressed().max())
        told = {"cause": "watchdog", "speed_mps": SPEED_MPS, "outage_from_ns": came_ns, "station_m": 0.0}
        self.tell(noticed_s, "mrm", noticed_ns=round(noticed_s * S), **{**told, **more})
        way_m = SPEED_MPS**2 / (2.0 * brake_mps2)
        self.tell(stood_s, "stopped", station_m=way_m, way_m=way_m, lateral_m=0.1, follower_ttc_s=None)


def null(n: int) -> Any:
    """A column without values."""
    return np.ma.masked_all(n)


def known(values: Any) -> Any:
    """A column of which some may be taken away."""
    return np.ma.masked_array(values, np.zeros(len(values), bool))


def run(
    folder: Path, *drives: Drive, seed: int = 1, remote: Any = None, status: str = "complete", **scenario: Any
) -> Run:
    """A run folder with these vehicles, finished and read."""
    seconds = max(drive.seconds for drive in drives)
    manifest = {"seed": seed, "start_utc": "2025-01-01T00:00:00Z", "duration_s": seconds}
    told = {"name": "hand-made", "remote": remote or {}, **scenario}
    writer = RunWriter(folder, manifest, scenario=told)
    for drive in drives:
        for table, columns in (
            ("remote", drive.steps), ("remote_frames", drive.pictures), ("remote_commands", drive.commands),
        ):  # fmt: skip
            station = np.full(len(columns["t_ns"]), drive.station, object)
            writer.append(table, {**columns, "station": station})
        for columns in drive.states:
            writer.append("states", columns)
        for t_ns, kind, text in drive.events:
            writer.append("events", {"t_ns": t_ns, "station": drive.station, "kind": kind, "fields": text})
    writer.flush(round(seconds * S))
    writer.finish(status)
    return Run(folder)

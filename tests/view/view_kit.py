"""Pieces for the tests of the view: snapshots, a run folder of known content, requests."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np

from v2x.field.load import load_field
from v2x.messages.model import SignalGroup, SignalPhases, SignalState
from v2x.messages.profile import get_profile
from v2x.record.writer import RunWriter
from v2x.rng import key_of
from v2x.scenario.loader import load_scenario
from v2x.traffic.base import KINDS, Snapshot

START_UTC_NS = 1_772_442_000_000_000_000  # 2026-03-02T09:00:00Z
TITLE = "东丽 made up"
STEP_NS = 100_000_000


def snapshot(t_ns: int, names: list[str], kinds: list[str] | None = None) -> Snapshot:
    """Road users in a row, 10 m apart, all of them driving east."""
    n = len(names)
    along, zero = 500.0 + 10.0 * np.arange(n), np.zeros(n)
    lon, lat = load_field("dongli").plane.to_lonlat(along, zero)
    codes = [KINDS.index(kind) for kind in (kinds or ["car"] * n)]
    return Snapshot(
        t_ns=t_ns, id=np.array(names, object), key=np.array([key_of(name) for name in names], np.uint64),
        type=np.array(codes, np.int8), x_m=along, y_m=zero, lon_deg=lon, lat_deg=lat, heading_deg=zero + 90.0,
        speed_mps=zero + 8.25, accel_mps2=zero, yaw_rate_dps=zero, length_m=zero + 4.5, width_m=zero + 1.8,
        lane=np.array([""] * n, object),
    )  # fmt: skip


def spat(t_ns: int, light: str, end_ns: int) -> bytes:
    """SPAT of 先锋东路/一经路 with one group."""
    state = SignalState(light, START_UTC_NS, START_UTC_NS + end_ns, START_UTC_NS + end_ns, START_UTC_NS + end_ns)  # type: ignore[arg-type]
    phases = SignalPhases(0, START_UTC_NS + t_ns, 2, 11, 0, (SignalGroup(4, (state,)),), "junction")
    return get_profile("csae-a").encode(phases)[1]


def write_run(folder: Path, seconds: int = 6) -> Path:
    """A run of two cars; one SPAT a step, red up to 3 s, then green; an alert from 1 s to 2 s, another from 4 s on.

    ``b`` leaves after 2 s, and nobody is there after 4 s.
    """
    fixed = ("profile=csae-a", f"title={TITLE}", "start_utc=2026-03-02T09:00:00Z")
    loaded = load_scenario("dongli-citizen", fixed, duration_s=float(seconds))
    with RunWriter(folder, {"profile": "csae-a"}, scenario=loaded.resolved) as writer:
        for step in range(seconds * 10):
            t_ns = step * STEP_NS
            names = ["a", "b"][: 2 if step < 20 else 1 if step < 40 else 0]
            if names:
                columns = snapshot(t_ns, names).columns() | {"t_ns": t_ns, "type": ["car"] * len(names)}
                writer.append("states", {name: value for name, value in columns.items() if name != "key"})
            data = spat(t_ns, "red", 3_000_000_000) if step < 30 else spat(t_ns, "green", 9_000_000_000)
            frame = {"t_ns": t_ns + 7, "tx_id": step, "station": "RSU-DO11", "profile": "csae-a", "type": "SPAT"}
            writer.append("tx", {**frame, "bytes": [data], "air_bytes": len(data), "channel": "pc5"})
            if step % 10 == 9:
                writer.flush(t_ns + STEP_NS)
        _events(writer)
        for bin_m, cause, count in ((0.0, None, 90), (0.0, "collision", 10), (25.0, None, 40), (25.0, "collision", 60)):
            row = {"t_ns": 0, "link": "pc5", "type": "SPAT", "distance_m": bin_m, "cause": [cause], "count": count}
            writer.append("link_bins", row)
        writer.flush(seconds * 10 * STEP_NS)
        writer.finish("complete")
    return folder


def _events(writer: RunWriter) -> None:
    told: list[tuple[float, str, str, Any]] = [
        (0.0, "a", "subject.start", {"wanted": "first:car"}),
        (1.0, "a", "alert.start", {"application": "rlvw", "about": "4", "ttc_s": float("nan")}),
        (2.0, "a", "alert.end", {"application": "rlvw", "about": "4"}),
        (4.0, "a", "alert.start", {"application": "fcw", "about": "b", "ttc_s": 2.5}),
    ]
    for t_s, station, kind, fields in told:
        row = {"t_ns": int(t_s * 1e9), "station": station, "kind": kind, "fields": json.dumps(fields)}
        writer.append("events", row)


def get(url: str, path: str) -> Any:
    """The JSON under a path."""
    with urllib.request.urlopen(url + path, timeout=10) as answer:
        return json.load(answer)

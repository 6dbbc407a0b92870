"""Writes a run frame by frame, small enough to count by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from v2x.record import RunWriter
from v2x_analysis import Run

MS, S = 1_000_000, 1_000_000_000


class Folder:
    """Writes a run frame by frame."""

    def __init__(self, path: Path, **scenario: Any) -> None:
        self.writer = RunWriter(path, {"seed": 1, "start_utc": "2025-01-01T00:00:00Z"}, scenario=scenario)
        self.sent = 0
        for name in ("A", "B"):
            place = dict.fromkeys(("x_m", "y_m", "lon_deg", "lat_deg", "heading_deg", "speed_mps", "accel_mps2"), 0.0)
            size = {"yaw_rate_dps": 0.0, "length_m": 4.0, "width_m": 2.0}
            self.writer.append("states", {"t_ns": 0, "id": name, "type": "car", "lane": "", **place, **size})

    def frame(
        self, t_ms: int, sender: str, receiver: str, *, delay_ms: int = 10, cause: str | None = None, link: str = "pc5",
        distance_m: float = 50.0, used_after_ms: int | None = None, kind: str = "BSM", data: bytes = b"x",
    ) -> None:  # fmt: skip
        t_ns = t_ms * MS
        used = None if used_after_ms is None or cause else t_ns + (delay_ms + used_after_ms) * MS
        self.writer.append(
            "tx",
            {"t_ns": t_ns, "tx_id": self.sent, "station": sender, "profile": "j2735", "type": kind, "bytes": data,
             "air_bytes": 30, "channel": link},
        )  # fmt: skip
        self.writer.append(
            "rx",
            {"t_ns": t_ns + delay_ms * MS, "tx_id": self.sent, "receiver": receiver, "link": link, "cause": cause,
             "delay_ns": delay_ms * MS, "t_used_ns": used, "distance_m": distance_m},
        )  # fmt: skip
        self.sent += 1

    def bins(self, t_s: int, distance_m: float, cause: str | None, number: int, link: str = "pc5") -> None:
        row: dict[str, Any] = {"t_ns": t_s * S, "link": link, "type": "BSM", "distance_m": distance_m}
        self.writer.append("link_bins", {**row, "cause": cause, "count": number})

    def channel(self, t_s: int, station: str, cbr: float, cr: float = 0.01, itt_ms: float | None = None) -> None:
        row = {"t_ns": t_s * S, "station": station, "channel": "pc5", "cbr": cbr, "cr": cr, "itt_ms": itt_ms}
        self.writer.append("channel", row)

    def segments(self, tx_id: int, **duration_ms: float) -> None:
        for segment, each in duration_ms.items():
            row = {"tx_id": tx_id, "segment": segment, "duration_ns": round(each * MS)}
            self.writer.append("uu_segments", row)

    def run(self) -> Run:
        self.writer.flush(30 * S)
        self.writer.finish("complete")
        return Run(self.writer.folder)

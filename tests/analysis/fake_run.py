"""A small, deterministic, plausible run folder, written through `RunWriter` as the engine does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from v2x.geo import Plane, wgs84_to_gcj02
from v2x.messages.model import NAN, VehicleStates
from v2x.record import RunWriter
from v2x.rng import Stream, key_of

START_UTC = "2025-06-01T06:59:40Z"
START_UTC_NS = 1_748_761_180_000_000_000
PLANE = Plane.tangent(117.0, 39.1)
STEP_NS = 100_000_000
REACH_M = 500.0
ROAD_M = 900.0
UNITS = {"RSU_1": (0.0, 8.0), "RSU_2": (300.0, -8.0)}

#: A site at the same point in three systems (plane, WGS-84, GCJ-02), and a hazard there.
_LON, _LAT = (float(degrees[0]) for degrees in PLANE.to_lonlat([100.0], [50.0]))
_GCJ = [float(degrees) for degrees in wgs84_to_gcj02(_LON, _LAT)]
_AT = {
    "local": {"crs": "local", "x_m": 100.0, "y_m": 50.0},
    "wgs84": {"crs": "wgs84", "lon_deg": _LON, "lat_deg": _LAT},
    "gcj02": {"crs": "gcj02", "lon_deg": _GCJ[0], "lat_deg": _GCJ[1]},
}
SITES: dict[str, Any] = {
    "stations": {"extra_rsu": [{"id": f"RSU_{crs}", "at": at} for crs, at in _AT.items()]},
    "notices": [{"cause": "roadworks", "at": _AT["local"]}],
}

Encode = Callable[[VehicleStates], list[bytes]]


@dataclass(frozen=True)
class Plan:
    """What the fake run is like."""

    seed: int = 7
    seconds: int = 20
    vehicles: int = 16
    subjects: int = 2
    gnss_sigma_m: float = 0.8
    reported_sigma_m: float = 0.8
    loss: bool = True
    outage_s: tuple[float, float] = (6.0, 6.5)
    pass_if: tuple[dict[str, Any], ...] = ()


def write(
    folder: Path,
    encode: Encode,
    plan: Plan = Plan(),
    *,
    finish: bool = True,
    scenario: Mapping[str, Any] = MappingProxyType({}),
) -> RunWriter:
    """Write the run; without ``finish`` it stays as a kill would leave it, after the last whole second."""
    manifest = {
        "versions": {"python": "3.11", "v2x-testfield": "0.1.0", "packages": {"numpy": "2"}, "sumo": "1.28.0"},
        "cpu": "a processor",
        "platform": "Linux",
        "seed": plan.seed,
        "scenario": "fake-crossroads",
        "field": None,
        "profile": "j2735",
        "start_utc": START_UTC,
        "duration_s": float(plan.seconds),
        "step_s": 0.1,
        "engine": "synthetic",
        "command": "v2x run fake-crossroads",
    }
    resolved = {
        "name": "fake-crossroads",
        "title": "Fake crossroads 虚拟路口",
        "field": None,
        "pass_if": [dict(criterion) for criterion in plan.pass_if],
        **scenario,
    }
    writer = RunWriter(folder, manifest, scenario=resolved)
    _Fake(writer, encode, plan).run()
    if finish:
        statistics = {"teleports": 0, "collisions": 0, "departed": plan.vehicles}
        writer.finish(
            "complete", digest="ab" * 32, wall_time_s=2.0, real_time_factor=plan.seconds / 2.0, statistics=statistics
        )
    return writer


class _Fake:
    def __init__(self, writer: RunWriter, encode: Encode, plan: Plan) -> None:
        self.writer, self.encode, self.plan = writer, encode, plan
        self.luck = Stream(plan.seed, "fake")
        n = plan.vehicles
        self.names = np.array([f"car.{i:03d}" for i in range(n)], object)
        self.kinds = np.array([("car", "car", "bus", "truck")[i % 4] for i in range(n)], object)
        self.road = np.arange(n) % 2
        self.lane = np.array([f"road{i}_0" for i in self.road], object)
        self.place_m = np.linspace(-ROAD_M, ROAD_M, n, endpoint=False)
        self.speed_mps = np.zeros(n)
        self.next_id = 0

    def run(self) -> None:
        bins: dict[tuple[float, str | None], int] = {}
        for step in range(self.plan.seconds * 10):
            t_ns = step * STEP_NS
            self._move()
            self._states(t_ns)
            self._broadcast(t_ns, bins)
            if step % 10 == 9:
                self._bins(t_ns - 9 * STEP_NS, bins)
                self._channel(t_ns - 9 * STEP_NS)
                self.writer.log({"t_ns": t_ns, "message": "second done"})
                self.writer.flush(t_ns + STEP_NS)

    def _move(self) -> None:
        """Slow near the junction, faster outside, around in a circle."""
        self.speed_mps = 3.0 + 12.0 * np.tanh(np.abs(self.place_m) / 250.0) + (np.arange(self.plan.vehicles) % 3)
        self.place_m = (self.place_m + self.speed_mps * 0.1 + ROAD_M) % (2 * ROAD_M) - ROAD_M

    def _xy(self) -> tuple[np.ndarray, np.ndarray]:
        return np.where(self.road == 0, self.place_m, 2.0), np.where(self.road == 0, -2.0, self.place_m)

    def _states(self, t_ns: int) -> None:
        x, y = self._xy()
        lon, lat = PLANE.to_lonlat(x, y)
        columns = {
            "t_ns": t_ns, "id": self.names, "type": self.kinds, "x_m": x, "y_m": y, "lon_deg": lon, "lat_deg": lat,
            "heading_deg": np.where(self.road == 0, 90.0, 0.0), "speed_mps": self.speed_mps, "accel_mps2": 0.0,
            "yaw_rate_dps": 0.0, "length_m": 4.6, "width_m": 1.8, "lane": self.lane,
        }  # fmt: skip
        self.writer.append("states", columns)

    def _bsm(self, t_ns: int) -> list[bytes]:
        x, y = self._xy()
        n, key = len(x), np.array([key_of(name) for name in self.names], np.uint64)
        noise = self.plan.gnss_sigma_m
        lon, lat = PLANE.to_lonlat(
            x + noise * self.luck.normal(1, key, t_ns), y + noise * self.luck.normal(2, key, t_ns)
        )
        full = lambda value: np.full(n, value)  # noqa: E731
        sigma = full(self.plan.reported_sigma_m)
        states = VehicleStates(
            msg_count=full(t_ns // STEP_NS % 128), temporary_id=key & np.uint64(0xFFFFFFFF),
            utc_ns=full(START_UTC_NS + t_ns), lat_deg=lat, lon_deg=lon, elevation_m=full(NAN), semi_major_m=sigma,
            semi_minor_m=sigma, orientation_deg=full(0.0), speed_mps=self.speed_mps,
            heading_deg=np.where(self.road == 0, 90.0, 0.0), accel_long_mps2=full(0.0), accel_lat_mps2=full(0.0),
            accel_vert_mps2=full(NAN), yaw_rate_dps=full(0.0), brake_applied=full(0).astype(np.int8),
            width_m=full(1.8), length_m=full(4.6), vehicle_class=full(0), events=full(0),
            emergency=full(-1).astype(np.int8),
        )  # fmt: skip
        return self.encode(states)

    def _broadcast(self, t_ns: int, bins: dict[tuple[float, str | None], int]) -> None:
        x, y = self._xy()
        frames, n = self._bsm(t_ns), len(x)
        sent_ns = t_ns + 2_000_000 + np.arange(n) * 3_000_000
        tx_id = self._send(sent_ns, self.names, frames, "pc5")
        sites = np.array(list(UNITS.values()))
        to_x, to_y = np.r_[x, sites[:, 0]], np.r_[y, sites[:, 1]]
        receivers = np.r_[self.names, np.array(list(UNITS), object)]
        distance = np.hypot(x[:, None] - to_x, y[:, None] - to_y)
        cause = self._causes(tx_id, distance)
        for i, j in np.argwhere((distance < REACH_M) & (np.arange(len(to_x)) != np.arange(n)[:, None])):
            place = (float(distance[i, j] // 25 * 25), cause[i, j])
            bins[place] = bins.get(place, 0) + 1
        watched = np.r_[np.arange(n) < self.plan.subjects, np.ones(len(UNITS), bool)]
        i, j = np.nonzero((distance < REACH_M) & (np.arange(len(to_x)) != np.arange(n)[:, None]) & watched)
        delay = (1e6 + 49e6 * self.luck.uniform(3, tx_id[i], j)).astype(np.int64)
        used = np.ma.MaskedArray(sent_ns[i] + delay + 5_000_000, (j >= n) | (cause[i, j] != None))  # noqa: E711
        self._receive(sent_ns[i] + delay, tx_id[i], receivers[j], "pc5", cause[i, j], delay, used, distance[i, j])
        self._uplink(t_ns, frames)

    def _causes(self, tx_id: np.ndarray, distance: np.ndarray) -> np.ndarray:
        lost = self.luck.uniform(4, tx_id[:, None], np.arange(distance.shape[1])) > 1 / (
            1 + np.exp((distance - 380) / 40)
        )
        named = np.where(distance > 300, "below_sensitivity", "collision").astype(object)
        return np.where(lost & self.plan.loss, named, None)

    def _uplink(self, t_ns: int, frames: list[bytes]) -> None:
        k = self.plan.subjects
        sent_ns = np.full(k, t_ns + 2_000_000)
        tx_id = self._send(sent_ns, self.names[:k], frames[:k], "uu")
        out = self.plan.outage_s[0] <= t_ns / 1e9 < self.plan.outage_s[1]
        delay = (6e6 + 4e6 * -np.log(self.luck.uniform(5, tx_id))).astype(np.int64)
        used = np.ma.MaskedArray(sent_ns + delay, np.full(k, out))
        server = np.full(k, "server", object)
        self._receive(
            sent_ns + delay, tx_id, server, "uu", np.full(k, "outage" if out else None, object), delay, used, 0.0
        )

        on_air = delay[~np.full(k, out)] // 2
        for segment in ("radio", "core"):
            self.writer.append(
                "uu_segments",
                {"tx_id": tx_id[: len(on_air)], "segment": segment, "duration_ns": on_air},
            )

    def _channel(self, t_ns: int) -> None:
        cbr = 0.3 + 0.1 * self.luck.uniform(6, np.arange(self.plan.vehicles), t_ns)
        columns = {
            "t_ns": t_ns, "station": self.names, "channel": "pc5", "cbr": cbr, "cr": 0.002,
            "itt_ms": np.ma.MaskedArray(np.full(len(cbr), 100.0), np.arange(len(cbr)) > 3),
        }  # fmt: skip
        self.writer.append("channel", columns)

    def _send(self, t_ns: np.ndarray, station: np.ndarray, frames: list[bytes], channel: str) -> np.ndarray:
        tx_id = self.next_id + np.arange(len(frames))
        self.next_id += len(frames)
        columns = {
            "t_ns": t_ns, "tx_id": tx_id, "station": station, "profile": "j2735", "type": "BSM", "bytes": frames,
            "air_bytes": np.array([len(frame) + 20 for frame in frames]), "channel": channel,
        }  # fmt: skip
        self.writer.append("tx", columns)
        return tx_id

    def _receive(self, *columns: Any) -> None:
        names = ("t_ns", "tx_id", "receiver", "link", "cause", "delay_ns", "t_used_ns", "distance_m")
        self.writer.append("rx", dict(zip(names, columns, strict=True)))

    def _bins(self, t_ns: int, bins: dict[tuple[float, str | None], int]) -> None:
        rows = sorted(bins.items(), key=str)
        columns = {
            "t_ns": t_ns, "link": "pc5", "type": "BSM", "distance_m": np.array([place for (place, _), _ in rows]),
            "cause": np.array([cause for (_, cause), _ in rows], object),
            "count": np.array([count for _, count in rows]),
        }  # fmt: skip
        self.writer.append("link_bins", columns)
        bins.clear()

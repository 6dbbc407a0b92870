"""A toy string of vehicles under textbook laws, and run folders whose control table it fills."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from v2x.clock import NS_PER_S
from v2x.record import RunWriter
from v2x_analysis import Run

STEP_S, STEP_NS = 0.01, 10_000_000
LENGTH_M = 5.0
#: Standstill gap, m.
STANDSTILL_M = 2.0


@dataclass(frozen=True)
class Toy:
    """A string behind a leader that swings from ``start_s`` on, and then brakes if asked to.

    Messages are sampled at 10 Hz with phases drawn by ``seed``, and are ``delay_s`` late.
    """

    law: str = "ploeg"
    followers: int = 8
    seconds: float = 60.0
    frequency_hz: float | None = 0.2
    amplitude_mps: float = 1.0
    start_s: float = 5.0
    speed_mps: float = 25.0
    time_gap_s: float = 0.5
    delay_s: float = 0.1
    lag_s: float = 0.5
    brake_at_s: float | None = None
    brake_mps2: float = 6.0
    seed: int = 1

    def drive(self) -> dict[str, np.ndarray]:
        """Columns of (steps, vehicles): speed_mps, accel_mps2, desired_mps2, gap_m, spacing_error_m, aoi_ahead_ms."""
        steps, vehicles = round(self.seconds / STEP_S), self.followers + 1
        part = STEP_S / (self.lag_s + STEP_S)
        phase = np.random.default_rng(self.seed).integers(0, 10, vehicles)
        late = round(self.delay_s / STEP_S)
        speed, accel, wish = (np.full(vehicles, value) for value in (self.speed_mps, 0.0, 0.0))
        gap0 = 5.0 if self.law == "path" else STANDSTILL_M + self.time_gap_s * self.speed_mps
        place = -np.arange(vehicles) * gap0
        names = ("speed_mps", "accel_mps2", "desired_mps2", "gap_m", "spacing_error_m", "aoi_ahead_ms")
        out = {name: np.full((steps, vehicles), np.nan) for name in names}
        said = np.zeros((steps, 2, vehicles))
        for k in range(steps):
            said[k] = wish, speed
            gap = np.r_[np.nan, place[:-1] - place[1:]]
            newest = k - late - (k - late - phase) % 10
            heard = np.where(
                newest >= 0, said[np.maximum(newest, 0), :, np.arange(vehicles)].T, [[0.0], [self.speed_mps]]
            )
            error = gap - (gap0 if self.law == "path" else STANDSTILL_M + self.time_gap_s * speed)
            age_ms = np.where(newest >= 0, (k - newest) * 10.0, np.nan)
            for name, column in zip(names, (speed, accel, wish, gap, error, np.r_[np.nan, age_ms[:-1]]), strict=True):
                out[name][k] = column
            wish = self._wish(k * STEP_S, speed, accel, wish, error, heard, part)
            accel = part * wish + (1.0 - part) * accel
            fresh = np.maximum(speed + STEP_S * accel, 0.0)
            accel, speed = (fresh - speed) / STEP_S, fresh
            place = place + STEP_S * speed
        return out

    def _wish(self, t_s, speed, accel, wish, error, heard, part):  # type: ignore[no-untyped-def]
        """What each controller asks for; the leader meets its speed exactly."""
        h, closing = self.time_gap_s, speed[:-1] - speed[1:]
        wanted = np.empty_like(speed)
        if self.brake_at_s is not None and t_s >= self.brake_at_s:
            wanted[0] = -self.brake_mps2
        else:
            swing = 0.0
            if self.frequency_hz and t_s >= self.start_s:
                swing = self.amplitude_mps * np.sin(2 * np.pi * self.frequency_hz * (t_s + STEP_S - self.start_s))
            wanted[0] = ((self.speed_mps + swing - speed[0]) / STEP_S - (1.0 - part) * accel[0]) / part
        if self.law == "ploeg":
            rate = -wish[1:] + 0.2 * error[1:] + 0.7 * (closing - h * accel[1:]) + heard[0, :-1]
            wanted[1:] = wish[1:] + STEP_S / h * rate
        elif self.law == "acc":
            wanted[1:] = (closing + 0.1 * error[1:]) / h
        else:  # PATH: C1 0.5, xi 1, omega_n 0.2 rad/s
            wanted[1:] = 0.5 * (heard[0, :-1] + heard[0, 0]) - 0.3 * (speed[1:] - heard[1, :-1])
            wanted[1:] += -0.1 * (speed[1:] - heard[1, 0]) + 0.04 * error[1:]
        return np.clip(wanted, -8.0, None)

    @property
    def leader(self) -> dict[str, Any]:
        """As a scenario says it."""
        common: dict[str, Any] = {"speed_mps": self.speed_mps, "brake_mps2": self.brake_mps2}
        if self.frequency_hz is None:
            return {"kind": "brake", **common, "brake_at_s": self.brake_at_s}
        swing = {"frequency_hz": self.frequency_hz, "amplitude_mps": self.amplitude_mps, "start_s": self.start_s}
        return {"kind": "sine", **common, **swing, "brake_at_s": self.brake_at_s}


def write(
    folder: Path, *toys: Toy, change: Any = None, pass_if: Any = (), variants: Any = (), **platoon: Any
) -> RunWriter:
    """A run folder with a platoon for each toy; ``change`` edits the columns of the table; not finished yet."""
    toy = toys[0]
    plan = {
        "controller": toy.law, "followers": toy.followers, "count": len(toys), "route": ["a", "b"],
        "start_at_m": 500.0, "time_gap_s": toy.time_gap_s, "leader": toy.leader, "radar": {"kind": "ideal"}, **platoon,
    }  # fmt: skip
    manifest = {"seed": 1, "start_utc": "2025-01-01T00:00:00Z", "duration_s": toy.seconds}
    scenario = {"name": "toy", "platoon": plan, "pass_if": list(pass_if), "variants": [{"name": v} for v in variants]}
    writer = RunWriter(folder, manifest, scenario=scenario)
    for number, each in enumerate(toys):
        columns = table(each, number)
        if change is not None:
            change(columns)
        writer.append("control", columns)
    return writer


def run(folder: Path, *toys: Toy, **more: Any) -> Run:
    """The same, finished and read."""
    writer = write(folder, *toys, **more)
    writer.flush(round(toys[0].seconds * NS_PER_S))
    writer.finish("complete")
    return Run(folder)


def table(toy: Toy, number: int = 0) -> dict[str, Any]:
    """The control table of a platoon, column by column, in the order of time."""
    driven = toy.drive()
    steps, vehicles = driven["speed_mps"].shape
    names = [f"p{number}.{k}" for k in range(vehicles)]
    known = {name: np.ma.masked_invalid(column.ravel()) for name, column in driven.items()}
    ahead = np.tile(np.array([None, *names[:-1]], object), steps)
    return {
        "t_ns": np.repeat(np.arange(steps) * STEP_NS, vehicles), "station": np.tile(np.array(names, object), steps),
        "platoon": np.full(steps * vehicles, number), "position": np.tile(np.arange(vehicles), steps),
        "mode": np.tile(np.array(["leader", *["cacc"] * toy.followers], object), steps), **known, "ahead": ahead,
        "radar_gap_m": known["gap_m"], "aoi_leader_ms": known["aoi_ahead_ms"],
        "limited": np.zeros(steps * vehicles, bool), "override": np.full(steps * vehicles, None, object),
    }  # fmt: skip

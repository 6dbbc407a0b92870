"""What a few messages at a time cost, as the control messages of a platoon come: from columns to frames and back.

Every figure is microseconds of wall time a call, the least of many, so that other work on the machine does not count.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import numpy as np
from codec import fleet

from v2x.messages.model_control import ControlStates
from v2x.messages.profile import get_profile

ROWS = (1, 4, 9)
CALLS = 1000
NAMES = ("j2735", "csae-a")


def platoon(rows: int) -> ControlStates:
    """A leader and its followers."""
    cars, leader = fleet(rows), np.arange(rows) == 0
    return ControlStates(
        msg_count=cars.msg_count,
        temporary_id=cars.temporary_id,
        utc_ns=cars.utc_ns,
        lat_deg=cars.lat_deg,
        lon_deg=cars.lon_deg,
        speed_mps=cars.speed_mps,
        heading_deg=cars.heading_deg,
        accel_mps2=cars.accel_long_mps2,
        desired_accel_mps2=cars.accel_lat_mps2,
        length_m=cars.length_m,
        heavy=np.zeros(rows, np.int8),
        mode=np.where(leader, 2, 5).astype(np.int8),
        target_id=np.where(leader, np.uint64(0), np.roll(cars.temporary_id, 1)),
        separation_m=np.where(leader, np.nan, 10.0),
    )


def least_us(run: Callable[[], object]) -> float:
    """Of many calls."""
    seconds = float("inf")
    for _ in range(CALLS):
        start_s = time.perf_counter()
        run()
        seconds = min(seconds, time.perf_counter() - start_s)
    return round(seconds * 1e6, 1)


def measure(name: str, rows: int) -> dict[str, float]:
    """BSMs, control messages, and those with further digits."""
    profile, near_utc_ns = get_profile(name), np.zeros(rows, np.int64)
    cars, members = fleet(rows), platoon(rows)
    bsms = profile.encode_vehicle_states(cars)
    control, fine = (profile.encode_control(members, fine=fine)[1] for fine in (False, True))

    def heard(frames: list[bytes]) -> object:
        return profile.control_states_in(profile.decode_frames(frames), near_utc_ns)

    ways: dict[str, Callable[[], object]] = {
        "bsm_encode": lambda: profile.encode_vehicle_states(cars),
        "bsm_decode": lambda: profile.vehicle_states_in(profile.decode_frames(bsms), near_utc_ns),
        "control_encode": lambda: profile.encode_control(members),
        "control_decode": lambda: heard(control),
        "fine_encode": lambda: profile.encode_control(members, fine=True),
        "fine_decode": lambda: heard(fine),
    }
    return {f"{way}_us": least_us(run) for way, run in ways.items()}


def run() -> dict[str, object]:
    """Every family's figures by number of messages."""
    return {name: {rows: measure(name, rows) for rows in ROWS} for name in NAMES}


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

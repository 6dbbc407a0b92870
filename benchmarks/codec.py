"""What a BSM costs to encode: in columns, and row by row with asn1tools, for the same vehicles in the same run.

Every figure is CPU time a message, the least of several repetitions, which take turns so that a slow minute hits all.
``columns`` begins with SI units; ``layout`` and ``asn1tools`` begin with the same integers and so are compared. The
strict codec, which checks each value before it encodes it, is given too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import asn1tools
import numpy as np

from v2x.messages.batch import BatchEncoder
from v2x.messages.model import VehicleStates
from v2x.messages.motion import raw_columns
from v2x.messages.profile import get_profile
from v2x.messages.sets import CSAE_A, J2735

ROWS, REPEATS = 1000, 15
SETS = {"j2735": J2735, "csae": CSAE_A}


def fleet(rows: int) -> VehicleStates:
    """Vehicles with every field set, half of them without elevation: two shapes where a family has shapes."""
    rng = np.random.default_rng(7)

    def between(low: float, high: float) -> np.ndarray[Any, Any]:
        return rng.uniform(low, high, rows)

    return VehicleStates(
        msg_count=rng.integers(0, 128, rows),
        temporary_id=rng.integers(0, 2**64, rows, np.uint64),
        utc_ns=rng.integers(0, 60_000_000_000, rows),
        lat_deg=between(39.0, 39.2),
        lon_deg=between(117.0, 117.2),
        elevation_m=np.where(rng.random(rows) < 0.5, np.nan, between(0, 10)),
        semi_major_m=between(0.5, 3),
        semi_minor_m=between(0.3, 2),
        orientation_deg=between(0, 359),
        speed_mps=between(0, 30),
        heading_deg=between(0, 359),
        accel_long_mps2=between(-4, 3),
        accel_lat_mps2=between(-2, 2),
        accel_vert_mps2=between(-1, 1),
        yaw_rate_dps=between(-20, 20),
        brake_applied=rng.integers(-1, 2, rows).astype(np.int8),
        width_m=between(1.5, 2.5),
        length_m=between(3, 12),
        vehicle_class=rng.integers(0, 100, rows),
    )


def measure(name: str, rows: int = ROWS, repeats: int = REPEATS) -> dict[str, float]:
    """Microseconds of CPU time a message, and the ratios of asn1tools to the others."""
    profile, states = get_profile(name), fleet(rows)
    frames = profile.encode_vehicle_states(states)
    values = [profile.codec.decode(frame)[1] for frame in frames]
    raw = raw_columns(states, profile.temporary_id_bits)
    batch = BatchEncoder(profile.codec, "BSM", profile.vehicle_states.form)
    asn1 = asn1tools.compile_files([str(path) for path in SETS[name].files()], "uper")
    ways: dict[str, Callable[[], object]] = {
        "columns": lambda: profile.encode_vehicle_states(states),
        "layout": lambda: batch.encode(raw),
        "asn1tools": lambda: [asn1.encode("BasicSafetyMessage", value) for value in values],
        "strict": lambda: [profile.codec.encode("BSM", value) for value in values],
    }
    least = dict.fromkeys(ways, float("inf"))
    for _ in range(repeats):
        for way, run in ways.items():
            start_s = time.process_time()
            run()
            least[way] = min(least[way], (time.process_time() - start_s) / rows * 1e6)
    return {
        **{f"{way}_us": round(us, 3) for way, us in least.items()},
        "asn1tools_by_layout": round(least["asn1tools"] / least["layout"], 1),
        "asn1tools_by_columns": round(least["asn1tools"] / least["columns"], 1),
    }


def run() -> dict[str, object]:
    """Every family's figures."""
    return {"rows": ROWS, "bsm": {name: measure(name) for name in SETS}}

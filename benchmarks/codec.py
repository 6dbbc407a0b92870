"""What BSMs cost to encode and decode: in columns, and row by row with asn1tools, same vehicles, same run.

Every figure is CPU time, the least of many repetitions. The ways take turns of some milliseconds each, so that a slow
minute hits all and each runs with warm caches. ``columns`` begins (ends) with SI units; ``layout`` and ``asn1tools``
begin (end) with the same integers and so are compared. The strict codec, which checks each value before it encodes it
and encodes again what it decoded, is given too. ``log`` is a list of frames, all different, made into a DataFrame.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import asn1tools
import numpy as np

from v2x.messages.batch import BatchEncoder
from v2x.messages.batch_decode import BatchDecoder
from v2x.messages.model import VehicleStates
from v2x.messages.motion import raw_columns
from v2x.messages.profile import get_profile
from v2x.messages.sets import CSAE_A, J2735
from v2x_analysis.tables import message_table

ROWS, REPEATS = 1000, 15
LOG_ROWS, LOG_REPEATS = 200_000, 5
TURN_S = 0.01
SETS = {"j2735": J2735, "csae": CSAE_A}


def fleet(rows: int) -> VehicleStates:
    """Vehicles with every field set but the extras of a BSM, half without elevation: two shapes where there are any."""
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
        events=np.zeros(rows, np.int64),
        emergency=np.full(rows, -1, np.int8),
    )


def measure(name: str, rows: int = ROWS, repeats: int = REPEATS) -> dict[str, float]:
    """Microseconds of CPU time a message, and how many times asn1tools' that is."""
    profile, states = get_profile(name), fleet(rows)
    frames = profile.encode_vehicle_states(states)
    values = [profile.codec.decode(frame)[1] for frame in frames]
    raw = raw_columns(states, profile.temporary_id_bits)
    batch, decoder = BatchEncoder(profile.codec, "BSM", profile.vehicle_states.form), BatchDecoder(profile.codec)
    asn1 = asn1tools.compile_files([str(path) for path in SETS[name].files()], "uper")
    bare = [asn1.encode("BasicSafetyMessage", value) for value in values]
    ways: dict[str, Callable[[], object]] = {
        "encode_columns": lambda: profile.encode_vehicle_states(states),
        "encode_layout": lambda: batch.encode(raw),
        "encode_asn1tools": lambda: [asn1.encode("BasicSafetyMessage", value) for value in values],
        "encode_strict": lambda: [profile.codec.encode("BSM", value) for value in values],
        "decode_columns": lambda: profile.decode_vehicle_states(frames, 0),
        "decode_layout": lambda: decoder.decode(frames),
        "decode_asn1tools": lambda: [asn1.decode("BasicSafetyMessage", data) for data in bare],
        "decode_strict": lambda: [profile.codec.decode(frame) for frame in frames],
    }
    least_us = {way: seconds / rows * 1e6 for way, seconds in least(ways, repeats).items()}
    return {
        **{f"{way}_us": round(us, 3) for way, us in least_us.items()},
        **{
            f"{task}_asn1tools_by_{way}": round(least_us[f"{task}_asn1tools"] / least_us[f"{task}_{way}"], 1)
            for task in ("encode", "decode")
            for way in ("layout", "columns")
        },
    }


def measure_log(name: str, rows: int = LOG_ROWS, repeats: int = LOG_REPEATS) -> dict[str, int]:
    """Frames a second from bytes to a DataFrame."""
    profile, near_utc_ns = get_profile(name), np.zeros(rows, np.int64)
    frames = profile.encode_vehicle_states(fleet(rows))
    ways: dict[str, Callable[[], object]] = {
        "physical": lambda: message_table(profile, "BSM", frames, near_utc_ns, "physical"),
        "asn1": lambda: message_table(profile, "BSM", frames, near_utc_ns, "asn1"),
    }
    return {f"{way}_frames_per_s": round(rows / seconds) for way, seconds in least(ways, repeats).items()}


def least(ways: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Seconds of CPU time of each, the least in several turns."""
    seconds = dict.fromkeys(ways, float("inf"))
    for _ in range(repeats):
        for way, run in ways.items():
            turn_s = time.process_time()
            while (start_s := time.process_time()) - turn_s < TURN_S:
                run()
                seconds[way] = min(seconds[way], time.process_time() - start_s)
    return seconds


def run() -> dict[str, object]:
    """Every family's figures."""
    return {
        "rows": ROWS,
        "bsm": {name: measure(name) for name in SETS},
        "log_rows": LOG_ROWS,
        "log": {name: measure_log(name) for name in SETS},
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

"""What the sidelink with sensing costs: mode 4 at full fidelity on the ring road of ``v2x radio curve``, one core.

0.1 vehicles/m, each sending 10 packets a second: path loss and correlated shadowing of all pairs ten times a second,
and every slot sensed and decided. The ring grows with the number of vehicles, so that each has the same neighbours.
CPU time, once the machine code is there; what the compiler takes without a cache is a figure of its own. Machines
differ, so the ratio to a plain numpy evaluation of the same number of receptions, measured in the same run, is given
too.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

from v2x.links.sidelink.bler import CURVES
from v2x.links.sidelink.presets import gonzalez2019
from v2x.links.sidelink.road import Road

VEHICLES = (300, 1000, 2000)
#: Seconds of the road: until nearly all have chosen knowing of each other, and measured in each turn.
SETTLE_S, TURN_S, TURNS = 3, 2, 5
#: Receptions that numpy takes at a time, few enough to stay in the processor's cache, and how many times.
CHUNK, CHUNKS = 20_000, 50

#: First packets of a small road, without machine code from before.
_COLD = """
import time
from v2x.links.sidelink.presets import gonzalez2019
from v2x.links.sidelink.road import Road
start_s = time.process_time()
Road(gonzalez2019(), 1, vehicles=50).second()
print(time.process_time() - start_s)
"""


def plain_s(receptions: int) -> float:
    """CPU time of numpy for signal to interference, block error rate and luck of so many receptions."""
    draws = np.random.default_rng(1)
    signal, others, luck = (draws.random(CHUNK) for _ in range(3))
    curve = CURVES["r1-160284-qpsk-0.7"]
    start_s = time.process_time()
    for _ in range(CHUNKS):
        np.count_nonzero(luck > curve.at(10.0 * np.log10(signal / (0.1 + others))))
    return (time.process_time() - start_s) * receptions / (CHUNK * CHUNKS)


def compile_s() -> float:
    """CPU time of the first second of a small road in a process that finds no machine code."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        done = subprocess.run(
            [sys.executable, "-c", _COLD], env=environment, check=True, capture_output=True, text=True
        )
    return float(done.stdout)


def run() -> dict[str, object]:
    """Times real time and cost by number of vehicles, how the cost of a vehicle grows, and what compiling takes."""
    roads = {vehicles: Road(gonzalez2019(), 1, vehicles=vehicles) for vehicles in VEHICLES}
    for road in roads.values():
        for _ in range(SETTLE_S):
            road.second()
    cost_s: dict[int, list[float]] = {vehicles: [] for vehicles in VEHICLES}
    bare_s: dict[int, list[float]] = {vehicles: [] for vehicles in VEHICLES}
    for _ in range(TURNS):
        for vehicles, road in roads.items():
            start_s = time.process_time()
            receptions = sum(int(road.second().sum()) for _ in range(TURN_S))
            cost_s[vehicles].append((time.process_time() - start_s) / TURN_S)
            bare_s[vehicles].append(plain_s(receptions) / TURN_S)
    median_s = {vehicles: statistics.median(values) for vehicles, values in cost_s.items()}
    rows = [
        {
            "vehicles": vehicles,
            "times_real_time": round(1.0 / median_s[vehicles], 2),
            "ms_per_vehicle_and_s": round(1e3 * median_s[vehicles] / vehicles, 3),
            "over_plain_numpy": round(median_s[vehicles] / statistics.median(bare_s[vehicles]), 2),
            "turns": TURNS,
        }
        for vehicles in VEHICLES
    ]
    growth = median_s[2000] / 2000 / (median_s[1000] / 1000)
    return {"sidelink": rows, "cost_per_vehicle_2000_over_1000": round(growth, 2), "compile_s": round(compile_s(), 1)}


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

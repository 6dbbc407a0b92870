"""How much faster than real time platoons run in SUMO: real frames, 10 ms control steps, everything recorded, one core.

``python benchmarks/platoon_runs.py`` prints simulated seconds per second of the processor and of the wall clock for

* ``exact``: ``wangwenzhuang-platoon``, a leader and eight followers alone on the ring, with the settings with which it
  is held against theory: exact radar and messages, a constant link of 100 ms, no fallback;
* ``one``: the same as it is shipped: radars with errors, fallback, and a link of 20 ms, so that messages are handed
  over in three parts of a scene instead of one;
* ``fifty``: fifty platoons of eight there, close together at 8 m/s since the ring holds no more otherwise.

The first seconds, in which modules and kernels are loaded, are left out.
"""

from __future__ import annotations

import json
import multiprocessing

from running import measured

RUNS: dict[str, tuple[str, ...]] = {
    "exact": (
        *("platoon.time_gap_s=0.5", "platoon.leader.frequency_hz=0.2", "links.pc5.delay_ms=100"),
        *("platoon.radar.kind=ideal", "platoon.quantised=false", "platoon.fallback.enabled=false"),
    ),
    "one": (),
    "fifty": (
        "platoon.count=50",
        "platoon.followers=7",
        "platoon.controller=path",
        "platoon.start_at_m=1640",
        "platoon.leader={kind: sine, speed_mps: 8, amplitude_mps: 0.5, frequency_hz: 0.1}",
    ),
}

#: As `measured` takes them.
EACH = [("wangwenzhuang-platoon", settings, 20.0) for settings in RUNS.values()]


def run() -> dict[str, dict[str, float]]:
    """Of all runs, each in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return dict(zip(RUNS, pool.starmap(measured, EACH, chunksize=1), strict=True))


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

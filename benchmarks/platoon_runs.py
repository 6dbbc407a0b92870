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
import tempfile
import time
from pathlib import Path

SETTLE_S, MEASURED_S = 3.0, 20.0
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


def whole(settings: tuple[str, ...]) -> dict[str, float]:
    """Simulated seconds per second, of the processor and of the wall."""
    from v2x.engine import Simulation
    from v2x.field.load import load_field
    from v2x.record.writer import RunWriter
    from v2x.scenario.loader import load_scenario

    overrides = (*settings, f"duration_s={SETTLE_S + MEASURED_S}")
    loaded = load_scenario("wangwenzhuang-platoon", overrides)
    stamps: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder, RunWriter(Path(folder) / "run", {}) as writer:
        simulation = Simulation(loaded.scenario, load_field("wangwenzhuang"), writer)
        simulation.run(lambda _until_ns, _users: stamps.append((time.process_time(), time.perf_counter())))
        writer.finish("complete")
    first = round(SETTLE_S / loaded.scenario.step_s)
    cpu_s, wall_s = (end - begin for begin, end in zip(stamps[first - 1], stamps[-1], strict=True))
    return {"per_cpu_s": round(MEASURED_S / cpu_s, 1), "per_wall_s": round(MEASURED_S / wall_s, 1)}


def run() -> dict[str, dict[str, float]]:
    """Of all runs, each in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return dict(zip(RUNS, pool.map(whole, RUNS.values(), chunksize=1), strict=True))


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

"""A shipped scenario as it is played, timed without what is loaded at the beginning."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

SETTLE_S = 3.0


def measured(scenario: str, settings: tuple[str, ...], measured_s: float) -> dict[str, float]:
    """Simulated seconds per second, of the processor and of the wall, on one core with everything recorded."""
    from v2x.engine import Simulation
    from v2x.field.load import field_of
    from v2x.record.writer import RunWriter
    from v2x.scenario.loader import load_scenario

    loaded = load_scenario(scenario, (*settings, f"duration_s={SETTLE_S + measured_s}"))
    stamps: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder, RunWriter(Path(folder) / "run", {}) as writer:
        simulation = Simulation(loaded.scenario, field_of(loaded.scenario), writer)
        simulation.run(lambda _until_ns, _users: stamps.append((time.process_time(), time.perf_counter())))
        writer.finish("complete")
    first = round(SETTLE_S / loaded.scenario.step_s)
    cpu_s, wall_s = (end - begin for begin, end in zip(stamps[first - 1], stamps[-1], strict=True))
    return {"per_cpu_s": round(measured_s / cpu_s, 1), "per_wall_s": round(measured_s / wall_s, 1)}

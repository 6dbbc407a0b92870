"""Runs of the shipped slalom with settings of a test's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import v2x_analysis
from v2x.engine import Simulation
from v2x.field.load import load_field
from v2x.record.writer import RunWriter
from v2x.scenario.loader import load_scenario

#: Somebody who stands on the course, 66 m ahead of where the vehicle begins.
STANDING = (
    "traffic.warmup_s=40",
    "traffic.vehicles=[{id: wall, route: [A_W.A_M, A_M.A_E], depart_s: -30, depart_at_m: 20, "
    "stops: [{edge: A_W.A_M, lane: 0, at_m: 110, duration_s: 600}]}]",
)
#: Gates soon after the beginning.
GATES = "remote.slalom={start_at_m: 100, gates: 4, spacing_m: 25, amplitude_m: 0.9}"


def drive(folder: Path, *settings: str, duration_s: float = 20.0) -> v2x_analysis.Run:
    """The slalom with these settings."""
    scenario = load_scenario("wangwenzhuang-remote-slalom", (*settings, f"duration_s={duration_s}")).scenario
    manifest = {"seed": scenario.seed, "start_utc": scenario.start_utc.isoformat()}
    with RunWriter(folder, manifest, scenario=scenario.model_dump(mode="json")) as writer:
        outcome = Simulation(scenario, load_field("wangwenzhuang"), writer).run()
        writer.finish("complete", digest=outcome.digest)
    return v2x_analysis.Run(folder)


def told(run: v2x_analysis.Run, kind: str) -> list[dict[str, Any]]:
    """Fields of the events of a kind."""
    return [json.loads(fields) for fields in run.events[run.events.kind == kind].fields]

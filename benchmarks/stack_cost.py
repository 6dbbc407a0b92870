"""What the whole stack costs beside bare SUMO: same field, same vehicles, same settings of the process.

Every vehicle is equipped and receptions reach 300 m. Each figure is the mean CPU time of a step, so that what is done
once a second or when a signal changes is in it, measured in a process of its own (libsumo holds one simulation a
process). The ratio is what counts, since machines are noisy: bare and full runs alternate, so that a slow minute hits
both, and the median over the repetitions is taken.
"""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from pathlib import Path

VEHICLES = (100, 300, 1000)
STEPS, SETTLE, REPEATS = 60, 20, 3
FIELD = "xiqing"


def routes(vehicles: int, folder: Path) -> Path:
    """A route file with ``vehicles`` cars, spread over the field at the start, that drive on for the whole run."""
    import numpy as np
    import sumolib

    from v2x.field.load import load_field

    net = sumolib.net.readNet(str(load_field(FIELD).net_file))
    rng = np.random.default_rng(7)
    edges = sorted((e for e in net.getEdges() if e.allows("passenger")), key=lambda e: e.getID())
    onward = {e: sorted(e.getAllowedOutgoing("passenger"), key=lambda o: o.getID()) for e in edges}
    # only ways that stay in the field: an exit would take its vehicle out of the count
    inner = {e: [o for o in onward[e] if onward[o]] for e in edges}
    starts = [e for e in edges if inner[e] and e.getLength() > 40]
    weights = np.array([edge.getLength() * edge.getLaneNumber() for edge in starts])
    lines = ["<routes>"]
    for number, start in enumerate(rng.choice(len(starts), vehicles, p=weights / weights.sum())):
        way = [starts[start]]
        while len(way) < 13 and inner[way[-1]]:
            way.append(inner[way[-1]][rng.integers(len(inner[way[-1]]))])
        names = " ".join(edge.getID() for edge in way)
        lines.append(
            f'<vehicle id="v{number}" type="car" depart="0" departLane="best" departPos="random_free" '
            f'departSpeed="max"><route edges="{names}"/></vehicle>'
        )
    path = folder / f"{vehicles}.rou.xml"
    path.write_text("\n".join([*lines, "</routes>"]))
    return path


def scenario_text(route_file: Path) -> str:
    """Every vehicle equipped, all of the field's roadside units up, PC5 cut at 300 m."""
    return f"""
schema_version: 1
name: stack-cost
start_utc: 2026-03-02T01:00:00Z
duration_s: {(SETTLE + STEPS) * 0.1}
seed: 7
profile: j2735
field: {FIELD}
traffic: {{kind: sumo, demand: normal, warmup_s: 3, routes: {route_file}}}
links: {{pc5: {{kind: statistical, pdr: [[0, 1.0], [300, 0.9]]}}}}
test: {{id: stack-cost, standard: none, clause: none, edition: none, stage: virtual}}
"""


def full(path: Path) -> tuple[float, int]:
    """Mean CPU seconds of a step of the whole stack, and the vehicles in the last one."""
    from v2x.engine import Simulation
    from v2x.field.load import load_field
    from v2x.record.writer import RunWriter
    from v2x.scenario.loader import load_scenario

    scenario = load_scenario(path).scenario
    stamps: list[float] = []
    users = [0]

    def stamp(_: int, present: int) -> None:
        stamps.append(time.process_time())
        users[0] = present

    with tempfile.TemporaryDirectory() as folder, RunWriter(Path(folder) / "run", {}) as writer:
        Simulation(scenario, load_field(FIELD), writer).run(stamp)
        writer.finish("complete")
    return _mean(stamps), users[0]


def bare(path: Path) -> tuple[float, int]:
    """Mean CPU seconds of a step of SUMO alone, and the vehicles in the last one."""
    import libsumo

    from v2x.assembly import clock_of
    from v2x.field.load import load_field
    from v2x.scenario.loader import load_scenario
    from v2x.scenario.model import SumoTraffic as Config
    from v2x.traffic.sumo import SumoTraffic

    scenario = load_scenario(path).scenario
    assert isinstance(scenario.traffic, Config)
    clock = clock_of(scenario)
    libsumo.start(SumoTraffic(scenario.traffic, load_field(FIELD), clock, scenario.seed).arguments())
    stamps = []
    for _ in range(round(scenario.traffic.warmup_s / scenario.step_s) + SETTLE + STEPS):
        libsumo.simulationStep()
        stamps.append(time.process_time())
    users = libsumo.vehicle.getIDCount()
    libsumo.close()
    return _mean(stamps), users


def _mean(stamps: list[float]) -> float:
    return (stamps[-1] - stamps[-STEPS - 1]) / STEPS


def run() -> dict[str, object]:
    """Cost of a step by number of vehicles, and how the ratio grows."""
    rows = []
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for vehicles in VEHICLES:
            path = folder / f"{vehicles}.yaml"
            path.write_text(scenario_text(routes(vehicles, folder)))
            costs: dict[str, list[float]] = {"full": [], "bare": []}
            present = 0
            for _ in range(REPEATS):
                for kind, job in (("bare", bare), ("full", full)):
                    with spawn.Pool(1) as pool:
                        cost_s, present = pool.apply(job, (path,))
                    costs[kind].append(cost_s * 1e3)
            median = {kind: statistics.median(values) for kind, values in costs.items()}
            rows.append(
                {
                    "vehicles": vehicles,
                    "present": present,
                    "bare_ms_per_step": round(median["bare"], 3),
                    "full_ms_per_step": round(median["full"], 3),
                    "ratio": round(median["full"] / median["bare"], 2),
                    "repeats": REPEATS,
                }
            )
    by_count = {row["vehicles"]: row["ratio"] for row in rows}
    return {"stack_cost": rows, "ratio_1000_over_300": round(by_count[1000] / by_count[300], 2)}

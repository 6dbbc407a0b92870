"""Vehicle updates a second with about a thousand vehicles: the peer plafosim, our study of strings and our full run.

``PLAFOSIM_PYTHON=.../bin/python python benchmarks/platoon_peer.py`` prints a table as JSON. The peer needs an
interpreter of its own, 3.9 or older::

    python3.9 -m venv peer && peer/bin/pip install plafosim==0.17.4

What is updated differs, so a figure is a cost and no verdict:

* peer: one vehicle for its step of 1 s (car following, lane changes; members copy their leader's speed, and messages
  are a test of distance). ``--pre-fill`` puts all vehicles on the road at once; without it there are 60 in the mean of
  the first two minutes. Formation adds its search for platoons every 30 s.
* study: one vehicle for a control step of 10 ms, 111 strings of nine on a track, messages late and lost.
* run: one vehicle for a control step of 10 ms in SUMO, with encoded messages, the medium and recording; as many
  platoons of nine as the ring takes at 10 m/s.

Times are of the processor (the process and those it started) and of the wall clock. A short and a long run are
subtracted, so that starting up does not count.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PEER = "PLAFOSIM_PYTHON"
VEHICLES, PEER_STEPS = 1000, (10, 40)
STRINGS, MEMBERS, STUDY_S = 111, 9, (2.0, 12.0)
PLATOONS, RUN_S = 45, (2.0, 6.0)
CONTROL_STEPS_PER_S = 100
SEARCH = ("--formation-algorithm", "SpeedPosition", "--formation-strategy", "distributed", "--execution-interval", "30")
PEER_RUNS: dict[str, tuple[str, ...]] = {
    "single vehicles": (),
    "formation": SEARCH,
    "one platoon": ("--start-as-platoon", "true"),
}


def updates_per_s(job: Callable[[float], float], short: float, long: float) -> dict[str, float]:
    """Of the part of a job that a long run has beyond a short one.

    Parameters
    ----------
    job
        Does a run of a length and returns the vehicle updates in it.
    """
    cost = {length: _cost(job, length) for length in (short, long)}
    done, cpu_s, wall_s = (b - a for a, b in zip(cost[short], cost[long], strict=True))
    return {"updates": round(done), "per_cpu_s": round(done / cpu_s), "per_wall_s": round(done / wall_s)}


def _cost(job: Callable[[float], float], length: float) -> tuple[float, float, float]:
    cpu_s, wall_s = _cpu_s(), time.perf_counter()
    updates = job(length)
    return updates, _cpu_s() - cpu_s, time.perf_counter() - wall_s


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def peer(python: str, *options: str) -> Callable[[float], float]:
    """A job of the peer; its length is in steps of 1 s."""

    def job(steps: float) -> float:
        with tempfile.TemporaryDirectory() as folder:
            limit_h = f"{(steps + 0.5) / 3600:.6f}"
            fixed = ["--vehicles", str(VEHICLES), "--pre-fill", "true", "--time-limit", limit_h, "--progress", "false"]
            script = str(Path(python).with_name("plafosim"))
            environment = {**os.environ, "PYTHONOPTIMIZE": "1", "PYTHONWARNINGS": "ignore"}
            environment.pop("PYTHONPATH", None)
            subprocess.run(
                [python, script, *fixed, *options], cwd=folder, env=environment, check=True, capture_output=True
            )
            said = (Path(folder) / "results_general.out").read_text()
        mean = next(line for line in said.splitlines() if line.startswith("average number of vehicles:"))
        return steps * float(mean.rpartition(" ")[2])

    return job


def study(seconds: float) -> float:
    """A job of the study; its length is in simulated seconds."""
    from v2x.control.leader import Sine
    from v2x.control.measures import SineFit
    from v2x.control.study import Track
    from v2x.control.study import run as drive
    from v2x.control.study_link import StudyLink

    track = Track("path", 25.0, STRINGS, MEMBERS - 1, link=StudyLink(delay_s=0.05, loss=0.1))
    leader = Sine(25.0, 0.2, 1.0, 0.0)
    drive(track, leader, seconds, [SineFit(0.2, 0.0, STRINGS, MEMBERS)])
    return seconds * CONTROL_STEPS_PER_S * STRINGS * MEMBERS


def full(seconds: float) -> float:
    """A job of the full run; its length is in simulated seconds."""
    keys = {"count": PLATOONS, "controller": "path", "start_at_m": 1640, "leader.speed_mps": 10}
    settings = [part for key, value in keys.items() for part in ("--set", f"platoon.{key}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "v2x", "run", "wangwenzhuang-platoon", *settings, "--duration", str(seconds)]
        subprocess.run([*command, "--no-report", "--out", f"{folder}/run"], check=True, capture_output=True)
    return seconds * CONTROL_STEPS_PER_S * PLATOONS * MEMBERS


def run() -> dict[str, object]:
    """The table, one entry a program."""
    study(STUDY_S[0])  # compiles
    table: dict[str, object] = {
        f"study, {STRINGS * MEMBERS} vehicles, 10 ms": updates_per_s(study, *STUDY_S),
        f"run, {PLATOONS * MEMBERS} vehicles, 10 ms": updates_per_s(full, *RUN_S),
    }
    python = os.environ.get(PEER)
    if python is None:
        return table | {
            "plafosim": f"not measured: {PEER} names no interpreter that has it, see benchmarks/platoon_peer.py"
        }
    for what, options in PEER_RUNS.items():
        table[f"plafosim, {VEHICLES} vehicles, 1 s, {what}"] = updates_per_s(peer(python, *options), *PEER_STEPS)
    return table


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

"""How fast the study of strings on a closed track is: vehicles times control steps per second of processor time.

``python benchmarks/platoon.py`` prints a figure for each law. A thousand strings of a leader and eight followers drive
a sinusoid with messages ten times a second, 50 ms late, a tenth of them lost; the radar is ideal, so that it is the
laws, the engine and the messages that are measured.
"""

from __future__ import annotations

import json
import time

from v2x.control.leader import Sine
from v2x.control.measures import SineFit
from v2x.control.study import Track
from v2x.control.study import run as drive
from v2x.control.study_link import StudyLink
from v2x.scenario.model_platoon import CONTROL_STEP_NS

REPLICAS, FOLLOWERS, SECONDS, TURNS = 1000, 8, 10.0, 3
LAWS = ("acc", "path", "ploeg", "consensus", "flatbed")


def vehicle_steps_per_s(law: str) -> float:
    """Of the fastest of some runs: the first also compiles."""
    track = Track(law, 25.0, REPLICAS, FOLLOWERS, link=StudyLink(delay_s=0.05, loss=0.1))
    leader, taken_s = Sine(25.0, 0.2, 1.0, 0.0, CONTROL_STEP_NS), float("inf")
    for _ in range(TURNS):
        begin_s = time.process_time()
        drive(track, leader, SECONDS, [SineFit(0.2, 0.0, REPLICAS, FOLLOWERS + 1)])
        taken_s = min(taken_s, time.process_time() - begin_s)
    return REPLICAS * (FOLLOWERS + 1) * round(SECONDS * 1e9 / CONTROL_STEP_NS) / taken_s


def run() -> dict[str, float]:
    """Millions of vehicle-steps a second by law."""
    return {law: round(vehicle_steps_per_s(law) / 1e6, 1) for law in LAWS}


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

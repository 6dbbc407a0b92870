"""How fast the study of strings on a closed track is: vehicles times control steps per second on one core.

``python benchmarks/platoon.py`` prints two figures for each law, in millions: by processor time, and by the clock on
the wall, which says less where others use the machine. A thousand strings of a leader and eight followers drive a
sinusoid with messages ten times a second, 50 ms late, a tenth of them lost; the radar is ideal, so that it is the
laws, the engine and the messages that are measured. ``ploeg, noisy`` has radars with errors and the fallback on.
"""

from __future__ import annotations

import json
import time

from v2x.control.leader import Sine
from v2x.control.measures import SineFit
from v2x.control.study import Track
from v2x.control.study import run as drive
from v2x.control.study_link import StudyLink
from v2x.scenario.model_platoon import CONTROL_STEP_NS, Fallback
from v2x.scenario.model_radar import NoisyRadar

REPLICAS, FOLLOWERS, SECONDS, TURNS = 1000, 8, 10.0, 3
LINK = StudyLink(delay_s=0.05, loss=0.1)
TRACKS = {
    **{
        law: Track(law, 25.0, REPLICAS, FOLLOWERS, link=LINK)
        for law in ("acc", "path", "ploeg", "consensus", "flatbed")
    },
    "ploeg, noisy": Track(
        "ploeg", 25.0, REPLICAS, FOLLOWERS, link=LINK, radar=NoisyRadar(kind="noisy"), fallback=Fallback()
    ),
}


def vehicle_steps_per_s(track: Track) -> dict[str, float]:
    """Millions by processor time and by the wall, each of the fastest of some runs: the first also compiles."""
    leader, taken_s = Sine(25.0, 0.2, 1.0, 0.0), {"cpu": float("inf"), "wall": float("inf")}
    for _ in range(TURNS):
        begin = {"cpu": time.thread_time(), "wall": time.perf_counter()}
        drive(track, leader, SECONDS, [SineFit(0.2, 0.0, REPLICAS, FOLLOWERS + 1)])
        end = {"cpu": time.thread_time(), "wall": time.perf_counter()}
        taken_s = {clock: min(taken_s[clock], end[clock] - begin[clock]) for clock in end}
    steps = REPLICAS * (FOLLOWERS + 1) * round(SECONDS * 1e9 / CONTROL_STEP_NS)
    return {clock: round(steps / seconds / 1e6, 1) for clock, seconds in taken_s.items()}


def run() -> dict[str, dict[str, float]]:
    """Millions of vehicle-steps a second."""
    return {name: vehicle_steps_per_s(track) for name, track in TRACKS.items()}


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

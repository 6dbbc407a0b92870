"""Make ``crossroads_sample.csv``: invented tracks through an invented crossroads, in the form of a real recording.

Run ``python make_crossroads_sample.py`` here to write the file again; a test checks that nothing but this makes it.
Cars follow the Intelligent Driver Model (Treiber, Hennecke, Helbing 2000, Phys. Rev. E 62, 1805) and take a red light
for a standing car. Signal times are those of a measured two-phase plan of a junction in Tianjin, 26 + 3 + 1 s twice.
"""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

STEP_S, DURATION_S = 0.1, 60.0
CENTRE_M, LANE_M, REACH_M = 60.0, 1.75, 60.0  # middle of the crossroads, offset of a lane, length of an arm
STOP_M, CURVE_M = 48.0, 55.0  # on a vehicle's way: the stop line, the begin of a right turn
GREEN_S, YELLOW_S, HALF_S = 26.0, 3.0, 30.0
# Intelligent Driver Model: desired speed, time gap, standstill gap, acceleration, comfortable braking; car length
V0_MPS, GAP_S, GAP_M, ACCEL_MPS2, BRAKE_MPS2, CAR_M = 11.0, 1.4, 2.0, 1.5, 2.0, 4.6

#: (enters at s, approach 0..3 = driving east, north, west, south, turns right)
ARRIVALS = [
    (0.0, 0, False), (0.0, 1, False), (0.0, 2, False), (2.0, 3, False), (4.0, 0, True), (6.0, 1, False),
    (9.0, 2, False), (12.0, 3, True), (14.0, 0, False), (17.0, 1, True), (20.0, 2, True), (24.0, 3, False),
    (27.0, 0, False), (29.0, 1, False), (33.0, 2, False), (35.0, 3, False), (38.0, 0, False), (42.0, 1, False),
    (45.0, 2, False), (47.0, 3, False),
]  # fmt: skip


def light(approach: int, t_s: float) -> tuple[str, float]:
    """Colour shown to an approach, and for how long it has been."""
    phase_s = (t_s + (0.0 if approach % 2 == 0 else HALF_S)) % (2 * HALF_S)
    for colour, begin_s, end_s in (("green", 0.0, GREEN_S), ("yellow", GREEN_S, GREEN_S + YELLOW_S)):
        if begin_s <= phase_s < end_s:
            return colour, phase_s - begin_s
    return "red", phase_s - GREEN_S - YELLOW_S


def position(approach: int, right: bool, way_m: float) -> tuple[float, float]:
    """Plane position after ``way_m`` on the way of an approach."""
    ahead, aside = way_m - REACH_M, LANE_M
    radius_m = REACH_M - CURVE_M - LANE_M
    if right and way_m > CURVE_M:
        angle = min((way_m - CURVE_M) / radius_m, math.pi / 2)
        straight_m = way_m - CURVE_M - angle * radius_m
        ahead = CURVE_M - REACH_M + radius_m * math.sin(angle)
        aside = LANE_M + radius_m * (1 - math.cos(angle)) + straight_m
    east, north = [(1, 0), (0, 1), (-1, 0), (0, -1)][approach]
    return CENTRE_M + ahead * east + aside * north, CENTRE_M + ahead * north - aside * east


def acceleration(speed_mps: float, gap_m: float, closing_mps: float) -> float:
    """Acceleration by the Intelligent Driver Model."""
    wanted_m = GAP_M + max(0.0, speed_mps * GAP_S + speed_mps * closing_mps / (2 * math.sqrt(ACCEL_MPS2 * BRAKE_MPS2)))
    return ACCEL_MPS2 * (1 - (speed_mps / V0_MPS) ** 4 - (wanted_m / max(gap_m, 0.1)) ** 2)


def tracks() -> list[tuple[str, ...]]:
    """All rows of the table, by time and id."""
    rows, ways, speeds = [], [0.0] * len(ARRIVALS), [V0_MPS] * len(ARRIVALS)
    for step in range(round(DURATION_S / STEP_S) + 1):
        t_s, leader = step * STEP_S, dict[int, int]()
        for car, (enters_s, approach, right) in enumerate(ARRIVALS):
            if t_s < enters_s or ways[car] > 2 * REACH_M - CAR_M:
                continue
            colour, elapsed_s = light(approach, round(t_s, 1))
            x_m, y_m = position(approach, right, ways[car])
            rows.append(
                (f"{t_s:.1f}", str(car + 1), f"{x_m:.2f}", f"{y_m:.2f}", str(approach), colour, f"{elapsed_s:.1f}")
            )
            obstacles = [(STOP_M, 0.0)] if colour != "green" and ways[car] < STOP_M - GAP_M / 2 else []
            if approach in leader:
                obstacles.append((ways[leader[approach]] - CAR_M, speeds[leader[approach]]))
            leader[approach] = car
            accel = min(
                (acceleration(speeds[car], end_m - ways[car], speeds[car] - v_mps) for end_m, v_mps in obstacles),
                default=acceleration(speeds[car], math.inf, 0.0),
            )
            speeds[car] = max(0.0, speeds[car] + max(accel, -6.0) * STEP_S)
            ways[car] += speeds[car] * STEP_S
    return rows


def table() -> str:
    """The whole file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["t_s", "id", "x_m", "y_m", "lane", "signal", "signal_elapsed_s"])
    writer.writerows(tracks())
    return text.getvalue()


if __name__ == "__main__":
    Path(__file__).with_name("crossroads_sample.csv").write_text(table(), encoding="utf-8", newline="")

"""Vehicles that somebody else drives come from a ramp, merge in motion, and leave by the next."""

from __future__ import annotations

from steering_kit import STEP_S, empty, of

from v2x.clock import to_ns
from v2x.traffic.steered import Convoy, Moved, Road

TRUCKS = Convoy(("truck.0", "truck.1", "truck.2"), ("truck",) * 3, (10.0, 10.0), 13.0)
RAMP_MPS, ROAD_MPS, MERGE_MPS = 13.5, 22.0, 19.0


def test_trucks_merge_at_the_speed_of_the_road_and_leave() -> None:
    lanes: dict[str, list[str]] = {name: [] for name in TRUCKS.names}
    merged_mps = dict.fromkeys(TRUCKS.names, 0.0)
    speed_mps = dict.fromkeys(TRUCKS.names, TRUCKS.speed_mps)
    with empty("xiqing") as traffic:
        traffic.start()
        traffic.place([TRUCKS], Road(["R1.R1_nose", "R2_nose.R2"], 0, 150.0), 0.0)
        seen = traffic.step(0)
        for k in range(1100):
            moves = []
            for name in TRUCKS.names:
                lane = of(seen, name, "lane")
                if lane != "R1_nose.R1_lane_0" and lanes[name][-1:] == ["R1_nose.R1_lane_0"]:
                    merged_mps[name] = of(seen, name, "speed_mps")
                lanes[name] += [lane] if lanes[name][-1:] != [lane] else []
                moves.append(_onward(name, lane, of(seen, name, "x_m"), speed_mps))
            traffic.move(moves)
            seen = traffic.step(to_ns(STEP_S) * (k + 1))
    for name in TRUCKS.names:
        assert [lane for lane in lanes[name] if not lane.startswith(":")] == [
            "R1.R1_nose_0", "R1_nose.R1_lane_0", "R1_nose.R1_lane_1", "R1_lane.R2_lane_0",
            "R2_lane.R2_nose_1", "R2_lane.R2_nose_0", "R2_nose.R2_0",
        ]  # fmt: skip
        assert 60.0 <= 3.6 * merged_mps[name] <= 80.0


def _onward(name: str, lane: str, x_m: float, speed_mps: dict[str, float]) -> Moved:
    """A driver of 0.8 m/s2 who waits for speed on the additional lane, and slows down before the exit."""
    on_the_road = lane.startswith(("R1_nose.", "R1_lane.", ":R1_")) and x_m < 4100.0
    before = speed_mps[name]
    wish = (ROAD_MPS if on_the_road else RAMP_MPS) - before
    speed_mps[name] = after = before + max(min(wish, 0.8 * STEP_S), -2.0 * STEP_S)
    change = int(lane == "R1_nose.R1_lane_0" and after > MERGE_MPS) - int(lane == "R2_lane.R2_nose_1")
    return Moved(name, STEP_S * (before + after) / 2.0, after, (after - before) / STEP_S, change)

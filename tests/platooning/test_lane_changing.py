"""Lane changes as members notice them, in SUMO's traffic."""

from __future__ import annotations

import numpy as np
import pytest

from v2x.clock import SimClock, to_ns
from v2x.control.plant import Plant
from v2x.field.load import load_field
from v2x.platooning.lane_changing import LEFT, RIGHT, LaneChanging, Look
from v2x.platooning.neighbours import Lanes
from v2x.platooning.outlook import Outlook
from v2x.scenario.model import SumoTraffic as Config
from v2x.traffic.steered import Convoy, Moved, Road
from v2x.traffic.sumo import SumoTraffic

STEP_S, SPEED_MPS, NAME = 0.1, 30.0, "platoon0.0"
#: The fast road gets a lane more on its right where the entry comes in, 1.2 m after this edge.
EDGE, EDGE_M = "J_24.R1_nose", 478.93


@pytest.mark.parametrize("steps_before_the_end", [1, 2])
@pytest.mark.parametrize("direction", [LEFT, RIGHT, 0])
def test_a_change_is_noticed_where_lanes_are_numbered_anew(direction: int, steps_before_the_end: int) -> None:
    """From 0.4 m before the end of an edge the next step leads to 1.4 m into the one after the junction."""
    clock = SimClock(0, to_ns(STEP_S), to_ns(60.0))
    config = Config(kind="sumo", warmup_s=1.0, scale=0.0)
    lanes, outlook = Lanes(1, STEP_S), Outlook(np.array([[NAME]], object), Plant(0.01, np.full((1, 1), 30.0), 0.5, 0.0))
    changing, noticed, seen = LaneChanging((NAME,), lanes), [], []
    with SumoTraffic(config, load_field("xiqing"), clock, 5, engine="libsumo") as traffic:
        traffic.start()
        start_m = EDGE_M - 0.4 - 3 * STEP_S * SPEED_MPS
        traffic.place([Convoy((NAME,), ("car",), (), SPEED_MPS)], Road([EDGE, "R2_nose.E2"], 1, start_m), 0.0)
        for k in range(6):
            snapshot = traffic.step(k * to_ns(STEP_S))
            outlook.see(snapshot, traffic)
            seen.append(str(snapshot.lane[0]))
            noticed += [(k, *each) for each in changing.settle(snapshot.t_ns, outlook).items()]
            if direction and k == 4 - steps_before_the_end:
                assert changing.order(0, (direction,), SPEED_MPS, Look(snapshot, traffic), squeeze=True, inside=False)
            traffic.move([Moved(NAME, STEP_S * SPEED_MPS, SPEED_MPS, 0.0, int(changing.ordered[0]))])
    assert seen[3].startswith(EDGE) and seen[4].startswith("R1_nose.R1_lane_")
    assert noticed == ([(5 - steps_before_the_end, 0, direction)] if direction else [])
    assert bool(lanes.inside[0]) == (direction == 0)

"""What applications on board work out once for all of them, and the shortcuts that must not change a bit."""

from __future__ import annotations

import numpy as np
import pytest
from app_kit import HERE, MS, T0, bsm, inbox

from v2x.geo import turn_deg
from v2x.stations.applications.ground import Ground, turned_deg
from v2x.stations.applications.heard import MAX_AGE_NS, Vehicles
from v2x.stations.applications.motion import Own
from v2x.stations.base import View


def test_own_state_is_worked_out_once_a_view() -> None:
    view = View(T0, bsm(speed_mps=5.0))
    assert Own.of(view) is Own.of(view)
    assert Own.of(view) is not Own.of(View(T0, view.own))


def test_applications_share_what_they_hear_and_late_ones_hear_only_what_is_new() -> None:
    one, other = Vehicles(), Vehicles()
    first = View(T0, None, inbox([bsm(who=7)]))
    assert one.hear(first) is other.hear(first)
    second = View(T0 + 100 * MS, None, inbox([bsm(who=8, utc_ns=T0 + 100 * MS)]))
    late = Vehicles()
    assert one.hear(second).temporary_id.tolist() == [7, 8]
    assert late.hear(second).temporary_id.tolist() == [8]
    assert other.hear(second) is one.states


def test_newest_state_of_each_that_is_not_too_old() -> None:
    vehicles = Vehicles()
    news = [bsm(who=7, utc_ns=T0, speed_mps=2.0), bsm(who=7, utc_ns=T0 - MS, speed_mps=1.0), bsm(who=9, utc_ns=T0)]
    stale = bsm(who=3, utc_ns=T0 - MAX_AGE_NS - 1)
    states = vehicles.hear(View(T0, None, inbox([*news, stale])))
    assert states.temporary_id.tolist() == [7, 9]
    assert states.speed_mps.tolist() == [2.0, 0.0]
    assert len(vehicles.hear(View(T0 + MAX_AGE_NS, None))) == 2
    assert len(vehicles.hear(View(T0 + MAX_AGE_NS + 1, None))) == 0


@pytest.mark.parametrize("turn", [0.0, 179.9, 180.0, -180.0, 359.999, 1e-13, -1e-13, 725.5])
def test_single_turn_is_that_of_columns(turn: float) -> None:
    for heading in np.linspace(0.0, 359.9, 37).tolist():
        assert turned_deg(heading, heading + turn) == float(turn_deg(heading, heading + turn))


def test_single_point_is_that_of_columns() -> None:
    ground = Ground.at(*HERE)
    lat, lon = HERE[0] + 0.00123, HERE[1] - 0.00321
    assert ground.point(lat, lon) == tuple(ground.metres(lat, lon)[0].tolist())

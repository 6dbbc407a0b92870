"""What a SUMO vehicle makes of orders: it brakes, keeps to a cap, overlooks lights or users, and is let go again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from v2x.clock import SimClock, to_ns
from v2x.field.load import load_field
from v2x.field.model import Field
from v2x.scenario.model import SumoTraffic as Config
from v2x.traffic.base import DriveCommand
from v2x.traffic.sumo import SumoTraffic
from v2x.traffic.sumo_drivers import EASING_MPS2

# J_11 shows red to the west arm from 31 s on: a departs so that it gets there then; c stands in its way where wanted
ROUTES = """<routes>
<vType id="car_probe" length="5" accel="2" decel="4.5" sigma="0" speedFactor="1" speedDev="0" lcStrategic="-1"
  lcSpeedGain="0" lcKeepRight="0" lcCooperative="-1"/>
{before}
<vehicle id="a" type="car_probe" depart="15" departPos="10" departSpeed="13" departLane="2">
<route edges="W1.J_11 J_11.J_12"/></vehicle>
</routes>"""
STANDS = """<vehicle id="c" type="car_probe" depart="10" departPos="160" departSpeed="0" departLane="2">
<route edges="W1.J_11 J_11.J_12"/><stop lane="W1.J_11_2" startPos="150" endPos="160" duration="1000"/></vehicle>"""
LIGHTS, USERS = frozenset(("lights",)), frozenset(("users",))
FREE = DriveCommand("a")
Orders = Callable[[int], DriveCommand | None]


class Ride(NamedTuple):
    """Step by step: speed and acceleration of a, its lane, and whether it has overlapped c."""

    speed_mps: np.ndarray
    accel_mps2: np.ndarray
    lanes: list[str]
    touched: bool


@pytest.fixture(scope="module")
def field() -> Field:
    return load_field("dongli")


@pytest.fixture(params=["libsumo", "traci"])
def ride(request: pytest.FixtureRequest, field: Field, tmp_path: Path) -> Callable[..., Ride]:
    """Drives a for some steps from 15.5 s on; ``orders`` gives the command of a step."""

    def drive(orders: Orders, *, before: str = "", n: int = 220) -> Ride:
        routes = tmp_path / "one.rou.xml"
        routes.write_text(ROUTES.format(before=before))
        clock = SimClock(0, to_ns(0.1), to_ns(0.1) * n)
        speeds, accels, lanes, touched = [], [], [], False
        config = Config(kind="sumo", warmup_s=15.5, routes=routes)
        with SumoTraffic(config, field, clock, 5, engine=request.param) as traffic:
            traffic.start()
            for k, t_ns in enumerate(clock.steps()):
                snapshot = traffic.step(t_ns)
                row, other = snapshot.index_of("a"), snapshot.index_of("c")
                if row is None:
                    break
                speeds.append(snapshot.speed_mps[row])
                accels.append(snapshot.accel_mps2[row])
                lanes.append(snapshot.lane[row])
                if other is not None:
                    apart_m = np.hypot(snapshot.x_m[row] - snapshot.x_m[other], snapshot.y_m[row] - snapshot.y_m[other])
                    touched |= bool(apart_m < 5.0)
                command = orders(k)
                traffic.steer([command] if command is not None else [])
        return Ride(np.array(speeds), np.array(accels), lanes, touched)

    return drive


def test_left_to_itself_it_stops_at_the_red_and_overlooking_lights_it_does_not(ride: Callable[..., Ride]) -> None:
    normal = ride(lambda k: None)
    assert normal.speed_mps[-1] == 0.0 and normal.lanes[-1] == "W1.J_11_2"
    blind = ride(lambda k: DriveCommand("a", overlooks=LIGHTS))
    assert blind.speed_mps[130:].min() > 15.0 and blind.lanes[-1].startswith("J_11.J_12")


def test_it_brakes_as_hard_as_told_stands_and_drives_on(ride: Callable[..., Ride]) -> None:
    def orders(k: int) -> DriveCommand | None:
        return DriveCommand("a", brake_mps2=6.0, overlooks=LIGHTS) if 40 <= k < 100 else FREE if k == 100 else None

    braked = ride(orders, n=140)
    assert braked.accel_mps2[42:60] == pytest.approx(-6.0, abs=1e-6)
    assert (braked.speed_mps[75:101] == 0.0).all()
    assert braked.accel_mps2[103:130] == pytest.approx(2.0, abs=1e-6)


def test_one_that_is_blind_for_lights_and_then_brakes_stops_before_the_line(ride: Callable[..., Ride]) -> None:
    """From some 57 m: the whole chain of a warning that comes in time."""
    stopped = ride(lambda k: DriveCommand("a", **({"brake_mps2": 6.0} if k >= 140 else {"overlooks": LIGHTS})))  # type: ignore[arg-type]
    assert stopped.speed_mps[-1] == 0.0 and stopped.lanes[-1] == "W1.J_11_2"


def test_a_cap_is_eased_into_kept_and_lifted_and_lights_are_minded(ride: Callable[..., Ride]) -> None:
    def orders(k: int) -> DriveCommand | None:
        return DriveCommand("a", cap_mps=10.0) if 40 <= k < 120 else FREE if k == 120 else None

    capped = ride(orders, n=300)
    assert capped.accel_mps2[40:100].min() == pytest.approx(-EASING_MPS2, abs=1e-6)
    assert capped.speed_mps[100:121] == pytest.approx(10.0, abs=1e-6)
    assert capped.speed_mps[121:160].max() > 13.0
    assert capped.lanes[-1] == "W1.J_11_2" and capped.speed_mps[-1] == 0.0


def test_a_capped_vehicle_minds_who_stands_and_one_that_overlooks_users_does_not(ride: Callable[..., Ride]) -> None:
    minding = ride(lambda k: DriveCommand("a", cap_mps=12.0), before=STANDS, n=200)
    assert not minding.touched and minding.speed_mps[-1] == 0.0
    blind = ride(lambda k: DriveCommand("a", overlooks=USERS), before=STANDS, n=200)
    assert blind.touched and blind.speed_mps[80:110].min() > 13.0


def test_one_that_overlooks_users_still_minds_lights(ride: Callable[..., Ride]) -> None:
    seeing = ride(lambda k: DriveCommand("a", overlooks=USERS))
    assert seeing.speed_mps[-1] == 0.0 and seeing.lanes[-1] == "W1.J_11_2"
    blind = ride(lambda k: DriveCommand("a", overlooks=USERS | LIGHTS))
    assert blind.lanes[-1].startswith("J_11.J_12")


def test_orders_for_who_is_not_there_are_void(ride: Callable[..., Ride]) -> None:
    def orders(k: int) -> DriveCommand | None:
        return DriveCommand("nobody", cap_mps=3.0) if k % 2 else DriveCommand("nobody")

    assert len(ride(orders, n=5).speed_mps) == 5

"""What vehicles tell beyond their motion: hard braking, and that they respond with siren and blue lights."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from v2x.clock import NS_PER_S, SimClock, utc_ns
from v2x.messages.model import VehicleEvent, VehicleStates
from v2x.messages.profile import get_profile
from v2x.scenario.model import Obu
from v2x.scenario.model import Sensors as SensorsConfig
from v2x.stations.fleet import Fleet
from v2x.stations.pace import FixedPace
from v2x.stations.sensors import Sensors
from v2x.stations.temporary_ids import TemporaryIds
from v2x.traffic.base import KINDS, Snapshot

START_UTC_NS = utc_ns(datetime(2025, 6, 1, 8, 0, tzinfo=UTC))
FAMILIES = ("j2735", "csae-a")


def snapshot(names: list[str], accel_mps2: list[float], kind: str = "car") -> Snapshot:
    """Vehicles that brake or not, one place each."""
    one = np.ones(len(names))
    return Snapshot(
        t_ns=0,
        id=np.array(names, object),
        key=np.arange(1, len(names) + 1, dtype=np.uint64),
        type=np.full(len(names), KINDS.index(kind), np.int8),
        x_m=10 * np.arange(len(names)),
        y_m=0 * one,
        lon_deg=117 * one,
        lat_deg=39 * one,
        heading_deg=90 * one,
        speed_mps=15 * one,
        accel_mps2=np.array(accel_mps2),
        yaw_rate_dps=0 * one,
        length_m=5 * one,
        width_m=2 * one,
        lane=np.full(len(names), "", object),
    )


def said(
    config: Obu, traffic: Snapshot, profile: str = "csae-a", sensors: SensorsConfig | None = None
) -> VehicleStates:
    """Messages of one second, as they are sensed; what is decoded from the air says the same."""
    clock = SimClock(START_UTC_NS, NS_PER_S, 10 * NS_PER_S)
    ideal = SensorsConfig(ideal=frozenset({"gnss", "motion", "clock", "delays"}))
    fleet = Fleet(
        config, FixedPace(1.0, 1), Sensors(sensors or ideal, 1), get_profile(profile), clock,
        TemporaryIds(300 * 10**9, 64 if profile.startswith("csae") else 32, 1), seed=1, subjects=(),
    )  # fmt: skip
    emission = fleet.emit(traffic, fleet.equipped(traffic))
    heard = get_profile(profile).decode_vehicle_states(emission.frames.data, START_UTC_NS)
    assert len(heard) == len(emission.rows) == len(traffic)
    assert (emission.rows == np.arange(len(traffic))).all()
    for name in ("events", "emergency"):
        assert getattr(heard, name).tolist() == getattr(emission.states, name).tolist()
    return emission.states


@pytest.mark.parametrize("profile", FAMILIES)
def test_hard_braking_is_told_beyond_two_fifths_of_g(profile: str) -> None:
    braking = snapshot([f"v{i}" for i in range(4)], [-3.92, -3.93, -9.0, 4.5])
    hard = int(VehicleEvent.HARD_BRAKING)
    assert said(Obu(), braking, profile).events.tolist() == [0, hard, hard, 0]


def test_hard_braking_is_what_the_sensor_says() -> None:
    names = [f"v{i:03}" for i in range(400)]
    states = said(Obu(), snapshot(names, [-0.4 * 9.80665] * 400), sensors=SensorsConfig())
    hard = states.events != 0
    assert (hard == (states.accel_long_mps2 < -0.4 * 9.80665)).all()
    assert 150 < hard.sum() < 250


@pytest.mark.parametrize("profile", FAMILIES)
def test_emergency_vehicles_are_those_of_the_patterns(profile: str) -> None:
    names = ["Ambulance.1", "ambulance.1", "fire", "fire.2", "v1"]
    states = said(Obu(emergency_vehicles=("ambulance*", "fire")), snapshot(names, [0.0] * 5), profile)
    assert states.emergency.tolist() == [-1, 1, 1, -1, -1]
    assert states.vehicle_class.tolist() == [10, 60, 60, 10, 10]
    assert not states.events.any()


@pytest.mark.parametrize("profile", FAMILIES)
def test_without_them_nobody_tells(profile: str) -> None:
    traffic = snapshot(["ambulance", "car"], [0.0, 0.0])
    assert said(Obu(), traffic, profile).emergency.tolist() == [-1, -1]


def test_who_is_not_equipped_tells_nothing() -> None:
    config = Obu(emergency_vehicles=("a",), penetration={"bus": 1.0})
    clock = SimClock(START_UTC_NS, NS_PER_S, NS_PER_S)
    identities = TemporaryIds(300 * 10**9, 32, 1)
    fleet = Fleet(
        config, FixedPace(10.0, 1), Sensors(SensorsConfig(), 1), get_profile("j2735"), clock, identities, 1, ()
    )
    traffic = snapshot(["a"], [-9.0])
    assert fleet.emit(traffic, fleet.equipped(traffic)).frames.data == []

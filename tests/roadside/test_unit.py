"""The unit as a whole: what it is told to repeat, what it passes on, what the radio takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from v2x.messages.model import NAN, VehicleStates
from v2x.messages.profile import get_profile
from v2x.rng import key_of
from v2x.scenario.model import Rsu
from v2x.scenario.model_roadside import Cloud, Radio
from v2x.stations.base import Inbox, Received
from v2x.stations.roadside import Inputs, Order, UnitSite
from v2x_roadside.unit import RoadsideUnit

UTC_NS = 1_772_000_000_000_000_000
MS, STEP_NS = 1_000_000, 100_000_000
EVENTS: list[tuple[str, dict[str, Any]]] = []


def site(config: Rsu, *stored: Order) -> UnitSite:
    EVENTS.clear()
    return UnitSite(
        name="RSU-1",
        key=key_of("RSU-1"),
        place=(39.05, 117.05, NAN),
        profile=get_profile("j2735"),
        config=config,
        intersection=None,
        spat=None,
        notices=(),
        stored=stored,
        read_clock=lambda t_ns: UTC_NS + 500 + t_ns,
        transmit_ns=2 * MS,
        seed=1,
        event=lambda kind, fields: EVENTS.append((kind, fields)),
    )


def times(unit: RoadsideUnit, steps: int, first: Inputs | None = None, begin: int = 0) -> list[float]:
    """Milliseconds at which the unit's frames reach the radio, from one step on."""
    sent = []
    for step in range(begin, begin + steps):
        inputs = first if first is not None and step == begin else Inputs()
        sent += unit.step(step * STEP_NS, (step + 1) * STEP_NS, inputs).pc5
    return [(each.t_ns - 2 * MS) / MS for each in sent]


def test_an_order_without_interval_goes_out_once_and_at_once() -> None:
    assert times(RoadsideUnit(site(Rsu())), 5, Inputs(orders=(Order("TIM", b"x", 4),))) == [0.0]


def test_a_stored_message_is_repeated_between_its_times_by_the_units_clock() -> None:
    order = Order("TIM", b"x", 4, 250 * MS, UTC_NS + 500 + 130 * MS, UTC_NS + 500 + 900 * MS)
    assert times(RoadsideUnit(site(Rsu(), order)), 20) == pytest.approx([130.0, 380.0, 630.0, 880.0])


def test_the_same_message_again_replaces_the_first() -> None:
    unit = RoadsideUnit(site(Rsu(), Order("TIM", b"x", 4, 100 * MS)))
    assert len(times(unit, 10)) == 10
    later = Inputs(orders=(Order("TIM", b"x", 4, 500 * MS),))
    assert times(unit, 10, later, begin=10) == [1000.0, 1500.0]


def test_a_crowded_radio_drops_and_says_so() -> None:
    crowd = Inputs(orders=tuple(Order("TIM", bytes([k]) * 100, k % 8) for k in range(40)))
    sent = times(RoadsideUnit(site(Rsu(radio=Radio(max_kbps=8.0)))), 10, crowd)
    dropped = [fields for kind, fields in EVENTS if kind == "radio.dropped"]
    assert len(sent) + len(dropped) == 40 and {each["type"] for each in dropped} == {"TIM"}


def test_the_cloud_gets_what_it_asked_for_byte_for_byte() -> None:
    config = Rsu(cloud=Cloud(heard=("PSM", "BSM"), own=("TIM",)))
    unit = RoadsideUnit(site(config))
    assert unit.hears == {"PSM", "BSM"} and unit.uplinks
    heard = (Received("pc5", "PSM", {}, UTC_NS, b"psm"), Received("pc5", "MAP", {}, UTC_NS, b"map"))
    row = {name: np.ones(1, column.dtype) for name, column in vars(VehicleStates.none()).items()}
    inbox = Inbox(heard, VehicleStates(**row), np.array([UTC_NS]), (b"bsm",))
    sent = unit.step(0, STEP_NS, Inputs(inbox, orders=(Order("TIM", b"tim", 4),)))
    assert sorted((each.type, each.data) for each in sent.uplink) == [("BSM", b"bsm"), ("PSM", b"psm"), ("TIM", b"tim")]


def test_the_cloud_gets_no_more_than_agreed() -> None:
    unit = RoadsideUnit(site(Rsu(cloud=Cloud(heard=("PSM",), max_frames_per_s=20.0))))
    received = tuple(Received("pc5", "PSM", {}, UTC_NS, bytes([k])) for k in range(10))
    passed = [len(unit.step(k * STEP_NS, (k + 1) * STEP_NS, Inputs(Inbox(received))).uplink) for k in range(100)]
    assert sum(passed) == pytest.approx(200, abs=6)
    assert sum(fields["frames"] for kind, fields in EVENTS if kind == "cloud.dropped") == 1000 - sum(passed)


def test_without_a_cloud_a_unit_neither_listens_nor_uplinks() -> None:
    unit = RoadsideUnit(replace(site(Rsu()), notices=()))
    assert not unit.hears and not unit.uplinks

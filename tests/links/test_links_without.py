"""Links that are spared a cause of loss or a part of the way: that one is gone, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from links_kit import STEP_NS, frames, hearers, scene

from v2x.field.load import load_field
from v2x.links.base import Aired, Cause
from v2x.links.build import build_pc5, build_uu
from v2x.scenario.model import StatisticalPc5
from v2x.scenario.model_cellular import GeometricUu
from v2x.scenario.model_sidelink import GeometricPc5, SensingPc5, Spared

N = 40
KEYS = np.arange(N)
X_M = np.random.default_rng(3).uniform(0.0, 900.0, N)
SIDELINK = {"channel": "cn10", "obu_power_dbm": 10.0, "propagation": {"kind": "winner_b1"}}
MODELS = {
    "statistical": lambda without: StatisticalPc5(kind="statistical", pdr="dense", without=without),
    "geometric": lambda without: GeometricPc5.model_validate({"kind": "geometric", **SIDELINK, "without": without}),
    "sensing": lambda without: SensingPc5.model_validate({"kind": "sensing", **SIDELINK, "without": without}),
}
ALL: Spared = ("half_duplex", "below_sensitivity", "propagation", "collision")


def aired(kind: str, without: Spared, steps: int = 20) -> list[Aired]:
    """Everybody sends every 100 ms."""
    link, stations = build_pc5(MODELS[kind](without), seed=7), hearers(KEYS, X_M)
    times = np.random.default_rng(4).integers(0, STEP_NS, N)
    found = []
    for step in range(steps):
        begin_ns = step * STEP_NS
        order = np.argsort(times)
        sent = frames(KEYS[order], begin_ns + times[order], X_M[order])
        found.append(link.broadcast(sent, scene(stations, begin_ns)))
    return found


def causes(steps: list[Aired]) -> np.ndarray:
    return np.concatenate([step.receptions.cause for step in steps])


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("spared", [*[(cause,) for cause in ALL], ALL])
def test_what_a_cause_took_arrives_and_nothing_else_changes(kind: str, spared: Spared) -> None:
    whole, less = causes(aired(kind, ())), causes(aired(kind, spared))
    gone = np.isin(whole, [Cause[name.upper()] for name in spared])
    assert gone.any()
    assert not less[gone].any()
    assert np.array_equal(less[~gone], whole[~gone])


def test_the_law_by_distance_is_spared_as_well() -> None:
    distance_m = np.linspace(0.0, 480.0, 50)
    whole, less = (build_pc5(MODELS["statistical"](without), 7).law for without in ((), ("collision",)))
    assert whole is not None and less is not None
    before, after = whole.shares(distance_m), less.shares(distance_m)
    assert np.allclose(after.sum(axis=1), 1.0)
    assert not after[:, Cause.COLLISION].any()
    assert np.allclose(after[:, Cause.DELIVERED], before[:, Cause.DELIVERED] + before[:, Cause.COLLISION])
    assert np.array_equal(after[:, Cause.HALF_DUPLEX], before[:, Cause.HALF_DUPLEX])


@pytest.mark.parametrize("part", ["queue", "radio", "transport", "core", "internet", "server"])
def test_a_part_of_the_way_takes_no_time_and_the_others_what_they_did(part: str) -> None:
    sent = frames([5], np.arange(0, 200) * 10**6)
    got = []
    for without in ((), (part,)):
        config = GeometricUu.model_validate({"kind": "geometric", "server": "cloud", "without": without})
        link = build_uu(config, 1, 0, load_field("xiqing"))
        link.move(0, hearers([5], 100.0, 830.0))
        got.append(link.carry(sent, "uplink"))
    whole, less = got
    assert whole.segments_ns[part].all() and not less.segments_ns[part].any()
    assert np.array_equal(whole.t_ns - whole.segments_ns[part], less.t_ns)
    for other in set(whole.segments_ns) - {part}:
        assert np.array_equal(whole.segments_ns[other], less.segments_ns[other])


def test_what_is_sent_without_coverage_can_arrive_all_the_same() -> None:
    sent = frames([5], np.arange(0, 20) * 10**6)
    found = []
    for without in ((), ("outage",)):
        config = GeometricUu.model_validate({"kind": "geometric", "without": without})
        link = build_uu(config, 1, 0, load_field("xiqing"))
        link.move(0, hearers([5], 60_000.0, 830.0))
        found.append(link.carry(sent, "uplink"))
    dark, lit = found
    assert (dark.cause == Cause.OUTAGE).all()
    assert not lit.cause.any() and (lit.t_ns > sent.t_ns).all()

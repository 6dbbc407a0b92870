"""One control step of strings: what the vehicles sense of themselves, and that none of them depends on the others."""

from __future__ import annotations

import numpy as np
import pytest

from v2x.control.gains import gains_of, with_fallback
from v2x.control.laws.base import Heard
from v2x.control.platoon_string import Decision, PlatoonString, Vehicles
from v2x.control.radar import NOBODY, PerfectRadar, Road
from v2x.scenario.model_platoon import CONTROL_STEP_NS, Fallback

SPEED_MPS = 20.0


def strings(laws: list[str], fallback: bool = False) -> PlatoonString:
    """Strings of a leader and a follower, whose laws are these."""
    shape, config = (len(laws), 2), Fallback(enabled=fallback)
    gains = {
        name: of for own in ("path", "ploeg") for name, of in with_fallback(own, gains_of(own, shape), config).items()
    }
    speed, own = np.full(shape, SPEED_MPS), np.array(laws)[:, None]
    return PlatoonString(speed, Vehicles(), gains, own, PerfectRadar(shape, CONTROL_STEP_NS), config)


def step(
    string: PlatoonString,
    k: int = 0,
    gap_m: float = 30.0,
    sensed: tuple[float, float] | None = None,
    leader_sees_m: float = np.inf,
) -> Decision:
    """Step ``k``: followers at that gap, all as fast as what is ahead of them, nothing heard but steady driving."""
    shape = string.code.shape
    gap = np.array([[leader_sees_m, gap_m]]) + np.zeros(shape)
    road = Road(gap, np.zeros(shape), np.where(np.isfinite(gap), 7, NOBODY))
    still, drives = np.zeros(shape), string.plant.speed_mps.copy()
    heard = Heard(drives, still, still, still, still)
    own = None if sensed is None else (np.full(shape, sensed[0]), np.full(shape, sensed[1]))
    return string.step(k * CONTROL_STEP_NS, road, heard, heard, np.zeros(shape), None, own)


@pytest.mark.parametrize("law", ["path", "ploeg", "acc", "degraded"])
def test_laws_go_by_the_own_motion_as_it_is_sensed(law: str) -> None:
    exact, off = step(strings([law])), step(strings([law]), sensed=(SPEED_MPS + 1.0, 0.5))
    assert off.commanded_mps2[0, 1] < exact.commanded_mps2[0, 1]  # they feel too fast
    assert off.speed_mps[0, 1] == exact.speed_mps[0, 1] == SPEED_MPS  # the record keeps the truth
    same = step(strings([law]), sensed=(SPEED_MPS, 0.0))
    assert (same.commanded_mps2 == exact.commanded_mps2).all()


def test_cruising_and_the_speed_seen_ahead_go_by_the_own_speed_as_it_is_sensed() -> None:
    string = strings(["ploeg"])
    string.set_speed_mps[:] = SPEED_MPS
    off = step(string, sensed=(SPEED_MPS + 1.0, 0.0))
    assert off.commanded_mps2[0, 0] == pytest.approx(-1.0)
    assert off.sighting.ahead_speed_mps[0, 1] == SPEED_MPS + 1.0


def test_emergency_braking_goes_by_the_own_acceleration_as_it_is_sensed() -> None:
    exact, off = (step(strings(["ploeg"], True), gap_m=2.2, sensed=(SPEED_MPS, accel)) for accel in (0.0, 4.0))
    assert off.guarded[0, 1]
    assert not exact.guarded[0, 1]


def test_who_takes_up_a_law_does_not_mind_which_laws_others_have() -> None:
    alone, among = strings(["ploeg", "ploeg"]), strings(["ploeg", "acc"])
    for k in range(50):
        one, other = (step(each, k, leader_sees_m=35.0 if k > 10 else np.inf) for each in (alone, among))
        assert (one.commanded_mps2[0] == other.commanded_mps2[0]).all()
        assert np.array_equal(one.error_m[0], other.error_m[0], equal_nan=True)


def test_arrays_of_another_shape_are_refused() -> None:
    string, wrong = strings(["ploeg"]), np.zeros((1, 1))
    road = Road(np.zeros((1, 2)), np.zeros((1, 2)), np.zeros((1, 2), np.int64))
    with pytest.raises(ValueError, match=r"\(1, 1\).* for vehicles of shape \(1, 2\)"):
        string.step(0, road, Heard.nothing((1, 2)), Heard.nothing((1, 2)), wrong)


@pytest.mark.parametrize("law", ["ploeg", "path"])
def test_a_follower_that_sees_nobody_for_long_drives_on_by_itself(law: str) -> None:
    string = strings([law], fallback=True)
    string.plant.speed_mps[:] = 0.0
    string.set_speed_mps[:, 1] = 10.0
    for k in range(400):
        step(string, k, gap_m=np.inf)
    assert string.plant.speed_mps[0, 1] == 0.0
    for k in range(400, 3000):
        step(string, k, gap_m=np.inf)
    assert string.plant.speed_mps[0, 1] == pytest.approx(10.0, abs=0.1)

"""The delay from which on a loop is unstable, in the study, against theory: our own and the shared tables."""

from __future__ import annotations

import csv
from dataclasses import replace
from math import pi
from pathlib import Path

import numpy as np
import pytest
import remote_kit as theory
from numpy.typing import ArrayLike
from report_kit import write_table

from v2x.remote.study import LOST_M, Loop, critical_delay_s, run
from v2x.remote.vehicle.body import BODIES, Actuators

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "remote.md"
CAR = BODIES["bmw320i"]
L = CAR.wheelbase_m
SPEEDS_KMH = (20, 30, 50)
SPEEDS_MPS = np.array(SPEEDS_KMH) / 3.6
#: Of the difference between study and theory.
BAR = 0.12
#: Figures that the tables are for, where they are not the defaults.
TABLE: dict[str, dict[str, ArrayLike]] = {
    "pure_pursuit": {"look_ahead_s": 0.0, "least_m": 10.0},
    "stanley": {},
    "two_point": {"scale": 1.0, "far_s": 4.0},
}


def loop_of(
    operator: str,
    speed_mps: ArrayLike,
    lag_s: ArrayLike = 0.15,
    dynamic: bool = False,
    duration_s: float = 40.0,
    **figures: ArrayLike,
) -> Loop:
    """Replicas of the car without a reaction time, unless ``figures`` have one."""
    speeds, lags = np.broadcast_arrays(np.asarray(speed_mps, float), np.asarray(lag_s, float))
    return Loop(
        operator=operator,
        bodies=[CAR] * speeds.size,
        actuators=[replace(Actuators(), steer_lag_s=float(lag)) for lag in lags],
        speed_mps=speeds.copy(),
        network_s=np.zeros(speeds.size),
        figures={"reaction_s": 0.0} | figures,
        dynamic_from_mps=1.0 if dynamic else np.inf,
        duration_s=duration_s,
    )


class TestTheory:
    """What operators do is what they say, at three speeds, with 0.15 s of steering lag."""

    def compare(self, found_s: np.ndarray, loops: list[theory.Open], within: float = 0.05) -> None:
        expected_s = [theory.critical_delay_s(each, 0.15) for each in loops]
        assert found_s.mean(axis=0) == pytest.approx(expected_s, rel=within)

    def test_pure_pursuit(self) -> None:
        found_s = critical_delay_s(loop_of("pure_pursuit", SPEEDS_MPS, **TABLE["pure_pursuit"]))
        self.compare(found_s, [theory.pure_pursuit(theory.kinematic(v, L), L, 10.0) for v in SPEEDS_MPS])

    def test_pure_pursuit_on_tyres(self) -> None:
        found_s = critical_delay_s(loop_of("pure_pursuit", SPEEDS_MPS, dynamic=True, **TABLE["pure_pursuit"]))
        self.compare(found_s, [theory.pure_pursuit(theory.dynamic(v, CAR), L, 10.0) for v in SPEEDS_MPS])

    def test_stanley(self) -> None:
        found_s = critical_delay_s(loop_of("stanley", SPEEDS_MPS))
        self.compare(found_s, [theory.stanley(theory.kinematic(v, L), L, v) for v in SPEEDS_MPS])

    def test_two_point(self) -> None:
        found_s = critical_delay_s(loop_of("two_point", SPEEDS_MPS, **TABLE["two_point"]))
        self.compare(found_s, [theory.two_point(theory.kinematic(v, L), 6.2, max(4.0 * v, 8.0)) for v in SPEEDS_MPS])

    def test_crossover(self) -> None:
        found_s = critical_delay_s(loop_of("crossover", SPEEDS_MPS))
        self.compare(found_s, [theory.crossover(theory.kinematic(v, L), L, v, 2.0, 4.0) for v in SPEEDS_MPS])

    def test_two_level(self) -> None:
        """On a straight road what is left is compensation, which is pure pursuit's."""
        found_s = critical_delay_s(loop_of("two_level", SPEEDS_MPS))
        self.compare(found_s, [theory.pure_pursuit(theory.kinematic(v, L), L, 1.8 * v) for v in SPEEDS_MPS])


def test_crossover_comes_near_to_an_integrator() -> None:
    found_s = critical_delay_s(loop_of("crossover", [30.0 / 3.6], lag_s=0.0))
    assert found_s.mean() == pytest.approx(pi / 2.0 / 2.0, rel=BAR)


def test_a_reaction_counts_as_delay() -> None:
    """It is in what is measured: the loop's critical delay stays, the network has less of it."""
    speeds_mps = np.full(2, 30.0 / 3.6)
    without_s, with_s = critical_delay_s(loop_of("pure_pursuit", speeds_mps, reaction_s=np.array([0.0, 0.2]))).mean(
        axis=0
    )
    assert with_s == pytest.approx(without_s, rel=0.03)


def test_ages_are_those_of_the_chain() -> None:
    """Network, reaction, half a frame, half a command's period and no more than a step for arriving in steps."""
    outcome = run(replace(loop_of("pure_pursuit", [5.0, 5.0], reaction_s=0.1), network_s=np.array([0.1, 0.3])))
    assert outcome.age_s == pytest.approx(np.array([0.1, 0.3]) + 0.1 + 0.5 / 30 + 0.5 / 50 + 0.005, abs=0.0101)


def test_no_critical_delay_where_nothing_is_ever_stable() -> None:
    """Sharp steering through a lag that is longer than what it looks ahead."""
    loop = loop_of("pure_pursuit", [50.0 / 3.6], lag_s=0.8, look_ahead_s=0.3, least_m=1.0)
    assert np.isnan(critical_delay_s(loop)).all()


def test_a_replica_is_the_same_alone() -> None:
    both = loop_of("two_level", [20.0 / 3.6, 50.0 / 3.6])
    both = replace(both, network_s=np.array([0.2, 0.4]), keys=np.array([7, 8], np.uint64), duration_s=20.0)
    first = {"bodies": both.bodies[:1], "actuators": both.actuators[:1], "keys": np.array([7], np.uint64)}
    alone = replace(both, speed_mps=both.speed_mps[:1], network_s=np.array([0.2]), **first)
    assert run(both).peak_m[:, 0].tobytes() == run(alone).peak_m[:, 0].tobytes()


def test_disturbed_drivers_err_more_the_later_they_see() -> None:
    """Five of them, each with the same luck at all delays."""
    loop = loop_of("two_level", np.full(15, 30.0 / 3.6), reaction_s=0.15)
    keys = np.tile(np.arange(5, dtype=np.uint64), 3)
    outcome = run(replace(loop, network_s=np.repeat([0.0, 0.2, 0.4], 5), keys=keys))
    rms_m = outcome.rms_m.reshape(3, 5).mean(axis=1)
    assert 0.0 < rms_m[0] < rms_m[1] < rms_m[2] < LOST_M


def rows_of(shared: Path, *models: str) -> list[dict[str, str]]:
    table = shared / "reference" / "remote" / "theory.csv"
    if not table.exists():
        pytest.skip("reference data absent: no remote/theory.csv in the shared folder")
    with table.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["model"] in models]


def reach_of(row: dict[str, str]) -> tuple[float, float]:
    """Look-ahead time and least look-ahead distance of a row of pure pursuit."""
    name, value = row["preview"].split("=")
    return (0.0, float(value.removesuffix("m"))) if name == "Ld" else (float(value.removesuffix("s")), 0.0)


def test_our_theory_is_that_of_the_table(shared: Path) -> None:
    for row in rows_of(shared, "pure_pursuit", "pure_pursuit_dyn", "stanley", "two_point"):
        v = float(row["speed_kmh"]) / 3.6
        plant = theory.dynamic(v, CAR) if row["model"].endswith("_dyn") else theory.kinematic(v, L)
        if row["model"].startswith("pure_pursuit"):
            loop = theory.pure_pursuit(plant, L, max(reach_of(row)[0] * v, reach_of(row)[1]))
        else:
            two_point = theory.two_point(plant, 6.2, max(4.0 * v, 8.0))
            loop = two_point if row["model"] == "two_point" else theory.stanley(plant, L, v)
        found_s = theory.critical_delay_s(loop, float(row["actuator_lag_s"]))
        assert found_s == pytest.approx(float(row["T_crit_s(freq)"]), abs=0.002), row


@pytest.mark.validate
def test_critical_delays_are_those_of_the_table(shared: Path) -> None:
    """All rows of 20, 30 and 50 km/h: three steering lags, three ways to look ahead."""
    lines, worst = [], 0.0
    for model in ("pure_pursuit", "pure_pursuit_dyn", "stanley", "two_point"):
        rows = [row for row in rows_of(shared, model) if int(row["speed_kmh"]) in SPEEDS_KMH]
        operator = model.removesuffix("_dyn")
        figures: dict[str, ArrayLike] = TABLE[operator]
        if operator == "pure_pursuit":
            ahead_s, least_m = np.array([reach_of(row) for row in rows]).T
            figures = {"look_ahead_s": ahead_s, "least_m": least_m}
        speeds = [float(row["speed_kmh"]) / 3.6 for row in rows]
        lags = [float(row["actuator_lag_s"]) for row in rows]
        found_s = critical_delay_s(loop_of(operator, speeds, lags, model != operator, 60.0, **figures))
        for row, (stable, unstable) in zip(rows, found_s.T, strict=True):
            off = (stable + unstable) / 2.0 / float(row["T_crit_s(freq)"]) - 1.0
            worst = max(worst, abs(off))
            cells = (model, row["speed_kmh"], row["preview"], row["actuator_lag_s"], row["T_crit_s(freq)"])
            lines.append(" | ".join((*cells, f"{stable:.3f} to {unstable:.3f}", f"{100 * off:+.1f} %")))
    head = "operator | km/h | look-ahead | steering lag, s | table, s | study, s | difference"
    write_table(REPORT, "critical", head, lines)
    assert worst < BAR


@pytest.mark.validate
def test_the_mean_age_counts_at_other_rates() -> None:
    """Frames and commands that come seldom are held for long, which is no longer quite a delay."""
    lines, worst = [], 0.0
    opened = {
        "pure_pursuit": lambda v: theory.pure_pursuit(theory.kinematic(v, L), L, 10.0),
        "stanley": lambda v: theory.stanley(theory.kinematic(v, L), L, v),
        "two_point": lambda v: theory.two_point(theory.kinematic(v, L), 6.2, max(4.0 * v, 8.0)),
    }
    for frame_hz, command_hz in ((60, 100), (30, 50), (15, 20), (10, 20), (5, 20)):
        cells = [str(frame_hz), str(command_hz)]
        for operator, loop in opened.items():
            asked = loop_of(operator, SPEEDS_MPS, duration_s=60.0, **TABLE[operator])
            found_s = critical_delay_s(replace(asked, frame_hz=frame_hz, command_hz=command_hz))
            expected_s = np.array([theory.critical_delay_s(loop(v), 0.15) for v in SPEEDS_MPS])
            off = found_s.mean(axis=0) / expected_s - 1.0
            worst = max(worst, np.abs(off).max())
            cells += [", ".join(f"{100 * each:+.1f}" for each in off), f"{1e3 * np.diff(found_s, axis=0).max():.0f}"]
        lines.append(" | ".join(cells))
    names = [f"{name}, % | apart, ms" for name in opened]
    write_table(REPORT, "rates", " | ".join(("frames/s", "commands/s", *names)), lines)
    assert worst < BAR

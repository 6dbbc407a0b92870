"""The smallest string-stable time gap, by driving strings: against theory, and against the table of reference."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from v2x.control.leader import Sine
from v2x.control.measures import SineFit
from v2x.control.platoon_string import Vehicles
from v2x.control.study import Track, run
from v2x.control.study_link import StudyLink
from v2x.scenario.model_platoon import CONTROL_STEP_NS
from v2x_analysis.platooning.theory import Setting, smallest_stable_time_gap_s

#: Slow sinusoids are the first to be amplified; each divides the time of the fit.
FREQUENCIES_HZ = np.array([0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.16, 0.2, 0.26, 0.34])
SETTLED_S, FIT_S = 80.0, 50.0
#: A gain of 1 by measurement: what is left of the transient after `SETTLED_S`.
ROUNDING = 2e-4
#: Time gaps tried around the one of theory, and how far from it they reach, s.
STEPS, REACH_S = 15, 0.07


def by_simulation(settings: list[Setting], around_s: list[float]) -> list[float]:
    """Smallest time gap of each setting at which the first follower amplifies none of the sinusoids."""
    gaps_s = np.array([np.maximum(near + np.linspace(-REACH_S, REACH_S, STEPS), 0.02) for near in around_s])
    shape = (*gaps_s.shape, len(FREQUENCIES_HZ))

    def spread(values: object, axis: int) -> np.ndarray:
        along = np.asarray(values, float).reshape([-1 if at == axis else 1 for at in range(3)])
        return np.broadcast_to(along, shape).ravel()

    frequency = spread(FREQUENCIES_HZ, 2)
    track = Track(
        law="ploeg",
        speed_mps=25.0,
        replicas=len(frequency),
        followers=1,
        gains={
            "time_gap_s": np.broadcast_to(gaps_s[..., None], shape).reshape(-1, 1),
            "kp": spread([setting.gains["kp"] for setting in settings], 0)[:, None],
            "kd": spread([setting.gains["kd"] for setting in settings], 0)[:, None],
        },
        vehicles=Vehicles(
            lag_s=spread([setting.lag_s for setting in settings], 0)[:, None],
            dead_s=spread([setting.dead_s for setting in settings], 0)[:, None],
            max_accel_mps2=100.0,
            max_brake_mps2=100.0,
        ),
        link=StudyLink(
            delay_s=spread([setting.delay_s for setting in settings], 0),
            beacon_s=spread([setting.beacon_s for setting in settings], 0),
        ),
        feed_forward=settings[0].feed_forward,
    )
    fit = SineFit(frequency, SETTLED_S, track.replicas, 2)
    run(track, Sine(25.0, frequency[:, None], 1.0, 0.0, CONTROL_STEP_NS), SETTLED_S + FIT_S, [fit])
    stable = (fit.gains.reshape(shape) <= 1.0 + ROUNDING).all(axis=2)
    return [
        float(row[np.flatnonzero(~fine)[-1] + 1]) if not fine.all() and fine[-1] else float("nan")
        for row, fine in zip(gaps_s, stable, strict=True)
    ]


def settings_of(rows: list[dict[str, str]], sent: str) -> list[Setting]:
    """Rows of the table that a string with messages now and then can be compared with."""
    return [
        Setting(
            "ploeg",
            {"kp": float(row["kp"]), "kd": float(row["kd"])},
            lag_s=float(row["tau_s"]),
            dead_s=float(row["phi_s"]),
            delay_s=float(row["delay_s"]),
            beacon_s=float(row["beacon_s"]) or 0.01,
            feed_forward=sent,  # type: ignore[arg-type]
        )
        for row in rows
    ]


@pytest.mark.parametrize("gains", [{"kp": 0.2, "kd": 0.7}, {"kp": 0.4, "kd": 1.0}])
def test_simulation_and_theory_find_the_same_gap(gains: dict[str, float]) -> None:
    settings = [Setting("ploeg", gains, delay_s=delay_s) for delay_s in (0.0, 0.1, 0.3)]
    exact = [smallest_stable_time_gap_s(setting) for setting in settings]
    assert by_simulation(settings, exact) == pytest.approx(exact, abs=0.02)


@pytest.mark.validate
@pytest.mark.parametrize(("sent", "column"), [("desired", "hmin_u_s"), ("measured", "hmin_a_s")])
def test_simulation_finds_the_gaps_of_the_table(sent: str, column: str, shared: Path) -> None:
    table = shared / "reference" / "platoon" / "theory_hmin.csv"
    if not table.exists():
        pytest.skip("reference data absent: no theory_hmin.csv in the shared folder")
    with table.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if float(row["beacon_s"]) > 0.0 or float(row["delay_s"]) >= 0.02]
    told = [float(row[column]) for row in rows]
    assert by_simulation(settings_of(rows, sent), told) == pytest.approx(told, abs=0.05)

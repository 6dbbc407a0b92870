"""The smallest string-stable time gap, by driving strings: against theory, and against the table of reference."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from control_kit import F64, SPEED_MPS, track_of
from report_kit import write_row

from v2x.clock import NS_PER_S
from v2x.control.plant import Plant
from v2x.control.platoon_string import Decision
from v2x.control.study import run
from v2x.control.study_link import StudyLink
from v2x.scenario.model_platoon import CONTROL_STEP_NS
from v2x_analysis.platooning.theory import Setting, smallest_stable_time_gap_s

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "platooning.md"
#: One leader swings at all of these at once. The first to be amplified are slow, and narrow: at 0.137 Hz a gap 0.01 s
#: too small amplifies by 0.4 %, while 0.12 and 0.16 Hz are damped as with larger gaps.
FREQUENCIES_HZ = 0.01 * np.arange(1, 51)
AMPLITUDE_MPS = 0.1
SETTLED_S, FIT_S = 80.0, 100.0
#: A gain of 1 by measurement: what is left of the transient after `SETTLED_S`.
ROUNDING = 2e-4
#: Time gaps tried around the one expected, s.
TRIED_S = np.linspace(-0.07, 0.07, 29)


class ManySines:
    """A leader whose speed is a sum of sinusoids, exactly, growing over the first 20 s."""

    def __init__(self) -> None:
        draw = np.random.default_rng(1)
        self._phase = draw.uniform(0.0, 2.0 * np.pi, len(FREQUENCIES_HZ))  # else they peak together

    def command_mps2(self, t_ns: int, plant: Plant, vehicles: int | None = None) -> F64:
        """As `Leader`."""
        t_s = (t_ns + CONTROL_STEP_NS) / NS_PER_S + plant.dead_s[:, :vehicles]
        grown = 0.5 - 0.5 * np.cos(np.pi * np.minimum(t_s / 20.0, 1.0))
        swing = np.sin(2.0 * np.pi * FREQUENCIES_HZ * t_s[..., None] + self._phase).sum(axis=-1)
        return plant.command_for(np.ascontiguousarray(SPEED_MPS + AMPLITUDE_MPS * grown * swing))


class Spectrum:
    """Speeds of leader and first follower in the time of the fit, and their ratio at each frequency."""

    def __init__(self) -> None:
        self._speeds: list[F64] = []

    def see(self, t_ns: int, decision: Decision, gap_m: F64) -> None:
        """As `Measure`."""
        if t_ns >= SETTLED_S * NS_PER_S:
            self._speeds.append((decision.speed_mps[:, :2] - SPEED_MPS).astype(np.float32))

    @property
    def gains(self) -> F64:
        """Amplitude of the follower over the leader's, (replica, frequency)."""
        speeds = np.stack(self._speeds)
        turns = np.arange(len(speeds)) * (CONTROL_STEP_NS / NS_PER_S)
        basis = np.exp(-2j * np.pi * np.multiply.outer(FREQUENCIES_HZ, turns)).astype(np.complex64)
        amplitude = np.abs(np.tensordot(basis, speeds, axes=1))
        return np.asarray(amplitude[:, :, 1] / amplitude[:, :, 0]).T


def by_simulation(settings: Sequence[Setting], around_s: Sequence[float]) -> F64:
    """Smallest time gap of each setting, of those tried around the one expected, at which nothing is amplified.

    NaN where even the largest amplifies, or where none does.
    """
    gaps_s = np.maximum(np.array(around_s)[:, None] + TRIED_S, 0.02)
    cells = [
        replace(setting, gains={**setting.gains, "time_gap_s": float(gap_s)})
        for setting, row in zip(settings, gaps_s, strict=True)
        for gap_s in row
    ]
    spectrum = Spectrum()
    run(track_of(cells, StudyLink(), followers=1), ManySines(), SETTLED_S + FIT_S, [spectrum])
    stable = (spectrum.gains <= 1.0 + ROUNDING).all(axis=1).reshape(gaps_s.shape)
    known = stable[:, -1] & ~stable[:, 0]
    first = stable.shape[1] - np.argmin(stable[:, ::-1], axis=1)  # after the last that amplifies
    return np.where(known, gaps_s[np.arange(len(gaps_s)), np.minimum(first, gaps_s.shape[1] - 1)], np.nan)


@pytest.mark.parametrize("gains", [{"kp": 0.2, "kd": 0.7}, {"kp": 0.4, "kd": 1.0}])
def test_simulation_and_theory_find_the_same_gap(gains: dict[str, float]) -> None:
    settings = [Setting("ploeg", gains, delay_s=delay_s) for delay_s in (0.0, 0.1, 0.3)]
    exact = [smallest_stable_time_gap_s(setting) for setting in settings]
    assert by_simulation(settings, exact) == pytest.approx(exact, abs=0.01)


@pytest.mark.validate
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("sent", "column"), [("desired", "hmin_u_s"), ("measured", "hmin_a_s")])
def test_simulation_finds_the_gaps_of_the_table(sent: str, column: str, shared: Path) -> None:
    table = shared / "reference" / "platoon" / "theory_hmin.csv"
    if not table.exists():
        pytest.skip("reference data absent: no theory_hmin.csv in the shared folder")
    with table.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if float(row["beacon_s"]) > 0.0 or float(row["delay_s"]) >= 0.02]
    settings, told = settings_of(rows, sent), [float(row[column]) for row in rows]
    found = by_simulation(settings, told)
    exact = [smallest_stable_time_gap_s(setting) for setting in settings]
    columns = list(zip(rows, told, exact, found, strict=True))
    for (plant, beacon_s), group in groupby(columns, key=lambda each: (each[0]["plant"], float(each[0]["beacon_s"]))):
        cells = {round(1e3 * float(row["delay_s"])): f"{f:.3f} / {h:.3f} / {t:.3f}" for row, t, h, f in group}
        numbers = " | ".join(cells.get(delay_ms, "") for delay_ms in (0, 20, 50, 100, 150, 200, 250, 300, 400, 500))
        every = f"{1.0 / beacon_s:.0f} Hz" if beacon_s else "every 10 ms"
        write_row(REPORT, "gaps", f"{plant}, {sent}, {every} | {numbers}")
    assert found == pytest.approx(told, abs=0.05)
    assert found == pytest.approx(exact, abs=0.01)


def settings_of(rows: list[dict[str, str]], sent: str) -> list[Setting]:
    """Rows of the table; where it has messages without interval, they come in every control step."""
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

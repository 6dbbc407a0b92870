"""Simulated strings against the exact theory: what passes from each vehicle to the next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from control_kit import AMPLITUDE_MPS, DT_S, F64, LOUD_MPS, SPEED_LSB_MPS, Strings, drive, grid, ratio
from multirate import responses_at
from report_kit import write_row

from v2x_analysis.platooning.theory import Setting

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "platooning.md"
#: Sinusoids, and fast ones, at which the phases of messages matter most.
SLOW_HZ, FAST_HZ = (0.05, 0.1, 0.2, 0.3, 0.5), (1.0, 2.0)
DELAYS_S = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3)
BEACONS_S = (0.01, 0.02, 0.05, 0.1)

#: What is driven: law and acceleration in messages. Ploeg at the time gap of its papers, degraded at that of fallback.
CASES = {
    "acc": Setting("acc", {"time_gap_s": 1.2}),
    "degraded": Setting("degraded", {"time_gap_s": 1.0}),
    "ploeg, desired": Setting("ploeg", {"time_gap_s": 0.5}),
    "ploeg, measured": Setting("ploeg", {"time_gap_s": 0.5}, feed_forward="measured"),
    "path, desired": Setting("path"),
    "path, measured": Setting("path", feed_forward="measured"),
    "consensus": Setting("consensus"),
    "flatbed": Setting("flatbed"),
}
#: Strings of each cell, slow and fast, at random phases of messages. Where a command is sent that is made of other
#: messages there is a spread over these.
PHASES = {"acc": (1, 1), "degraded": (1, 1), "ploeg, desired": (64, 64), "path, desired": (64, 64)}
#: And where the spread is largest.
MOST_PHASES = {("path, desired", 0.1): (64, 400)}
#: Up to here means over phases are judged. At 2 Hz a follower may nearly stand still between what comes from ahead and
#: from the leader; a mean over its phases says nothing, and strings are held to the theory at their own phases only.
JUDGED_HZ = 1.0
#: Differences below this need no place where they were.
TELLING = 1e-3
#: Laws for which `multirate` has the theory at given phases.
AT_PHASES = ("ploeg, desired", "ploeg, measured", "path, desired", "path, measured")


def judge(strings: Strings) -> None:
    """The bars: 0.5 % at the first follower; all 3 % at one rate, else 5 % in the mean over phases; else one LSB."""
    single = all(setting.beacon_s == DT_S for setting in strings.settings)
    assert worst(strings.off(strings.plain)[:, :1]) < 0.005
    assert worst(judged(strings, strings.off(strings.by_phasor))) < (0.03 if single else 0.05)
    assert np.nanmax(strings.quiet_off_mps, initial=0.0) < SPEED_LSB_MPS


def judged(strings: Strings, values: F64) -> F64:
    """Of (cell, follower), what is asked for: of loud followers, at frequencies to `JUDGED_HZ`; NaN else."""
    return np.where(strings.loud & (strings.frequency_hz[:, None] <= JUDGED_HZ), values, np.nan)


def worst(off: F64) -> float:
    """Largest size; 0 if there is nothing."""
    return float(np.nanmax(np.abs(off), initial=0.0))


@pytest.mark.parametrize("beacon_s", [pytest.param(0.01, marks=pytest.mark.validate), 0.1])
@pytest.mark.parametrize("case", CASES)
def test_gains_are_those_of_the_exact_theory(case: str, beacon_s: float) -> None:
    strings = drive(*grid(replace(CASES[case], beacon_s=beacon_s), (0.1, 0.2), (0.0, 0.1)), phases=16)
    judge(strings)
    if case in AT_PHASES:
        assert np.abs(strings.found) == pytest.approx(np.abs(responses_at(strings)), abs=1e-4)


@pytest.mark.validate
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("beacon_s", BEACONS_S)
@pytest.mark.parametrize("case", CASES)
def test_gains_are_those_of_the_exact_theory_over_a_grid(case: str, beacon_s: float) -> None:
    phases = (1, 1) if beacon_s == DT_S else MOST_PHASES.get((case, beacon_s), PHASES.get(case, (16, 16)))
    setting = replace(CASES[case], beacon_s=beacon_s)
    driven = [
        drive(*grid(setting, frequencies_hz, DELAYS_S), phases=each)
        for frequencies_hz, each in zip((SLOW_HZ, FAST_HZ), phases, strict=True)
    ]
    at_phases = [np.abs(responses_at(strings)) for strings in driven] if case in AT_PHASES else []
    plain, where = max(worst_of_all(strings) for strings in driven)
    parts = (
        f"{case}, {1.0 / beacon_s:.0f} Hz",
        f"{phases[0]}, {phases[1]}",
        percent(max(worst(strings.off(strings.plain)[:, :1]) for strings in driven)),
        percent(plain) + (f" ({where})" if plain > TELLING else ""),
        percent(max(worst(judged(strings, strings.off(strings.by_size))) for strings in driven)),
        percent(max(worst(judged(strings, strings.off(strings.by_phasor))) for strings in driven)),
        percent(max(worst(judged(strings, strings.spread)) for strings in driven)),
        percent(max(apart(one, exact) for one, exact in zip(driven, at_phases, strict=True))) if at_phases else "",
        f"{max(np.nanmax(strings.quiet_off_mps, initial=0.0) for strings in driven):.4f}",
    )
    write_row(REPORT, "grid", " | ".join(parts))
    if at_phases and beacon_s == BEACONS_S[-1]:
        for strings, exact in zip(driven, at_phases, strict=True):
            _write_readings(case, strings, exact)
    for strings in driven:
        judge(strings)
    for strings, exact in zip(driven, at_phases, strict=False):
        assert np.abs(strings.found) == pytest.approx(exact, rel=1e-3, abs=1e-4)


def apart(strings: Strings, at_phases: F64) -> float:
    """Largest relative difference of any member that swings, in any string, from the theory at its phases."""
    swings = at_phases * AMPLITUDE_MPS >= LOUD_MPS
    return worst(np.where(swings, np.abs(strings.found) / at_phases - 1.0, np.nan))


def worst_of_all(strings: Strings) -> tuple[float, str]:
    """Largest difference of a plain gain from the averaged theory, and where."""
    off = np.nan_to_num(np.abs(judged(strings, strings.off(strings.plain))))
    cell, follower = np.unravel_index(off.argmax(), off.shape)
    delay_ms = 1e3 * strings.settings[cell].delay_s
    return float(off[cell, follower]), f"{strings.frequency_hz[cell]:g} Hz, {delay_ms:.0f} ms, {follower + 1}"


def _write_readings(case: str, strings: Strings, at_phases: F64) -> None:
    """Cells in which the plain reading of some follower is more than 5 % from the averaged theory."""
    readings = {
        "averaged theory": strings.exact_gain,
        "plain, simulated": strings.plain,
        "plain, theory at these phases": ratio(at_phases).mean(axis=1),
        "by mean size": strings.by_size,
        "by mean phasor": strings.by_phasor,
        "spread of plain": strings.spread,
    }
    off = np.nan_to_num(np.abs(strings.off(strings.plain)))
    for cell in np.flatnonzero(off.max(axis=1) > 0.05):
        of = f"{case}, {strings.frequency_hz[cell]:g} Hz, {1e3 * strings.settings[cell].delay_s:.0f} ms"
        for name, values in readings.items():
            write_row(REPORT, "readings", f"{of}: {name} | " + " | ".join(f"{value:.3f}" for value in values[cell]))


def percent(share: float) -> str:
    """With two digits, if they tell something."""
    if share < 1e-5:
        return "< 0.001 %"
    return f"{100.0 * share:.0f} %" if share >= 0.1 else f"{100.0 * share:.2g} %"


#: How wide settings are tried at random: gains of each law that keep its own loop stable.
RANDOM: dict[str, dict[str, tuple[float, float]]] = {
    "acc": {"time_gap_s": (0.8, 2.5), "lambda_": (0.05, 0.3)},
    "degraded": {"time_gap_s": (0.5, 2.5), "kp": (0.1, 0.4), "kd": (0.4, 1.0)},
    "ploeg": {"time_gap_s": (0.3, 2.0), "kp": (0.1, 0.4), "kd": (0.4, 1.0)},
    "path": {"c1": (0.1, 0.9), "xi": (1.0, 1.8), "omega_n_radps": (0.1, 0.4)},
    "consensus": {"time_gap_s": (0.3, 1.5), "b": (1.0, 2.0)},
    "flatbed": {"time_gap_s": (3.0, 5.0), "kp": (6.0, 14.0), "kv": (0.3, 1.0), "ka": (2.0, 3.0)},
}


@pytest.mark.validate
@pytest.mark.timeout(600)
@pytest.mark.parametrize("law", RANDOM)
def test_gains_are_those_of_theory_at_random_settings(law: str) -> None:
    draw = np.random.default_rng(7)
    settings = [_any_setting(law, draw) for _ in range(400)]
    strings = drive(settings, 0.05 * draw.integers(1, 21, len(settings)), seed=7)
    off = strings.off(strings.plain)
    single = np.array([setting.beacon_s == DT_S for setting in settings])
    row = f"{law} | {len(settings)} | {percent(worst(off[:, 0]))} | {percent(worst(off[single]))} | "
    write_row(REPORT, "random", row + f"{int((~np.isnan(off)).sum())}")
    assert worst(off[:, 0]) < 0.005
    assert worst(off[single]) < 0.03


def _any_setting(law: str, draw: np.random.Generator) -> Setting:
    return Setting(
        law,
        {name: draw.uniform(*bounds) for name, bounds in RANDOM[law].items()},
        lag_s=draw.uniform(0.2, 0.6),
        dead_s=0.0 if law == "flatbed" else 0.01 * draw.integers(0, 11),
        delay_s=0.01 * draw.integers(0, 41),
        beacon_s=float(draw.choice(BEACONS_S)),
    )


@pytest.mark.validate
@pytest.mark.timeout(600)
@pytest.mark.parametrize("case", [case for case in CASES if case not in ("acc", "degraded")])
def test_messages_of_the_standards_resolution(case: str) -> None:
    """The same with quantised messages: at the first follower within 0.5 %, all within 5 % or one LSB."""
    setting = replace(CASES[case], beacon_s=0.1)
    exact, coarse = (
        drive(*grid(setting, (*SLOW_HZ, *FAST_HZ), (0.0, 0.1, 0.3)), phases=16, quantised=quantised)
        for quantised in (False, True)
    )
    off, change = coarse.off(coarse.plain), np.where(coarse.loud, coarse.plain / exact.plain - 1.0, np.nan)
    moved = np.abs(np.abs(coarse.found) - np.abs(exact.found)).mean(axis=1)[:, 1:]
    quiet_mps = float(np.max(moved, where=~coarse.loud, initial=0.0))
    row = f"{case} | {percent(worst(off[:, 0]))} | {percent(worst(change))} | {quiet_mps:.4f}"
    write_row(REPORT, "quantised", row)
    assert worst(off[:, 0]) < 0.005
    assert worst(change) < 0.05
    assert quiet_mps < SPEED_LSB_MPS

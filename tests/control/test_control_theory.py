"""The theory in the analysis against the tables of reference, which were worked out by others."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from report_kit import write_row

from v2x_analysis.platooning.theory import Setting, response, smallest_stable_time_gap_s, worst_gain

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "platooning.md"
#: Names in the table -> law and its gains.
LAWS: dict[str, tuple[str, dict[str, float]]] = {
    "PLOEG(h=.5)": ("ploeg", {"time_gap_s": 0.5}),
    "PATH(C1=.5,xi=1,wn=.2)": ("path", {}),
    "ACC(h=1.2)": ("acc", {"time_gap_s": 1.2}),
}


def rows_of(shared: Path, name: str) -> list[dict[str, str]]:
    table = shared / "reference" / "platoon" / name
    if not table.exists():
        pytest.skip(f"reference data absent: no {name} in the shared folder")
    with table.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_responses_are_those_of_the_table(shared: Path) -> None:
    for row in rows_of(shared, "theory_discrete.csv"):
        law, gains = LAWS[row["controller"]]
        setting = Setting(
            law,
            gains,
            delay_s=float(row["delay_s"]),
            beacon_s=float(row["beacon_s"]),
            feed_forward="measured" if row["ff"] == "a" else "desired",
            dt_s=float(row["dt_s"]),
        )
        found = response(setting, float(row["freq_hz"]))[0]
        for place in (1, 2, 3, 7, 8):
            assert abs(found[place]) == pytest.approx(float(row[f"T{place}"]), rel=1e-5, abs=2e-6), row
        turn = np.angle(found[1] * np.exp(-1j * np.radians(float(row["phase1_deg"]))), deg=True)
        assert abs(turn) < 0.01, row


#: Names in the table of continuous theory -> law, and our names of the gains in its columns.
CONTINUOUS: dict[str, tuple[str, dict[str, str]]] = {
    "PLOEG": ("ploeg", {"h_s": "time_gap_s", "kp_or_C1": "kp", "kd_or_xi": "kd"}),
    "PLOEG-noV2V(ACC,PD)": ("ploeg", {"h_s": "time_gap_s", "kp_or_C1": "kp", "kd_or_xi": "kd"}),
    "ACC(Rajamani6.18)": ("acc", {"h_s": "time_gap_s", "lambda_or_wn": "lambda_"}),
    "PATH-CACC": ("path", {"kp_or_C1": "c1", "kd_or_xi": "xi", "lambda_or_wn": "omega_n_radps"}),
    "FLATBED": ("flatbed", {}),
    "CONSENSUS": ("consensus", {}),
}


def apart_from_continuous(row: dict[str, str], dt_s: float) -> float:
    """How far the first follower's gain in steps of that length is from the one in continuous time."""
    name, columns = CONTINUOUS[row["controller"]]
    setting = Setting(
        name,
        {ours: float(row[theirs]) for theirs, ours in columns.items()},
        delay_s=float(row["delay_s"]),
        beacon_s=max(float(row["beacon_s"]), dt_s),
        feed_forward={"u": "desired", "a": "measured", "none": "none"}[row["feedforward"]],  # type: ignore[arg-type]
        dt_s=dt_s,
    )
    return abs(abs(response(setting, float(row["freq_hz"]), 1)[0, 1]) - float(row["ratio_veh1"]))


@pytest.mark.validate
def test_shorter_steps_come_nearer_to_continuous_theory(shared: Path) -> None:
    """Written by others, for all laws: what is left is in proportion to the step."""
    rows = rows_of(shared, "theory_tau05.csv")
    for key in sorted({(row["controller"], row["feedforward"]) for row in rows}):
        own = [row for row in rows if (row["controller"], row["feedforward"]) == key]
        coarse, fine = (max(apart_from_continuous(row, dt_s) for row in own) for dt_s in (0.01, 0.001))
        write_row(REPORT, "continuous", f"{key[0]}, {key[1]} | {len(own)} | {coarse:.4f} | {fine:.5f}")
        assert fine < 0.0015
        assert fine < 0.2 * coarse


def close_to_the_table(rows: list[dict[str, str]]) -> None:
    for row in rows:
        if float(row["beacon_s"]) == 0.0 and float(row["delay_s"]) < 0.02:
            continue  # continuous messages without delay: no gap is too small there, a sampled string has a least one
        for sent, column in (("desired", "hmin_u_s"), ("measured", "hmin_a_s")):
            setting = Setting(
                "ploeg",
                {"kp": float(row["kp"]), "kd": float(row["kd"])},
                lag_s=float(row["tau_s"]),
                dead_s=float(row["phi_s"]),
                delay_s=float(row["delay_s"]),
                beacon_s=float(row["beacon_s"]),
                feed_forward=sent,  # type: ignore[arg-type]
            )
            assert smallest_stable_time_gap_s(setting) == pytest.approx(float(row[column]), abs=0.05), (sent, row)


def test_smallest_stable_gaps_are_those_of_the_table(shared: Path) -> None:
    close_to_the_table(rows_of(shared, "theory_hmin.csv")[::8])


@pytest.mark.validate
def test_all_smallest_stable_gaps_are_those_of_the_table(shared: Path) -> None:
    close_to_the_table(rows_of(shared, "theory_hmin.csv"))


def test_acc_is_stable_from_twice_the_engine_lag_on() -> None:
    assert smallest_stable_time_gap_s(Setting("acc")) == pytest.approx(1.0, abs=0.05)  # Rajamani, continuous time


def test_a_longer_delay_amplifies_more() -> None:
    worst = [worst_gain(Setting("ploeg", delay_s=delay))[0] for delay in (0.0, 0.2, 0.4)]
    assert worst[0] <= 1.0 + 1e-6 < worst[1] < worst[2]

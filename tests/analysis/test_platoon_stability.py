"""Gains from vehicle to vehicle: a toy string against the exact discrete theory, and what is not told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from platoon_kit import STEP_S, Toy, run

from v2x_analysis import Scorecard, score
from v2x_analysis.measurement import Measured
from v2x_analysis.platooning.figures import figures
from v2x_analysis.platooning.stability import responses


def theory(toy: Toy) -> complex:
    """Speed over speed ahead in the z domain: the toy's laws and plant, messages sampled at 10 Hz and held."""
    z = np.exp(2j * np.pi * toy.frequency_hz * STEP_S)
    part, h = STEP_S / (toy.lag_s + STEP_S), toy.time_gap_s
    accel = part / (z - (1 - part))
    speed = accel * STEP_S * z / (z - 1)
    place = speed * STEP_S * z / (z - 1)
    if toy.law == "acc":
        return (speed + 0.1 * place) / h / (1 + (speed + 0.1 * place + 0.1 * h * speed) / h)
    heard = z ** -round(toy.delay_s / STEP_S) * np.mean(z ** -np.arange(10.0))
    own = 1 - (1 - STEP_S / h) / z + STEP_S / h * (0.2 * (place + h * speed) + 0.7 * (speed + h * accel))
    return STEP_S / h * (0.2 * place + 0.7 * speed + heard / z) / own


@pytest.mark.parametrize(
    "toy",
    [
        Toy(frequency_hz=0.02, seconds=120.0),
        Toy(frequency_hz=0.05),
        Toy(frequency_hz=0.1, time_gap_s=1.0, delay_s=0.3),
        Toy(frequency_hz=0.3, amplitude_mps=0.5),
        Toy(frequency_hz=2.0, amplitude_mps=0.08, seconds=40.0),
        Toy("acc", frequency_hz=0.1, time_gap_s=0.5),
        Toy("acc", frequency_hz=0.5, time_gap_s=0.5),
    ],
    ids=lambda toy: f"{toy.law}-{toy.frequency_hz}-{toy.time_gap_s}",
)
def test_gains_are_those_of_the_exact_theory(tmp_path: Path, toy: Toy) -> None:
    (found,) = responses(run(tmp_path / "run", toy))
    exact = theory(toy)
    assert found.gain[0] == pytest.approx(exact, rel=1e-3)
    swing_mps = np.abs(found.amplitude_mps)
    expected_mps = toy.amplitude_mps * np.abs(exact) ** np.arange(toy.followers + 1)
    loud = expected_mps > 0.05
    assert swing_mps[loud] == pytest.approx(expected_mps[loud], rel=0.03)
    assert swing_mps[~loud] == pytest.approx(expected_mps[~loud], abs=0.02)


def test_scorecard_lists_the_gains_and_names_what_was_tried(tmp_path: Path) -> None:
    toy = Toy(frequency_hz=0.1)
    card = score(run(tmp_path / "run", toy, pass_if=[criterion("gain_per_vehicle", at_most=1.0)]))
    flat = card.flat()
    gains = flat["platoon.gain_per_vehicle"]
    assert isinstance(gains, list) and len(gains) == 8
    assert flat["platoon.head_to_tail_gain"] == pytest.approx(np.prod(gains), rel=1e-9)
    stable = card.metrics["platoon.string_stable"]
    assert stable.value == 0.0
    assert stable.remark.startswith(
        "not string stable at 0.1 Hz, 8 followers, messages 145 ms old in the mean: largest"
    )
    stored = json.loads((tmp_path / "run" / "scorecard.json").read_text())
    assert stored["metrics"]["platoon.gain_per_vehicle"]["value"] == gains
    assert Scorecard.read(tmp_path / "run") == card
    (judged,) = card.criteria
    assert (judged.verdict, judged.value) == ("FAIL", max(gains))
    assert judged.reason == f"entry {gains.index(max(gains)) + 1} of 8"


def criterion(metric: str, **bound: float) -> dict[str, Any]:
    return {"metric": f"platoon.{metric}", "unit": "run", **bound}


def test_a_list_passes_if_its_worst_entry_does(tmp_path: Path) -> None:
    asked = [criterion("gain_per_vehicle", at_most=1.0), criterion("gain_per_vehicle", at_least=0.5)]
    high, low = score(run(tmp_path / "run", Toy("acc", time_gap_s=1.2, amplitude_mps=0.8), pass_if=asked)).criteria
    assert (high.verdict, low.verdict) == ("PASS", "PASS")
    assert low.value is not None and high.value is not None and low.value <= high.value


@pytest.mark.parametrize(
    ("toy", "why"),
    [
        (Toy(seconds=24.0), "too short: 19 s with the same members, 25 s needed"),
        (Toy(frequency_hz=0.02), "too short: 55 s with the same members, 70 s needed"),
        (Toy(seconds=30.0, amplitude_mps=0.0), "the leader's speed does not swing"),
        (Toy(frequency_hz=None, brake_at_s=10.0, seconds=30.0), "the leader's speed is no sinusoid but 'brake'"),
    ],
)
def test_where_there_is_no_gain_the_reason_is_told(tmp_path: Path, toy: Toy, why: str) -> None:
    asked = [criterion("gain_per_vehicle", at_most=1.0)]
    card = score(run(tmp_path / "run", toy, pass_if=asked))
    for key in ("gain_per_vehicle", "head_to_tail_gain", "string_stable", "speed_amplitude_mps"):
        figure = card.metrics[f"platoon.{key}"]
        assert figure.value is None and figure.remark.startswith(why)
    assert (card.criteria[0].verdict, card.criteria[0].value) == ("INCONCLUSIVE", None)
    assert card.criteria[0].reason.startswith(why)


def value(figures: dict[str, Measured], key: str) -> Any:
    return figures[f"platoon.{key}"].value


def test_norms_tell_of_any_leader(tmp_path: Path) -> None:
    found = figures(run(tmp_path / "run", Toy(frequency_hz=None, brake_at_s=10.0, seconds=40.0)))
    assert value(found, "accel_gain_linf")[0] > 1.0  # 0.5 s at 100 ms of delay is too near
    assert value(found, "speed_gain_linf") == pytest.approx([1.0] * 8)  # all from 25 m/s to a stand
    assert len(value(found, "gap_error_gain_l2")) == 7


def test_platoons_count_together_and_each_for_itself(tmp_path: Path) -> None:
    found = figures(run(tmp_path / "run", *(Toy("path", frequency_hz=0.5, seed=seed) for seed in (1, 2, 3))))
    each = [np.array(value(found, f"gain_per_vehicle.platoon_{k}")) for k in range(3)]
    assert value(found, "gain_per_vehicle") == pytest.approx(np.mean(each, axis=0))
    assert not np.allclose(each[0], each[1], rtol=1e-3)  # the phases of the beacons
    assert len(value(found, "head_to_tail_gain.by_platoon")) == len(value(found, "min_gap_m.by_platoon")) == 3


def test_only_what_drove_undisturbed_is_fitted(tmp_path: Path) -> None:
    """A safety layer at 20 s, and a swap of two places at 25 s: what is left of 90 s begins there."""

    def disturb(columns: dict[str, Any]) -> None:
        t_s, place = columns["t_ns"] / 1e9, columns["position"]
        columns["override"][(np.abs(t_s - 20.0) < 0.1) & (place == 3)] = "gap"
        late = t_s >= 25.0
        columns["position"] = np.where(late & (place == 7), 8, np.where(late & (place == 8), 7, place))

    toy = Toy(seconds=90.0)
    (clean,), (found,) = responses(run(tmp_path / "a", toy)), responses(run(tmp_path / "b", toy, change=disturb))
    assert found.from_s >= 25.0 + 20.0
    assert found.amplitude_mps[7] == pytest.approx(clean.amplitude_mps[8], rel=0.01)


@pytest.mark.parametrize(("every", "told"), [(100, True), (10, False)])
def test_a_safety_layer_that_acts_all_the_time_is_told_of_or_forbids_a_fit(
    tmp_path: Path, every: int, told: bool
) -> None:
    """A member of nine is overridden in every hundredth step, or all are in every tenth."""

    def disturb(columns: dict[str, Any]) -> None:
        often = columns["t_ns"] // 10_000_000 % every == 0
        columns["override"][often & ((columns["position"] == 3) | (not told))] = "gap"

    found = figures(run(tmp_path / "run", Toy(seconds=40.0), change=disturb))
    stable = found["platoon.string_stable"]
    if told:
        assert stable.value is None  # 0.5 s at 100 ms: not amplified at 0.2 Hz, but elsewhere by theory
        assert stable.remark.startswith("not string stable by theory, largest gain at any frequency 1.0")
        assert "smallest stable 0.731 s: -0.231 s; what was tried is not amplified, at 0.2 Hz" in stable.remark
        assert stable.remark.endswith("; 0.11% of the steps overridden by a safety layer")
    else:
        assert stable.value is None and stable.remark.startswith("a safety layer overrode members in 10% of the time")


def test_stable_is_what_measurement_and_theory_agree_on(tmp_path: Path) -> None:
    found = figures(run(tmp_path / "run", Toy("acc", time_gap_s=1.2, amplitude_mps=0.8)))
    assert found["platoon.string_stable"].value == 1.0
    assert value(found, "theory.worst_gain") == pytest.approx(1.0, abs=1e-6)
    assert value(found, "theory.time_gap_margin_s") == pytest.approx(
        0.2, abs=0.02
    )  # stable from twice the lag on, nearly


def test_a_leader_that_swings_too_little_proves_nothing(tmp_path: Path) -> None:
    stable = figures(run(tmp_path / "run", Toy(amplitude_mps=0.02)))["platoon.string_stable"]
    assert stable.value is None and stable.remark == "the leader swings by less than 0.05 m/s"

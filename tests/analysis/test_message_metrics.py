"""Message and traffic metrics of the fake run, whose sizes are known."""

from __future__ import annotations

from pathlib import Path

import fake_run
import numpy as np
import pytest

from v2x_analysis import METRICS, Run, check_metric
from v2x_analysis.metrics import accuracy, measure, messages, traffic


def test_counts_rates_and_sizes(run_folder: Path) -> None:
    run = Run(run_folder)
    counts = messages.counts(run)
    assert counts["message.count"].value == 20 * 10 * (16 + 2)  # 16 vehicles over PC5, 2 subjects over Uu as well
    assert counts["message.count.bsm"].value == counts["message.count"].value
    rate = messages.rate(run)["message.rate_hz.bsm"]
    assert rate.value == pytest.approx(10.0)
    assert rate.n_units == 16
    size = messages.sizes(run)["message.size_bytes.bsm"]
    assert size.value == pytest.approx(np.mean([len(data) for data in run.tx["bytes"]]))


def test_every_frame_is_valid_and_a_broken_one_is_found(tmp_path: Path, encode: fake_run.Encode) -> None:
    fake_run.write(tmp_path / "good", encode, fake_run.Plan(seconds=1, vehicles=4))
    assert messages.constraint_violations(Run(tmp_path / "good"))["message.constraint_violations"].value == 0

    def broken(states: object) -> list[bytes]:
        frames = encode(states)  # type: ignore[arg-type]
        return [frames[0][:-3], *frames[1:]]

    fake_run.write(tmp_path / "bad", broken, fake_run.Plan(seconds=1, vehicles=4))
    found = messages.constraint_violations(Run(tmp_path / "bad"))["message.constraint_violations"]
    assert (found.value, found.n) == (20, 60)  # the first vehicle's, over PC5 and over Uu


@pytest.mark.parametrize(("reported_m", "share"), [(0.8, 1 - np.exp(-0.5)), (1.6, 1 - np.exp(-2.0)), (0.4, 0.1175)])
def test_accuracy_is_that_of_the_noise_put_in(
    tmp_path: Path, encode: fake_run.Encode, reported_m: float, share: float
) -> None:
    """Rayleigh: median sigma sqrt(2 ln 2), 95 % sigma sqrt(2 ln 20); within k sigma a share of 1 - exp(-k^2 / 2)."""
    plan = fake_run.Plan(seconds=12, gnss_sigma_m=0.8, reported_sigma_m=reported_m)
    fake_run.write(tmp_path / "run", encode, plan)
    measured = accuracy.position(Run(tmp_path / "run"))
    assert measured["message.accuracy_m.p50"].value == pytest.approx(0.8 * np.sqrt(2 * np.log(2)), rel=0.06)
    assert measured["message.accuracy_m.p95"].value == pytest.approx(0.8 * np.sqrt(2 * np.log(20)), rel=0.06)
    assert measured["message.accuracy.within_1sigma"].value == pytest.approx(share, abs=0.04)
    assert measured["message.accuracy_m.p50"].n_units == plan.vehicles


def test_truth_is_taken_at_the_secmark_between_the_steps(tmp_path: Path, encode: fake_run.Encode) -> None:
    """Without noise, what remains is the resolution of the coordinates on the air: 0.1 microdegree, 11 mm."""
    fake_run.write(tmp_path / "run", encode, fake_run.Plan(seconds=2, gnss_sigma_m=0.0))
    run = Run(tmp_path / "run")
    assert accuracy.position_errors(run)["error_m"].max() < 0.011
    half = run.states["t_ns"] % 200_000_000 == 0
    run.__dict__["states"] = run.states[half]  # every other step is missing: vehicles move straight, 1.8 m a step
    errors = accuracy.position_errors(run)["error_m"]
    assert len(errors) > 300
    assert errors.max() < 0.05


def test_traffic(run_folder: Path) -> None:
    run = Run(run_folder)
    summary = traffic.summary(run)
    assert summary["traffic.vehicles"].value == 16
    assert summary["traffic.mean_speed_mps"].value == pytest.approx(run.states["speed_mps"].mean())
    assert summary["traffic.stopped_share"].value == 0.0
    assert 0.0 < (summary["traffic.time_loss_share"].value or 0.0) < 0.5
    assert (summary["traffic.teleports"].value, summary["traffic.departed"].value) == (0, 16)


def test_every_key_belongs_to_its_family(run_folder: Path) -> None:
    run = Run(run_folder)
    for name in METRICS.names():
        for key in METRICS.load(name)(run):
            assert key == name or key.startswith((f"{name}.", f"{name}_"))
    for key in measure(run):
        check_metric(key)

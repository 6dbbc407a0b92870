"""Effects and their intervals against hand-made numbers; pairs of runs and of sweeps; what counts as worse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from comparison_kit import STUDY, run_folder, sweep_folder
from scipy.stats import nct

from v2x.errors import InputError, RunFolderError
from v2x.scenario.model import Criterion
from v2x_analysis.comparison import Tolerances, compare
from v2x_analysis.comparison.directions import better
from v2x_analysis.comparison.effects import between, paired
from v2x_analysis.judging import Judgement

# ------------------------------------------------------------------------------------------------------- effects


def test_effect_and_intervals_by_hand() -> None:
    """Mean 2.5, standard deviation 1.29099; t of three degrees at 97.5 % is 3.18245."""
    found = paired(pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})).loc["x"]
    assert (found["n"], found["difference"]) == (4, 2.5)
    assert found[["low", "high"]].tolist() == pytest.approx([2.5 - 2.05426, 2.5 + 2.05426], abs=1e-4)
    assert found["effect"] == pytest.approx(1.93649, abs=1e-5)
    for end, tail in (("effect_low", 0.975), ("effect_high", 0.025)):
        assert nct.cdf(2.0 * found["effect"], 3, 2.0 * found[end]) == pytest.approx(tail, abs=1e-6)


def test_what_does_not_scatter_has_no_effect_and_one_pair_no_interval() -> None:
    found = paired(pd.DataFrame({"same": [0.1, 0.1, 0.1], "one": [1.0, np.nan, np.nan], "none": [np.nan] * 3}))
    assert found.loc["same", ["low", "high"]].tolist() == pytest.approx([0.1, 0.1])
    assert found["effect"].isna().all()
    assert found["n"].tolist() == [3, 1, 0]
    assert found.loc["one", "difference"] == 1.0 and np.isnan(found.loc["one", "low"])


def test_an_effect_far_out_has_an_interval_at_once() -> None:
    found = paired(pd.DataFrame({"near": [9.0, 10.0, 11.0, 9.5], "far": 1e6 + np.array([0.9, 1.0, 1.1, 0.95])}))
    share = found[["effect_low", "effect_high"]].div(found["effect"], axis=0)
    assert share.loc["far"].tolist() == pytest.approx(share.loc["near"].tolist(), rel=0.05)


@pytest.mark.parametrize("n", [3, 10])
def test_intervals_cover_what_they_say(n: int) -> None:
    """Nominal 95 % of normal differences: 4000 experiments have a standard error of 0.34 %."""
    drawn = np.random.default_rng(n).normal(0.4, 0.5, (n, 4000))
    found = paired(pd.DataFrame(drawn))
    for low, high, truth in (("low", "high", 0.4), ("effect_low", "effect_high", 0.8)):
        covered = ((found[low] <= truth) & (truth <= found[high])).mean()
        assert covered == pytest.approx(0.95, abs=0.0125)


def test_difference_of_two_runs_by_their_intervals() -> None:
    """Of symmetric intervals the margins add up in squares; of others each end has its own."""
    assert between(10.0, (9.0, 11.0), 12.0, (10.0, 14.0)) == pytest.approx((2.0 - 5.0**0.5, 2.0 + 5.0**0.5))
    assert between(0.0, (0.0, 3.0), 0.0, (0.0, 4.0)) == pytest.approx((-3.0, 4.0))


# -------------------------------------------------------------------------------------------------------- sweeps


def test_runs_of_sweeps_are_paired_and_averaged_by_seed(tmp_path: Path) -> None:
    """Two seeds with two delays each: four pairs, two independent ones. Baselines are left out."""
    a = sweep_folder(tmp_path / "a", lambda point: {"link.age_ms": (100.0 * point.seed, "ms")})
    b = sweep_folder(
        tmp_path / "b",
        lambda point: {
            "link.age_ms": (100.0 * point.seed + point.seed + (point.axes["links.pc5.delay_ms"] or 1e9), "ms")
        },
    )
    found = compare(a, b)
    row = found.figures.loc["link.age_ms"]
    assert (row["pairs"], row["n"], row["a"], row["unit"]) == (4, 2, 150.0, "ms")
    assert row["difference"] == pytest.approx(1.5 + 60.0)
    assert row["effect"] == pytest.approx(61.5 / 0.5**0.5)
    assert row["high"] - row["difference"] == pytest.approx(12.7062 * 0.5, rel=1e-4)
    assert row["moved"] and found.figures.index[0] == "link.age_ms"
    assert "4 pairs of runs, 2 seeds" in found.pairs.remarks


def test_the_same_sweep_has_not_moved(tmp_path: Path) -> None:
    a = sweep_folder(tmp_path / "a", lambda point: {"link.pdr": (0.9 - 0.01 * point.seed, "ratio")})
    found = compare(a, a).figures
    assert not found["moved"].any() and not found["worse"].any()
    assert set(found.index) == {"complete", "verdict", "criterion.0", "link.pdr"}


def test_worse_is_what_is_surely_worse_than_allowed(tmp_path: Path) -> None:
    """A loss of 0.1 +- 0.0127: the interval reaches from 0.087 to 0.113."""
    a = sweep_folder(tmp_path / "a", lambda point: {"link.pdr": (0.9, "ratio"), "message.count": (10.0, "1")})
    b = sweep_folder(
        tmp_path / "b",
        lambda point: {"link.pdr": (0.7985 + 0.001 * point.seed, "ratio"), "message.count": (1.0, "1")},
    )
    assert compare(a, b).regressions.index.tolist() == ["link.pdr"]
    assert compare(b, a).regressions.empty
    row = compare(a, b, Tolerances.parse(["link.pdr=0.09"])).figures.loc["link.pdr"]
    assert row["worse"] and row["high"] == pytest.approx(-0.1 + 12.7062 * 0.0005, abs=1e-5)
    assert compare(a, b, Tolerances.parse(["link.pdr=0.095"])).regressions.empty
    assert compare(a, b, Tolerances.parse(["link=20%"])).regressions.empty


def test_a_verdict_that_gets_worse_and_a_run_that_fails_are_regressions(tmp_path: Path) -> None:
    a = sweep_folder(tmp_path / "a", lambda point: {"link.pdr": (0.9, "ratio")})
    b = sweep_folder(tmp_path / "b", lambda point: {"link.pdr": (0.9, "ratio")}, verdict="INCONCLUSIVE")
    assert set(compare(a, b).regressions.index) == {"verdict", "criterion.0"}
    c = sweep_folder(
        tmp_path / "c", lambda point: None if point.axes["links.pc5.delay_ms"] else {"link.pdr": (1.0, "ratio")}
    )
    found = compare(a, c)
    assert found.regressions.index.tolist() == ["complete"]
    assert "4 runs of B failed" in found.pairs.remarks


def test_sweeps_that_cannot_be_compared(tmp_path: Path) -> None:
    figures = lambda point: {"link.pdr": (0.9, "ratio")}  # noqa: E731
    a = sweep_folder(tmp_path / "a", figures)
    seeds = sweep_folder(tmp_path / "seeds", figures, STUDY.replace("seeds: 2", "seeds: [3, 4]"))
    with pytest.raises(InputError, match=r"no run of the one .* seeds are 1, 2 and 3, 4"):
        compare(a, seeds)
    axes = sweep_folder(tmp_path / "axes", figures, STUDY.replace("links.pc5.delay_ms: [", "links.pc5.range_m: ["))
    with pytest.raises(InputError, match=r"not the same axes: .*delay_ms, .*range_m"):
        compare(a, axes)
    run = run_folder(tmp_path / "run", {"link.pdr": 0.9})
    with pytest.raises(InputError, match=f"{a} is a sweep and {run} a run"):
        compare(a, run)
    with pytest.raises(RunFolderError, match="not a run folder"):
        compare(tmp_path / "nowhere", run)
    for row in (axes / "results").glob("*/*"):
        row.unlink()
    with pytest.raises(RunFolderError, match="no run of this sweep has been made"):
        compare(axes, axes)


# ---------------------------------------------------------------------------------------------------- single runs


def test_two_runs_have_the_intervals_of_their_scorecards(tmp_path: Path) -> None:
    def judged(value: float) -> Judgement:
        bound, span = {"at_least": 0.5}, (value - 0.03, value + 0.04)
        return Judgement("link.pdr", bound, 0.95, 20, "ours", value, "ratio", span, "link_block", 30, "PASS")  # type: ignore[arg-type]

    a = run_folder(tmp_path / "a", {"link.pdr": 0.9, "message.accuracy_m.p50": 1.0, "only.a": 1.0}, [judged(0.9)])
    b = run_folder(
        tmp_path / "b", {"link.pdr": 0.8, "message.accuracy_m.p50": 1.2, "link.cbr.p50": 0.0}, [judged(0.8)], seed=2
    )
    found = compare(a, b)
    row = found.figures.loc["link.pdr"]
    assert row[["low", "high"]].tolist() == pytest.approx([-0.1 - 0.05, -0.1 + 0.05])
    assert row["moved"] and row["worse"]  # the near end is 0.05 below, and 0.045 are allowed
    assert not compare(a, b, Tolerances.parse(["link.pdr=0.06"])).figures.loc["link.pdr", "worse"]
    other = found.figures.loc["message.accuracy_m.p50"]
    assert pd.isna(other["low"]) and pd.isna(other["moved"]) and other["worse"]
    told = " / ".join(found.pairs.remarks)
    assert "different seeds, 1 and 2" in told and "Only A has only.a" in told and "Only B has link.cbr.p50" in told


def test_runs_that_cannot_be_compared(tmp_path: Path) -> None:
    a, b = run_folder(tmp_path / "a", {"link.pdr": 0.9}), run_folder(tmp_path / "b", {"link.pdr": 0.9}, name="other")
    with pytest.raises(InputError, match=r"not the same scenario: .*/a has small, .*/b has other"):
        compare(a, b)
    (a / "scorecard.json").unlink()
    with pytest.raises(RunFolderError, match=r"has no scorecard; v2x score .*/a makes one"):
        compare(a, a)


# ------------------------------------------------------------------------------------- directions and tolerances


def test_criteria_decide_which_way_is_better() -> None:
    slow = Criterion(metric="traffic.mean_speed_mps", at_most=10.0, unit="run", source="ours")
    assert better("traffic.mean_speed_mps", [slow]) == "lower"
    assert better("traffic.mean_speed_mps", []) is None
    assert better("link.pdr_0_100m", []) == "higher"
    assert better("link.pdrx", []) is None
    assert better("fcw.miss_rate", []) == "lower" and better("fcw.lead_time_s.p5", []) is None


@pytest.mark.parametrize("text", ["link.pdr", "link.pdr=", "=1", "link.pdr=-1", "link.pdr=five", "link.pdr=nan%"])
def test_what_is_no_tolerance(text: str) -> None:
    with pytest.raises(InputError, match="expected METRIC=VALUE"):
        Tolerances.parse([text])


def test_the_longest_name_decides(tmp_path: Path) -> None:
    allowed = Tolerances.parse(["link=1", "link.pdr=10%", "verdict=0.5"])
    assert [allowed.of(key).of(2.0) for key in ("link.loss.random", "link.pdr_0_100m", "verdict", "complete", "x")] == [
        *(1.0, 0.2, 0.5, 0.0, 0.1)
    ]
    a = run_folder(tmp_path / "a", {"link.pdr": 0.9})
    with pytest.raises(InputError, match=r"no figure 'link.pdf', did you mean 'link.pdr'"):
        compare(a, a, Tolerances.parse(["link.pdf=1"]))

"""SPATs against the lights: errors, brackets and wrong lights are found where they were put."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from v2x.clock import NS_PER_S, utc_ns
from v2x.messages.model import Light, SignalGroup, SignalPhases, SignalState
from v2x.messages.profile import get_profile
from v2x.record.writer import RunWriter
from v2x_analysis import Run
from v2x_analysis.metrics.spat import predicted, predictions
from v2x_analysis.report.signal_plots import prediction_error
from v2x_analysis.spat import told

S = NS_PER_S
START = datetime(2026, 3, 2, 0, 59, 30, tzinfo=UTC)  # the hour, and with it every TimeMark, wraps after 30 s
#: Group 1 of intersection 22 changes at these times.
SHOWN = [(-20, "red"), (10, "green"), (40, "yellow"), (43, "red"), (75, "green")]

#: Sent at, light, its likely, earliest and latest end (seconds).
Said = tuple[float, Light, float | None, float | None, float | None]


def write(folder: Path, profile_name: str, said: list[Said], *, lights: bool = True) -> Run:
    profile, start_ns = get_profile(profile_name), utc_ns(START)

    def instant(t_s: float | None) -> int | None:
        return None if t_s is None else start_ns + round(t_s * S)

    frames = []
    for t_s, light, likely_s, min_s, max_s in said:
        state = SignalState(light, None, instant(min_s), instant(max_s), instant(likely_s))
        other = SignalGroup(2, (SignalState("unavailable", None, None),))
        phases = SignalPhases(0, start_ns + round(t_s * S), 1, 22, 1, (SignalGroup(1, (state,)), other))
        frames.append(profile.encode(phases)[1])
    with RunWriter(folder, {"start_utc": START.isoformat(), "duration_s": 100.0, "seed": 1}) as writer:
        # 40 ms late: what counts is the message's own time
        t_ns = np.array([round(t_s * S) + 40_000_000 for t_s, *_ in said])
        columns = {"station": "RSU", "profile": profile.name, "type": "SPAT", "air_bytes": 1, "channel": "pc5"}
        writer.append("tx", {"t_ns": t_ns, "tx_id": np.arange(len(said)), "bytes": frames, **columns})
        if lights:
            rows = [(round(t_s * S), light) for t_s, light in SHOWN]
            place = {"junction": "J_22", "region": 1, "intersection": 22, "group": 1}
            writer.append("signals", {"t_ns": [t for t, _ in rows], "light": [light for _, light in rows], **place})
        writer.flush(100 * S)
        writer.finish("complete")
    return Run(folder)


SAID: list[Said] = [
    (2.0, "red", 10.0, 10.0, 10.0),
    (12.0, "green", 38.0, 36.0, 39.0),  # 2 s early, and so is its latest
    (30.0, "green", 41.5, 38.0, 44.0),
    (39.0, "green", None, None, None),  # no promise
    (40.1, "green", 40.2, None, 40.2),  # a tenth late to see the yellow
    (50.0, "green", 51.0, 50.5, 52.0),  # not shown for ten seconds
    (60.0, "red", 75.0, 75.0, 75.0),
    (80.0, "green", 90.0, 90.0, 90.0),  # its end is not in the run
]


@pytest.mark.parametrize("profile", ["j2735", "csae"])
def test_what_was_said_is_read_back(profile: str, tmp_path: Path) -> None:
    rows = told(write(tmp_path / "run", profile, SAID))
    assert len(rows) == 2 * len(SAID)
    mine = rows[rows["group"] == 1].sort_values("tx_id")
    assert mine["light"].tolist() == [light for _, light, *_ in SAID]
    assert set(rows[rows["group"] == 2]["light"]) == {""}
    assert (mine["region"].unique().tolist(), mine["intersection"].unique().tolist()) == ([1], [22])
    assert mine["likely_s"].to_numpy() == pytest.approx([s[2] or np.nan for s in SAID], abs=1e-6, nan_ok=True)
    assert mine["max_s"].to_numpy() == pytest.approx([s[4] or np.nan for s in SAID], abs=1e-6, nan_ok=True)
    assert mine["min_s"].to_numpy() == pytest.approx([s[3] or np.nan for s in SAID], abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("profile", ["j2735", "csae"])
def test_errors_and_brackets(profile: str, tmp_path: Path) -> None:
    run = write(tmp_path / "run", profile, SAID)
    rows = predicted(run).sort_values("tx_id")
    assert dict(zip(rows["tx_id"], rows["error_s"].round(3), strict=True)) == {0: 0.0, 1: -2.0, 2: 1.5, 4: 0.2, 6: 0.0}
    found = predictions(run)
    assert found["spat.prediction_error_s.p50"].value == pytest.approx(0.2)
    assert found["spat.prediction_error_s.p95"].value == pytest.approx(2.0)
    assert found["spat.prediction_error_s_over_20s.p50"].value == pytest.approx(2.0)
    leads = ("_0_5s", "_5_10s", "_10_20s", "_over_20s")
    assert [found[f"spat.prediction_error_s{lead}.p50"].n for lead in leads] == [1, 2, 1, 1]
    assert found["spat.bracketed"].value == pytest.approx(4 / 5)
    assert found["spat.bracketed_over_20s"].value == 0.0
    assert found["spat.wrong_light"].value == pytest.approx(2 / 8)
    assert found["spat.without_end"].value == pytest.approx(1 / 8)
    assert found["spat.prediction_error_s.p50"].n_units == 3  # what ends at 10, 40 and 75 s
    assert "svg" in (prediction_error(run) or "")


def test_an_old_folder_has_no_lights(tmp_path: Path) -> None:
    run = write(tmp_path / "run", "j2735", SAID, lights=False)
    assert all(figure.value is None for figure in predictions(run).values())
    assert prediction_error(run) is None


def test_a_run_without_spat_has_no_predictions(run_folder: Path) -> None:
    figures = predictions(Run(run_folder))
    assert {key.split(".")[0] for key in figures} == {"spat"}
    assert all(figure.n == 0 for key, figure in figures.items() if "prediction" in key)

"""Platoons in whole runs: real traffic, real bytes, and the amplification that theory asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from run_kit import control, run

EXACT = ("platoon.radar.kind=ideal", "platoon.quantised=false", "platoon.fallback.enabled=false")
DT_S = 0.01


def ploeg_gain(
    frequency_hz: float, delay_s: float, beacon_s: float, h: float, kp: float = 0.2, kd: float = 0.7
) -> float:
    """Predecessor to follower under Ploeg's law in steps of 10 ms, engine lag 0.5 s, averaged over beacon phases.

    Written down on its own, straight from the difference equations: u[k] = u[k-1] + dt/h (-u[k-1] + kp e + kd e' + w),
    where w is the predecessor's u of the step before its message, held from beacon to beacon.
    """
    z = np.exp(2j * np.pi * frequency_hz * DT_S)
    share = DT_S / (0.5 + DT_S)
    accel = share / (z - (1.0 - share))  # from u
    speed = accel * DT_S * z / (z - 1.0)
    way = speed * DT_S * z / (z - 1.0)
    held = np.mean(z ** -np.arange(round(beacon_s / DT_S))) * z ** -round(delay_s / DT_S)
    ahead = DT_S / h * (kp * way + kd * speed + held / z)
    own = 1.0 - (1.0 - DT_S / h) / z + DT_S / h * (kp * (way + h * speed) + kd * (speed + h * accel))
    return float(abs(ahead / own))


@pytest.mark.parametrize(("delay_ms", "h"), [(100, 0.5), pytest.param(30, 0.8, marks=pytest.mark.validate)])
def test_beacons_of_10_hz_amplify_as_theory_has_it(tmp_path: Path, delay_ms: int, h: float) -> None:
    settings = ("platoon.controller=ploeg", f"platoon.time_gap_s={h}", "platoon.followers=4", "duration_s=50",
                f"links.pc5.delay_ms={delay_ms}", "platoon.beacon_hz=10", *EXACT)  # fmt: skip
    scorecard = run(tmp_path / "run", *settings)["scorecard"]
    expected = ploeg_gain(0.2, delay_ms / 1e3, 0.1, h)
    gains = scorecard["platoon.gain_per_vehicle"]
    assert gains[0] == pytest.approx(expected, rel=5e-3)
    assert gains == pytest.approx([expected] * 4, rel=0.05)
    assert scorecard["platoon.head_to_tail_gain"] == pytest.approx(np.prod(gains), rel=1e-6)
    assert scorecard["platoon.collisions"] == 0


def test_a_message_in_every_control_step_leaves_no_spread(tmp_path: Path) -> None:
    settings = ("platoon.time_gap_s=0.6", "platoon.followers=3", "duration_s=40", "links.pc5.delay_ms=0",
                "platoon.beacon_hz=100", *EXACT)  # fmt: skip
    gains = run(tmp_path / "run", *settings)["scorecard"]["platoon.gain_per_vehicle"]
    assert gains == pytest.approx([ploeg_gain(0.2, 0.0, 0.01, 0.6)] * 3, rel=5e-3)


def test_runs_repeat_with_either_engine(tmp_path: Path) -> None:
    settings = ("duration_s=4", "platoon.followers=4")
    first = run(tmp_path / "a", *settings)
    traci = run(tmp_path / "c", *settings, more=("--engine", "traci"))
    other = run(tmp_path / "d", *settings, "seed=2")
    assert first["digest"] == traci["digest"] != other["digest"]
    pd.testing.assert_frame_equal(control(tmp_path / "a"), control(tmp_path / "c"))


def test_without_messages_followers_drop_back_by_radar(tmp_path: Path) -> None:
    settings = ("duration_s=30", "platoon.followers=3", "links.pc5.loss=1.0", "platoon.leader.amplitude_mps=0")
    scorecard = run(tmp_path / "run", *settings)["scorecard"]
    rows = control(tmp_path / "run")
    followers = rows[rows["position"] > 0]
    assert set(followers["mode"].unique()) == {"acc"}
    assert followers["aoi_ahead_ms"].isna().all()
    last = followers[followers["t_ns"] == followers["t_ns"].max()]
    assert last["gap_m"].to_numpy() == pytest.approx(2.0 + 1.2 * 25.0, abs=1.5)
    assert scorecard["platoon.aoi_ms.p95"] is None
    assert scorecard["platoon.collisions"] == 0


def test_a_full_braking_over_a_lossy_link_is_survived(tmp_path: Path) -> None:
    settings = ("duration_s=25", "platoon.leader={kind: brake, brake_at_s: 8, brake_mps2: 6}", "links.pc5.loss=0.3")
    scorecard = run(tmp_path / "run", *settings)["scorecard"]
    rows = control(tmp_path / "run")
    assert scorecard["platoon.collisions"] == 0
    assert scorecard["platoon.min_gap_m"] > 0
    end = rows[rows["t_ns"] == rows["t_ns"].max()].set_index("position")
    assert end.loc[0, "speed_mps"] == 0.0
    assert end["speed_mps"].max() < 2.0  # those behind roll up to their gap at standstill


@pytest.mark.parametrize(("profile", "kind"), [("csae", "PCM"), ("j2735", "CCM")])
def test_members_say_what_their_family_has(tmp_path: Path, profile: str, kind: str) -> None:
    run(tmp_path / "run", "duration_s=3", "platoon.followers=2", f"profile={profile}", "platoon.beacon_hz=20")
    tx = pd.read_parquet(tmp_path / "run" / "tx.parquet")
    assert tx["type"].value_counts().to_dict() == {kind: 180, "BSM": 90}
    rx = pd.read_parquet(tmp_path / "run" / "rx.parquet").merge(tx[["tx_id", "type", "station"]], on="tx_id")
    assert set(rx["receiver"]) == set(tx["station"])
    used = rx[(rx["type"] == kind) & rx["t_used_ns"].notna()]
    assert (used["t_used_ns"] >= used["t_ns"]).all()
    assert (used["t_used_ns"] - used["t_ns"]).max() < 10_000_000  # picked up in the next control step


def test_who_negotiates_begins_at_its_gap_too(tmp_path: Path) -> None:
    """5 m at 90 km/h, which radar driving would take for an emergency."""
    run(tmp_path / "run", "duration_s=3", "platoon.controller=flatbed", "platoon.protocol.enabled=true")
    rows = control(tmp_path / "run")
    assert rows["gap_m"].between(4.8, 5.2).sum() == (rows["position"] > 0).sum()
    assert rows["accel_mps2"].abs().max() < 1.5


@pytest.mark.parametrize(("link", "least_ms"), [("uu", 60), ("both", 20)])
def test_control_messages_go_over_the_network_too(tmp_path: Path, link: str, least_ms: int) -> None:
    """Up and down take 30 ms each, the sidelink 20 ms; whatever comes first counts."""
    over = (f"platoon.link={link}", "links.uu={kind: constant, delay_ms: 30}")
    scorecard = run(tmp_path / "run", "duration_s=5", "platoon.followers=2", *over)["scorecard"]
    assert scorecard["platoon.message_rate_hz"] == pytest.approx(10.0)
    tx = pd.read_parquet(tmp_path / "run" / "tx.parquet")
    said = tx[tx["type"] == "PCM"].groupby("channel", observed=True).size().to_dict()
    assert said.pop("uu_uplink") == 150
    assert said.pop("uu_downlink") == pytest.approx(2 * 150, abs=10)
    assert said == ({} if link == "uu" else {"pc5": 150})
    rows = control(tmp_path / "run")
    ages_ms = rows.loc[(rows["position"] > 0) & rows["aoi_ahead_ms"].notna(), "aoi_ahead_ms"]
    assert ages_ms.min() == least_ms
    assert ages_ms.max() == least_ms + 90

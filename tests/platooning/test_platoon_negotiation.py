"""Vehicles that join, leave, merge and cut in, in real traffic: every statement goes over the air."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from run_kit import control, events, run

ON = ("platoon.protocol.enabled=true", "platoon.leader.speed_mps=18", "platoon.leader.amplitude_mps=0")
RING = "route: [K_1.K_2, K_2.K_1, K_1.K_2], start_at_m: 500"


def ended(out: Path) -> list[tuple[str, str, str]]:
    """Who has brought which wish of its own to which end."""
    return [
        (each["station"], each["wish"], each["ends"])
        for each in events(out, "platoon.state")
        if each["ends"] and each["wish"]
    ]


def order_at_end(out: Path, platoon: int) -> list[str]:
    rows = control(out)
    last = rows[(rows["t_ns"] == rows["t_ns"].max()) & (rows["platoon"] == platoon)]
    return [str(name) for name in last.sort_values("position")["station"]]


def test_a_member_leaves_and_a_truck_joins_in_front(tmp_path: Path) -> None:
    out = tmp_path / "run"
    scorecard = run(
        out, *ON, "duration_s=60", "platoon.followers=4",
        f"platoon.singles=[{{{RING}, lane: 0, speed_mps: 18, kind: truck}}]",
        "platoon.manoeuvres=[{at_s: 5, kind: leave, who: 2}, {at_s: 20, kind: join, who: 2, where: middle},"
        " {at_s: 30, kind: join, platoon: 1, into: 0, where: front}]",
    )["scorecard"]  # fmt: skip
    assert ended(out) == [
        ("platoon0.2", "leave", "done"), ("platoon0.2", "join", "done"), ("single0", "join", "done")
    ]  # fmt: skip
    first = [f"platoon0.{place}" for place in (0, 1, 2, 3, 4)]
    rows = control(out)
    beside = rows[(rows["t_ns"] == 15 * 10**9) & (rows["station"] == "platoon0.2")].iloc[0]
    assert (beside["platoon"], beside["mode"]) == (-1, "free")
    new_leader = rows[(rows["t_ns"] == rows["t_ns"].max()) & (rows["station"] == "single0")].iloc[0]
    assert (new_leader["position"], new_leader["mode"]) == (0, "leader")
    joined = order_at_end(out, int(new_leader["platoon"]))
    assert joined == ["single0", *first]
    assert scorecard["platoon.collisions"] == 0
    assert scorecard["platoon.min_gap_m"] > 3.0
    assert_gaps_closed_by_members_only(rows)


def assert_gaps_closed_by_members_only(rows: pd.DataFrame) -> None:
    """Nobody keeps a gap by messages to one who is not right ahead of it in the same platoon."""
    table = rows.pivot(index="t_ns", columns="station", values="platoon")
    close = rows[(rows["mode"] == "cacc") & rows["ahead"].notna()]
    theirs = [table.at[t_ns, ahead] for t_ns, ahead in zip(close["t_ns"], close["ahead"], strict=True)]
    apart = close[close["platoon"].to_numpy() != theirs]
    # They hear of a change one after the other, and the radar tells late of one who comes in.
    longest = apart.groupby("station")["t_ns"].agg(lambda t: (t.max() - t.min()) / 1e9)
    assert len(apart) * 0.01 < 2.5, longest


def test_who_cuts_in_is_given_room(tmp_path: Path) -> None:
    out = tmp_path / "run"
    scorecard = run(
        out, *ON, "duration_s=45", "platoon.followers=3",
        f"platoon.singles=[{{{RING}, lane: 2, speed_mps: 20}}]",
        "platoon.manoeuvres=[{at_s: 5, kind: cut_in, platoon: 1, into: 0, for_s: 12},"
        " {at_s: 38, kind: brake, for_s: 2}]",
    )["scorecard"]  # fmt: skip
    (cut,) = events(out, "platoon.cut_in")
    changes = events(out, "platoon.lane_change")
    assert [each["to"] for each in changes] == ["right", "left"]
    cut_off = [each for each in events(out, "platoon.state") if each["after"] == "cut_off"]
    assert len({each["station"] for each in cut_off}) == 1
    (victim,) = {each["station"] for each in cut_off}
    rows = control(out)
    mine = rows[rows["station"] == victim].set_index("t_ns")
    behind = mine[mine["ahead"] == "single0"]
    assert set(behind.loc[int((cut["t_s"] + 2) * 1e9) :, "mode"]) == {"acc"}
    assert behind["gap_m"].iloc[-1] > behind["gap_m"].iloc[0] + 5.0
    assert mine.loc[37 * 10**9, "mode"] == "cacc"
    braked = {each["station"] for each in events(out, "platoon.brake") if each["after"] == "braking"}
    assert {f"platoon0.{place}" for place in range(4)} <= braked
    assert scorecard["platoon.collisions"] == 0


@pytest.mark.parametrize(("profile", "kind"), [("csae", "CLPMM"), ("j2735", "PMM")])
def test_one_platoon_merges_into_another(tmp_path: Path, profile: str, kind: str) -> None:
    out = tmp_path / "run"
    settings: tuple[Any, ...] = (
        "duration_s=30", "platoon.followers=1", "platoon.count=2", f"profile={profile}", "platoon.time_gap_s=1",
        "platoon.manoeuvres=[{at_s: 2, kind: merge, platoon: 1, into: 0}]",
    )  # fmt: skip
    run(out, *ON, *settings)
    assert ended(out) == [("platoon1.0", "merge", "done")]
    assert order_at_end(out, 0) == ["platoon0.0", "platoon0.1", "platoon1.0", "platoon1.1"]
    tx = pd.read_parquet(out / "tx.parquet")
    assert (tx["type"] == kind).sum() == pytest.approx(4 * 5 * 30, rel=0.05)

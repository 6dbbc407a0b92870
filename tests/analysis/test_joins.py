"""Tables of a run joined, against folders small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest
from alert_kit import PLANE, Road, lane
from folder_kit import MS, Folder

from v2x.errors import InputError
from v2x_analysis import Run, ages, alerts_with_leads, knowledge, link_fates, receptions, truth_at


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "run")


def test_part_of_a_table(folder: Folder) -> None:
    for k in range(30):
        folder.frame(k * 100, "A", "B" if k % 2 else "C", used_after_ms=5)
    run = folder.run()
    part = run.table("tx", ["tx_id", "t_ns"], between_s=(0.5, 1.0))
    assert part.columns.tolist() == ["tx_id", "t_ns"]
    assert part["tx_id"].tolist() == [5, 6, 7, 8, 9]
    used = run.table("rx", ["t_used_ns"], where=ds.field("receiver") == "C")
    assert used["t_used_ns"].dtype == pd.Int64Dtype() and len(used) == 15
    assert run.dataset("rx").count_rows() == 30
    with pytest.raises(InputError, match="no table 'xr'"):
        run.table("xr")
    with pytest.raises(InputError, match="t_ns"):
        run.table("uu_segments", between_s=(0, 1))  # it has no times


def test_receptions_know_what_was_sent(folder: Folder) -> None:
    folder.frame(100, "A", "B", delay_ms=20)
    folder.frame(100, "B", "A", cause="collision", kind="SPAT")
    folder.frame(200, "A", "C")
    run = folder.run()
    whole = receptions(run)
    assert whole.columns.tolist() == [*run.rx.columns, "sent_ns", "sender", "type"]
    assert whole["sender"].tolist() == ["A", "B", "A"]
    assert whole["sent_ns"].tolist() == [100 * MS, 100 * MS, 200 * MS]
    part = receptions(run, ["cause"], where=ds.field("receiver") != "C", sent=ds.field("type") == "SPAT")
    assert part.columns.tolist() == ["cause", "sent_ns", "sender", "type"]
    assert part["cause"].tolist() == ["collision"]
    assert receptions(run, ["cause"], where=ds.field("receiver") == "nobody").empty


def test_truth_lies_between_two_steps(tmp_path: Path) -> None:
    users = {"ego": lane(0.0, 10.0), "turned": lane(0.0, 0.0, heading_deg=350.0)}
    run = Road(tmp_path / "run").drive(users, until_s=2.0).run()
    t_ns = np.array([0, 150, 150, 2000, 2001]) * MS
    told = truth_at(run, ["ego", "ego", "turned", "ego", "ego"], t_ns, ["x_m", "heading_deg", "type"])
    assert told["x_m"].to_numpy() == pytest.approx([0.0, 1.5, 0.0, 20.0, np.nan], nan_ok=True)
    assert told["heading_deg"].to_numpy() == pytest.approx([90.0, 90.0, 350.0, 90.0, np.nan], nan_ok=True)
    assert told["type"].tolist()[:4] == ["car"] * 4
    lon_deg, _ = PLANE.to_lonlat(1.5, 0.0)
    assert truth_at(run, ["ego"], [150 * MS])["lon_deg"].iloc[0] == pytest.approx(float(lon_deg), abs=1e-9)
    assert truth_at(run, ["nobody"], [0]).isna().to_numpy().all()
    assert truth_at(run, [], []).empty


def test_headings_take_the_shorter_turn(folder: Folder) -> None:
    place = dict.fromkeys(("x_m", "y_m", "lon_deg", "lat_deg", "speed_mps", "accel_mps2", "yaw_rate_dps"), 0.0)
    for t_ms, heading_deg in ((0, 350.0), (100, 10.0)):
        row = {"t_ns": t_ms * MS, "id": "T", "type": "car", "lane": "", "length_m": 4.0, "width_m": 2.0}
        folder.writer.append("states", {**row, **place, "heading_deg": heading_deg})
    told = truth_at(folder.run(), ["T", "T"], [25 * MS, 75 * MS], ["heading_deg"])
    assert told["heading_deg"].to_numpy() == pytest.approx([355.0, 5.0])


def test_who_knew_what_when(folder: Folder) -> None:
    folder.frame(0, "A", "B", delay_ms=300, used_after_ms=5)  # overtaken by the next: brings nothing
    folder.frame(100, "A", "B", delay_ms=20, used_after_ms=5)
    folder.frame(150, "C", "B", delay_ms=20, used_after_ms=5, kind="SPAT")
    folder.frame(200, "A", "B", cause="collision", used_after_ms=5)
    folder.frame(400, "A", "B", delay_ms=20, used_after_ms=5)
    folder.frame(410, "A", "RSU")  # uses nothing
    run = folder.run()
    known = knowledge(run)
    assert known[["receiver", "sender"]].to_numpy().tolist() == [["B", "A"], ["B", "A"]]
    assert (known[["from_ns", "until_ns", "sent_ns"]] // MS).to_numpy().tolist() == [
        [125, 425, 100],
        [425, 30_000, 400],
    ]
    old = ages(known[:1], every_s=0.1)
    assert old["t_ns"].tolist() == [200 * MS, 300 * MS, 400 * MS]
    assert old["age_ms"].tolist() == [100.0, 200.0, 300.0]
    assert len(knowledge(run, receiver="B", sender="A")) == 2
    assert knowledge(run, receiver="A").empty and ages(knowledge(run, receiver="A")).empty
    assert knowledge(run, type_name="SPAT")["sender"].tolist() == ["C"]


def test_fates_by_distance(folder: Folder) -> None:
    folder.bins(0, 0.0, None, 90)
    folder.bins(1, 0.0, "collision", 10)
    folder.bins(0, 25.0, "half_duplex", 5)
    folder.bins(0, 0.0, "outage", 1000, link="uu")
    table = link_fates(folder.run())
    assert table.columns.tolist() == ["tries", "delivered", "half_duplex", "collision"]
    assert table.loc[0.0].tolist() == [100, 0.9, 0.0, 0.1]
    assert table.loc[25.0].tolist() == [5, 0.0, 1.0, 0.0]


def test_no_receptions_no_fates(folder: Folder) -> None:
    assert link_fates(folder.run()).empty


def test_alerts_and_their_lead_times(tmp_path: Path) -> None:
    users = {"ego": lane(0.0, 12.0), "lead": lane(60.0, 0.0)}
    road = Road(tmp_path / "run", ["fcw", "ebw"]).drive(users, until_s=4.6).speaks("lead")
    run = road.alert("fcw", 2.0, 4.5).alert("ebw", 3.0, 3.5).run()
    told = alerts_with_leads(run, ["fcw"])
    assert told[["station", "application", "true"]].to_numpy().tolist() == [["ego", "fcw", True]]
    assert told["lead_s"].iloc[0] == pytest.approx((60.0 - 4.5 - 24.0) / 12.0, abs=0.01)
    assert set(alerts_with_leads(run)["application"]) == {"ebw", "fcw"}
    assert alerts_with_leads(run, ["evw"]).empty


def test_frames_of_a_run_without_alerts_have_their_columns(folder: Folder) -> None:
    run: Run = folder.run()
    names = ["station", "application", "about", "start_ns", "end_ns", "true", "lead_s"]
    assert alerts_with_leads(run).columns.tolist() == names

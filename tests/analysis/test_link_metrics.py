"""Link metrics against tables small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from folder_kit import MS, Folder

from v2x_analysis.metrics import awareness, delivery, latency, network
from v2x_analysis.observed import bsm_encounters


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "run")


def test_pdr_counts_tries_by_distance_and_ten_seconds(folder: Folder) -> None:
    folder.bins(0, 0.0, None, 90)
    folder.bins(1, 75.0, "collision", 10)
    folder.bins(10, 100.0, None, 30)
    folder.bins(21, 175.0, "below_sensitivity", 70)
    folder.bins(0, 0.0, "outage", 1000, link="uu")
    run = folder.run()
    pdr, loss = delivery.pdr(run), delivery.loss(run)
    assert pdr["link.pdr"].value == pytest.approx(120 / 200)
    assert (pdr["link.pdr"].n, pdr["link.pdr"].n_units) == (200, 3)
    assert pdr["link.pdr_0_100m"].value == pytest.approx(0.9)
    assert pdr["link.pdr_100_200m"].value == pytest.approx(0.3)
    assert pdr["link.pdr_200_300m"].value is None
    assert loss["link.loss.collision"].value == pytest.approx(10 / 200)
    assert loss["link.loss.below_sensitivity"].value == pytest.approx(70 / 200)
    assert loss["link.loss.outage"].value == 0.0


def test_latency_is_that_of_delivered_frames_of_the_link(folder: Folder) -> None:
    for k in range(100):
        folder.frame(k * 100, "A", "B", delay_ms=k + 1)
    folder.frame(20_000, "A", "B", delay_ms=999, cause="random")
    folder.frame(20_000, "A", "server", delay_ms=7, link="uu")
    run = folder.run()
    measured = latency.sidelink(run)
    assert [measured[f"link.latency_ms.{p}"].value for p in ("p50", "p95", "p99")] == [50.0, 95.0, 99.0]
    assert measured["link.latency_ms.p50"].n_units == 1  # one pair, ten seconds
    assert latency.network(run)["link.uu_latency_ms.p50"].value == 7.0


def test_both_directions_of_a_pair_are_one_unit(folder: Folder) -> None:
    for k in range(5):
        folder.frame(k * 100, "A", "B")
        folder.frame(k * 100, "B", "A")
        folder.frame(k * 100, "A", "RSU")
    folder.frame(10_000, "B", "A")
    assert latency.sidelink(folder.run())["link.latency_ms.p50"].n_units == 3


def test_an_encounter_ends_out_of_range_or_after_silence(folder: Folder) -> None:
    for t_ms in (0, 100, 200):
        folder.frame(t_ms, "A", "B")
        folder.frame(t_ms + 50, "B", "A")
    folder.frame(1_000, "A", "B", distance_m=301.0)
    folder.frame(2_500, "A", "B")  # back within range, 2.25 s after the last try there
    folder.frame(2_600, "A", "B", kind="SPAT")
    rows = bsm_encounters(folder.run())
    assert rows.groupby("encounter").size().tolist() == [6, 1]


def test_inter_reception_time_does_not_span_encounters_or_directions(folder: Folder) -> None:
    folder.frame(0, "A", "B", delay_ms=10)
    folder.frame(50, "B", "A", delay_ms=10)
    folder.frame(100, "A", "B", cause="collision")
    folder.frame(200, "A", "B", delay_ms=30)
    folder.frame(5_000, "A", "B", delay_ms=10)
    folder.frame(5_100, "A", "B", delay_ms=10)
    run = folder.run()
    assert sorted(awareness.gaps(run)["gap_ms"]) == [100.0, 220.0]
    measured = awareness.inter_reception(run)
    assert measured["link.irt_ms.p95"].value == 220.0
    assert measured["link.irt_ms.p95"].n_units == 2


def test_age_of_information_is_that_of_the_freshest_message_in_use(folder: Folder) -> None:
    folder.frame(5, "A", "B", delay_ms=300, used_after_ms=5)  # in use from 310 ms, overtaken by the next
    folder.frame(105, "A", "B", delay_ms=20, used_after_ms=5)  # in use from 130 ms
    folder.frame(205, "A", "B", cause="collision", used_after_ms=5)
    folder.frame(395, "A", "B", delay_ms=100, used_after_ms=5)  # arrives at 495, in use from 500 ms
    folder.frame(555, "A", "B", cause="collision", delay_ms=50)  # the encounter is tried until 605 ms
    folder.frame(0, "B", "RSU")  # a roadside unit uses nothing
    table = awareness.ages(folder.run())
    assert table["t_ns"].tolist() == [k * 100 * MS for k in (2, 3, 4, 5, 6)]
    assert table["age_ms"].tolist() == [95.0, 195.0, 295.0, 105.0, 205.0]


def test_uu_loss_counts_both_directions_by_road_user(folder: Folder) -> None:
    for k in range(10):
        folder.frame(k * 100, "A", "server", link="uu", cause="outage" if k in (3, 4, 8) else None)
        folder.frame(k * 100, "server", "B", link="uu", cause="random" if k == 0 else None)
    run = folder.run()
    loss = network.loss(run)["link.uu_loss"]
    assert loss.value == pytest.approx(4 / 20)
    assert loss.n_units == 2
    episodes = network.outage_episodes(run)
    assert episodes["mobile"].tolist() == ["A", "A"]
    assert episodes["start_ns"].tolist() == [300 * MS, 800 * MS]
    assert np.allclose(episodes["length_s"], [0.2, 0.1])
    outages = network.outages(run)
    assert outages["link.uu_outage_count"].value == 2
    assert outages["link.uu_outage_s.p95"].value == pytest.approx(0.2)


def test_an_outage_at_the_end_of_a_way_lasts_until_its_last_frame(folder: Folder) -> None:
    folder.frame(0, "A", "server", link="uu")
    folder.frame(100, "A", "server", link="uu", cause="outage")
    folder.frame(200, "A", "server", link="uu", cause="outage")
    folder.frame(0, "B", "server", link="uu", cause="outage")
    episodes = network.outage_episodes(folder.run()).sort_values("mobile")
    assert np.allclose(episodes["length_s"], [0.1, 0.0])


def test_no_rows_no_figures(folder: Folder) -> None:
    run = folder.run()
    families = (delivery.pdr, delivery.loss, latency.sidelink, network.loss, awareness.inter_reception)
    for family in (*families, awareness.age_of_information):
        assert all(measurement.value is None for measurement in family(run).values())
    assert network.outages(run)["link.uu_outage_count"].value == 0

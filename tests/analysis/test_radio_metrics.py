"""Metrics of the radio against tables small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from folder_kit import MS, Folder

from v2x_analysis import Run, score
from v2x_analysis.bootstrap import interval
from v2x_analysis.metrics import awareness, blind_spots, channel, delivery, segments


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "run")


# ---------------------------------------------------------------- by distance


def test_loss_by_distance_and_cause(folder: Folder) -> None:
    folder.bins(0, 50.0, None, 90)
    folder.bins(0, 75.0, "collision", 6)
    folder.bins(0, 75.0, "half_duplex", 4)
    folder.bins(10, 100.0, None, 30)
    folder.bins(10, 175.0, "below_sensitivity", 70)
    measured = delivery.loss(folder.run())
    assert measured["link.loss_0_100m.collision"].value == pytest.approx(0.06)
    assert measured["link.loss_0_100m.half_duplex"].value == pytest.approx(0.04)
    assert measured["link.loss_100_200m.below_sensitivity"].value == pytest.approx(0.7)
    assert measured["link.loss_100_200m.collision"].value == 0.0
    assert measured["link.loss_400_500m.collision"].value is None
    assert "link.loss_0_100m.outage" not in measured  # the sidelink has none


def test_delivery_and_losses_of_a_class_add_up(folder: Folder) -> None:
    for cause, number in ((None, 50), ("collision", 20), ("propagation", 13), ("queue", 11), ("expired", 6)):
        folder.bins(0, 225.0, cause, number)
    run = folder.run()
    lost = sum(m.value or 0.0 for key, m in delivery.loss(run).items() if key.startswith("link.loss_200_300m."))
    assert lost + (delivery.pdr(run)["link.pdr_200_300m"].value or 0.0) == pytest.approx(1.0)


def test_inter_reception_goes_by_the_later_distance(folder: Folder) -> None:
    for t_ms, distance_m in ((0, 150.0), (100, 120.0), (300, 99.0), (400, 98.0)):
        folder.frame(t_ms, "A", "B", distance_m=distance_m)
    measured = awareness.inter_reception(folder.run())
    assert (measured["link.irt_ms.p95"].value, measured["link.irt_ms.p95"].n) == (200.0, 3)
    assert (measured["link.irt_ms_0_100m.p95"].value, measured["link.irt_ms_0_100m.p95"].n) == (200.0, 2)
    assert (measured["link.irt_ms_100_200m.p50"].value, measured["link.irt_ms_100_200m.p50"].n) == (100.0, 1)
    assert measured["link.irt_ms_200_300m.p50"].value is None


def test_age_goes_by_the_distance_last_tried(folder: Folder) -> None:
    """B uses A's first message; the later ones are lost while A comes near."""
    folder.frame(0, "A", "B", distance_m=150.0, used_after_ms=10)
    for k in range(1, 6):
        folder.frame(k * 100, "A", "B", distance_m=150.0 - 20.0 * k, cause="collision")
    table = awareness.ages(folder.run())
    # sampled each 100 ms until the last try ends; each sample falls on a try
    assert table["distance_m"].tolist() == [130.0, 110.0, 90.0, 70.0, 50.0]
    assert table["age_ms"].tolist() == [100.0, 200.0, 300.0, 400.0, 500.0]


# ---------------------------------------------------------------- blind spots


def test_blind_spots_have_both_ends(folder: Folder) -> None:
    """Unheard at first, heard twice, unheard at last; what lies beyond 100 m is no blind spot."""
    folder.frame(0, "A", "B", distance_m=101.0)
    for k in range(1, 20):
        folder.frame(k * 100, "A", "B", distance_m=90.0, cause=None if k in (7, 8) else "collision")
    folder.frame(2000, "A", "B", distance_m=101.0)
    table = blind_spots.blind_spots(folder.run())
    assert table["length_s"].tolist() == pytest.approx([0.6, 0.1, 1.1])
    assert table["t_ns"].tolist() == [(k * 100 + 10) * MS for k in (7, 8, 19)]


def test_a_neighbour_never_heard_is_one_blind_spot(folder: Folder) -> None:
    for k in range(31):
        folder.frame(k * 100, "A", "B", cause="below_sensitivity")
        folder.frame(k * 100 + 50, "B", "A")  # the other way all is heard
    measured = blind_spots.durations(folder.run())
    table = blind_spots.blind_spots(Run(folder.writer.folder))
    assert sorted(table["length_s"])[-1] == pytest.approx(3.0)
    assert measured["link.blind_spot_s.p99"].value == pytest.approx(3.0)
    assert measured["link.blind_spot_s.p95"].value == pytest.approx(0.1)
    assert measured["link.blind_spot_share.over_1000ms"].value == pytest.approx(1 / 31)
    assert measured["link.blind_spot_share.over_500ms"].n == 31
    assert measured["link.blind_spot_s.p99"].n_units == 1  # both ways are one encounter


def test_blind_spots_end_with_the_encounter(folder: Folder) -> None:
    """Two visits that are minutes apart are no blind spot of minutes; nor are other messages or the network."""
    for start_ms in (0, 60_000):
        for k in range(3):
            folder.frame(start_ms + k * 100, "A", "B")
    folder.frame(500, "A", "B", kind="SPAT", cause="collision")
    folder.frame(60_900, "A", "server", link="uu", cause="outage")
    table = blind_spots.blind_spots(folder.run())
    assert table["length_s"].tolist() == pytest.approx([0.1] * 4)
    assert table["encounter"].nunique() == 2


# ---------------------------------------------------------------- channel and segments


def test_channel_figures(folder: Folder) -> None:
    for second in range(20):
        folder.channel(second, "A", 0.01 * second, cr=0.004, itt_ms=100.0 + second if second >= 10 else None)
        folder.channel(second, "B", 0.5, cr=0.002)
    run = folder.run()
    busy, occupied, set_ms = channel.busy(run), channel.occupied(run), channel.interval_set(run)
    assert busy["link.cbr.p50"].value == pytest.approx(0.19)
    assert busy["link.cbr.max"].value == 0.5
    assert (busy["link.cbr.p95"].n, busy["link.cbr.p95"].n_units) == (40, 2)
    assert occupied["link.cr.max"].value == 0.004
    assert (set_ms["link.itt_ms.p50"].value, set_ms["link.itt_ms.p50"].n) == (114.0, 10)


def test_an_idle_channel_is_no_share_of_events(folder: Folder) -> None:
    """The margin for what never happened is for shares; a quantile has none."""
    for second in range(30):
        folder.channel(second, "A", 0.0)
    p95 = channel.busy(folder.run())["link.cbr.p95"]
    assert interval(p95, "link_block", 0.95, 1, "link.cbr.p95") == (0.0, 0.0)


def test_segments_of_delivered_frames(folder: Folder) -> None:
    for k in range(4):
        folder.frame(k * 100, "A", "server", link="uu", cause="outage" if k == 3 else None)
        folder.segments(k, radio=10.0 * (k + 1), core=1.0)
    run = folder.run()
    measured = segments.latency(run)
    assert list(measured) == [
        f"link.uu_segment_ms.{part}" for part in ("radio.p50", "radio.p95", "core.p50", "core.p95")
    ]
    assert (measured["link.uu_segment_ms.radio.p50"].value, measured["link.uu_segment_ms.radio.p50"].n) == (20.0, 3)
    assert measured["link.uu_segment_ms.core.p95"].value == 1.0


def test_links_without_such_state_have_no_figures(folder: Folder) -> None:
    folder.frame(0, "A", "server", link="uu")
    run = folder.run()
    assert all(m.value is None for m in [*channel.busy(run).values(), *channel.interval_set(run).values()])
    assert segments.latency(run) == {}


def test_an_older_folder_without_the_tables_is_scored(folder: Folder) -> None:
    folder.frame(0, "A", "B", data=b"\x00")
    folder.run()
    for table in ("channel", "uu_segments"):
        (folder.writer.folder / f"{table}.parquet").unlink()
    card = score(folder.writer.folder)
    assert card.flat()["link.cbr.p95"] is None
    assert card.flat()["message.count"] == 1

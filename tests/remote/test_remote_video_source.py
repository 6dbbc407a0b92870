"""Pictures, their sizes, their packets, and how many are lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from video_kit import MS, S, reassembly

from v2x.remote.beat import Beat
from v2x.remote.video.coding import GroupOfPictures, IntraRefresh
from v2x.remote.video.durations import Durations, LogNormal
from v2x.remote.video.packets import Frame, Packing, frame_loss
from v2x.remote.video.reassembly import Fate
from v2x.remote.video.source import Camera, Source
from v2x.rng import Stream

ALPHA = 1e-6  # chance of a false alarm of each test; the draws are fixed, so a pass is a pass for good


def test_sizes_of_i_and_p_pictures_are_those_of_the_arithmetic() -> None:
    i, p = Source(Camera(), seed=1, station=7).take(S)[:2]
    assert (i.intra, p.intra) == (True, False)
    assert round(i.data_bytes / 1e3) == 147
    assert round(p.data_bytes / 1e3, 1) == 29.4
    assert (i.data_packets, p.data_packets) == (123, 25)
    at_25_mbps_ms = [frame.data_bytes * 8 / 25e6 * 1e3 for frame in (i, p)]
    assert at_25_mbps_ms == pytest.approx([47, 9.4], abs=0.1)


@pytest.mark.parametrize("fps", [5, 30, 60])
@pytest.mark.parametrize("coding", [GroupOfPictures(30, 5.0), GroupOfPictures(12, 8.0), IntraRefresh(30)])
def test_whole_cycles_have_the_rate_asked_for(fps: int, coding: GroupOfPictures | IntraRefresh) -> None:
    frames = Source(Camera(fps=fps, coding=coding), seed=1, station=7).take(50 * S)[coding.cycle :]
    frames = frames[: len(frames) // coding.cycle * coding.cycle]
    rate_bps = 8.0 * sum(frame.data_bytes for frame in frames) / len(frames) * fps
    assert rate_bps == pytest.approx(8e6, rel=1e-4)


def test_intra_refresh_has_pictures_of_one_size() -> None:
    frames = Source(Camera(coding=IntraRefresh()), seed=1, station=7).take(5 * S)
    assert [frame.intra for frame in frames] == [True] + [False] * (len(frames) - 1)
    assert {frame.data_bytes for frame in frames[1:]} == {33333}


def test_repair_packets_are_part_of_the_rate() -> None:
    camera = Camera(packing=Packing(repair_share=0.2))
    frames = Source(camera, seed=1, station=7).take(21 * S)[:600]
    bytes_sent = sum(int(camera.packing.sizes_bytes(frame).sum()) - 40 * frame.packets for frame in frames)
    packets = sum(frame.data_packets for frame in frames)
    assert 0.2 <= sum(frame.repair_packets for frame in frames) / packets < 0.25  # rounded up for each picture
    assert 8.0 * bytes_sent / len(frames) * 30 == pytest.approx(8e6, rel=0.05)


@given(
    data_bytes=st.integers(1, 400_000),
    payload=st.integers(100, 1400),
    share=st.sampled_from([0.0, 0.1, 0.25, 0.3, 1.0]),
)
def test_packets_hold_the_picture_and_are_no_longer_than_allowed(data_bytes: int, payload: int, share: float) -> None:
    packing = Packing(payload, 40, share)
    data = packing.data_packets(data_bytes)
    frame = Frame(0, 0, 0, True, data_bytes, data, packing.repair_packets(data), 0)
    sizes = packing.sizes_bytes(frame) - 40
    assert len(sizes) == frame.packets
    assert sizes[:data].sum() == data_bytes
    assert sizes.min() > 0
    assert sizes.max() <= payload
    assert (sizes[data:] == sizes.max()).all()
    assert share * data <= frame.repair_packets + 1e-6
    assert frame.repair_packets < share * data + 1


def test_packets_are_numbered_through() -> None:
    frames = Source(Camera(packing=Packing(repair_share=0.1)), seed=1, station=7).take(3 * S)
    assert [frame.number for frame in frames] == list(range(len(frames)))
    ends = [frame.first_packet + frame.packets for frame in frames]
    assert [frame.first_packet for frame in frames] == [0, *ends[:-1]]


def test_a_beat_never_drifts() -> None:
    beat = Beat(30, phase_ns=5)
    assert beat.at_ns(30 * 3600) == 3600 * S + 5


@given(hz=st.integers(1, 240), phase=st.integers(0, S), from_ns=st.integers(-S, 10**13))
def test_the_first_of_a_beat_is_the_first(hz: int, phase: int, from_ns: int) -> None:
    beat = Beat(hz, phase)
    number = beat.first(from_ns)
    assert beat.at_ns(number) >= from_ns
    assert number == 0 or beat.at_ns(number - 1) < from_ns


def test_phases_are_uniform_over_a_period_and_each_cameras_own() -> None:
    phases = [Source(Camera(), seed=1, station=station).beat.phase_ns for station in range(2000)]
    assert stats.kstest(np.array(phases) / (S / 30), "uniform").pvalue > ALPHA
    assert Source(Camera(), 1, 7, number=1).beat != Source(Camera(), 1, 7, number=0).beat


def test_a_picture_leaves_after_exposure_and_encoding() -> None:
    for frame in Source(Camera(exposure_ms=8.0, encode=LogNormal(20.0)), seed=1, station=7).take(S):
        assert frame.sent_ns - frame.captured_ns == 24 * MS


def test_encode_times_are_log_normal_around_their_median() -> None:
    drawn = Durations(LogNormal(21.2, 0.17), Stream(1, "test"))
    took_ms = np.array([drawn.of(number) for number in range(5000)]) / MS
    assert stats.kstest(took_ms, "lognorm", (0.17, 0.0, 21.2)).pvalue > ALPHA
    assert np.mean((took_ms > 15) & (took_ms < 30)) == pytest.approx(0.95, abs=0.015)


def test_pictures_leave_in_order_even_if_encoding_takes_long() -> None:
    frames = Source(Camera(encode=LogNormal(50.0, 1.0)), seed=1, station=7).take(20 * S)
    sent = [frame.sent_ns for frame in frames]
    assert sent == sorted(sent)
    assert len(set(sent)) < len(sent)  # some waited for the one before


def test_taking_by_and_by_is_taking_at_once() -> None:
    at_once = Source(Camera(), seed=1, station=7).take(2 * S)
    source = Source(Camera(), seed=1, station=7)
    assert [frame for t_ms in range(10, 2001, 10) for frame in source.take(t_ms * MS)] == at_once
    assert Source(Camera(), seed=2, station=7).take(2 * S) != at_once


def test_another_rate_holds_for_later_pictures() -> None:
    source = Source(Camera(), seed=1, station=7)
    before = source.take(S)
    source.rate_bps = 2e6
    after = source.take(2 * S)
    assert before[-1].data_bytes == round(33333.3 * 30 / 34)
    assert {frame.data_bytes for frame in after if not frame.intra} == {round(33333.3 / 4 * 30 / 34)}


@pytest.mark.parametrize(("packets", "percent"), [(25, 2.5), (123, 11.6)])
def test_loss_of_a_picture_without_repair(packets: int, percent: float) -> None:
    assert frame_loss(packets, 0, 1e-3) == pytest.approx(1 - (1 - 1e-3) ** packets, rel=1e-12)
    assert round(100 * frame_loss(packets, 0, 1e-3), 1) == percent


@pytest.mark.parametrize(
    ("data", "repair", "loss"),
    [(25, 0, 1e-3), (123, 0, 1e-3), (25, 2, 0.05), (25, 5, 0.1), (4, 1, 0.2), (123, 13, 0.1)],
)
def test_loss_of_a_picture_by_simulation(data: int, repair: int, loss: float) -> None:
    pictures = 40_000
    draws = Stream(3, "test.loss").uniform(np.arange(pictures)[:, None], np.arange(data + repair))
    lost = int(((draws < loss).sum(axis=1) > repair).sum())
    interval = stats.binomtest(lost, pictures).proportion_ci(1 - ALPHA)
    assert interval.low < frame_loss(data, repair, loss) < interval.high
    assert lost > 100


@pytest.mark.parametrize("repair_share", [0.0, 0.2])
def test_loss_of_pictures_by_what_the_receiver_makes_of_packets(repair_share: float) -> None:
    camera = replace(Camera(), rate_bps=4e5, packing=Packing(repair_share=repair_share), coding=GroupOfPictures(1))
    frames = Source(camera, seed=1, station=7).take(200 * S)
    luck, desk = Stream(1, "test.packets"), reassembly(cycle=1)
    fates = []
    for frame in frames:
        arrive = luck.uniform(frame.first_packet + np.arange(frame.packets)) > 0.1
        for index in np.flatnonzero(arrive).tolist():
            fates += desk.arrive(frame.sent_ns + 50 * MS, frame, 1 << index)
    fates += desk.advance(300 * S)
    lost, settled = sum(one.fate is Fate.INCOMPLETE for one in fates), len(fates)
    interval = stats.binomtest(lost, settled).proportion_ci(1 - ALPHA)
    expected = frame_loss(frames[0].data_packets, frames[0].repair_packets, 0.1)
    assert settled > 5900
    assert interval.low < expected < interval.high

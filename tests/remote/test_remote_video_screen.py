"""What is on the screen and how old it is, with everything before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from video_kit import MS, S, Stream, frame

from v2x.remote.video.coding import GroupOfPictures, IntraRefresh
from v2x.remote.video.durations import LogNormal
from v2x.remote.video.measures import STAGES, Freezing, Seen
from v2x.remote.video.packets import Frame, Packing
from v2x.remote.video.playout import Kind, Played, Policy
from v2x.remote.video.reassembly import Fate, Patience
from v2x.remote.video.screen import Display, Screen, Shown
from v2x.remote.video.source import Camera
from v2x.rng import Stream as Luck

HALF_NS = S // 120


def screen(decode_ms: float = 0.0, blank_ms: float = 2000.0) -> Screen:
    return Screen(Display(LogNormal(decode_ms), blank_ms=blank_ms), seed=1, station=7)


def show(one: Screen, *plays_ms: float) -> list[Shown]:
    for number, play_ms in enumerate(plays_ms):
        one.take(Played(frame(number), round(play_ms * MS), round(play_ms * MS)))
    one.on(10**12)
    return one.shown


def shown_at(*times_ms: float) -> Seen:
    """Pictures, taken 100 ms before each is seen."""
    pictures = [Frame(0, round((t_ms - 100) * MS), 0, False, 1, 1, 0, 0) for t_ms in times_ms]
    return Seen([Shown(one, 0, 0, 0, round(t_ms * MS)) for one, t_ms in zip(pictures, times_ms, strict=True)])


def test_a_picture_is_seen_half_a_period_after_a_refresh_that_follows_its_decoding() -> None:
    seen = show(screen(decode_ms=17.0), *np.arange(0.0, 2000.0, 33.3))
    waits = np.array([one.shown_ns - one.decoded_ns for one in seen]) - HALF_NS
    assert all(one.decoded_ns - one.play_ns == 17 * MS for one in seen)
    assert waits.min() >= 0
    assert waits.max() <= S // 60
    refreshes = np.array([one.shown_ns for one in seen]) * 60 / S % 1
    assert np.ptp(refreshes) < 1e-5  # all at the phase of the screen


def test_of_pictures_between_two_refreshes_only_the_last_is_seen() -> None:
    burst = show(screen(), 100.0, 100.001, 100.002, 300.0)
    assert [one.frame.number for one in burst] == [2, 3]


def test_decoded_pictures_keep_their_order() -> None:
    one = Screen(Display(LogNormal(60.0, 1.0)), seed=1, station=7)
    seen = show(one, *np.arange(0.0, 20_000.0, 33.3))
    assert [each.frame.number for each in seen] == sorted({each.frame.number for each in seen})
    assert [each.decoded_ns for each in seen] == sorted(each.decoded_ns for each in seen)


def test_the_screen_is_blank_before_the_first_picture_and_two_seconds_after_the_last() -> None:
    one = screen()
    one.take(Played(frame(0), 100 * MS, 100 * MS))
    assert one.on(100 * MS) is None
    seen_ns = one.on(200 * MS).shown_ns  # type: ignore[union-attr]
    assert one.on(seen_ns + 2 * S - 1) is not None
    assert one.on(seen_ns + 2 * S) is None
    one.take(Played(frame(1), seen_ns + 3 * S, seen_ns + 3 * S))
    assert one.on(seen_ns + 3 * S + 50 * MS) is not None


def test_the_age_grows_between_pictures_and_falls_with_each() -> None:
    seen = shown_at(100, 200, 400)
    times_ms = np.array([99, 100, 150, 199, 200, 399, 400, 900])
    assert seen.age_ns(times_ms * MS)[1:] / MS == pytest.approx([100, 150, 199, 100, 299, 100, 600])
    assert np.isnan(seen.age_ns(times_ms * MS)[0])
    assert np.isnan(seen.mean_age_ns(0, S))


@given(gaps_ms=st.lists(st.integers(10, 700), min_size=1, max_size=20), begin=st.integers(0, 500))
def test_the_mean_age_is_that_of_many_instants(gaps_ms: list[int], begin: int) -> None:
    seen = shown_at(0, *np.cumsum(gaps_ms))
    begin_ns, end_ns = begin * MS, (begin + sum(gaps_ms)) * MS
    times = begin_ns + (np.arange(20_000) + 0.5) / 20_000 * (end_ns - begin_ns)
    assert seen.mean_age_ns(begin_ns, end_ns) == pytest.approx(seen.age_ns(times.astype(np.int64)).mean(), rel=2e-3)


def test_a_freeze_is_a_gap_above_three_periods_and_above_100_ms() -> None:
    seen = shown_at(100, 200, 301, 700, 750)
    at_30 = seen.freezes(0, S, 30, Freezing())
    assert (at_30.count, at_30.longest_ns) == (3, 399 * MS)  # 101 and 399 ms, and 250 ms to the end; not 100 ms
    assert at_30.ratio == pytest.approx(0.75)
    at_10 = seen.freezes(0, S, 10, Freezing())
    assert (at_10.count, at_10.ratio) == (1, pytest.approx(0.399))


def test_without_any_picture_all_is_frozen() -> None:
    none = Seen([])
    assert none.freezes(0, S, 30, Freezing()).ratio == 1.0
    assert none.freezes(0, S, 30, Freezing()).longest_ns == S
    assert np.isnan(none.age_ns(np.array([5]))).all()


def test_glass_to_glass_over_a_constant_network_is_the_sum_of_its_stages() -> None:
    desk = Stream(lambda one, index: 50 * MS).run(20.0)
    seen = Seen(desk.shown)
    assert list(seen.stages_ns) == list(STAGES)
    stages = {stage: set(column.tolist()) for stage, column in seen.stages_ns.items()}
    assert stages["encode"] == {24 * MS}  # half of the exposure, and encoding
    assert stages["network"] == {50 * MS}
    assert stages["playout"] == {0}
    assert stages["decode"] == {17 * MS}
    least_ns = (24 + 50 + 17) * MS + HALF_NS
    g2g_ns = seen.glass_to_glass_ns
    assert (sum(seen.stages_ns.values()) == g2g_ns).all()
    assert least_ns <= g2g_ns.min()
    assert g2g_ns.max() <= least_ns + S // 60
    frame_wait_ns = seen.mean_age_ns(S, 19 * S) - g2g_ns.mean()
    assert frame_wait_ns == pytest.approx(S / 60, rel=0.01)  # half of the camera's period
    assert seen.freezes(S, 19 * S, 30, Freezing()).count == 0
    fates = [desk.story(number).fate for number in range(600)]
    assert fates.count(Fate.READY) >= 597
    assert fates.count(Fate.INCOMPLETE) == 0


def test_the_default_stream_is_as_old_as_the_docs_say() -> None:
    seen = Seen(Stream(lambda one, index: 24 * MS, camera=Camera(), display=Display()).run(60.0).shown)
    g2g_ms = np.quantile(seen.glass_to_glass_ns, [0.5, 0.99]) / MS
    assert [*g2g_ms, seen.mean_age_ns(S, 59 * S) / MS] == pytest.approx([91, 107, 101], abs=0.5)
    stages_ms = {stage: column.mean() / MS for stage, column in seen.stages_ns.items()}
    assert stages_ms == pytest.approx({"encode": 26, "network": 24, "playout": 0, "decode": 18, "display": 17}, abs=0.5)


@pytest.mark.parametrize(("coding", "frozen_frames"), [(GroupOfPictures(30), 30 - 14), (IntraRefresh(30), 30)])
def test_a_lost_packet_freezes_the_image_until_it_is_whole(
    coding: GroupOfPictures | IntraRefresh, frozen_frames: int
) -> None:
    def network(one: Frame, index: int) -> int | None:
        return None if one.number == 74 and index == 3 else 50 * MS

    seen = Seen(Stream(network, camera=Camera(encode=LogNormal(20.0), coding=coding)).run(10.0).shown)
    freezes = seen.freezes(S, 9 * S, 30, Freezing())
    assert freezes.count == 1
    assert freezes.longest_ns == pytest.approx((frozen_frames + 1) / 30 * S, abs=S / 60 + 1)


def test_repair_packets_keep_a_lost_packet_from_freezing_the_image() -> None:
    camera = Camera(encode=LogNormal(20.0), packing=Packing(repair_share=0.04))
    seen = Seen(Stream(lambda one, index: None if index == 3 else 50 * MS, camera=camera).run(10.0).shown)
    assert seen.freezes(S, 9 * S, 30, Freezing()).count == 0


def test_an_outage_blanks_the_screen_after_two_seconds() -> None:
    def network(one: Frame, index: int) -> int | None:
        return None if 3 * S <= one.sent_ns < 6 * S else 50 * MS

    seen = Seen(Stream(network).run(10.0).shown)
    freezes = seen.freezes(S, 9 * S, 30, Freezing())
    assert freezes.count == 1
    assert freezes.longest_ns == pytest.approx(3.5 * S, abs=0.55 * S)  # and on to the next I picture
    assert freezes.ratio == pytest.approx(freezes.longest_ns / (8 * S))


def _jittery(one: Frame, index: int) -> int | None:
    luck = float(Luck(1, "test.network").uniform(one.number, index)[0])
    return None if luck < 0.002 else 30 * MS + round(60 * MS * float(Luck(1, "test.jitter").uniform(one.number)[0]))


@pytest.mark.parametrize("policy", ["newest", "in_order", "buffered"])
def test_the_same_stream_is_seen_however_often_one_looks(policy: Kind) -> None:
    stream = Stream(_jittery, Policy(policy, 200.0), camera=Camera(rate_bps=2e6), display=Display())
    often, seldom, again = (stream.run(6.0, look_ms=every).shown for every in (10, 200, 10))
    assert often == again
    assert often[: len(seldom)] == seldom
    assert len(often) - len(seldom) < 10
    assert often != replace(stream, seed=2).run(6.0).shown


def test_a_buffer_makes_delays_even_and_older() -> None:
    newest = Stream(_jittery, camera=Camera(rate_bps=1e6, coding=IntraRefresh()))
    buffered = replace(newest, policy=Policy("buffered", 150.0))
    at_once_ns, even_ns = (Seen(stream.run(30.0).shown).glass_to_glass_ns for stream in (newest, buffered))
    assert np.std(even_ns) < np.std(at_once_ns) / 2
    assert np.mean(even_ns) > np.mean(at_once_ns)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 100),
    policy=st.sampled_from(["newest", "in_order", "buffered"]),
    loss=st.sampled_from([0.0, 0.01, 0.2]),
    jitter_ms=st.sampled_from([0, 50, 400]),
    until=st.sampled_from(["newer", "timeout"]),
)
def test_whatever_the_network_does_no_older_picture_is_seen_after_a_newer_one(
    seed: int, policy: Kind, loss: float, jitter_ms: int, until: str
) -> None:
    def network(one: Frame, index: int) -> int | None:
        lost, late = (float(Luck(seed, name).uniform(one.number, index)[0]) for name in ("lost", "late"))
        return None if lost < loss else round(jitter_ms * late * MS)

    camera = Camera(rate_bps=1e6, coding=GroupOfPictures(10))
    patience = Patience(until="newer" if until == "newer" else "timeout")
    desk = Stream(network, Policy(policy, 300.0), camera, Display(), patience, seed).run(3.0)
    numbers = [one.frame.number for one in desk.shown]
    assert numbers == sorted(set(numbers))
    assert [one.shown_ns for one in desk.shown] == sorted({one.shown_ns for one in desk.shown})
    assert all(one.shown_ns > one.decoded_ns >= one.play_ns >= one.ready_ns >= one.frame.sent_ns for one in desk.shown)

"""Uu: the halves add up to the measured round trip, and stalls are one process for both directions and transports."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from links_kit import frames
from scipy import stats

from v2x.errors import InputError
from v2x.links.base import I64, Cause, Direction, PointLink, Transmissions
from v2x.links.build import build_uu
from v2x.links.uu_fit import SA_TRIAL_DOWNLINK_MS, SA_TRIAL_UPLINK_MS, fit_quantiles
from v2x.links.uu_presets import PEAK_QUANTILES, UU_PRESETS, StallLaw
from v2x.links.uu_stalls import Stalls
from v2x.scenario.known import PC5, UU
from v2x.scenario.model import ConstantLink, IdealLink, Pc5, PresetUu, Uu

SECOND = 10**9


def preset(name: str, transport: str = "udp", seed: int = 1) -> PointLink:
    return build_uu(PresetUu(kind="preset", preset=name, transport=transport), seed, 3600 * SECOND, None)


def fate(link: PointLink, sent: Transmissions, direction: Direction) -> tuple[I64, np.ndarray]:
    """Arrivals and causes."""
    carried = link.carry(sent, direction)
    return carried.t_ns, carried.cause


def test_every_kind_and_preset_of_the_scenario_is_built() -> None:
    for registry, union in ((UU, Uu), (PC5, Pc5)):
        models = get_args(get_args(union)[0])
        kinds = [get_args(model.model_fields["kind"].annotation)[0] for model in models]
        assert sorted([*registry.names(), "plugin"]) == sorted(kinds)
    assert set(get_args(PresetUu.model_fields["preset"].annotation)) == set(UU_PRESETS)
    with pytest.raises(InputError, match="did you mean 'preset'"):
        UU.load("presets")


def test_ideal_and_constant() -> None:
    sent = frames(np.arange(4000), 50)
    t_ns, cause = fate(build_uu(IdealLink(kind="ideal"), 1, SECOND, None), sent, "uplink")
    assert np.array_equal(t_ns, sent.t_ns)
    assert not cause.any()
    link = build_uu(ConstantLink(kind="constant", delay_ms=7.0, loss=0.2), 1, SECOND, None)
    t_ns, up = fate(link, sent, "uplink")
    assert set(t_ns.tolist()) == {7_000_050}
    _, down = fate(link, sent, "downlink")
    assert np.mean(up == Cause.RANDOM) == pytest.approx(0.2, abs=0.03)
    assert np.mean(up[down == Cause.RANDOM] == Cause.RANDOM) == pytest.approx(0.2, abs=0.06)  # independent ways


@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("urban_n78", (11.5, 2.68, 1.81)),
        ("arterial_n78", (12.5, 1.43, 3.02)),
        ("weak_n8", (13.5, 2.16, 3.36)),
    ],
)
def test_the_two_directions_add_up_to_the_fitted_round_trip(name: str, law: tuple[float, float, float]) -> None:
    sent = frames(np.arange(20_000), 3 * SECOND)
    link = preset(name)
    up_ns, up = fate(link, sent, "uplink")
    down_ns, down = fate(link, frames(sent.sender, 4 * SECOND), "downlink")
    whole_ms = ((up_ns - 3 * SECOND) + (down_ns - 4 * SECOND))[(up == 0) & (down == 0)] / 1e6
    shift_ms, shape, scale_ms = law
    assert stats.kstest(whole_ms, "gamma", args=(shape, shift_ms, scale_ms)).pvalue > 0.001


@pytest.mark.parametrize(
    ("direction", "measured_ms", "worst_ms"),
    [("uplink", SA_TRIAL_UPLINK_MS, 0.01), ("downlink", SA_TRIAL_DOWNLINK_MS, 0.23)],
)
def test_sa_trial_is_the_fit_to_its_quantiles(direction: str, measured_ms: dict[float, float], worst_ms: float) -> None:
    law, residual_ms = fit_quantiles(measured_ms)
    tabled = getattr(UU_PRESETS["sa_trial"], direction)
    assert (tabled.shift_ms, tabled.shape, tabled.scale_ms) == pytest.approx(
        (law.shift_ms, law.shape, law.scale_ms), abs=6e-4
    )
    assert np.abs(residual_ms).max() < worst_ms
    sent = frames(np.arange(200_000), 0)
    t_ns, cause = fate(preset("sa_trial"), sent, direction)
    assert not cause.any()
    assert np.percentile(t_ns / 1e6, [50, 99]) == pytest.approx([measured_ms[0.5], measured_ms[0.99]], rel=0.03)


LAW = StallLaw(per_minute=12.0, duration_ms=tuple(np.linspace(200.0, 1000.0, len(PEAK_QUANTILES))))


def test_durations_follow_the_tabled_quantiles() -> None:
    assert LAW.durations_ns(np.array(PEAK_QUANTILES)) / 1e6 == pytest.approx(LAW.duration_ms)
    between = LAW.durations_ns(np.array([0.175])) / 1e6
    assert between == pytest.approx(np.sqrt(LAW.duration_ms[2] * LAW.duration_ms[3]))


def test_share_of_time_in_a_stall() -> None:
    station, t_ns = np.arange(300_000), np.full(300_000, 50 * SECOND)
    held = Stalls(LAW, seed=1).end_ns(station.astype(np.uint64), t_ns) > t_ns
    # Overlapping Poisson episodes (M/G/infinity): free with probability exp(-rate x mean length).
    shares = np.linspace(0, 1, 200_001)
    expected = 1 - np.exp(-12 / 60 * LAW.durations_ns(shares).mean() / 1e9)
    assert held.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected / 300_000))


def test_an_episode_ends_once_and_never_early() -> None:
    t_ns = np.arange(0, 600 * SECOND, SECOND // 100)
    end_ns = Stalls(LAW, seed=2).end_ns(np.full(len(t_ns), 9, np.uint64), t_ns)
    held = end_ns > t_ns
    assert np.all(np.diff(end_ns[held]) >= 0)  # even where a long episode outlasts a later short one
    assert np.all(held[1:][end_ns[:-1] > t_ns[1:]])
    starts = np.count_nonzero(np.diff(held.astype(int)) == 1)
    assert starts == pytest.approx(120, abs=4 * np.sqrt(120))


@pytest.mark.parametrize("direction", ["uplink", "downlink"])
def test_udp_loses_exactly_what_tcp_holds(direction: str) -> None:
    sent = frames(77, np.arange(0, 1800 * SECOND, 10**7))
    udp_ns, udp = fate(preset("weak_n8", "udp"), sent, direction)
    tcp_ns, tcp = fate(preset("weak_n8", "tcp"), sent, direction)
    end_ns = Stalls(UU_PRESETS["weak_n8"].stalls, seed=1).end_ns(sent.sender, sent.t_ns)
    held = end_ns > sent.t_ns
    assert 100 < held.sum() < 0.1 * len(sent)
    assert np.array_equal(udp == Cause.OUTAGE, held)
    assert not tcp.any()
    assert np.all(tcp_ns[held] >= end_ns[held])
    assert np.all(np.diff(tcp_ns) >= 0)
    assert (udp_ns - sent.t_ns).max() < 100e6  # the core alone: nothing is delayed twice


def test_tcp_releases_at_the_end_of_the_stall_and_keeps_order_across_batches() -> None:
    sent = frames(np.tile([5, 6], 20_000), np.repeat(np.arange(20_000) * 5_000_000, 2))
    whole, _ = fate(preset("weak_n8", "tcp"), sent, "uplink")
    link = preset("weak_n8", "tcp")
    parts = [fate(link, sent.take(slice(at, at + 3000)), "uplink")[0] for at in range(0, len(sent), 3000)]
    assert np.array_equal(np.concatenate(parts), whole)
    for station in (5, 6):
        assert np.all(np.diff(whole[sent.sender == station]) >= 0)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_no_result_depends_on_rows_batches_or_strangers(data: st.DataObject) -> None:
    senders = data.draw(st.lists(st.integers(1, 2**62 - 1), min_size=1, max_size=15, unique=True))
    times = data.draw(st.lists(st.integers(0, 600 * SECOND), min_size=1, max_size=15, unique=True))
    transport = data.draw(st.sampled_from(["udp", "tcp"]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    sender, t_ns = (column.ravel() for column in np.meshgrid(np.array(senders), np.sort(times)))
    sent = frames(sender, t_ns)
    whole = fate(preset("weak_n8", transport), sent, "uplink")

    shuffled = rng.permutation(len(sent))
    order = shuffled[np.argsort(t_ns[shuffled], kind="stable")]
    cut = rng.integers(0, len(sent) + 1)
    link = preset("weak_n8", transport)
    fate(link, frames(2**62 + np.arange(5), 0), "uplink")
    fate(link, sent, "downlink")
    for rows in (order[:cut], order[cut:]):
        arrival_ns, cause = fate(link, sent.take(rows), "uplink")
        assert np.array_equal(arrival_ns, whole[0][rows])
        assert np.array_equal(cause, whole[1][rows])

"""The straight-road study: who stands where, what is counted, presets and their overrides."""

from __future__ import annotations

from dataclasses import replace
from math import log10

import numpy as np
import pytest

from v2x.errors import InputError
from v2x.links.base import Cause
from v2x.links.sidelink.layout import grid_of, rsrp_threshold_mw, shapes_of
from v2x.links.sidelink.presets import PRESETS, Study, gonzalez2019, wilab_r2, wilab_r3
from v2x.links.sidelink.road import BINS, Road, measure
from v2x.links.sidelink.transport import allocate
from v2x.scenario.model_sidelink import Mode


def packet_of(study: Study) -> tuple[int, int]:
    """Sub-channels and segments of the study's packets, as the radio will have it."""
    radio = study.radio
    packet = allocate(shapes_of(radio), study.payload_bytes, radio.mcs, radio.highest_mcs, radio.most_segments)
    return packet.subchannels, packet.segments


def test_ring_has_the_density_and_is_long_enough() -> None:
    for density, vehicles in ((0.1, 500), (0.02, 200)):
        road = Road(gonzalez2019(density_per_m=density), 1)
        assert road.length_m == pytest.approx(vehicles / density)
        assert road.length_m >= 5000.0
    assert Road(gonzalez2019(), 1, vehicles=300).length_m == pytest.approx(3000.0)
    assert Road(wilab_r3(), 1).length_m == 2000.0


def test_every_vehicle_sends_at_its_rate_and_all_within_reach_are_tried() -> None:
    """A hundred vehicles, 10 Hz, 1 km: once it has settled each second tries all but the pair's own row."""
    study = gonzalez2019()
    study = replace(study, speed_mps=0.0, radio=study.radio.model_copy(update={"reach_m": 600.0}))
    road = Road(study, 1, vehicles=100)  # no two are more than 500 m apart
    tried = [int(road.second().sum()) for _ in range(4)]
    assert np.mean(tried[1:]) == pytest.approx(100 * 99 * 10, rel=0.01)


def test_shares_sum_to_one_and_fall_with_distance() -> None:
    curve = measure(gonzalez2019(), 4.0, 1)
    assert curve.shares.sum(axis=1) == pytest.approx(np.ones(BINS))
    assert curve.shares.shape == (BINS, 5)
    pdr = curve.shares[:, 0]
    assert pdr[4] > 0.95
    assert pdr[12] == pytest.approx(0.91, abs=0.04)  # 0.888 closed form, 0.916 Veins
    assert pdr[20] < 0.4
    assert curve.cbr == pytest.approx(0.229, abs=0.02)  # closed form
    assert curve.unsent == 0.0
    assert np.all(curve.ci95[1:] > 0.0)
    assert curve.shares[18, 2] == pytest.approx(0.38, abs=0.03)  # the median of 450 m is 0.9 dB below the threshold


def test_bin_without_a_try_has_no_interval() -> None:
    curve = measure(gonzalez2019(power_dbm=10.0, density_per_m=0.005), 1.0, 1)
    assert curve.tries.min() >= 0
    assert np.all(np.isnan(curve.ci95))  # a second has one road, of which nothing can be said


@pytest.mark.parametrize("density", [0.05, 0.4])
def test_nothing_is_left_unsent(density: float) -> None:
    """Every packet has its reservation before the next one comes, also where a slot's receptions are many."""
    road = Road(gonzalez2019(density_per_m=density), 1)
    counts = road.second()
    on_air = (Cause.DELIVERED, Cause.HALF_DUPLEX, Cause.BELOW_SENSITIVITY, Cause.PROPAGATION, Cause.COLLISION)
    assert counts.sum() == counts[list(on_air)].sum() > 0


def test_slow_senders_warm_up_longer() -> None:
    assert Road(gonzalez2019(), 1, vehicles=10).warm_up_s == 3
    assert Road(gonzalez2019(rate_hz=1.0), 1, vehicles=10).warm_up_s == 30
    assert Road(wilab_r2(density_per_m=0.005), 1).warm_up_s == 5


def test_same_seed_same_curve() -> None:
    study = gonzalez2019(density_per_m=0.03)
    one, same, other = (measure(study, 1.0, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.shares, same.shares)
    assert not np.array_equal(one.shares, other.shares)


@pytest.mark.parametrize(
    ("subchannels", "payload_bytes", "packet"),
    [(4, 190, (1, 1)), (4, 50, (1, 1)), (4, 300, (2, 1)), (4, 1400, (4, 2)), (1, 1400, (1, 2)), (10, 190, (3, 1))],
)
@pytest.mark.parametrize("mode", ["lte4", "nr2"])
def test_noise_and_thresholds_follow_the_packet(
    subchannels: int, payload_bytes: int, packet: tuple[int, int], mode: Mode
) -> None:
    """Noise in the blocks that carry it, thresholds for the whole of it, whatever it takes; NR takes as much."""
    if mode == "nr2" and subchannels == 10:
        pytest.skip("NR has no sub-channel of five blocks")
    study = gonzalez2019(subchannels, payload_bytes=payload_bytes, mode=mode)
    radio, (width, segments) = study.radio, packet
    assert packet_of(study) == packet
    blocks = (10 if subchannels > 2 else 12) * max(1.0, payload_bytes / 190 / segments)
    noise_dbm = 10 * log10(grid_of(radio).noise_mw * width)
    assert noise_dbm == pytest.approx(-95 + 10 * log10(blocks / 50), abs=0.4)
    assert 10 * log10(rsrp_threshold_mw(radio) * width) == pytest.approx(-90.5)
    assert radio.busy_dbm == radio.rssi_floor_dbm == pytest.approx(-90.5 - 10 * log10(width))


@pytest.mark.parametrize(
    ("preset", "settings", "complaint"),
    [
        ("gonzalez2019", {"subchannels": 13}, "13 sub-channels do not fit into 10 MHz with lte4"),
        ("gonzalez2019", {"subchannels": 6, "mode": "nr2"}, "do not fit into 10 MHz with nr2"),
        ("gonzalez2019", {"subchannels": 0}, "do not fit"),
        ("gonzalez2019", {"payload_bytes": 4000}, "need more than 4 blocks"),
        ("gonzalez2019", {"rate_hz": 60.0}, "t2_ms: .*20 to 100"),
        ("gonzalez2019", {"power_dbm": 50.0}, "obu_power_dbm"),
        ("wilab-r2", {"subchannels": 20}, "do not fit"),
    ],
)
def test_what_does_not_go_together_is_refused(preset: str, settings: dict[str, object], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        PRESETS[preset](**settings)


def test_wilab_overrides_replace_one_setting() -> None:
    assert (wilab_r2().radio.pool().subchannel_blocks, wilab_r2().radio.pool().subchannels) == (20, 2)
    five = wilab_r2(subchannels=5).radio.pool()
    assert (five.subchannel_blocks, five.subchannels, packet_of(wilab_r2(subchannels=5))) == (10, 5, (2, 1))
    assert wilab_r3(power_dbm=10.0, rate_hz=20.0).radio.obu_power_dbm == 10.0
    assert wilab_r3(mode="nr2").radio.pool().subchannel_blocks == 50
    assert packet_of(wilab_r3(mode="nr2")) == (1, 1)

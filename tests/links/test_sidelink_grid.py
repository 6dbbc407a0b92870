"""Resource grid: noise, in-band emission by hand, adjacent channels, and what configurations mean."""

from __future__ import annotations

from dataclasses import replace
from math import log10

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from v2x.errors import InputError
from v2x.links.sidelink.emission import LTE_SIDELINK, NR_LIMITS, in_band
from v2x.links.sidelink.layout import carrier_ghz, curve_of, grid_of, rsrp_threshold_mw, shapes_of
from v2x.links.sidelink.presets import gonzalez2019, wilab_r2, wilab_r3
from v2x.links.sidelink.reservation import ALLOWED_MS, reservation_ms
from v2x.links.sidelink.resource_grid import Mask, ResourceGrid, thermal_noise_mw
from v2x.links.sidelink.transport import allocate
from v2x.scenario.model_sidelink import Flow, GeometricPc5, Pool, SensingPc5


def grid(**changes: object) -> ResourceGrid:
    plain = ResourceGrid(slot_ns=10**6, carriers=1, subchannels=5, blocks=10, carrier_blocks=50, noise_mw=1e-10)
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_noise_is_thermal_noise_and_the_figure() -> None:
    # -174 dBm/Hz (290 K, rounded) + 10 log10(10 x 180 kHz) + 9 dB
    assert 10 * log10(thermal_noise_mw(1.8e6)) == pytest.approx(-174 + 62.55 + 9, abs=0.03)


def test_mask_by_hand() -> None:
    """TS 36.101 clause 6.5.2.3 less {3, 6, 3, 3} dB, for blocks 0 to 9 of 50 with QPSK (error vector 17.5 %)."""
    share = in_band(50, 0, 10, 2, LTE_SIDELINK)
    near_db = 20 * log10(0.175) - 3 - 3  # next to the allocation
    floor_db = -25 - 10 * log10(50 / 10) - 6
    image_db = -25 - 3
    assert share[:10] == pytest.approx(0.1)
    assert share[10] == pytest.approx(0.1 * 10 ** (near_db / 10))
    assert share[20] == pytest.approx(0.1 * 10 ** ((near_db - 5 * 10 / 10) / 10))
    assert share[38] == pytest.approx(0.1 * 10 ** ((near_db - 5 * 28 / 10) / 10))  # still above the floor
    assert share[49] == pytest.approx(0.1 * (10 ** (floor_db / 10) + 10 ** (image_db / 10)))
    # the carrier lies between blocks 24 and 25, its power relative to the whole
    smooth = 0.1 * 10 ** ((near_db - 5 * 14 / 10) / 10)
    assert share[24] - smooth == pytest.approx(10 ** (-28 / 10) / 2)


def test_limits_are_worse_than_what_devices_do_and_finer_modulation_is_cleaner() -> None:
    ours, limit = in_band(51, 20, 10, 2, LTE_SIDELINK), in_band(51, 20, 10, 2, NR_LIMITS)
    others = np.r_[:20, 30:51]
    assert np.all(limit[others] > ours[others])
    assert in_band(51, 20, 10, 4, NR_LIMITS)[30] < limit[30]


@given(st.data())
def test_mask_is_the_same_from_both_ends(data: st.DataObject) -> None:
    blocks = data.draw(st.integers(2, 100))
    width = data.draw(st.integers(1, blocks))
    first = data.draw(st.integers(0, blocks - width))
    share = in_band(blocks, first, width, 2, LTE_SIDELINK)
    assert share[::-1] == pytest.approx(in_band(blocks, blocks - first - width, width, 2, LTE_SIDELINK))
    assert share[first : first + width].sum() == pytest.approx(1.0)


def test_without_emission_nothing_leaks() -> None:
    assert np.array_equal(grid().leak, np.eye(5))


def test_flat_emission() -> None:
    leak = grid(in_band=-35.0).leak
    assert np.all(np.diag(leak) == 1.0)
    assert leak[~np.eye(5, dtype=bool)] == pytest.approx(10**-3.5)


def test_mask_adds_up_over_a_subchannel() -> None:
    leak = grid(in_band=Mask(2, LTE_SIDELINK)).leak
    assert leak[0, 1] == pytest.approx(in_band(50, 0, 10, 2, LTE_SIDELINK)[10:20].sum())
    assert leak == pytest.approx(leak[::-1, ::-1])  # the channel is symmetric about its middle


@pytest.mark.parametrize("width", [2, 3, 4])
def test_wide_transmissions_leak_about_as_their_subchannels_do(width: int) -> None:
    leak = grid(in_band=Mask(2, LTE_SIDELINK)).leak
    for first in range(5 - width + 1):
        whole = in_band(50, 10 * first, 10 * width, 2, LTE_SIDELINK).reshape(5, 10).sum(axis=1)
        others = np.setdiff1d(np.arange(5), np.arange(first, first + width))
        summed = leak[first : first + width].mean(axis=0)
        assert np.abs(10 * np.log10(summed[others] / whole[others])).max() < 2.3


def test_neighbouring_carriers_hear_each_other() -> None:
    together_db = -10 * log10(10**-3.0 + 10**-3.3)  # the sender's leakage and the receiver's selectivity
    assert SensingPc5(kind="sensing").adjacent_db == pytest.approx(together_db, abs=0.05)
    three = grid(carriers=3, adjacent_db=28.2)
    assert three.carrier.tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert three.leak[0, 5:10].sum() == pytest.approx(10**-2.82)  # all five sub-channels are the whole carrier
    assert np.all(three.leak[:5, 10:] == 0.0)
    assert np.array_equal(grid(carriers=2).leak, np.eye(10))


def test_chinese_channels() -> None:
    two, one = SensingPc5(kind="sensing", channel="cn10"), GeometricPc5(kind="geometric", channel="cn20")
    assert (two.pool().obu_carrier, two.pool().rsu_carrier, two.pool().subchannels) == (0, 1, 5)
    assert len(grid_of(two).carrier) == len(grid_of(one).carrier) == 10
    assert carrier_ghz(two) == carrier_ghz(one) == pytest.approx(5.915)
    assert grid_of(two).leak[0, 9] == pytest.approx(10**-2.82 / 5)
    assert grid_of(one).leak[0, 9] != grid_of(two).leak[0, 9]


def test_nr_slots_shorten_with_the_spacing() -> None:
    radio = SensingPc5(kind="sensing", mode="nr2", subcarrier_khz=30, channel="us20")
    laid = grid_of(radio)
    assert (laid.slot_ns, laid.carrier_blocks, laid.subchannels) == (500_000, 51, 5)
    assert laid.noise_mw == pytest.approx(thermal_noise_mw(10 * 360e3))


@pytest.mark.parametrize("emission", ["mask", "flat", "none"])
def test_emission_as_configured(emission: str) -> None:
    leak = grid_of(SensingPc5.model_validate({"kind": "sensing", "emission": emission})).leak
    expected = {"flat": 10**-3.5, "none": 0.0}
    assert leak[0, 1] == pytest.approx(expected.get(emission, leak[0, 1]))
    assert (leak[0, 1] > 0.0) == (emission != "none")


def test_gonzalez_preset_is_their_setting() -> None:
    """Noise -95 dBm in 50 blocks, of which 10 (12) count; everything above -90.5 dBm is sensed and respected."""
    for subchannels, counted in ((4, 10), (2, 12)):
        study = gonzalez2019(subchannels, power_dbm=23.0)
        radio = study.radio
        assert 10 * log10(grid_of(radio).noise_mw) == pytest.approx(-95 - 10 * log10(50 / counted), abs=1e-9)
        assert 10 * log10(rsrp_threshold_mw(radio)) == pytest.approx(-90.5)
        assert (len(grid_of(radio).carrier), radio.obu_power_dbm, carrier_ghz(radio)) == (subchannels, 23.0, 5.91)
        packet = allocate(shapes_of(radio), study.payload_bytes, radio.mcs, radio.highest_mcs)
        assert (packet.subchannels, packet.segments, packet.block.noise_share) == (1, 1, 1.0)
    assert curve_of(gonzalez2019(2).radio, packet.block).at(np.array([4.0])) == pytest.approx([0.3])
    assert gonzalez2019(rate_hz=20.0).radio.flow("BSM").interval_ms == 50.0
    with pytest.raises(InputError, match="do not fit"):
        gonzalez2019(13)


def test_wilab_presets_send_as_many_packets_side_by_side_as_the_simulator() -> None:
    for study, side_by_side in ((wilab_r2(), 2), (wilab_r3(), 1)):
        radio = study.radio
        packet = allocate(shapes_of(radio), 350, radio.mcs, radio.highest_mcs)
        assert len(grid_of(radio).carrier) // packet.subchannels == side_by_side
        assert curve_of(radio, packet.block).name.startswith(f"LTE MCS {radio.mcs} 350 B highway_los")


def test_unknown_curve() -> None:
    radio = SensingPc5(kind="sensing", curve="mcs7")
    with pytest.raises(InputError, match=r"links\.pc5\.curve: unknown curve 'mcs7', there are r1-160284"):
        curve_of(radio, shapes_of(radio).block(7, 1))


@pytest.mark.parametrize(
    ("settings", "place", "reason"),
    [
        ({"channel": {"subchannel_blocks": 7}}, "subchannel_blocks", "must be one of 4, 5"),
        ({"channel": {"subchannels": 11}}, "subchannels", "the carrier has 100 resource blocks"),
        ({"channel": {"carriers": 1, "rsu_carrier": 1}}, "rsu_carrier", "only 1 carriers"),
        ({"channel": {"lowest_mhz": 5910.0}}, "lowest_mhz", "end at 5930 MHz"),
        ({"mcs": 9, "highest_mcs": 8}, "highest_mcs", "not be below"),
        ({"mcs": 12}, "highest_mcs", "not be below"),
        ({"highest_mcs": 21}, "highest_mcs", "LTE takes 0 to 20"),
        ({"subcarrier_khz": 30}, "subcarrier_khz", "LTE takes 15 only"),
        ({"t2_ms": 10.0}, "t2_ms", "LTE takes 20 to 100"),
        ({"left_percent": 35}, "left_percent", "LTE takes 20 only"),
        ({"keep_probability": 0.5}, "keep_probability", r"0\.4, 0\.6"),
        ({"retransmissions": 2}, "retransmissions", "LTE takes 0 to 1"),
        ({"flows": {"BSM": {"priority": 9}}}, "priority", "less than or equal to 8"),
    ],
)
def test_nonsense_is_refused(settings: dict[str, object], place: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason) as caught:
        SensingPc5.model_validate({"kind": "sensing", **settings})
    error = caught.value.errors()[0]
    assert place in (*error["loc"], error.get("ctx", {}).get("at"))


def test_nr_takes_what_lte_refuses() -> None:
    radio = SensingPc5(
        kind="sensing",
        mode="nr2",
        subcarrier_khz=30,
        channel=Pool(subchannel_blocks=25),
        highest_mcs=28,
        t2_ms=10.0,
        retransmissions=3,
    )
    assert radio.pool().subchannels == 2


def test_flows_by_message_type() -> None:
    own = Flow(interval_ms=200.0, priority=2)
    radio = SensingPc5(kind="sensing", flows={"BSM": own})
    assert radio.flow("BSM") is own
    assert radio.flow("SPAT").interval_ms == 100.0
    assert radio.flow("EVA").interval_ms is None


@pytest.mark.parametrize(
    ("interval_ms", "lte_ms", "nr_ms"),
    [(100.0, 100, 100), (143.0, 100, 100), (99.0, 50, 99), (33.3, 20, 33), (10.0, 20, 10), (5000.0, 1000, 1000)],
)
def test_reservations_are_the_longest_that_keep_up(interval_ms: float, lte_ms: int, nr_ms: int) -> None:
    assert (reservation_ms(interval_ms, "lte4"), reservation_ms(interval_ms, "nr2")) == (lte_ms, nr_ms)


def test_allowed_intervals() -> None:
    assert ALLOWED_MS["lte4"] == (20, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000)
    assert len(ALLOWED_MS["nr2"]) == 99 + 10

"""What is received where: the random fields against theory, link budgets by hand, rates against the bound's points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from v2x.errors import InputError
from v2x.field.load import load_field
from v2x.field.model import Field, Site
from v2x.links.cellular.carriers import CARRIERS
from v2x.links.cellular.network import Network
from v2x.links.cellular.random_field import RandomField
from v2x.links.cellular.rates import radio_with, shannon_bps_hz
from v2x.links.propagation import tr38901
from v2x.rng import Stream
from v2x.scenario.model_cellular import GeometricUu

OWNERS = 1500


def field_with(places: np.ndarray) -> Field:
    field = load_field("xiqing")
    lon_deg, lat_deg = field.plane.to_lonlat(*places.T)
    sites = [
        Site(f"g{k}", float(lon), float(lat), 28.0) for k, (lon, lat) in enumerate(zip(lon_deg, lat_deg, strict=True))
    ]
    return replace(field, gnb=tuple(sites))


def network(places: list[tuple[float, float]], seed: int = 1, **config: object) -> Network:
    return Network(GeometricUu.model_validate({"kind": "geometric", **config}), field_with(np.array(places)), seed)


def test_a_random_field_is_normal_and_decorrelates_exponentially() -> None:
    field = RandomField(Stream(2, "test"), np.arange(OWNERS, dtype=np.uint64), decorrelation_m=37.0)
    owner = np.arange(OWNERS)
    here = field.at(owner, np.full(OWNERS, 812.0), np.full(OWNERS, -90.0))
    assert stats.kstest(here, "norm").pvalue > 0.001
    for apart_m in (5.0, 37.0, 74.0, 200.0):
        there = field.at(owner, np.full(OWNERS, 812.0 + 0.6 * apart_m), np.full(OWNERS, -90.0 + 0.8 * apart_m))
        expected = np.exp(-apart_m / 37.0)
        # standard error of a correlation coefficient: (1 - r^2) / sqrt(n)
        assert np.corrcoef(here, there)[0, 1] == pytest.approx(expected, abs=4 * (1 - expected**2) / np.sqrt(OWNERS))


def test_a_random_field_belongs_to_its_owner_and_its_place() -> None:
    one = RandomField(Stream(2, "test"), np.array([7, 8], np.uint64), 50.0)
    other = RandomField(Stream(2, "test"), np.array([8], np.uint64), 50.0)
    x_m = np.linspace(0, 3000, 50)
    assert np.array_equal(one.at(np.ones(50, np.intp), x_m, -x_m), other.at(np.zeros(50, np.intp), x_m, -x_m))
    backwards = other.at(np.zeros(50, np.intp), x_m[::-1].copy(), -x_m[::-1])[::-1]
    assert np.array_equal(one.at(np.ones(50, np.intp), x_m, -x_m), backwards)


@pytest.mark.parametrize(("environment", "distance_m"), [("uma", 100.0), ("umi", 60.0), ("rma", 400.0)])
def test_mean_and_spread_of_the_loss_follow_the_chance_of_line_of_sight(environment: str, distance_m: float) -> None:
    places = np.column_stack([np.arange(400) * 900.0, np.zeros(400)])
    cells = network(list(map(tuple, places)), environment=environment, sectors=1)
    got_db = CARRIERS["n78"].cell_dbi - np.diag(
        cells.gain_db(places[:, 0], places[:, 1] + distance_m, np.full(400, 1.5))
    )
    near = getattr(tr38901, f"{environment}_los_db")(distance_m, 28.0, 1.5, 3.5)
    far = getattr(tr38901, f"{environment}_nlos_db")(distance_m, 28.0, 1.5, 3.5)
    seen = getattr(tr38901, f"{environment}_los")(distance_m)
    sigmas = {"uma": (4.0, 6.0), "umi": (4.0, 7.82), "rma": (4.0, 8.0)}[environment]
    mean_db = seen * near + (1 - seen) * far
    variance = seen * sigmas[0] ** 2 + (1 - seen) * sigmas[1] ** 2 + seen * (1 - seen) * (far - near) ** 2
    assert got_db.mean() == pytest.approx(mean_db, abs=4 * np.sqrt(variance / 400))
    assert got_db.std() == pytest.approx(np.sqrt(variance), rel=0.2)  # 4 standard errors of a standard deviation of 400


def test_sectors_point_at_30_150_and_270_degrees() -> None:
    cells = network([(0.0, 0.0)])
    course_deg = np.array([30.0, 150.0, 270.0, 90.0])
    x_m, y_m = 300 * np.sin(np.radians(course_deg)), 300 * np.cos(np.radians(course_deg))
    gain_db = cells.gain_db(x_m, y_m, np.full(4, 1.5))
    assert gain_db[:3].argmax(axis=1).tolist() == [0, 1, 2]
    best_db = gain_db.max(axis=1, keepdims=True)
    # 120 degrees off: 12 (120/65)^2 is more than the front-to-back 20 dB; 60 degrees off: 12 (60/65)^2 = 10.22 dB
    assert (gain_db - best_db)[0] == pytest.approx([0, -20, -20])
    assert (gain_db - best_db)[3] == pytest.approx([0, 0, -20 + 12 * (60 / 65) ** 2])
    assert cells.cells == ["g0/1", "g0/2", "g0/3"]


def test_rsrp_is_the_cells_power_over_all_its_subcarriers() -> None:
    cells = network([(0.0, 0.0)], sectors=1)
    gain_db = cells.gain_db(np.array([200.0]), np.array([0.0]), np.array([1.5]))
    assert cells.rsrp_dbm(gain_db) == pytest.approx(51 - 10 * np.log10(3276) + gain_db)


def test_sinr_and_rates_by_hand() -> None:
    # two cells, 100 and 110 dB away, the other 40 % of the time on, 8 dB of beam in ours; noise in 98.28 MHz:
    # -174 + 79.925 + 9 = -85.075 dBm
    got = radio_with(np.array([[-100.0, -110.0]]), np.array([0]), CARRIERS["n78"], load_down=0.4, load_up=0.5)
    noise_mw, other_mw = 10**-8.5075, 0.4 * 10 ** ((51 - 110) / 10)
    assert got.downlink_sinr_db == pytest.approx(51 - 100 + 8 - 10 * np.log10(noise_mw + other_mw), abs=1e-3)
    efficiency = 0.6 * np.log2(1 + 10 ** (got.downlink_sinr_db[0] / 10))
    assert got.downlink_bps == pytest.approx(98.28e6 * 9 / 14 * efficiency)  # 5 + 10/7 of 10 slots = 9/14
    # uplink over the whole band: 23 + 8 - 100 - (-174 + 79.925 + 5 + 10 log10(1 + 0.5 (10^0.6 - 1))) = 16.1 dB
    assert got.uplink_sinr_db == pytest.approx(31 - 100 + 89.075 - 10 * np.log10(1 + 0.5 * (10**0.6 - 1)), abs=1e-3)
    assert got.uplink_part == pytest.approx(1.0)
    weak = radio_with(np.array([[-138.0, -158.0]]), np.array([0]), CARRIERS["n78"], 0.0, 0.0)
    # 31 - 138 + 89.075 = -17.925 dB over all 273 blocks: 10^-1.7925 of them are at 0 dB
    assert weak.uplink_sinr_db == pytest.approx(0.0, abs=1e-9)
    assert weak.uplink_part == pytest.approx(10**-1.7925, rel=1e-3)
    assert weak.uplink_bps == pytest.approx(98.28e6 * 0.3 * 10**-1.7925 * 0.4, rel=1e-3)  # log2(1 + 1) = 1
    # one block of 273 is 24.36 dB above: at -160 dB it has -15.6 dB, nothing passes
    lost = radio_with(np.array([[-160.0]]), np.array([0]), CARRIERS["n78"], 0.0, 0.0)
    assert lost.uplink_bps == 0.0
    assert not lost.covered


def test_the_bound_is_cut_at_both_ends() -> None:
    sinr_db = np.array([-10.1, -10.0, 0.0, 40.0])
    assert shannon_bps_hz(sinr_db, "downlink") == pytest.approx([0.0, 0.6 * np.log2(1.1), 0.6, 4.4])
    assert shannon_bps_hz(sinr_db, "uplink") == pytest.approx([0.0, 0.4 * np.log2(1.1), 0.4, 2.0])


def test_without_gnbs_there_is_no_network() -> None:
    for field in (None, replace(load_field("xiqing"), gnb=())):
        with pytest.raises(InputError, match=r"links\.uu\.kind: kind 'geometric' needs a field with gNB sites"):
            Network(GeometricUu(kind="geometric"), field, 1)

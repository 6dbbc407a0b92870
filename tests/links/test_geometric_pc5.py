"""PC5 by geometry: against the closed-form road, and each cause against what it must come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from road_kit import CODES, paper_loss_db, paper_road

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.links.base import F64, Aired, Bodies, Cause, Scene, Stations, Transmissions
from v2x.links.sidelink.airtime import Airtime
from v2x.links.sidelink.analytic import busy_ratio, losses
from v2x.links.sidelink.collisions import collision_share, collision_table
from v2x.links.sidelink.gains import PairGains
from v2x.links.sidelink.geometric import GeometricPc5, geometric_pc5
from v2x.links.sidelink.presets import gonzalez2019
from v2x.links.sidelink.ways import Flow, Radio, Way, radio_of
from v2x.links.watched import Watched
from v2x.scenario.model_propagation import WinnerB1
from v2x.scenario.model_sidelink import GeometricPc5 as Config

REACH_M, STEP_NS = 800.0, 100 * NS_PER_MS
CURVE, NOISE_MW = CODES[4][1], 10.0 ** (paper_road(0.1, 10.0).noise_dbm / 10.0)
NOBODY = np.zeros(0)


def paper_way(_air_bytes: int) -> Way:
    """190 B over one of four sub-channels of 10 MHz."""
    return Way(CURVE, NOISE_MW, 1, 1, 1)


RADIO = Radio(
    slot_ns=NS_PER_MS, carriers=1, subchannels=4, ranked=True, sensitivity_dbm=-90.5, busy_mw=10.0**-9.4,
    cr_limited=False, flow=lambda _kind: Flow(0, 5, 20.0, 4, 100), way=paper_way, power_dbm=20.0, rate_hz=10.0,
    path_loss=paper_loss_db, shadowing_db=3.0,
)  # fmt: skip


def link(radio: Radio = RADIO, seed: int = 1, period_m: float | None = None, shadowing_db: float = 3.0) -> GeometricPc5:
    config = WinnerB1(kind="winner_b1", shadowing_db=shadowing_db)
    return GeometricPc5(radio, PairGains(config, 0.0, 5.91, seed, REACH_M, period_m), REACH_M, seed)


def scene(step: int, key: Sequence[int], x_m: F64) -> Scene:
    n, t_ns = len(key), step * STEP_NS
    stations = Stations(np.array(key, np.uint64), x_m, np.zeros(n), np.full(n, 1.5))
    bodies = Bodies(np.zeros(0, np.uint64), NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, NOBODY)
    return Scene(t_ns, t_ns + STEP_NS, stations, bodies)


def said(at: Scene, rows: Sequence[int], t_ns: Sequence[int], kind: str = "BSM", size: int = 190) -> Transmissions:
    """Frames of some stations of a scene."""
    who, n = at.stations.take(np.array(rows, np.intp)), len(rows)
    when = np.array(t_ns, np.int64)
    return Transmissions(when * 10_000 + np.array(rows), when, who.key, who.x_m, who.y_m, np.full(n, size),
                         np.full(n, kind, object))  # fmt: skip


def drive(pc5: GeometricPc5, steps: int, key: Sequence[int], x_m: F64, watched: Watched | None = None) -> list[Aired]:
    """Everybody stands and sends once a step, at its middle."""
    aired = []
    for step in range(steps):
        now = scene(step, key, x_m)
        rows = range(len(key))
        aired.append(pc5.broadcast(said(now, rows, [now.t_ns + STEP_NS // 2] * len(key)), now, watched))
    return aired


def silent(n: int) -> Watched:
    """Nobody is watched."""
    return Watched.of(np.zeros(0, np.uint64), np.zeros(n, np.bool_))


@pytest.mark.parametrize("density", [0.1, 0.2])
def test_straight_road(density: float) -> None:
    """A ring of 500 vehicles for 5 s: PDR and each cause within half a point of the closed form on average."""
    n, length_m = 500, 500 / density
    rng = np.random.default_rng(3)
    x_m, v_mps = rng.uniform(0.0, length_m, n), rng.choice([-19.4, 19.4], n)
    key = rng.integers(0, 2**63, n).tolist()
    pc5, total = link(period_m=length_m), np.zeros((len(Cause), int(REACH_M) + 2))
    for step in range(60):
        now = scene(step, key, (x_m + v_mps * step * 0.1) % length_m)
        t_ns = np.sort(rng.integers(now.t_ns, now.until_ns, n))
        aired = pc5.broadcast(said(now, range(n), t_ns.tolist()), now, silent(n))
        if step >= 10:
            total += aired.counted["BSM"]
    bins = (np.arange(int(REACH_M) + 2) + 13) // 25
    counts = np.stack([np.bincount(bins, weights=row) for row in total])[:, :21]
    share = counts / counts.sum(axis=0)
    wanted = losses(paper_road(density, 10.0), np.arange(0.0, 501.0, 25.0))
    assert np.all(counts.sum(axis=0)[1:] > 20_000)
    for cause, expected in (
        (Cause.DELIVERED, wanted.pdr),
        (Cause.HALF_DUPLEX, wanted.half_duplex),
        (Cause.BELOW_SENSITIVITY, wanted.below_sensitivity),
        (Cause.PROPAGATION, wanted.propagation),
        (Cause.COLLISION, wanted.collision),
    ):
        assert np.abs(share[cause] - expected)[1:20].mean() < 0.005, cause.name


def test_collision_table() -> None:
    """Averaged over the signal it is the closed form's share, at a load between two of the table's."""
    road = paper_road(0.15, 10.0)
    share = collision_table(road, REACH_M)
    distance_m = np.array([50.0, 130.0, 300.0, 440.0])
    wanted = losses(road, distance_m)
    signal_dbm = np.arange(-90.45, -20.0, 0.1)
    for place, at_m in enumerate(distance_m):
        spread = np.exp(-0.5 * ((signal_dbm - road.level_dbm(at_m)) / 3.0) ** 2)
        passes = 1.0 - CURVE.at(signal_dbm - road.noise_dbm)
        hit = np.array([collision_share(share, road.load, at_m, level + 90.5) for level in signal_dbm])
        ours = float((spread * passes * hit).sum() / (spread * passes).sum())
        arrives = 1.0 - wanted.half_duplex - wanted.below_sensitivity - wanted.propagation
        assert ours == pytest.approx(float((wanted.collision / arrives)[place]), rel=0.03, abs=0.001)
    other = collision_table(replace(road, density_per_m=0.3, resources=2), REACH_M)
    assert other == pytest.approx(share, rel=1e-6)  # the load is all
    assert np.all(np.diff(share, axis=0) > -1e-3)  # more load, more collisions
    assert np.all((share >= 0.0) & (share <= 1.0))


def test_channel_state() -> None:
    """Two groups out of each other's earshot: each measures its own; the first 100 ms of a run are silent."""
    pc5 = link(shadowing_db=0.0)
    x_m = np.array([0.0, 10.0, 20.0, 30.0, 700.0, 710.0])
    drive(pc5, 1, range(6), x_m, silent(6))
    state = pc5.state()
    assert state is not None
    assert np.array_equal(state.cbr, np.zeros(6))
    drive(pc5, 12, range(6), x_m, silent(6))
    state = pc5.state()
    assert state is not None
    assert state.cbr == pytest.approx(busy_ratio(np.array([3, 3, 3, 3, 1, 1]) * 10.0 / 4000.0))
    assert state.cr == pytest.approx(np.full(6, 10.0 / 4000.0))


@pytest.mark.parametrize(("width", "heard"), [(1, 10.0 / 4000.0), (2, 0.0)])
def test_busy_is_above_minus_94_dbm_in_a_sub_channel(width: int, heard: float) -> None:
    """A signal of -92 dBm, too weak to be received, keeps one sub-channel busy, but not two with half of it each."""
    radio = replace(RADIO, way=lambda size: replace(paper_way(size), width=width))
    pc5 = link(radio, shadowing_db=0.0)
    x_m = np.array([0.0, 514.0])
    assert 20.0 - paper_loss_db(x_m)[1] == pytest.approx(-92.0, abs=0.1)
    aired = drive(pc5, 12, range(2), x_m, silent(2))[-1]
    state = pc5.state()
    assert state is not None
    assert state.cbr == pytest.approx(np.full(2, busy_ratio(heard)))
    assert aired.counted["BSM"][Cause.BELOW_SENSITIVITY].sum() == 2


def test_rows_and_counts_are_the_same_receptions() -> None:
    """What is a row if watched is a count if not, and half watched is half of each."""
    key, x_m = list(range(40)), np.linspace(0.0, 700.0, 40)
    rows, counted = drive(link(), 8, key, x_m), drive(link(), 8, key, x_m, silent(40))
    some = Watched.of(np.array([3, 30], np.uint64), np.arange(40) % 5 == 0)
    mixed = drive(link(), 8, key, x_m, some)
    for all_rows, no_rows, both in zip(rows, counted, mixed, strict=True):
        assert len(no_rows.receptions) == 0
        assert all_rows.counted["BSM"].sum() == 0
        assert np.array_equal(_histogram(all_rows), no_rows.counted["BSM"])
        assert np.array_equal(_histogram(both) + both.counted["BSM"], no_rows.counted["BSM"])
        sender = both.receptions.tx_id % 10_000
        assert np.all(np.isin(sender, [3, 30]) | (both.receptions.receiver % 5 == 0))
        assert set(zip(*_named(both), strict=True)) <= set(zip(*_named(all_rows), strict=True))


def _histogram(aired: Aired) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    table = np.zeros((len(Cause), int(REACH_M) + 2), np.int64)
    np.add.at(table, (aired.receptions.cause, aired.receptions.distance_m.astype(int)), 1)
    return table


def _named(aired: Aired) -> tuple[list[int], list[int], list[int], list[int]]:
    got = aired.receptions
    return got.tx_id.tolist(), got.receiver.tolist(), got.cause.tolist(), got.t_ns.tolist()


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(12)), st.integers(0, 12))
def test_order_and_batches(order: list[int], cut: int) -> None:
    """Stations in another order and frames in two batches: the same fate for the same pair and time."""
    x_m = np.linspace(0.0, 600.0, 12)

    def fates(order: Sequence[int], cut: int) -> set[tuple[int, int, int, int]]:
        pc5, found = link(), set()
        for step in range(4):
            now = scene(step, list(order), x_m[list(order)])
            place = np.argsort(now.stations.key)
            for part in (place[:cut], place[cut:]):
                batch = said(now, part.tolist(), [now.t_ns + 7] * len(part))
                got = pc5.broadcast(replace(batch, tx_id=batch.sender.astype(np.int64)), now).receptions
                hearer = now.stations.key[got.receiver]
                found |= {
                    (step, sender, receiver, cause)
                    for sender, receiver, cause in zip(
                        got.tx_id.tolist(), hearer.tolist(), got.cause.tolist(), strict=True
                    )
                }
        return found

    assert fates(order, cut) == fates(range(12), 12)


def test_half_duplex_by_the_receivers_own_rate() -> None:
    """A station that sends 20 messages in 100 ms is deaf for a fifth of its time, others for a hundredth."""
    pc5, deaf, tries = link(shadowing_db=0.0), np.zeros(3), 0
    for step in range(400):
        now = scene(step, [1, 2, 3], np.array([0.0, 20.0, 40.0]))
        busy = said(now, [1] * 20, (now.t_ns + np.arange(20) * 5 * NS_PER_MS).tolist())
        pc5.broadcast(busy, now, silent(3))
        got = pc5.broadcast(said(now, [0], [now.t_ns]), now).receptions
        deaf[got.receiver] += got.cause == Cause.HALF_DUPLEX
        tries += 1
    assert deaf[1] / tries == pytest.approx(0.2, abs=0.08)  # 4 sigma of 400 draws
    assert deaf[2] == 0


def test_wait_is_uniform_over_the_selection_window() -> None:
    """Arrival at the end of one of the subframes 4 to 100 after the frame's, the same for all receivers."""
    n = 800
    now = scene(0, range(n), np.linspace(0.0, n, n))
    t_ns = np.arange(n) * 33_333
    got = link(shadowing_db=0.0).broadcast(said(now, range(n), t_ns.tolist()), now).receptions
    _, first = np.unique(got.tx_id, return_index=True)
    assert all(len(np.unique(got.t_ns[got.tx_id == number])) == 1 for number in got.tx_id[first[:50]])
    wait = got.t_ns[first] // NS_PER_MS - t_ns // NS_PER_MS - 1
    assert np.all(got.t_ns % NS_PER_MS == 0)
    assert (wait.min(), wait.max()) == (4, 100)  # each missed with a probability of 0.0003
    assert wait.mean() == pytest.approx(52.0, abs=4 * 28.0 / np.sqrt(n))


def test_too_long_for_the_sender() -> None:
    """More than all segments, or than any packet: lost to everybody in reach, and not on the air."""
    pc5 = link(replace(RADIO, way=lambda size: replace(paper_way(size), segments=int(size < 1000))))
    for step, size in enumerate((1000, 1401)):
        now = scene(step, range(3), np.array([0.0, 10.0, 20.0]))
        got = pc5.broadcast(said(now, [0], [now.t_ns], size=size), now).receptions
        assert got.cause.tolist() == [Cause.OVERSIZE] * 2
    drive(pc5, 2, [], NOBODY)
    state = pc5.state()
    assert state is not None
    assert not state.cr.any()


def test_cr_limit_holds_a_flood_back() -> None:
    """Above a busy ratio of 0.65, PPPP 3 to 5 may take 0.006 of 4000 sub-channels: 24 messages a second, not 50."""
    pc5 = link(replace(RADIO, cr_limited=True), shadowing_db=0.0)
    n, seconds = 120, 3
    key, x_m = list(range(n)), np.linspace(0.0, 50.0, n)
    delivered = np.zeros(seconds * 10)
    for step in range(seconds * 10):
        now = scene(step, key, x_m)
        rows = np.repeat(np.arange(n), 5)
        t_ns = np.tile(now.t_ns + np.arange(5) * 20 * NS_PER_MS, n)
        aired = pc5.broadcast(said(now, rows.tolist(), t_ns.tolist()), now, silent(n)).counted["BSM"]
        delivered[step] = 1.0 - aired[Cause.CONGESTION_CONTROL].sum() / aired.sum()
    assert delivered[0] == 1.0
    assert delivered[-10:].sum() * 5 <= 24.0 + 5.0
    assert delivered[-10:].mean() < 0.7


@pytest.mark.parametrize(("segments", "attempts"), [(1, 1), (2, 1), (1, 2), (2, 2)])
def test_segments_and_attempts(segments: int, attempts: int) -> None:
    """All segments are needed, any attempt will do: 1 - p at the distance where a block is lost with probability p."""
    half = replace(CURVE, sinr_db=np.array([-50.0, 50.0]), bler=np.array([0.3, 0.3]))
    way = Way(half, NOISE_MW, 1, segments, attempts)
    pc5 = link(replace(RADIO, way=lambda _size: way, sensitivity_dbm=-120.0), shadowing_db=0.0)
    n = 300
    aired = drive(pc5, 1, range(n), np.linspace(0.0, 200.0, n), silent(n))[0].counted["BSM"]
    share = aired[Cause.DELIVERED].sum() / aired.sum()
    assert share == pytest.approx((1.0 - 0.3**attempts) ** segments, abs=4 * 0.5 / np.sqrt(n * (n - 1)))
    assert aired[Cause.PROPAGATION].sum() == aired.sum() - aired[Cause.DELIVERED].sum()


def test_nobody_and_strangers() -> None:
    """No stations, no frames, and a sender that is not in the scene."""
    pc5 = link()
    empty = scene(0, [], NOBODY)
    assert len(pc5.broadcast(said(empty, [], []), empty).receptions) == 0
    two = scene(1, [1, 2], np.array([0.0, 50.0]))
    assert len(pc5.broadcast(said(two, [], []), two).receptions) == 0
    stranger = replace(said(two, [0], [two.t_ns]), sender=np.array([9], np.uint64))
    assert len(pc5.broadcast(stranger, two).receptions) == 0


def test_airtime_window() -> None:
    """Ten full bins of 100 ms, and the stations that are there."""
    airtime = Airtime(1)
    for step in range(25):
        airtime.advance(step * STEP_NS, np.array([7, 8], np.uint64))
        airtime.add(np.array([0]), np.array([0]), np.array([float(step >= 20)]))
        if step == 3:
            assert airtime.per_second[0, 0] == 0.0
    assert airtime.per_second[:, 0].tolist() == [4.0, 0.0]  # steps 20 to 23 of 14 to 23
    assert airtime.used[:, 0].tolist() == [5.0, 0.0]
    airtime.advance(25 * STEP_NS, np.array([8, 9, 7], np.uint64))
    assert airtime.per_second[:, 0].tolist() == [0.0, 0.0, 5.0]
    airtime.advance(26 * STEP_NS, np.array([8], np.uint64))
    airtime.advance(27 * STEP_NS, np.array([8, 7], np.uint64))
    assert airtime.per_second.sum() == 0.0
    airtime.add(np.array([1]), np.array([0]), np.array([3.0]))
    airtime.advance(27 * STEP_NS + 5 * NS_PER_S, np.array([8, 7], np.uint64))
    assert airtime.per_second.sum() == 0.0


def test_scenario_settings_are_the_papers() -> None:
    """The study preset gives the same radio as this file's, and a link that can be built and used."""
    study = gonzalez2019().radio
    config = Config(kind="geometric", **study.model_dump(exclude={"kind"}))
    radio = radio_of(config)
    assert (radio.slot_ns, radio.carriers, radio.subchannels, radio.ranked) == (NS_PER_MS, 1, 4, True)
    assert (radio.flow("BSM"), radio.cr_limited) == (Flow(0, 5, 20.0, 1, 100), False)
    way = radio.way(190)
    assert (way.curve.name, way.width, way.segments, way.attempts) == (CURVE.name, 1, 1, 1)
    assert 10.0 * np.log10(way.noise_mw) == pytest.approx(10.0 * np.log10(NOISE_MW), abs=0.01)
    at_m = np.array([10.0, 300.0])
    assert np.all(np.abs(radio.path_loss(at_m) - paper_loss_db(at_m)) < 2.1)  # antennas at 1.6 m instead of 1.5 m
    aired = drive(geometric_pc5(config, 1), 2, range(5), np.linspace(0.0, 100.0, 5))
    assert len(aired[1].receptions) == 20


def test_roles_and_carriers() -> None:
    """cn10: roadside units have a carrier and a power of their own; twice the sub-carrier spacing, half the slot."""
    radio = radio_of(Config(kind="geometric", channel="cn10"))
    assert (radio.flow("BSM").carrier, radio.flow("SPAT").carrier, radio.carriers) == (0, 1, 2)
    assert radio.flow("SPAT").power_dbm > radio.flow("BSM").power_dbm
    assert radio.flow("CLPMM").last_slot == 50  # its delay budget is shorter than the window
    faster = radio_of(Config(kind="geometric", mode="nr2", subcarrier_khz=30, retransmissions=1))
    assert (faster.slot_ns, faster.ranked, faster.way(300).attempts) == (NS_PER_MS // 2, False, 2)
    assert faster.flow("BSM").last_slot == 200
    assert faster.way(10**6).segments == 0


def test_carriers_have_loads_of_their_own() -> None:
    """Vehicles on one carrier are not disturbed by roadside units on the other, and each sees the busier one."""

    def flow(kind: str) -> Flow:
        return Flow(int(kind == "SPAT"), 5, 20.0, 4, 100)

    pc5, n = link(replace(RADIO, carriers=2, flow=flow), shadowing_db=0.0), 100
    key, x_m, lost = list(range(n)), np.linspace(0.0, 300.0, n), {"BSM": 0.0, "SPAT": 0.0}
    for step in range(20):
        now = scene(step, key, x_m)
        for kind, who in (("BSM", range(0, 4)), ("SPAT", range(4, n))):
            aired = pc5.broadcast(said(now, list(who), [now.t_ns] * len(who), kind), now, silent(n)).counted[kind]
            lost[kind] += aired[Cause.COLLISION].sum() / aired.sum()
    state = pc5.state()
    assert state is not None
    assert state.cbr[0] == pytest.approx(float(busy_ratio(96 * 10 / 4000.0)))
    assert lost["SPAT"] > 5 * lost["BSM"]

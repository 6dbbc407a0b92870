"""The sidelink's results do not depend on rows, seats, steps or room, nor on who watches or stands out of reach."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import v2x.links.sidelink.radios as radios_module
from v2x.clock import NS_PER_MS
from v2x.links.base import Bodies, Cause, Scene, Stations, Transmissions
from v2x.links.sidelink.presets import wilab_r2
from v2x.links.sidelink.sensing import SensingPc5
from v2x.links.watched import EVERYBODY, EVERYWHERE, Watched, circle
from v2x.scenario.model_sidelink import Flow
from v2x.scenario.model_sidelink import SensingPc5 as Config

#: Stations 1 ... N on a road, and others far away.
N, FAR, END_MS = 40, 8, 1500
KEY = np.arange(1, N + FAR + 1, dtype=np.uint64)
X_M = np.concatenate([np.random.default_rng(2).uniform(0.0, 1200.0, N), 1e5 + np.arange(FAR) * 30.0])
NOTHING = Bodies(np.zeros(0, np.uint64), *(np.zeros(0) for _ in range(6)))
LTE = wilab_r2().radio.model_copy(update={"flows": {"BSM": Flow(interval_ms=100.0, one_shot=True)}})
NR = Config(kind="sensing", mode="nr2", subcarrier_khz=30, retransmissions=1, feedback_m=150.0)
BOTH = pytest.mark.parametrize("config", [LTE, NR], ids=["lte4", "nr2"])

#: (transmission, receiver's key) -> (arrival, cause).
Fates = dict[tuple[int, int], tuple[int, int]]


def traffic() -> Transmissions:
    """A BSM every 100 ms and a CLPMM every 250 ms of each station, at phases of its own."""
    rows = []
    for kind, every_ms, size in (("BSM", 100, 300), ("CLPMM", 250, 120)):
        phase_ms = np.random.default_rng(every_ms).uniform(0.0, every_ms, len(KEY))
        for key, phase in zip(KEY.tolist(), phase_ms.tolist(), strict=True):
            rows += [(int((phase + t) * NS_PER_MS), key, size, kind) for t in range(0, END_MS - every_ms, every_ms)]
    t_ns, sender, size, kind = zip(*sorted(rows), strict=True)
    nowhere = np.zeros(len(rows))
    sender, number = np.array(sender, np.uint64), np.arange(len(rows))
    return Transmissions(number, np.array(t_ns), sender, nowhere, nowhere, np.array(size), np.array(kind, object))


FRAMES = traffic()


def run(
    config: Config,
    rows: np.ndarray = np.arange(N),  # noqa: B008
    step_ms: int = 100,
    there: Callable[[int], np.ndarray] = lambda _: np.ones(len(KEY), np.bool_),
    watched: Callable[[Stations], Watched | None] = lambda _: None,
) -> tuple[Fates, dict[str, np.ndarray]]:
    """What became of everything, among some stations in some order, and the counts of what nobody watched."""
    link = SensingPc5(config, seed=7)
    fates: Fates = {}
    counts: dict[str, np.ndarray] = {}
    for t_ms in range(0, END_MS, step_ms):
        here = rows[there(t_ms)[rows]]
        zero = np.zeros(len(here))
        stations = Stations(KEY[here], X_M[here], zero, zero + 1.5)
        scene = Scene(t_ms * NS_PER_MS, (t_ms + step_ms) * NS_PER_MS, stations, NOTHING)
        due = (FRAMES.t_ns >= scene.t_ns) & (FRAMES.t_ns < scene.until_ns) & np.isin(FRAMES.sender, stations.key)
        aired = link.broadcast(FRAMES.take(due), scene, watched(stations))
        got = aired.receptions
        for tx_id, row, t_ns, cause in zip(got.tx_id, got.receiver, got.t_ns, got.cause, strict=True):
            fates[int(tx_id), int(stations.key[row])] = int(t_ns), int(cause)
        for kind, more in aired.counted.items():
            counts[kind] = counts.get(kind, 0) + more
    return fates, counts


def near(fates: Fates) -> Fates:
    """Receptions at stations 1 ... N, who never hear the others."""
    return {pair: fate for pair, fate in fates.items() if pair[1] <= N}


@BOTH
def test_order_of_rows_and_seats(config):
    plain, _ = run(config)
    assert len(plain) > 5000
    assert {Cause.DELIVERED, Cause.COLLISION, Cause.HALF_DUPLEX} <= {cause for _, cause in plain.values()}
    for seed in (1, 2):
        assert run(config, np.random.default_rng(seed).permutation(N))[0] == plain


def test_order_of_entry():
    """Others, far away, come first and take the first seats, or come later."""
    everybody = np.arange(N + FAR)
    first, _ = run(LTE, everybody[::-1])
    later, _ = run(LTE, everybody, there=lambda t_ms: (everybody < N) | (t_ms >= 300))
    assert near(first) == near(later)
    assert len(first) > len(later)


@BOTH
def test_stations_out_of_reach(config):
    plain, _ = run(config)
    with_others, _ = run(config, np.random.default_rng(4).permutation(N + FAR))
    assert near(with_others) == plain
    assert len(with_others) > len(plain)


@BOTH
@pytest.mark.parametrize("step_ms", [1, 10, 50])
def test_length_of_steps(config, step_ms):
    assert run(config, step_ms=step_ms)[0] == run(config)[0]


@BOTH
def test_circles(config):
    """Stations of a circle are watched among themselves, and nobody else."""
    plain, _ = run(config)
    inside = np.array([3, 17, 25], np.uint64)

    def among(stations: Stations) -> Watched:
        listens = np.where(np.isin(stations.key, inside), EVERYWHERE | circle(5), EVERYWHERE)
        return Watched(inside, np.full(3, EVERYBODY | circle(5)), listens)

    expected = {
        (tx, key): fate for (tx, key), fate in plain.items() if {FRAMES.sender[tx], key} <= set(inside.tolist())
    }
    assert run(config, watched=among)[0] == expected != {}


def test_room_for_receptions(monkeypatch):
    plain, _ = run(LTE)
    monkeypatch.setattr(radios_module, "_ROOM", 0)
    assert run(LTE)[0] == plain


@BOTH
def test_who_watches(config):
    """Rows of what is watched are the same, and with the counts of the rest they add up to the same totals."""
    plain, _ = run(config)
    whom = np.array([3, 17], np.uint64)

    def some(stations: Stations) -> Watched:
        return Watched.of(whom, stations.key == 25)

    def nobody(stations: Stations) -> Watched:
        return Watched.of(np.zeros(0, np.uint64), np.zeros(len(stations), np.bool_))

    seen, counts = run(config, watched=some)
    expected = {(tx, key): fate for (tx, key), fate in plain.items() if FRAMES.sender[tx] in whom or key == 25}
    assert seen == expected
    for kind in ("BSM", "CLPMM"):
        totals = np.zeros(len(Cause), np.int64)
        for (tx, _), (_, cause) in plain.items():
            totals[cause] += FRAMES.type[tx] == kind
        rows = np.zeros(len(Cause), np.int64)
        for (tx, _), (_, cause) in seen.items():
            rows[cause] += FRAMES.type[tx] == kind
        assert (counts[kind].sum(axis=1) + rows == totals).all()
        assert (run(config, watched=nobody)[1][kind].sum(axis=1) == totals).all()


def test_a_station_that_leaves_and_comes_back():
    """It is heard and hears before and after, not meanwhile; the order of rows still does not matter."""

    def there(t_ms: int) -> np.ndarray:
        return (KEY != 5) | (t_ms < 500) | (t_ms >= 900)

    fates, _ = run(LTE, there=there)
    heard = np.array([t_ns for (tx, _), (t_ns, _) in fates.items() if FRAMES.sender[tx] == 5]) / NS_PER_MS
    hears = np.array([t_ns for (_, key), (t_ns, _) in fates.items() if key == 5]) / NS_PER_MS
    for times in (heard, hears):
        assert (times < 500).any()
        assert (times > 900).any()
        assert not ((times > 500) & (times < 900)).any()
    assert run(LTE, np.random.default_rng(8).permutation(N), there=there)[0] == fates

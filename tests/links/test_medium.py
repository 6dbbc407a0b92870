"""The medium: numbering, rows for the observed, counts for all, delivery in order and not before its time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from links_kit import Tables, column, hearers, say, scene

from v2x.links.base import Aired, Carried, Cause, Direction, LinkNote, Scene, Stations, Transmissions, at_once
from v2x.links.simulated import SimulatedMedium
from v2x.messages.frame import Frames, Outgoing
from v2x.rng import key_of

MS = 1_000_000
A, B, RSU = key_of("a"), key_of("b"), key_of("RSU")
NAMES = np.array(["a", "b", "RSU"], object)
PLACES = hearers(np.array([A, B, RSU], np.uint64), [0.0, 40.0, 130.0])
SCENE = scene(PLACES)


class Everything:
    """A PC5 on which all arrive after 30 ms, except from ``a`` to the unit."""

    law = None
    lookahead_ns = 0

    def broadcast(self, frames: Transmissions, scene: Scene, watched: object = None) -> Aired:
        receivers = scene.stations
        tx, rx = np.nonzero(frames.sender[:, None] != receivers.key)
        lost = (frames.sender[tx] == A) & (receivers.key[rx] == RSU)
        cause = np.where(lost, Cause.PROPAGATION, Cause.DELIVERED).astype(np.int8)
        return at_once(frames, tx, rx, np.abs(frames.x_m[tx] - receivers.x_m[rx]), frames.t_ns + 30 * MS, cause)

    def state(self) -> None:
        return None


class HalfLost:
    """A Uu that loses every second frame, spends 2 ms on the radio, and takes note of where it is asked."""

    def __init__(self) -> None:
        self.moved: list[tuple[int, Stations]] = []
        self.carried: list[tuple[Direction, Transmissions]] = []

    def move(self, t_ns: int, mobiles: Stations) -> None:
        self.moved.append((t_ns, mobiles))

    def carry(self, frames: Transmissions, direction: Direction) -> Carried:
        self.carried.append((direction, frames))
        lost = np.arange(len(frames)) % 2 == 1
        cause = np.where(lost, Cause.OUTAGE, Cause.DELIVERED).astype(np.int8)
        return Carried(
            frames.t_ns + 8 * MS, cause, {"radio": np.full(len(frames), 2 * MS), "core": 6 * MS + frames.tx_id}
        )

    def notes(self) -> list[LinkNote]:
        return [LinkNote(t_ns, int(stations.key[0]), "uu.handover", {}) for t_ns, stations in self.moved]


def hundred_more(frames: Frames, channel: str) -> np.ndarray:
    return np.array([len(datum) + 100 for datum in frames.data], np.int64)


@pytest.fixture
def tables() -> Tables:
    return {}


@pytest.fixture
def uu() -> HalfLost:
    return HalfLost()


@pytest.fixture
def medium(tables: Tables, uu: HalfLost) -> SimulatedMedium:
    def append(table: str, columns: Mapping[str, Any]) -> None:
        tables.setdefault(table, []).append(columns)

    return SimulatedMedium(Everything(), uu, "j2735", hundred_more, append, bin_m=25.0, seed=1)


def frames(*sent: tuple[int, str, float]) -> Frames:
    return Frames.merge(
        [Frames.of([Outgoing(t, "BSM", b"\x01\x02")], name, key_of(name), x, 0.0) for t, name, x in sent]
    )


def test_frames_are_numbered_by_time_then_name(medium: SimulatedMedium, tables: Tables) -> None:
    both = frames((5, "b", 40.0), (5, "a", 0.0), (3, "RSU", 130.0))
    say(medium, both, SCENE, NAMES, set(), set())
    medium.flush(0)
    assert column(tables, "tx", "station") == ["RSU", "a", "b"]
    assert column(tables, "tx", "tx_id") == [0, 1, 2]
    assert column(tables, "tx", "air_bytes") == [102, 102, 102]
    assert "rx" not in tables  # nobody is observed


def test_rows_touch_an_observed_station_and_counts_cover_all(medium: SimulatedMedium, tables: Tables) -> None:
    say(medium, frames((5, "a", 0.0), (6, "b", 40.0)), SCENE, NAMES, {"RSU"}, set())
    medium.flush(0)
    assert column(tables, "rx", "receiver") == ["RSU", "RSU"]
    assert column(tables, "rx", "cause") == ["propagation", None]
    assert column(tables, "rx", "delay_ns") == [30 * MS, 30 * MS]
    medium.flush(10**9)
    counted = {
        (distance, cause): count
        for distance, cause, count in zip(
            *(column(tables, "link_bins", name) for name in ("distance_m", "cause", "count")), strict=True
        )
    }
    assert counted == {(25.0, None): 2, (125.0, "propagation"): 1, (75.0, None): 1}


def test_a_listener_gets_frames_in_order_after_its_own_delay(medium: SimulatedMedium, tables: Tables) -> None:
    say(medium, frames((7 * MS, "b", 40.0), (5 * MS, "RSU", 130.0)), SCENE, NAMES, {"a"}, {"a"})
    assert medium.due(35 * MS, 7 * MS) == []
    ready = medium.due(44 * MS, 7 * MS)
    assert [(arrival.t_ns, arrival.receiver, arrival.distance_m) for arrival in ready] == [
        (35 * MS, "a", 130.0),
        (37 * MS, "a", 40.0),
    ]
    medium.flush(0)
    assert column(tables, "rx", "t_used_ns") == [44 * MS, 44 * MS]
    assert medium.due(100 * MS, 7 * MS) == []


def test_uu_losses_are_rows_and_deliveries_wait(medium: SimulatedMedium, uu: HalfLost, tables: Tables) -> None:
    up = frames((5, "a", 0.0), (6, "b", 40.0))
    medium.unicast(up, "uplink", hearers(up.key, [7.0, 8.0], [1.0, 2.0]), ["server", "server"])
    assert [direction for direction, _ in uu.carried] == ["uplink"]
    medium.flush(0)
    assert column(tables, "tx", "channel") == ["uu_uplink"] * 2
    assert column(tables, "rx", "cause") == ["outage"]
    (arrival,) = medium.due(20 * MS, 0)
    assert (arrival.link, arrival.receiver, arrival.delay_ns) == ("uu", "server", 8 * MS)


def test_uu_segments_are_those_of_what_arrived(medium: SimulatedMedium, tables: Tables) -> None:
    up = frames(*((t, "a", 0.0) for t in range(5, 10)))
    medium.unicast(up, "uplink", hearers(up.key), ["server"] * 5)
    medium.flush(0)
    got = zip(*(column(tables, "uu_segments", name) for name in ("tx_id", "segment", "duration_ns")), strict=True)
    assert list(got) == [(i, "radio", 2 * MS) for i in (0, 2, 4)] + [(i, "core", 6 * MS + i) for i in (0, 2, 4)]


def test_uu_takes_the_radio_leg_of_the_mobile_station(medium: SimulatedMedium, uu: HalfLost) -> None:
    down = Frames.of([Outgoing(5, "RSI", b"\x01")] * 2, "server", key_of("server"), float("nan"), float("nan"))
    medium.unicast(down, "downlink", hearers(PLACES.key[:2], [7.0, 8.0], [1.0, 2.0]), ["a", "b"])
    ((direction, seen),) = uu.carried
    assert direction == "downlink"
    assert seen.sender.tolist() == [A, B]
    assert (seen.x_m.tolist(), seen.y_m.tolist()) == ([7.0, 8.0], [1.0, 2.0])
    medium.move(100 * MS, PLACES)
    assert uu.moved == [(100 * MS, PLACES)]
    assert medium.notes() == [LinkNote(100 * MS, A, "uu.handover", {})]


def test_what_is_under_way_at_the_end_is_written_as_never_used(medium: SimulatedMedium, tables: Tables) -> None:
    say(medium, frames((5, "b", 40.0)), SCENE, NAMES, {"a"}, {"a"})
    medium.close(1000 * MS)
    medium.flush(0)
    assert column(tables, "rx", "t_used_ns") == [None]
    assert column(tables, "link_bins", "count") == [1, 1]


def test_counts_of_a_second_wait_for_its_end(medium: SimulatedMedium, tables: Tables) -> None:
    say(medium, frames((999 * MS, "a", 0.0)), scene(PLACES, 900 * MS), NAMES, set(), set())
    say(medium, frames((1001 * MS, "b", 40.0)), scene(PLACES, 1000 * MS), NAMES, set(), set())
    medium.flush(1000 * MS)
    assert set(column(tables, "link_bins", "t_ns")) == {0}
    medium.flush(2000 * MS)
    assert set(column(tables, "link_bins", "t_ns")) == {0, 1000 * MS}
    assert sum(column(tables, "link_bins", "count")) == 4


def test_what_is_too_long_goes_nowhere(medium: SimulatedMedium, tables: Tables) -> None:
    sent = [Outgoing(5, "MAP", bytes(1300)), Outgoing(6, "MAP", bytes(1301))]
    say(medium, Frames.of(sent, "RSU", RSU, 130.0, 0.0), SCENE, NAMES, {"RSU"}, {"a"})
    medium.flush(0)
    assert column(tables, "rx", "cause") == [None, "oversize", "oversize"]  # the first one waits for its listener
    assert len(medium.due(10**9, 0)) == 1

"""The medium over a radio that waits for its slot: frames are decided steps after they were handed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from links_kit import STEP_NS, Tables, column, hearers, say, scene

from v2x.links.base import Aired, Carried, Cause, ChannelState, Direction, Receptions, Scene, Transmissions
from v2x.links.simulated import SimulatedMedium
from v2x.links.watched import Watched
from v2x.messages.frame import Frames, Outgoing
from v2x.rng import key_of

MS = 1_000_000
HERE = {"a": 0.0, "b": 60.0, "c": 300.0, "RSU": 90.0}


class Slotted:
    """A PC5 that airs each frame 80 ms after it was handed over, for 1 ms, and reaches 100 m. Senders stay at 60 m."""

    law = None
    lookahead_ns = None

    def __init__(self) -> None:
        self._open: list[tuple[int, int, int, str]] = []
        self.channel: ChannelState | None = None

    def broadcast(self, frames: Transmissions, scene: Scene, watched: Watched | None = None) -> Aired:
        assert watched is not None
        columns = (frames.tx_id, frames.t_ns + 80 * MS, frames.sender, frames.type)
        self._open += zip(*(column.tolist() for column in columns), strict=True)
        apart_m = np.abs(scene.stations.x_m - 60.0)
        cause = np.where(apart_m <= 100.0, Cause.DELIVERED, Cause.BELOW_SENSITIVITY).astype(np.int8)
        got: list[tuple[int, int, float, int, int]] = []
        counted: dict[str, np.ndarray] = {}
        for tx_id, slot_ns, sender, kind in [frame for frame in self._open if frame[1] < scene.until_ns]:
            drawn = (watched.listens & watched.spoken(np.array([sender], np.uint64))).astype(bool)
            for row in np.flatnonzero(scene.stations.key != sender).tolist():
                if drawn[row]:
                    got.append((tx_id, row, float(apart_m[row]), slot_ns + MS, int(cause[row])))
                else:
                    table = counted.setdefault(kind, np.zeros((len(Cause), 300), np.int64))
                    table[cause[row], int(apart_m[row])] += 1
        self._open = [frame for frame in self._open if frame[1] >= scene.until_ns]
        kinds = (np.int64, np.intp, np.float64, np.int64, np.int8)
        fates = list(zip(*got, strict=True)) or [()] * len(kinds)
        return Aired(Receptions(*map(np.array, fates, kinds)), counted)

    def state(self) -> ChannelState | None:
        return self.channel


class AtOnce:
    """A Uu without delay."""

    def carry(self, frames: Transmissions, direction: Direction) -> Carried:
        return Carried(frames.t_ns, np.zeros(len(frames), np.int8))


class Bench:
    """A medium with its tables, which observes ``a`` and the unit, on a line of stations."""

    def __init__(self) -> None:
        self.tables: Tables = {}
        self.link, self.t_ns = Slotted(), 0
        uu: Any = AtOnce()
        self.medium = SimulatedMedium(self.link, uu, "j2735", _sizes, self._append, bin_m=25.0, seed=1)

    def _append(self, table: str, columns: Mapping[str, Any]) -> None:
        self.tables.setdefault(table, []).append(columns)

    def step(self, places: Mapping[str, float], **said: str) -> None:
        """One step, in whose middle some stations at 60 m say something of a type."""
        at_ns = self.t_ns + STEP_NS // 2
        parts = [
            Frames.of([Outgoing(at_ns, said[name], name.encode())], name, key_of(name), 60.0, 0.0) for name in said
        ]
        stations = hearers(np.array(list(map(key_of, places)), np.uint64), list(places.values()))
        names = np.array(list(places), object)
        frames = Frames.merge([Frames.by([]), *parts])
        say(self.medium, frames, scene(stations, self.t_ns), names, {"a", "RSU"}, {"a"})
        self.t_ns += STEP_NS

    def uplink(self) -> None:
        """A frame over Uu: it takes a number, and is there at once."""
        frames = Frames.of([Outgoing(self.t_ns, "BSM", b"up")], "a", key_of("a"), 0.0, 0.0)
        self.medium.unicast(frames, "uplink", hearers(frames.key), ["server"])
        assert len(self.medium.due(self.t_ns, 0)) == 1

    def rows(self, table: str, *names: str) -> list[tuple[Any, ...]]:
        self.medium.flush(0)
        return list(zip(*(column(self.tables, table, name) for name in names), strict=True))

    def pc5_rows(self, *names: str) -> list[tuple[Any, ...]]:
        return [row[1:] for row in self.rows("rx", "link", *names) if row[0] == "pc5"]

    def bins(self) -> dict[tuple[Any, ...], int]:
        columns = ("t_ns", "type", "distance_m", "cause", "count")
        return {row[:-1]: row[-1] for row in self.rows("link_bins", *columns)}


def _sizes(frames: Frames, channel: str) -> np.ndarray:
    return np.full(len(frames), 300)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_frame_arrives_in_the_step_in_which_it_is_aired(bench: Bench) -> None:
    bench.uplink()
    bench.step(HERE, b="BSM")
    bench.uplink()
    assert bench.pc5_rows() == []
    bench.step({**HERE, "a": 5.0}, c="PSM")
    assert bench.medium.due(130 * MS, 0) == []
    (heard,) = bench.medium.due(131 * MS, 0)
    assert (heard.t_ns, heard.tx_id, heard.receiver, heard.type, heard.data) == (131 * MS, 1, "a", "BSM", b"b")
    assert (heard.delay_ns, heard.distance_m) == (81 * MS, 55.0)
    bench.step({**HERE, "a": 200.0})
    assert bench.pc5_rows("tx_id", "receiver", "cause", "t_ns", "delay_ns", "distance_m") == [
        (1, "RSU", None, 131 * MS, 81 * MS, 30.0),
        (1, "a", None, 131 * MS, 81 * MS, 55.0),
        (3, "a", "below_sensitivity", 231 * MS, 81 * MS, 140.0),
        (3, "RSU", None, 231 * MS, 81 * MS, 30.0),
    ]


def test_counts_cover_rows_and_the_rest_in_the_second_of_the_decision(bench: Bench) -> None:
    bench.t_ns = 900 * MS
    bench.step(HERE, b="BSM", c="PSM")
    bench.step(HERE, b="BSM")
    bench.medium.flush(1000 * MS)
    assert bench.bins() == {}
    bench.medium.close(1100 * MS)
    second = 1000 * MS
    assert bench.bins() == {
        (second, "BSM", 25.0, None): 1,  # the unit, drawn
        (second, "BSM", 50.0, None): 1,  # a, drawn
        (second, "BSM", 225.0, "below_sensitivity"): 1,  # c, counted
        (second, "PSM", 0.0, None): 1,  # b, counted
        (second, "PSM", 25.0, None): 1,
        (second, "PSM", 50.0, None): 1,
    }
    assert len(bench.pc5_rows("tx_id")) == 4  # of the frames 0 and 1; nobody has heard frame 2 yet


def test_who_left_before_the_slot_has_no_row_and_shifts_no_other(bench: Bench) -> None:
    bench.step({"z": 10.0, **HERE}, b="BSM")
    bench.step({"RSU": 90.0, "c": 300.0})
    assert bench.pc5_rows("receiver", "distance_m") == [("RSU", 30.0)]
    assert bench.medium.due(10**9, 0) == []
    bench.medium.close(200 * MS)
    assert bench.bins() == {(0, "BSM", 25.0, None): 1, (0, "BSM", 225.0, "below_sensitivity"): 1}


def test_a_frame_of_an_observed_station_stays_observed_when_it_left(bench: Bench) -> None:
    bench.step(HERE, a="BSM")
    bench.step({"b": 60.0, "c": 300.0})
    assert bench.pc5_rows("receiver", "cause") == [("b", None), ("c", "below_sensitivity")]


def test_channel_rows_are_of_the_second_that_ended_and_of_who_is_present(bench: Bench) -> None:
    keys = [key_of(name) for name in ("c", "gone", "RSU")]
    bench.link.channel = ChannelState(
        np.array(keys, np.uint64), np.array([0.3, 0.4, 0.5]), np.array([0.01, 0.02, 0.03])
    )
    bench.medium.flush(0)
    assert "channel" not in bench.tables  # no second has ended
    bench.step(HERE)
    bench.medium.flush(1000 * MS)
    want = [(0, "c", "pc5", 0.3, 0.01, None), (0, "RSU", "pc5", 0.5, 0.03, None)]
    columns = ("t_ns", "station", "channel", "cbr", "cr", "itt_ms")
    assert bench.rows("channel", *columns) == want
    bench.medium.close(2000 * MS)
    assert bench.rows("channel", *columns) == want + [(1000 * MS, *row[1:]) for row in want]


def test_a_part_of_a_second_at_the_end_has_no_channel_row(bench: Bench) -> None:
    bench.link.channel = ChannelState(np.array([key_of("a")], np.uint64), np.array([0.3]), np.array([0.01]))
    bench.step(HERE)
    bench.medium.close(1500 * MS)
    assert "channel" not in bench.tables


def test_a_model_without_a_channel_has_no_channel_rows(bench: Bench) -> None:
    bench.step(HERE)
    bench.medium.flush(1000 * MS)
    bench.medium.close(2000 * MS)
    assert "channel" not in bench.tables


def test_a_link_that_decides_what_nobody_sent_is_at_fault(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    one = np.zeros(1, np.int64)
    strange = Aired(Receptions(one + 7, one, one.astype(float), one, one.astype(np.int8)))
    monkeypatch.setattr(bench.link, "broadcast", lambda *_: strange)
    with pytest.raises(KeyError, match="transmission 7, which is not under way"):
        bench.step(HERE, b="BSM")

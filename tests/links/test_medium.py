"""The medium: numbering, rows for the observed, counts for all, delivery in order and not before its time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from v2x.links.base import Cause, Direction, Receivers, Receptions, Transmissions
from v2x.links.medium import Medium
from v2x.messages.frame import Frames, Outgoing

MS = 1_000_000
NAMES = np.array(["a", "b", "RSU"], object)
PLACES = Receivers(np.array([1, 2, 3], np.uint64), np.array([0.0, 40.0, 130.0]), np.zeros(3))


class Everything:
    """A PC5 on which all arrive after 30 ms, except from ``a`` to the unit."""

    law = None

    def broadcast(self, frames: Transmissions, receivers: Receivers, watched: object = None) -> Receptions:
        pairs = [
            (i, j) for i in range(len(frames)) for j in range(len(receivers)) if frames.sender[i] != receivers.key[j]
        ]
        tx, rx = (np.array(column, np.intp) for column in zip(*pairs, strict=True))
        lost = (frames.sender[tx] == 1) & (receivers.key[rx] == 3)
        return Receptions(
            tx,
            rx,
            np.abs(frames.x_m[tx] - receivers.x_m[rx]),
            frames.t_ns[tx] + 30 * MS,
            np.where(lost, Cause.PROPAGATION, Cause.DELIVERED).astype(np.int8),
        )


class HalfLost:
    """A Uu that loses every second frame."""

    def carry(self, frames: Transmissions, direction: Direction) -> tuple[np.ndarray, np.ndarray]:
        assert direction == "uplink"
        lost = np.arange(len(frames)) % 2 == 1
        return frames.t_ns + 8 * MS, np.where(lost, Cause.OUTAGE, Cause.DELIVERED).astype(np.int8)


def hundred_more(frames: Frames, channel: str) -> np.ndarray:
    return np.array([len(datum) + 100 for datum in frames.data], np.int64)


@pytest.fixture
def tables() -> dict[str, list[Mapping[str, Any]]]:
    return {}


@pytest.fixture
def medium(tables: dict[str, list[Mapping[str, Any]]]) -> Medium:
    def append(table: str, columns: Mapping[str, Any]) -> None:
        tables.setdefault(table, []).append(columns)

    return Medium(Everything(), HalfLost(), "j2735", hundred_more, append, bin_m=25.0, seed=1)


def frames(*sent: tuple[int, str, int, float]) -> Frames:
    return Frames.merge([Frames.of([Outgoing(t, "BSM", b"\x01\x02")], name, key, x, 0.0) for t, name, key, x in sent])


def column(tables: dict[str, list[Mapping[str, Any]]], table: str, name: str) -> list[Any]:
    values: list[Any] = []
    for columns in tables.get(table, []):
        plain = {key: value.to_pylist() if isinstance(value, pa.Array) else value for key, value in columns.items()}
        rows = max(len(value) for value in plain.values() if isinstance(value, np.ndarray | list))
        values += list(plain[name]) if isinstance(plain[name], np.ndarray | list) else [plain[name]] * rows
    return values


def test_frames_are_numbered_by_time_then_name(medium: Medium, tables: dict[str, list[Mapping[str, Any]]]) -> None:
    both = frames((5, "b", 2, 40.0), (5, "a", 1, 0.0), (3, "RSU", 3, 130.0))
    medium.broadcast(both, PLACES, NAMES, set(), set())
    assert column(tables, "tx", "station") == ["RSU", "a", "b"]
    assert column(tables, "tx", "tx_id") == [0, 1, 2]
    assert column(tables, "tx", "air_bytes") == [102, 102, 102]
    assert "rx" not in tables  # nobody is observed


def test_rows_touch_an_observed_station_and_counts_cover_all(
    medium: Medium, tables: dict[str, list[Mapping[str, Any]]]
) -> None:
    medium.broadcast(frames((5, "a", 1, 0.0), (6, "b", 2, 40.0)), PLACES, NAMES, {"RSU"}, set())
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


def test_a_listener_gets_frames_in_order_after_its_own_delay(
    medium: Medium, tables: dict[str, list[Mapping[str, Any]]]
) -> None:
    medium.broadcast(frames((7 * MS, "b", 2, 40.0), (5 * MS, "RSU", 3, 130.0)), PLACES, NAMES, {"a"}, {"a"})
    assert medium.due(35 * MS, 7 * MS) == []
    ready = medium.due(44 * MS, 7 * MS)
    assert [(arrival.t_ns, arrival.receiver, arrival.distance_m) for arrival in ready] == [
        (35 * MS, "a", 130.0),
        (37 * MS, "a", 40.0),
    ]
    assert column(tables, "rx", "t_used_ns") == [44 * MS, 44 * MS]
    assert medium.due(100 * MS, 7 * MS) == []


def test_uu_losses_are_rows_and_deliveries_wait(medium: Medium, tables: dict[str, list[Mapping[str, Any]]]) -> None:
    up = frames((5, "a", 1, 0.0), (6, "b", 2, 40.0))
    medium.unicast(up, "uplink", up.key, ["server", "server"])
    assert column(tables, "tx", "channel") == ["uu_uplink"] * 2
    assert column(tables, "rx", "cause") == ["outage"]
    (arrival,) = medium.due(20 * MS, 0)
    assert (arrival.link, arrival.receiver, arrival.delay_ns) == ("uu", "server", 8 * MS)


def test_what_is_under_way_at_the_end_is_written_as_never_used(
    medium: Medium, tables: dict[str, list[Mapping[str, Any]]]
) -> None:
    medium.broadcast(frames((5, "b", 2, 40.0)), PLACES, NAMES, {"a"}, {"a"})
    medium.close()
    assert column(tables, "rx", "t_used_ns") == [None]
    assert column(tables, "link_bins", "count") == [1, 1]


def test_counts_of_a_second_wait_for_its_end(medium: Medium, tables: dict[str, list[Mapping[str, Any]]]) -> None:
    medium.broadcast(frames((999 * MS, "a", 1, 0.0), (1001 * MS, "b", 2, 40.0)), PLACES, NAMES, set(), set())
    medium.flush(1000 * MS)
    assert set(column(tables, "link_bins", "t_ns")) == {0}
    medium.flush(2000 * MS)
    assert set(column(tables, "link_bins", "t_ns")) == {0, 1000 * MS}
    assert sum(column(tables, "link_bins", "count")) == 4


def test_what_is_too_long_goes_nowhere(medium: Medium, tables: dict[str, list[Mapping[str, Any]]]) -> None:
    sent = [Outgoing(5, "MAP", bytes(1300)), Outgoing(6, "MAP", bytes(1301))]
    medium.broadcast(Frames.of(sent, "RSU", 3, 130.0, 0.0), PLACES, NAMES, {"RSU"}, {"a"})
    assert column(tables, "rx", "cause") == [None, "oversize", "oversize"]  # the first one waits for its listener
    assert len(medium.due(10**9, 0)) == 1

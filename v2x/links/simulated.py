"""A simulated medium: it numbers and records every transmission, asks the links for its fate, holds what is under way.

Receptions of the background fleet are counted, never kept: a thousand vehicles make two million a second. Those that
touch an *observed* station (subject, roadside unit, server) are drawn one by one and become rows; those for a
*listener* (a station with applications) wait here until it picks them up, and their row then says when.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from operator import attrgetter
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.links.base import (
    MAX_PC5_BYTES,
    BroadcastLink,
    Carried,
    Cause,
    Direction,
    LinkNote,
    PointLink,
    Receptions,
    Scene,
    Stations,
    Transmissions,
    rows_of,
)
from v2x.links.counts import ReceptionCounts
from v2x.links.here import FOR_A_CIRCLE, IN_A_CIRCLE, LISTENED, WATCHED, Here, among
from v2x.links.link_tables import Append, LinkTables
from v2x.links.under_way import PATIENCE_NS, UnderWay
from v2x.links.waiting import Arrival, Arrivals, Pile
from v2x.links.watched import EVERYWHERE, Watched
from v2x.messages.frame import Frames

#: Size on the air of each frame, given the channel it goes out on.
AirBytes = Callable[[Frames, str], NDArray[np.int64]]
#: Station keys -> time between messages that congestion control has set, NaN where it has not; None: it is off.
IntervalMs = Callable[[NDArray[np.uint64]], NDArray[np.float64] | None]

_ARRIVED_NS = attrgetter("t_ns")
_NO_CIRCLES: Mapping[str, int] = MappingProxyType({})


def _no_interval(keys: NDArray[np.uint64]) -> None:
    """No congestion control."""


class SimulatedMedium:
    """PC5 and Uu by their models: a `Medium`, and what the control steps of platoons ask of it besides.

    Parameters
    ----------
    pc5, uu
        The link models.
    profile
        Name of the message family, for the record.
    air_bytes
        Size on the air of frames, given the channel; asked once for each frame, in the order of numbers.
    append
        The recorder.
    bin_m
        Width of a distance bin of the reception counts, metres.
    seed
        Seed of the run.
    interval_ms
        For the record of the channel.
    urgent
        Types of messages that stations of circles do not leave until the next step of the traffic.
    """

    def __init__(
        self,
        pc5: BroadcastLink,
        uu: PointLink,
        profile: str,
        air_bytes: AirBytes,
        append: Append,
        bin_m: float,
        seed: int,
        interval_ms: IntervalMs = _no_interval,
        urgent: Set[str] = frozenset(),
    ) -> None:
        self._pc5, self._uu, self._air_bytes, self._interval_ms = pc5, uu, air_bytes, interval_ms
        self._tables = LinkTables(append, profile)
        self._counts = ReceptionCounts(bin_m, pc5.law, seed)
        self._here, self._urgent_types = Here.nowhere(), urgent
        self._radio_ns = 0
        self._unobserved: list[tuple[NDArray[np.object_], NDArray[np.intp]]] = []  # types and senders' rows
        self._busy: dict[int, float] = {}
        self._next_id = 0
        self._under_way = UnderWay(PATIENCE_NS if pc5.lookahead_ns is None else 0)
        self._waiting: list[Arrival] = []
        self._urgent = Pile()

    def enter(
        self,
        scene: Scene,
        names: NDArray[np.object_],
        observed: Set[str],
        listeners: Set[str],
        circles: Mapping[str, int] = _NO_CIRCLES,
    ) -> None:
        """As of `Medium`."""
        self._count_unobserved()
        self._here = Here.of(scene, names, self._here.roles.then(names, observed, listeners, circles))
        self._radio_ns = scene.t_ns

    def broadcast(self, frames: Frames, until_ns: int) -> None:
        """As of `Medium`."""
        here, sent = self._here, self._number(frames, "pc5")
        second = here.scene.t_ns // NS_PER_S  # of the decision: a second that is over gets no more counts
        self._under_way.add(sent, frames.data)
        drawn = here.watched
        if self._pc5.law is not None:
            rows = rows_of(sent.sender, here.unseen.key)
            # neither a frame that is too long nor a sender that does not hear can be counted by distance
            drawn = drawn.also_from(sent.sender[(rows < 0) | (sent.air_bytes > MAX_PC5_BYTES)])
            by_distance = (drawn.spoken(sent.sender) & EVERYWHERE) == 0
            self._unobserved.append((frames.type[by_distance], rows[by_distance]))
        aired = self._pc5.broadcast(sent, replace(here.scene, t_ns=self._radio_ns, until_ns=until_ns), drawn)
        self._radio_ns = until_ns
        self._counts.add_counted(second, aired.counted)
        self._receive(second, aired.receptions, drawn)

    def _receive(self, second: int, got: Receptions, drawn: Watched) -> None:
        """Count what was drawn and keep what is watched."""
        here, sent, frame = self._here, self._under_way.sent, self._under_way.rows(got.tx_id)
        kind, speaks = sent.type[frame], drawn.spoken(sent.sender)
        self._counts.add(second, kind, got.distance_m, got.cause)
        watches = speaks if drawn is here.watched else here.watched.spoken(sent.sender)
        sort = here.sort_out(frame, got, speaks, watches)
        if self._pc5.law is not None:
            twice = (sort & FOR_A_CIRCLE).nonzero()[0]
            if len(twice):
                self._counts.withdraw(second, kind[twice], got.distance_m[twice])
        rows = (sort & WATCHED).nonzero()[0]
        urgent = (sort[rows] & IN_A_CIRCLE).astype(bool)
        if np.count_nonzero(urgent):
            urgent &= among(kind[rows], self._urgent_types)
        listened = (sort[rows] & LISTENED).astype(bool) & ~urgent
        if np.count_nonzero(urgent):
            self._urgent.put(self._arrivals(got, frame, rows[urgent]))
        if np.count_nonzero(listened):
            self._waiting += self._arrivals(got, frame, rows[listened]).one_by_one()
        rest = rows[~(urgent | listened)]
        delay_ns = got.t_ns[rest] - sent.t_ns[frame[rest]]
        self._tables.receptions(got.tx_id[rest], here.names[got.receiver[rest]], "pc5", got.cause[rest],
                                got.t_ns[rest], delay_ns, got.distance_m[rest])  # fmt: skip

    def _arrivals(self, got: Receptions, frame: NDArray[np.intp], rows: NDArray[np.intp]) -> Arrivals:
        """Receptions of these rows, of the given frames, that a listener is going to pick up."""
        sent, frame, t_ns = self._under_way.sent, frame[rows], got.t_ns[rows]
        return Arrivals(
            t_ns=t_ns,
            tx_id=got.tx_id[rows],
            receiver=self._here.names[got.receiver[rows]],
            link=np.full(len(rows), "pc5", object),
            type=sent.type[frame],
            data=np.array([self._under_way.data[number] for number in frame.tolist()], object),
            delay_ns=t_ns - sent.t_ns[frame],
            distance_m=got.distance_m[rows],
        )

    def _count_unobserved(self) -> None:
        """Count by distance what those that nobody observes have sent to each other since the last scene."""
        if self._unobserved:
            types, rows = (np.concatenate(column) for column in zip(*self._unobserved, strict=True))
            self._unobserved.clear()
            unseen = self._here.unseen
            sent = {
                kind: np.bincount(rows[types == kind], minlength=len(unseen)) for kind in sorted(set(types.tolist()))
            }
            self._counts.add_unobserved(self._here.scene.t_ns // NS_PER_S, sent, unseen)

    @property
    def lookahead_ns(self) -> int | None:
        """How long frames may be kept back from `broadcast` without being late; None: its radios run in time."""
        return self._pc5.lookahead_ns

    def move(self, t_ns: int, mobiles: Stations) -> None:
        """As of `Medium`."""
        self._uu.move(t_ns, mobiles)

    def statistics(self) -> dict[str, float]:
        """As of `Medium`."""
        return self._pc5.statistics()

    def notes(self) -> list[LinkNote]:
        """As of `Medium`."""
        return self._uu.notes()

    def unicast(
        self, frames: Frames, direction: Direction, mobiles: Stations, to: Sequence[str], *, urgent: bool = False
    ) -> None:
        """As of `Medium`; what is urgent is picked up by `urgent`."""
        sent = self._number(frames, f"uu_{direction}")
        on_radio = replace(sent, sender=mobiles.key, x_m=mobiles.x_m, y_m=mobiles.y_m)
        carried = self._uu.carry(on_radio, direction)
        names, delay_ns = np.array(to, object), carried.t_ns - sent.t_ns
        delivered = carried.cause == Cause.DELIVERED
        arrived, lost = np.flatnonzero(delivered), np.flatnonzero(~delivered)
        arrivals = Arrivals(
            t_ns=carried.t_ns[arrived],
            tx_id=sent.tx_id[arrived],
            receiver=names[arrived],
            link=np.full(len(arrived), "uu", object),
            type=frames.type[arrived],
            data=np.array([frames.data[row] for row in arrived.tolist()], object),
            delay_ns=delay_ns[arrived],
            distance_m=np.full(len(arrived), np.nan),
        )
        if urgent:
            self._urgent.put(arrivals)
        else:
            self._waiting += arrivals.one_by_one()
        for segment, duration_ns in carried.segments_ns.items():
            self._tables.segments(sent.tx_id[arrived], segment, duration_ns[arrived])
        self._tables.receptions(sent.tx_id[lost], names[lost], "uu", carried.cause[lost], carried.t_ns[lost],
                                delay_ns[lost], None)  # fmt: skip

    def carry(self, packets: Transmissions, direction: Direction) -> Carried:
        """What Uu does with packets that are no messages, as pictures are: nothing of them is recorded here."""
        return self._uu.carry(packets, direction)

    def due(self, t_ns: int, hold_ns: int) -> list[Arrival]:
        """As of `Medium`."""
        self._waiting.sort()
        count = bisect_right(self._waiting, t_ns - hold_ns, key=_ARRIVED_NS)
        ready = self._waiting[:count]
        del self._waiting[:count]
        self._tables.arrivals(ready, t_ns)
        return ready

    def urgent(self, t_ns: int, hold_ns: int) -> Arrivals:
        """`due`, for what stations of circles pick up as it comes, within a scene; of one frame in any order."""
        ready = self._urgent.take(t_ns - hold_ns)
        self._tables.arrivals(ready, t_ns)
        return ready

    def busy(self, key: int) -> float | None:
        """As of `Medium`."""
        return self._busy.get(key)

    def flush(self, t_ns: int) -> None:
        """Write the reception counts of all seconds that ended by ``t_ns``, and how the channel was in the last one."""
        self._write_counts(t_ns)
        if t_ns > 0:  # at the start of the run no second has ended
            self._write_channel(t_ns)

    def hand_over(self) -> None:
        """Write the rows of what was sent and received up to now."""
        self._tables.flush()

    def close(self, t_ns: int) -> None:
        """Write what is left at the end of the run: counts, the last second's channel, and what was never used."""
        late = self._waiting + self._urgent.take(np.iinfo(np.int64).max).one_by_one()
        self._tables.arrivals(sorted(late), None)
        self._waiting.clear()
        self._write_counts(2**62)
        if t_ns % NS_PER_S == 0:  # of a part of a second there is no channel busy ratio
            self._write_channel(t_ns)

    # ------------------------------------------------------------------ inside

    def _write_counts(self, until_ns: int) -> None:
        self._count_unobserved()
        self._tables.flush()
        for count in self._counts.drain(until_ns):
            self._tables.counts(count)

    def _write_channel(self, t_ns: int) -> None:
        """How the stations present saw the channel in the second up to ``t_ns``."""
        keys, names = self._here.scene.stations.key, self._here.names
        state = self._pc5.state()
        if state is not None:
            rows = rows_of(state.key, keys)
            here = rows >= 0
            interval_ms = self._interval_ms(state.key[here])
            self._busy = dict(zip(state.key.tolist(), state.cbr.tolist(), strict=True))
            self._tables.channel(t_ns - NS_PER_S, names[rows[here]], state.cbr[here], state.cr[here], interval_ms)

    def _number(self, frames: Frames, channel: str) -> Transmissions:
        """Give the frames their numbers and write their rows."""
        n = len(frames)
        tx_id = np.arange(self._next_id, self._next_id + n, dtype=np.int64)
        self._next_id += n
        air_bytes = self._air_bytes(frames, channel)
        self._tables.transmissions(frames, tx_id, air_bytes, channel)
        return Transmissions(tx_id, frames.t_ns, frames.key, frames.x_m, frames.y_m, air_bytes, frames.type)

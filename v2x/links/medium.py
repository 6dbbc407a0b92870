"""The medium: numbers and records every transmission, asks the link for its fate, holds what is under way.

Receptions of the background fleet are counted, never kept: a thousand vehicles make two million a second. Those that
touch an *observed* station (subject, roadside unit, server) are drawn one by one and become rows; those for a
*listener* (a station with applications) wait here until it picks them up, and their row then says when.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.links.base import BroadcastLink, Cause, Direction, PointLink, Receivers, Transmissions, Watched
from v2x.links.counts import ReceptionCounts
from v2x.messages.frame import Frames

#: Size on the air of each frame, given the channel it goes out on.
AirBytes = Callable[[Frames, str], NDArray[np.int64]]
#: ``append(table, columns)`` of the recorder.
Append = Callable[[str, Mapping[str, Any]], None]

#: Longest packet on PC5, bytes: IEEE 1609.3's default for the data of a WAVE short message (WsmMaxLength, from memory),
#: taken for whole packets and for both families. A longer one is refused by the sender's own radio.
MAX_PC5_BYTES = 1400

_CAUSES = pa.array([None, *(cause.name.lower() for cause in Cause if cause)])


@dataclass(frozen=True, order=True)
class Arrival:
    """A frame that has reached a listener; ordered by time, then by number of the transmission."""

    t_ns: int
    tx_id: int
    receiver: str
    link: str
    type: str
    data: bytes
    delay_ns: int
    distance_m: float


class Medium:
    """PC5 and Uu of one run.

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
    ) -> None:
        self._pc5, self._uu, self._profile, self._air_bytes, self._append = pc5, uu, profile, air_bytes, append
        self._counts = ReceptionCounts(bin_m, pc5.law, seed)
        nobody = np.zeros(0, np.uint64)
        self._found = nobody, nobody, np.zeros(0, np.intp)
        self._next_id = 0
        self._waiting: list[Arrival] = []

    def broadcast(
        self, frames: Frames, receivers: Receivers, names: NDArray[np.object_], observed: set[str], listeners: set[str]
    ) -> None:
        """Send over PC5 to whoever is in reach.

        Parameters
        ----------
        frames
            Ordered as they are to be numbered. A sender that is also a receiver is at the same place.
        receivers, names
            Who could hear, and their names.
        observed
            Stations whose receptions are rows.
        listeners
            Stations that will pick up what arrives.
        """
        sent = self._number(frames, "pc5")
        too_long = sent.air_bytes > MAX_PC5_BYTES
        seen_tx, seen_rx, hears = _among(frames.station, observed), _among(names, observed), _among(names, listeners)
        watched = None
        if self._pc5.law is not None:
            unseen = receivers.take(np.flatnonzero(~seen_rx))
            station = np.where(too_long, -1, self._rows_of(frames.key, unseen.key))
            watched = Watched(station < 0, seen_rx)
            self._counts.add_unobserved(frames, station, unseen)
        got = self._pc5.broadcast(sent, receivers, watched)
        got.cause[too_long[got.tx]] = Cause.OVERSIZE
        self._counts.add(frames, got.tx, got.distance_m, got.cause)
        rows = np.flatnonzero(seen_tx[got.tx] | seen_rx[got.receiver])
        waits = hears[got.receiver[rows]] & (got.cause[rows] == Cause.DELIVERED)
        for row in rows[waits].tolist():
            self._hold(frames, sent, int(got.tx[row]), names[got.receiver[row]], "pc5", int(got.t_ns[row]),
                       float(got.distance_m[row]))  # fmt: skip
        final = rows[~waits]
        tx = got.tx[final]
        self._write(sent.tx_id[tx], names[got.receiver[final]], "pc5", got.cause[final], got.t_ns[final],
                    got.t_ns[final] - sent.t_ns[tx], got.distance_m[final])  # fmt: skip

    def unicast(self, frames: Frames, direction: Direction, mobiles: NDArray[np.uint64], to: Sequence[str]) -> None:
        """Send over Uu, each frame to one listener.

        Parameters
        ----------
        frames
            Ordered as they are to be numbered.
        direction
            ``uplink`` or ``downlink``.
        mobiles
            Key of the mobile station of each frame, whose radio leg it takes.
        to
            Name of the receiver of each frame.
        """
        sent = self._number(frames, f"uu_{direction}")
        on_radio = Transmissions(sent.tx_id, sent.t_ns, mobiles, sent.x_m, sent.y_m, sent.air_bytes)
        t_ns, cause = self._uu.carry(on_radio, direction)
        names = np.array(to, object)
        arrived = cause == Cause.DELIVERED
        for row in np.flatnonzero(arrived).tolist():
            self._hold(frames, sent, row, names[row], "uu", int(t_ns[row]), float("nan"))
        lost = np.flatnonzero(~arrived)
        self._write(sent.tx_id[lost], names[lost], "uu", cause[lost], t_ns[lost], t_ns[lost] - sent.t_ns[lost], None)

    def due(self, t_ns: int, hold_ns: int) -> list[Arrival]:
        """What applications get to see at ``t_ns``: arrivals at least ``hold_ns`` old, in order of arrival.

        ``hold_ns`` is the receiver's own delay between antenna and application.
        """
        ready = []
        while self._waiting and self._waiting[0].t_ns + hold_ns <= t_ns:
            ready.append(heapq.heappop(self._waiting))
        self._write_arrivals(ready, t_ns)
        return ready

    def flush(self, t_ns: int) -> None:
        """Write the reception counts of all seconds that ended before ``t_ns``."""
        for count in self._counts.drain(t_ns):
            self._append(
                "link_bins",
                {
                    "t_ns": count.second * NS_PER_S,
                    "link": "pc5",
                    "type": count.kind,
                    "distance_m": count.distance_m,
                    "cause": pa.DictionaryArray.from_arrays(count.cause, _CAUSES),
                    "count": count.count,
                },
            )

    def close(self) -> None:
        """Write what is still under way: arrived (or about to), never used."""
        self._write_arrivals(sorted(self._waiting), None)
        self._waiting.clear()
        self.flush(2**62)

    # ------------------------------------------------------------------ inside

    def _number(self, frames: Frames, channel: str) -> Transmissions:
        """Give the frames their numbers and write their rows."""
        n = len(frames)
        tx_id = np.arange(self._next_id, self._next_id + n, dtype=np.int64)
        self._next_id += n
        air_bytes = self._air_bytes(frames, channel)
        kinds, kind = frames.kinds
        self._append(
            "tx",
            {
                "t_ns": frames.t_ns,
                "tx_id": tx_id,
                "station": frames.station,
                "profile": self._profile,
                "type": pa.DictionaryArray.from_arrays(kind, pa.array(kinds, pa.string())),
                "bytes": frames.data,
                "air_bytes": air_bytes,
                "channel": channel,
            },
        )
        return Transmissions(tx_id, frames.t_ns, frames.key, frames.x_m, frames.y_m, air_bytes)

    def _rows_of(self, keys: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Row of each key among ``known``, -1 where it is not there; looked up once while both are the same."""
        last_keys, last_known, rows = self._found
        if not (np.array_equal(keys, last_keys) and np.array_equal(known, last_known)):
            rows = np.full(len(keys), -1, np.intp)
            if len(known):
                order = np.argsort(known)
                row = order[np.minimum(np.searchsorted(known, keys, sorter=order), len(known) - 1)]
                rows = np.where(known[row] == keys, row, -1)
            self._found = keys, known, rows
        return rows

    def _hold(
        self, frames: Frames, sent: Transmissions, tx: int, receiver: str, link: str, t_ns: int, distance_m: float
    ) -> None:
        delay_ns = t_ns - int(sent.t_ns[tx])
        arrival = Arrival(
            t_ns, int(sent.tx_id[tx]), receiver, link, frames.type[tx], frames.data[tx], delay_ns, distance_m
        )
        heapq.heappush(self._waiting, arrival)

    def _write_arrivals(self, arrivals: Sequence[Arrival], t_used_ns: int | None) -> None:
        for link in ("pc5", "uu"):
            some = [arrival for arrival in arrivals if arrival.link == link]
            self._write(
                np.array([arrival.tx_id for arrival in some], np.int64),
                np.array([arrival.receiver for arrival in some], object),
                link,
                np.zeros(len(some), np.int8),
                np.array([arrival.t_ns for arrival in some], np.int64),
                np.array([arrival.delay_ns for arrival in some], np.int64),
                np.array([arrival.distance_m for arrival in some], float) if link == "pc5" else None,
                t_used_ns,
            )

    def _write(
        self,
        tx_id: NDArray[np.int64],
        receiver: NDArray[np.object_],
        link: str,
        cause: NDArray[np.int8],
        t_ns: NDArray[np.int64],
        delay_ns: NDArray[np.int64],
        distance_m: NDArray[np.float64] | None,
        t_used_ns: int | None = None,
    ) -> None:
        """Append rows to ``rx``; a Uu frame goes to the network, at no particular distance."""
        if len(tx_id):
            self._append(
                "rx",
                {
                    "t_ns": t_ns,
                    "tx_id": tx_id,
                    "receiver": receiver,
                    "link": link,
                    "cause": pa.DictionaryArray.from_arrays(cause, _CAUSES),
                    "delay_ns": delay_ns,
                    "t_used_ns": t_used_ns,
                    "distance_m": distance_m,
                },
            )


def _among(names: NDArray[np.object_], wanted: set[str]) -> NDArray[np.bool_]:
    """Which names are wanted; np.isin would sort them."""
    if not wanted:
        return np.zeros(len(names), bool)
    return np.fromiter(map(wanted.__contains__, names.tolist()), bool, len(names))

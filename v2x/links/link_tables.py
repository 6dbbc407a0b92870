"""What the links leave in a run folder: rows of ``tx``, ``rx``, ``link_bins``, ``channel`` and ``uu_segments``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.links.base import F64, I64, Cause
from v2x.links.counts import Count
from v2x.messages.frame import Frames

#: ``append(table, columns)`` of the recorder.
Append = Callable[[str, Mapping[str, Any]], None]

_CAUSES = pa.array([None, *(cause.name.lower() for cause in Cause if cause)])


class Arrival(NamedTuple):
    """A frame that has reached a listener; ordered by time, then by number of the transmission, then by receiver."""

    t_ns: int
    tx_id: int
    receiver: str
    link: str
    type: str
    data: bytes
    delay_ns: int
    distance_m: float


class LinkTables:
    """Writes them.

    Parameters
    ----------
    append
        The recorder.
    profile
        Name of the message family.
    """

    def __init__(self, append: Append, profile: str) -> None:
        self._append, self._profile = append, profile

    def transmissions(self, frames: Frames, tx_id: I64, air_bytes: I64, channel: str) -> None:
        """Frames as they are handed to a radio."""
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

    def receptions(
        self,
        tx_id: I64,
        receiver: NDArray[np.object_],
        link: str,
        cause: NDArray[np.int8],
        t_ns: I64,
        delay_ns: I64,
        distance_m: F64 | None,
        t_used_ns: int | None = None,
    ) -> None:
        """Fates of frames; a Uu frame goes to the network, at no particular distance."""
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

    def arrivals(self, arrivals: Sequence[Arrival], t_used_ns: int | None) -> None:
        """Frames that waited for their listener, which has used them now, or never will (None)."""
        for link in ("pc5", "uu"):
            some = [arrival for arrival in arrivals if arrival.link == link]
            if not some:
                continue
            t_ns, tx_id, receiver, _, _, _, delay_ns, distance_m = zip(*some, strict=True)
            self.receptions(
                np.array(tx_id, np.int64),
                np.array(receiver, object),
                link,
                np.zeros(len(some), np.int8),
                np.array(t_ns, np.int64),
                np.array(delay_ns, np.int64),
                np.array(distance_m, float) if link == "pc5" else None,
                t_used_ns,
            )

    def counts(self, count: Count) -> None:
        """Receptions of a second and type over PC5."""
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

    def channel(self, t_ns: int, station: NDArray[np.object_], cbr: F64, cr: F64, interval_ms: F64 | None) -> None:
        """How stations saw PC5 in the second that began at ``t_ns``; an interval that nobody has set is NaN."""
        itt_ms = None if interval_ms is None else np.ma.masked_invalid(interval_ms)
        self._append(
            "channel", {"t_ns": t_ns, "station": station, "channel": "pc5", "cbr": cbr, "cr": cr, "itt_ms": itt_ms}
        )

    def segments(self, tx_id: I64, segment: str, duration_ns: I64) -> None:
        """How long frames took for a part of their way over Uu."""
        self._append("uu_segments", {"tx_id": tx_id, "segment": segment, "duration_ns": duration_ns})

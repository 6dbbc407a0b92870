"""What the links leave in a run folder: rows of ``tx``, ``rx``, ``link_bins``, ``channel`` and ``uu_segments``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.links.base import F64, I64, Cause
from v2x.links.counts import Count
from v2x.links.waiting import Arrival, Arrivals
from v2x.messages.frame import Frames

#: ``append(table, columns)`` of the recorder.
Append = Callable[[str, Mapping[str, Any]], None]

_CAUSES = pa.array([None, *(cause.name.lower() for cause in Cause if cause)])
_LINK_NUMBER = {"pc5": 0, "uu": 1}
_LINKS = pa.array([*_LINK_NUMBER])
_NEVER = np.iinfo(np.int64).min
_OF_ARRIVALS = ("t_ns", "tx_id", "receiver", "delay_ns", "distance_m")


class LinkTables:
    """Gathers them, and hands them to the recorder when told to: once a second costs a tenth of once a step.

    Parameters
    ----------
    append
        The recorder.
    profile
        Name of the message family.
    """

    def __init__(self, append: Append, profile: str) -> None:
        self._append, self._profile = append, profile
        self._sent: list[tuple[Frames, I64, I64, str]] = []
        self._fates: list[tuple[int, dict[str, NDArray[Any]]]] = []  # number of the link, and columns
        #: Frames that waited, when they were used, and how many fates there were before.
        self._used: list[tuple[list[Arrival] | Arrivals, int, int]] = []

    def flush(self) -> None:
        """Hand over all frames and fates so far."""
        if self._sent:
            self._write_sent()
        if self._fates or self._used:
            self._write_fates()

    def _write_fates(self) -> None:
        links, fates = zip(*self._fates, strict=True) if self._fates else ((), ())
        counts = [len(part["t_ns"]) for part in fates]
        self._fates = []
        parts, turn = [], [np.repeat(np.arange(len(fates)), counts)]
        if fates:
            parts.append({name: np.concatenate([part[name] for part in fates]) for name in fates[0]})
            parts[0] |= {"link": np.repeat(np.array(links, np.int8), counts), "t_used_ns": np.full(sum(counts), _NEVER)}
        if self._used:
            parts.append(self._used_ones())
            turn.append(self._repeated([before - 0.5 for *_, before in self._used]))
            self._used = []
        order = np.argsort(np.concatenate(turn), kind="stable")
        columns: dict[str, Any] = {name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]}
        columns["cause"] = pa.DictionaryArray.from_arrays(columns["cause"], _CAUSES)
        columns["link"] = pa.DictionaryArray.from_arrays(columns["link"], _LINKS)
        used = columns["t_used_ns"]
        columns["t_used_ns"] = np.ma.masked_array(used, used == _NEVER)
        columns["distance_m"] = np.ma.masked_invalid(columns["distance_m"])
        self._append("rx", columns)

    def _used_ones(self) -> dict[str, NDArray[Any]]:
        """Frames that waited, as columns: in the order in which they were used."""
        parts = [Arrivals.of(each) if isinstance(each, list) else each for each, *_ in self._used]
        columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _OF_ARRIVALS}
        over_uu = np.concatenate([part.link for part in parts]) == "uu"
        t_used_ns = self._repeated([t_used_ns for _, t_used_ns, _ in self._used])
        cause = np.zeros(len(over_uu), np.int8)
        return columns | {"link": over_uu.astype(np.int8), "cause": cause, "t_used_ns": t_used_ns}

    def _write_sent(self) -> None:
        sent, self._sent = self._sent, []
        frames, tx_id, air_bytes, channel = zip(*sent, strict=True)
        counts = [len(part) for part in frames]
        kinds = sorted({kind for part in frames for kind in part.kinds[0]})
        number = {kind: row for row, kind in enumerate(kinds)}
        kind = [np.array([number[name] for name in part.kinds[0]], np.int64)[part.kinds[1]] for part in frames]
        self._append(
            "tx",
            {
                "t_ns": np.concatenate([part.t_ns for part in frames]),
                "tx_id": np.concatenate(tx_id),
                "station": np.concatenate([part.station for part in frames]),
                "profile": self._profile,
                "type": pa.DictionaryArray.from_arrays(np.concatenate(kind), pa.array(kinds, pa.string())),
                "bytes": [data for part in frames for data in part.data],
                "air_bytes": np.concatenate(air_bytes),
                "channel": np.repeat(np.array(channel, object), counts),
            },
        )

    def _repeated(self, each: Sequence[float]) -> NDArray[Any]:
        """One for each batch of frames that waited, repeated for all its frames."""
        return np.repeat(each, [len(arrivals) for arrivals, *_ in self._used])

    def transmissions(self, frames: Frames, tx_id: I64, air_bytes: I64, channel: str) -> None:
        """Frames as they are handed to a radio."""
        if len(frames):
            self._sent.append((frames, tx_id, air_bytes, channel))

    def receptions(
        self,
        tx_id: I64,
        receiver: NDArray[np.object_],
        link: str,
        cause: NDArray[np.int8],
        t_ns: I64,
        delay_ns: I64,
        distance_m: F64 | None,
    ) -> None:
        """Fates of frames that nobody waits for; a Uu frame goes to the network, at no particular distance."""
        n = len(tx_id)
        if n:
            columns = {"t_ns": t_ns, "tx_id": tx_id, "receiver": receiver, "cause": cause, "delay_ns": delay_ns}
            columns["distance_m"] = np.full(n, np.nan) if distance_m is None else distance_m
            self._fates.append((_LINK_NUMBER[link], columns))

    def arrivals(self, arrivals: list[Arrival] | Arrivals, t_used_ns: int | None) -> None:
        """Frames that waited for their listener, which has used them now, or never will (None)."""
        if len(arrivals):
            self._used.append((arrivals, _NEVER if t_used_ns is None else t_used_ns, len(self._fates)))

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

"""The links of a run that has been: what its stations got then they get again, whatever they say now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.errors import RunFolderError
from v2x.links.base import Direction, LinkNote, Scene, Stations
from v2x.links.waiting import Arrival
from v2x.messages.frame import Frames
from v2x.record.folder import parquet_path
from v2x.record.reading import read_table
from v2x.record.window import TableWindow
from v2x.rng import key_of
from v2x.stations.server import Server

_ARRIVALS = ("t_ns", "tx_id", "receiver", "link", "delay_ns", "t_used_ns", "distance_m")


class PlayedMedium:
    """Delivers the recorded bytes at the recorded times; a `v2x.links.medium.Medium`.

    Parameters
    ----------
    folder
        A run that has ended.
    step_ns
        Length of its steps.
    circles
        Vehicles that picked up what was urgent within a step, for controllers that are not run again.
    urgent
        Types of those messages.

    Raises
    ------
    RunFolderError
        If its tables are missing or damaged.
    """

    def __init__(self, folder: Path, step_ns: int, circles: Collection[str], urgent: Set[str]) -> None:
        self._received = TableWindow(folder, "rx", _ARRIVALS)
        self._sent = TableWindow(folder, "tx", ("tx_id", "type", "bytes"), by="tx_id")
        self._sent_file = parquet_path(folder, "tx")
        self._channel = read_table(folder, "channel", ["t_ns", "station", "cbr"])
        self._step_ns, self._urgent, self._circles = step_ns, urgent, frozenset(circles)
        self._listeners: Set[str] = frozenset()
        self._busy: dict[int, float] = {}

    def enter(
        self,
        scene: Scene,  # noqa: ARG002
        names: NDArray[np.object_],  # noqa: ARG002
        observed: Set[str],  # noqa: ARG002
        listeners: Set[str],
        circles: Mapping[str, int] | None = None,  # noqa: ARG002
    ) -> None:
        """Who has applications."""
        self._listeners = listeners

    def due(self, t_ns: int, hold_ns: int) -> list[Arrival]:
        """What applications took at ``t_ns``."""
        rows = self._received.between(t_ns - hold_ns - self._step_ns - 1, t_ns)
        rows = rows.filter(pc.equal(rows["t_used_ns"], t_ns)).to_pylist()
        if not rows:
            return []
        numbers = [row["tx_id"] for row in rows]
        sent = self._sent.between(min(numbers) - 1, max(numbers))
        frame_of = {number: row for row, number in enumerate(sent["tx_id"].to_pylist())}
        kinds, data = sent["type"], sent["bytes"]
        arrivals = []
        for row in rows:
            at = frame_of.get(row["tx_id"])
            if at is None:
                raise RunFolderError(f"transmission {row['tx_id']} was received and is not there", file=self._sent_file)
            kind, receiver = kinds[at].as_py(), row["receiver"]
            if receiver in self._listeners and not self._was_urgent(receiver, row["link"], kind):
                distance_m = float("nan") if row["distance_m"] is None else row["distance_m"]
                whole = row["t_ns"], row["tx_id"], receiver, row["link"], kind, data[at].as_py(), row["delay_ns"]
                arrivals.append(Arrival(*whole, distance_m))
        return sorted(arrivals)

    def _was_urgent(self, receiver: str, link: str, kind: str) -> bool:
        """Whether it was picked up within the step: by a vehicle of a circle, or by the server for one."""
        return kind in self._urgent and (receiver in self._circles or (receiver == Server.name and link == "uu"))

    def busy(self, key: int) -> float | None:
        """What the station measured then."""
        return self._busy.get(key)

    def flush(self, t_ns: int) -> None:
        """Another second of the channel is over."""
        last = self._channel.filter(pc.equal(self._channel["t_ns"], t_ns - NS_PER_S))
        if len(last):
            stations, ratios = last["station"].to_pylist(), last["cbr"].to_pylist()
            self._busy = {key_of(name): ratio for name, ratio in zip(stations, ratios, strict=True)}

    def move(self, t_ns: int, mobiles: Stations) -> None:
        """Nothing depends on it."""

    def broadcast(self, frames: Frames, until_ns: int) -> None:
        """Nobody hears what is said now."""

    def unicast(
        self, frames: Frames, direction: Direction, mobiles: Stations, to: Sequence[str], *, urgent: bool = False
    ) -> None:
        """Nobody gets what is sent now."""

    def notes(self) -> list[LinkNote]:
        """They are in the record."""
        return []

    def statistics(self) -> dict[str, float]:
        """They are in the record."""
        return {}

    def hand_over(self) -> None:
        """Nothing is recorded a second time."""

    def close(self, t_ns: int) -> None:
        """Nothing is left."""

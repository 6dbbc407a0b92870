"""Hears what stations say when a run is run again, and holds it against what they said."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import partial
from pathlib import Path

from v2x.clock import NS_PER_S
from v2x.messages.frame import Frames
from v2x.messages.profile import Profile
from v2x.outside import Nobody
from v2x.record.window import TableWindow
from v2x.rerun.comparison import Comparison, Place
from v2x.rerun.differing import in_frames
from v2x.traffic.base import SignalHead, Snapshot


class Listener(Nobody):
    """Takes part in a run that is run again, and says nothing.

    Parameters
    ----------
    folder
        The run as it was.
    profile
        Message family.
    silent, urgent
        Senders who are not run again as far as they say messages of these types.

    Attributes
    ----------
    comparison
        Of the frames of all stations.
    guests
        Who spoke then and is neither on the road nor one of ours: programs and devices outside.
    """

    def __init__(self, folder: Path, profile: Profile, silent: Set[str], urgent: Set[str]) -> None:
        self.comparison = Comparison(bytes.hex, partial(in_frames, profile))
        self.guests: set[str] = set()
        self._ours: set[str] = set()
        self._recorded = TableWindow(folder, "tx", ("t_ns", "station", "type", "bytes", "channel"))
        self._silent, self._urgent = silent, urgent
        self._now: list[tuple[Place, bytes]] = []
        self._settled_ns = 0

    def know(self, stations: Set[str]) -> None:
        """Who speaks besides those on the road."""
        self._ours |= stations

    def seen(self, snapshot: Snapshot, heads: Sequence[SignalHead]) -> None:  # noqa: ARG002
        """Who is on the road."""
        self._ours.update(snapshot.id.tolist())

    def aired(self, frames: Frames, channel: str) -> None:
        """What stations say now."""
        whats = (f"{kind} {channel}" for kind in frames.type.tolist())
        self._now += zip(
            zip(frames.t_ns.tolist(), frames.station.tolist(), whats, strict=True), frames.data, strict=True
        )

    def begin(self, t_ns: int) -> tuple[()]:
        """When a second begins, all that is said in those before has been said."""
        if t_ns % NS_PER_S == 0:
            self.settle(t_ns)
        return ()

    def settle(self, t_ns: int) -> None:
        """Compare what was said before ``t_ns``."""
        then = [
            ((row["t_ns"], row["station"], f"{row['type']} {row['channel']}"), row["bytes"])
            for row in self._recorded.between(self._settled_ns - 1, t_ns - 1).to_pylist()
            if not (row["type"] in self._urgent and row["station"] in self._silent)
        ]
        self.guests |= {station for (_, station, _), _ in then} - self._ours
        due = [each for each in self._now if each[0][0] < t_ns]
        self._now = [each for each in self._now if each[0][0] >= t_ns]
        self.comparison.take([each for each in then if each[0][1] in self._ours], due)
        self._settled_ns = t_ns

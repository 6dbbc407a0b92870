"""The view of a run that goes on, as the engine tells of it: one moment a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from v2x.messages.frame import Frames
from v2x.outside import Nobody
from v2x.traffic.base import SignalHead, Snapshot
from v2x.view.feed import AlertNote, FrameNote, moment
from v2x.view.server import ViewServer


class Onlooker(Nobody):
    """Shows a run to whoever watches the page; takes no part in it.

    Parameters
    ----------
    server
        The page, already served.
    """

    def __init__(self, server: ViewServer) -> None:
        self._server = server
        self._seen: tuple[Snapshot, Sequence[SignalHead]] | None = None
        self._frames: list[FrameNote] = []
        self._subjects: set[str] = set()
        self._alerts: dict[tuple[str, str, str], AlertNote] = {}

    def seen(self, snapshot: Snapshot, heads: Sequence[SignalHead]) -> None:
        """A step begins: the last one is complete and is shown."""
        self._show()
        self._seen = snapshot, heads

    def aired(self, frames: Frames, channel: str) -> None:
        """Keep frames for the moment."""
        columns = frames.t_ns.tolist(), frames.type.tolist(), frames.station.tolist(), frames.data
        self._frames += [
            FrameNote(t_ns, channel, kind, station, data) for t_ns, kind, station, data in zip(*columns, strict=True)
        ]

    def noted(self, t_ns: int, station: str, kind: str, fields: dict[str, Any]) -> None:
        """Keep who is under test, and what drivers are told."""
        if kind == "subject.start":
            self._subjects.add(station)
        elif kind in ("alert.start", "alert.end"):
            figures = {name: value for name, value in fields.items() if name not in ("application", "about")}
            what = station, str(fields["application"]), str(fields["about"])
            if kind == "alert.start":
                self._alerts[what] = AlertNote(t_ns, *what, figures)
            elif what in self._alerts:
                self._alerts[what] = self._alerts[what].ended()

    def _show(self) -> None:
        if self._seen is None:
            return
        snapshot, heads = self._seen
        frames, self._frames, self._seen = self._frames, [], None
        frames.sort(key=lambda frame: frame.t_ns)
        alerts = list(self._alerts.values())
        self._server.publish(moment(snapshot.t_ns, snapshot, heads, frames, subjects=self._subjects, alerts=alerts))
        self._alerts = {what: alert for what, alert in self._alerts.items() if not alert.over}

"""The view of a run that goes on: the run publishes moments, each browser gets them as server-sent events.

Publishing never waits. Each browser has a short queue; one that does not keep up loses the oldest moments, and is told
how many.
"""

from __future__ import annotations

import json
import queue
import threading
from collections import deque
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from v2x.view.feed import FrameNote, frame_rows
from v2x.view.pages import Decode, NotFoundError, PageHandler, PageServer

#: Frames of each message type (a profile has some twenty) that can still be decoded: of each, because there are a
#: hundred BSMs for one MAP.
KEPT_FRAMES = 2000
#: Moments that wait for a browser: a second at ten a second.
_QUEUE = 10
#: Browsers that may watch at a time.
_MAX_WATCHERS = 16
#: A comment is sent when nothing has happened for so long, to notice who has gone; seconds.
_HEARTBEAT_S = 5.0


class _Watcher:
    """One browser's queue."""

    def __init__(self) -> None:
        self._moments: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.lost = 0

    def put(self, moment: bytes | None) -> int:
        """Queue a moment, None for the end; returns how many older ones had to go for it (0 or 1)."""
        lost = 0
        if self._moments.qsize() >= _QUEUE:
            try:
                self._moments.get_nowait()
                lost = 1
            except queue.Empty:  # the reader was quicker
                pass
        self._moments.put(moment)
        self.lost += lost
        return lost

    def get(self) -> bytes | None:
        """The next moment; `queue.Empty` when there is none for a while."""
        return self._moments.get(timeout=_HEARTBEAT_S)


class ViewServer(PageServer):
    """A page that follows a run; parameters as of `PageServer`.

    Attributes
    ----------
    lost
        Moments that browsers did not get because they were too slow, over all browsers.
    """

    def __init__(self, host: str, port: int, still: Mapping[str, Any], decode: Decode) -> None:
        super().__init__(host, port, still, decode)
        self.lost = 0
        self._lock = threading.Lock()
        self._watchers: set[_Watcher] = set()
        self._frames: dict[int, FrameNote] = {}
        self._numbers: dict[str, deque[int]] = {}
        self._next = 1
        self._ended = False

    @property
    def watching(self) -> int:
        """Browsers that follow the run now."""
        return len(self._watchers)

    def publish(self, moment: Mapping[str, Any]) -> None:
        """Show a moment (`v2x.view.feed.moment`) to whoever watches; numbers its frames and keeps the newest."""
        with self._lock:
            numbered = [(self._keep(frame), frame) for frame in moment["frames"]]
            if not self._watchers:
                return
            event = _event("moment", {**moment, "frames": frame_rows(numbered)})
            self.lost += sum(watcher.put(event) for watcher in self._watchers)

    def close(self) -> None:
        """End all streams, serve no longer; safe to call twice."""
        with self._lock:
            self._ended = True
            for watcher in self._watchers:
                watcher.put(None)
        super().close()

    def answer(self, handler: PageHandler) -> None:
        """Also ``/events``, the stream of moments."""
        if handler.path_only != "/events":
            super().answer(handler)
            return
        watcher = _Watcher()
        with self._lock:
            admitted = len(self._watchers) < _MAX_WATCHERS and not self._ended
            if admitted:
                self._watchers.add(watcher)
        if not admitted:
            handler.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        try:
            _stream(handler, watcher)
        finally:
            with self._lock:
                self._watchers.discard(watcher)

    def frame(self, number: int) -> FrameNote:
        """One of the newest frames."""
        with self._lock:
            if number not in self._frames:
                raise NotFoundError(number)
            return self._frames[number]

    def _keep(self, frame: FrameNote) -> int:
        """The number of a new frame; the oldest of its type makes room."""
        number, self._next = self._next, self._next + 1
        self._frames[number] = frame
        numbers = self._numbers.setdefault(frame.type, deque())
        numbers.append(number)
        if len(numbers) > KEPT_FRAMES:
            del self._frames[numbers.popleft()]
        return number


def _stream(handler: PageHandler, watcher: _Watcher) -> None:
    handler.send_head("text/event-stream")
    told = 0
    while True:
        try:
            moment = watcher.get()
        except queue.Empty:
            moment = b": nothing new\n\n"
        if moment is None:
            handler.wfile.write(_event("end", {}))
            return
        if watcher.lost != told:
            told = watcher.lost
            handler.wfile.write(_event("lost", told))
        handler.wfile.write(moment)


def _event(kind: str, value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {text}\n\n".encode()

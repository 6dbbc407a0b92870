"""The view of a run that has ended: the page asks for the moments it wants, so it can play, pause and jump."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from v2x.view.feed import FrameNote, decoder, frame_rows
from v2x.view.pages import NotFoundError, PageHandler, PageServer
from v2x.view.recording import LONGEST_NS, Recording


class PlaybackServer(PageServer):
    """A page that plays a run folder.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes a free one.
    folder
        A run that has ended.
    speed
        Simulated seconds a second that the page begins with.

    Raises
    ------
    InputError
        If the folder cannot be played.
    RunError
        If it cannot listen there.
    """

    def __init__(self, host: str, port: int, folder: Path, speed: float = 1.0) -> None:
        self._recording = Recording(folder)
        self._speed = speed
        self._reading = threading.Lock()  # one reader a file
        super().__init__(host, port, self._recording.still(), decoder(self._recording.profile))

    def about(self) -> dict[str, Any]:
        """Also how long the run is."""
        playback = {"until_ns": self._recording.until_ns, "longest_ns": LONGEST_NS, "speed": self._speed}
        return {**super().about(), "playback": playback}

    def answer(self, handler: PageHandler) -> None:
        """Also ``/moment?after_ns=…&t_ns=…``."""
        if handler.path_only != "/moment":
            super().answer(handler)
            return
        with self._reading:
            moment, numbers = self._recording.moment(handler.integer("after_ns"), handler.integer("t_ns"))
        rows = frame_rows(list(zip(numbers, moment["frames"], strict=True)))
        handler.send_json({**moment, "frames": rows})

    def frame(self, number: int) -> FrameNote:
        """Any transmission of the run, by its ``tx_id``."""
        with self._reading:
            found = self._recording.frame(number)
        if found is None:
            raise NotFoundError(number)
        return found

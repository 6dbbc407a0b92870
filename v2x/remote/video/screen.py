"""The operator's screen: decoding, refreshes, what is on it at an instant, and when it goes blank.

A picture is decoded, waits for the next refresh of the screen, and is seen when that has reached the middle of the
screen, half a period later. Of pictures that are decoded between two refreshes only the last is seen. Without a new
picture for 2 s the screen is blank (VALU3S requirement UC2_R_5): old pictures are not to be driven by.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.remote.beat import Beat
from v2x.remote.video.durations import Durations, LogNormal
from v2x.remote.video.packets import Frame
from v2x.remote.video.playout import Played
from v2x.rng import Stream


@dataclass(frozen=True)
class Display:
    """Figures of decoder and screen.

    Attributes
    ----------
    decode
        10 to 30 ms (roboticscenter.ai, table of teleoperation latencies), read as the middle 95 %: the spread is
        assumed. A latency and not an occupancy; pictures stay in order.
    refresh_hz
        Of the screen; 60 is common, from memory.
    blank_ms
        Without a new picture for so long the screen is blank.
    """

    decode: LogNormal = field(default_factory=lambda: LogNormal(17.3, 0.27))
    refresh_hz: int = 60
    blank_ms: float = 2000.0


@dataclass(frozen=True)
class Shown:
    """A picture that was seen, and when it passed each stage before."""

    frame: Frame
    ready_ns: int
    play_ns: int
    decoded_ns: int
    shown_ns: int


class Screen:
    """One screen that shows one stream.

    Parameters
    ----------
    display
        Its figures.
    seed, station, number
        As for `v2x.remote.video.source.Source`, of the stream.

    Attributes
    ----------
    shown
        All that was seen up to the last instant asked about, in order of time.
    """

    def __init__(self, display: Display, seed: int, station: int, number: int = 0) -> None:
        self._decode = Durations(display.decode, Stream(seed, "remote.video.decode"), station, number)
        self._beat = Beat.drawn(display.refresh_hz, Stream(seed, "remote.video.screen"), station, number)
        self._half_ns = NS_PER_S // display.refresh_hz // 2
        self._blank_ns = round(display.blank_ms * NS_PER_MS)
        self._decoded_ns = 0
        self._coming: deque[Shown] = deque()
        self.shown: list[Shown] = []

    def take(self, played: Played) -> None:
        """A picture goes to the decoder; calls are in order of time."""
        self._decoded_ns = max(self._decoded_ns, played.play_ns + self._decode.of(played.frame.number))
        refresh_ns = self._beat.at_ns(self._beat.first(self._decoded_ns))
        shown = Shown(played.frame, played.ready_ns, played.play_ns, self._decoded_ns, refresh_ns + self._half_ns)
        if self._coming and self._coming[-1].shown_ns == shown.shown_ns:
            self._coming.pop()
        self._coming.append(shown)

    def on(self, t_ns: int) -> Shown | None:
        """What is on the screen, None if it is blank; calls are in order of time, after all that goes up to then."""
        while self._coming and self._coming[0].shown_ns <= t_ns:
            self.shown.append(self._coming.popleft())
        if not self.shown or t_ns - self.shown[-1].shown_ns >= self._blank_ns:
            return None
        return self.shown[-1]

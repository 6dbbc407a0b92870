"""A stream over a network that a test makes up: how long each packet takes, or that it is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from v2x.remote.video.coding import Coding, GroupOfPictures
from v2x.remote.video.desk import Desk
from v2x.remote.video.durations import LogNormal
from v2x.remote.video.packets import Frame
from v2x.remote.video.playout import Playout, Policy
from v2x.remote.video.reassembly import Fate, Outcome, Patience, Reassembly
from v2x.remote.video.screen import Display, Screen
from v2x.remote.video.source import Camera, Source

MS, S = 1_000_000, 1_000_000_000
#: Frame and index of a packet -> how long it takes, None if it is lost.
Network = Callable[[Frame, int], int | None]


def frame(number: int, *, intra: bool = False, data: int = 3, repair: int = 0, period_ms: int = 33) -> Frame:
    """A picture taken every ``period_ms``, whose packets are sent at once."""
    t_ns = number * period_ms * MS
    return Frame(number, t_ns, t_ns, intra, data * 1200, data, repair, number * (data + repair))


def outcome(number: int, at_ms: float, fate: Fate = Fate.READY) -> Outcome:
    return Outcome(number, round(at_ms * MS), fate, frame(number))


@dataclass
class Stream:
    """A camera, a network and a desk."""

    network: Network
    policy: Policy = field(default_factory=Policy)
    camera: Camera = field(default_factory=lambda: Camera(encode=LogNormal(20.0)))
    display: Display = field(default_factory=lambda: Display(decode=LogNormal(17.0)))
    patience: Patience = field(default_factory=Patience)
    seed: int = 1

    def run(self, seconds: float, look_ms: int = 10) -> Desk:
        """The desk after so long, having been looked at every so many milliseconds."""
        end_ns = round(seconds * S)
        desk = make_desk(self.camera.coding, self.patience, Playout(self.policy), self)
        arrivals = sorted(
            (one.sent_ns + delay_ns, one.number, index, one)
            for one in Source(self.camera, self.seed, station=7).take(end_ns)
            for index in range(one.packets)
            if (delay_ns := self.network(one, index)) is not None
        )
        coming = iter(arrivals)
        packet = next(coming, None)
        for t_ns in range(0, end_ns, look_ms * MS):
            while packet is not None and packet[0] <= t_ns:
                desk.arrive(packet[0], packet[3], 1 << packet[2])
                packet = next(coming, None)
            desk.look(t_ns)
        return desk


def make_desk(coding: Coding, patience: Patience, playout: Playout, stream: Stream) -> Desk:
    return Desk(Reassembly(patience, coding), playout, Screen(stream.display, stream.seed, station=7))


def reassembly(cycle: int = 5, patience: Patience | None = None) -> Reassembly:
    return Reassembly(patience or Patience(), GroupOfPictures(cycle))

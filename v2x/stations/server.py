"""The test field's server behind the 5G network: knows vehicles by what comes up from them and the roadside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from v2x.clock import NS_PER_S, SimClock
from v2x.messages.frame import Frames, Outgoing
from v2x.messages.profile import Profile
from v2x.rng import Stream, key_of
from v2x.scenario.model import Server as Config
from v2x.stations.base import EventSink, Inbox
from v2x.stations.neighbours import Neighbours
from v2x.stations.notices import NoticeService
from v2x.stations.schedule import Schedule


class Server:
    """The server. Its clock is the reference (UTC).

    Parameters
    ----------
    config
        Rates.
    profile
        Message family.
    notices
        What it hands out over Uu, service of its own.
    clock
        The run's time grid, and UTC.
    seed
        Seed of the run.
    event
        Where its log lines go.
    """

    name = "server"
    key = key_of(name)
    #: Types of messages that it looks at; of others it only counts how many come.
    hears = frozenset({"BSM"})

    def __init__(
        self, config: Config, profile: Profile, notices: NoticeService, clock: SimClock, seed: int, event: EventSink
    ) -> None:
        self._profile, self._notices, self._clock, self._event = profile, notices, clock, event
        self._times = Schedule(config.notice_rate_hz, Stream(seed, "server.notice")).ticks(self.key)
        self._uplink_period_ns = round(NS_PER_S / config.bsm_rate_hz)
        self._uplinked_ns: dict[str, int] = {}
        self._heard = Neighbours()
        self._others: Counter[str] = Counter()
        self._report_due_ns = 0

    def on_step(self, t_ns: int, inbox: Inbox) -> None:
        """Take in what came up; once a second say how many vehicles are fresh, how old, and what else has come."""
        self._heard.hear(inbox.states)
        self._others.update(inbox.unread)
        if t_ns >= self._report_due_ns:
            self._report_due_ns = t_ns + NS_PER_S
            self._event("server.awareness", self._heard.summary(self._clock.utc_ns(t_ns)))
            if self._others:
                self._event("server.forwarded", dict(sorted(self._others.items())))
                self._others.clear()

    def uplinked(self, frames: Frames, online: Collection[str]) -> Frames:
        """Of the frames said on PC5, those that the connected subjects also send up, at most at the agreed rate."""
        rows = []
        for row, (name, t_ns) in enumerate(zip(frames.station.tolist(), frames.t_ns.tolist(), strict=True)):
            if name in online and t_ns - self._uplinked_ns.get(name, -self._uplink_period_ns) >= self._uplink_period_ns:
                self._uplinked_ns[name] = t_ns
                rows.append(row)
        return frames.take(rows)

    def poll(self, start_ns: int, end_ns: int) -> list[Outgoing]:
        """Notices for every connected subject in [start, end)."""
        out = []
        for t_ns, count in self._times.due(start_ns, end_ns):
            message = self._notices.message(count, self._clock.utc_ns(t_ns))
            if message is not None:
                out.append(Outgoing(t_ns, *self._profile.encode(message)))
        return out

"""A roadside unit at a junction whose controller is played, over the modelled wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from signal_kit import STEP, Player, S

from v2x.messages.model import Intersection, SignalPhases
from v2x.messages.profile import get_profile
from v2x.scenario.model_signals import Controller
from v2x.scenario.model_stations import Rsu
from v2x.stations.base import Inbox
from v2x.stations.controller import SignalInterface, SignalReport
from v2x.stations.roadside import Inputs, Service, UnitSite

UTC = 1_770_000_000 * S


def site(
    profile: str = "j2735",
    intersection: Intersection | None = None,
    read_clock: Callable[[int], int] = lambda t_ns: UTC + t_ns,
    event: Callable[[str, dict[str, Any]], None] = lambda kind, fields: None,
    **config: Any,
) -> UnitSite:
    """An installation at intersection 22 of region 3."""
    return UnitSite(
        name="RSU",
        key=7,
        place=(39.0, 117.0, 3.0),
        profile=get_profile(profile),
        config=Rsu(**config),
        intersection=intersection,
        spat=(3, 22, "x"),
        notices=(),
        stored=(),
        read_clock=read_clock,
        transmit_ns=0,
        seed=1,
        event=event,
    )


class Loop:
    """Controller, wire and a service, step by step.

    Parameters
    ----------
    service
        What hears the reports.
    wire
        Figures of the wire.
    """

    def __init__(self, service: Service, wire: Controller, player: Player | None = None) -> None:
        self.service, self.player = service, player or Player()
        self.wire = SignalInterface("J", wire, seed=1)
        self.said: list[tuple[int, str, bytes]] = []
        self.orders: list[tuple[int, Callable[[Player], object]]] = []
        self.letters: list[tuple[int, Inbox]] = []

    def to(self, t_ns: int) -> Loop:
        """Run on until a time."""
        player = self.player
        while player.t_ns < t_ns:
            now = player.t_ns + STEP
            player.to(now)
            for at, order in self.orders:
                if at == now:
                    order(player)
            reports = self.wire.reports(now, player.control.head())
            inbox = next((inbox for at, inbox in self.letters if at == now), Inbox())
            spoken = self.service.step(now, now + STEP, Inputs(inbox, reports))
            self.said += [(said.t_ns, said.type, said.data) for said in spoken.pc5]
            for command in self.wire.commands(now, spoken.wishes):
                begin = now + command.in_ns
                player.control.wish(now, command.group, begin, begin + command.for_ns)
        return self

    def spats(self, profile: str = "j2735") -> list[tuple[int, SignalPhases]]:
        """The SPATs said, with their times."""
        found = []
        for t_ns, kind, data in self.said:
            message = get_profile(profile).decode(data, UTC + t_ns)[1]
            if kind == "SPAT" and isinstance(message, SignalPhases):
                found.append((t_ns, message))
        return found


IDEAL = Controller(period_ms=100, delay_ms=0, jitter_ms=0)


def report(t_ns: int, player: Player) -> SignalReport:
    """What the controller tells, at once."""
    (told,) = SignalInterface("J", IDEAL, seed=1).reports(0, player.control.head())[:1] or (None,)
    if told is None:
        raise AssertionError("the first report comes at once")
    return SignalReport(t_ns, told.sent_ns, told.groups)

"""The roadside units of a run: what wire, sensor and radio bring them each step, and what they make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from v2x.assembly import PlacedUnit
from v2x.messages.frame import Outgoing, Sender
from v2x.stations.base import EMPTY, Inbox
from v2x.stations.roadside import Inputs, Order
from v2x.traffic.base import SignalCommand, SignalHead, Snapshot


class Done(NamedTuple):
    """What all units do in a step: say over PC5, send up over Uu, ask of their controllers."""

    pc5: list[tuple[Outgoing, Sender]]
    uplink: list[tuple[Outgoing, Sender]]
    commands: list[SignalCommand]


class Units:
    """Those that are up.

    Parameters
    ----------
    placed
        The units, where they stand.
    busy
        Channel busy ratio that a station measured, by key.

    Attributes
    ----------
    names
        Of all.
    hears
        Types of messages that they listen to, by name; of those that listen.
    """

    def __init__(self, placed: Sequence[PlacedUnit], busy: Callable[[int], float | None]) -> None:
        self._placed, self._busy = placed, busy
        self.names = frozenset(each.unit.name for each in placed)
        self.hears = {each.unit.name: each.unit.hears for each in placed if each.unit.hears}

    def run(
        self,
        snapshot: Snapshot,
        until_ns: int,
        heads: Sequence[SignalHead],
        inboxes: Mapping[str, Inbox],
        orders: Mapping[str, tuple[Order, ...]],
    ) -> Done:
        """One step.

        Parameters
        ----------
        snapshot, until_ns
            Begin and end of the step; sensors see the one, nobody else does.
        heads
            What controllers show, each of which has a wire to its unit.
        inboxes
            What has arrived, by name.
        orders
            What they are told to send from outside, by name.
        """
        t_ns, shown, done = snapshot.t_ns, {head.junction: head for head in heads}, Done([], [], [])
        for placed in self._placed:
            unit, wire, sensor = placed.unit, placed.wire, placed.sensor
            reports = wire.reports(t_ns, shown[wire.junction]) if wire is not None and wire.junction in shown else ()
            scans = sensor.scans(snapshot) if sensor is not None else ()
            inbox, told = inboxes.get(unit.name, EMPTY), orders.get(unit.name, ())
            sent = unit.step(t_ns, until_ns, Inputs(inbox, reports, scans, told, self._busy(unit.key)))
            sender = unit.name, unit.key, placed.x_m, placed.y_m
            done.pc5.extend((outgoing, sender) for outgoing in sent.pc5)
            done.uplink.extend((outgoing, sender) for outgoing in sent.uplink)
            if wire is not None:
                done.commands.extend(wire.commands(t_ns, sent.wishes))
        return done

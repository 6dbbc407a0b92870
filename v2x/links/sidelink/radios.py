"""The radios of all stations: who sits where in the arrays, which flows they have, and the run over slots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.links.base import I64, STRIP_M, U64, Cause
from v2x.links.sidelink.gains import Gains
from v2x.links.sidelink.slots import run_slots
from v2x.links.sidelink.state import FATE, FLOW, NONE, SEAT, Near, Net, Roots, Rows, Rules, Senses, Tables
from v2x.rng import Stream

#: Receptions of a run of slots that there is room for from the beginning.
_ROOM = 1 << 12


class FlowPlan(NamedTuple):
    """How a station sends a message type; the fields are those of `FLOW`."""

    kind: int
    luck: int
    interval: int
    low: int
    high: int
    budget: int
    power_mw: float
    pppp: int
    singles: int


class Radios:
    """Sensing-based scheduling among stations that come and go.

    Parameters
    ----------
    rules, tables
        Settings.
    seed
        Seed of the run.

    Attributes
    ----------
    seats, flows
        Rows of `SEAT` and `FLOW`; the caller sets who is watched.
    rules, tables
        Settings; ``tables`` may be replaced by one with more codes.
    senses
        What they have sensed.
    outgrown
        (1,) packets so far that were too big for their flow's resources, so that it chose others.
    """

    def __init__(self, rules: Rules, tables: Tables, seed: int) -> None:
        self.rules, self.tables = rules, tables
        self._roots = Roots(*(Stream(seed, f"pc5.{purpose}").root for purpose in Roots._fields))
        self.seats: Rows = np.zeros(0, SEAT)
        self.flows: Rows = np.zeros(0, FLOW)
        self.senses = self._blank(0, 0)
        self.outgrown = np.zeros(1, np.int64)
        self._seat_of: dict[int, int] = {}
        self._flow_at = np.zeros((0, 0), np.int64)  # by line and seat
        self._free_seats: list[int] = []
        self._free_flows: list[int] = []
        self._next_slot = 0

    def seated(self, keys: U64) -> I64:
        """Seats of the stations that are there now, (n,); who is gone gives its own up."""
        here = keys.tolist()
        for key in sorted(self._seat_of.keys() - set(here)):
            self._leave(key)
        fresh = [key for key in here if key not in self._seat_of]
        if len(fresh) > len(self._free_seats):
            old = len(self.seats)
            self._resize(old + max(len(fresh), old // 2, 64), len(self.flows))
            self._free_seats += range(old, len(self.seats))
        for key in fresh:
            seat = self._seat_of[key] = self._free_seats.pop()
            self.seats[seat] = _EMPTY_SEAT
            self.seats["key"][seat] = key
        return np.array([self._seat_of[key] for key in here], np.int64)

    def flows_of(self, seats: I64, lines: I64, plan: Callable[[int, int], FlowPlan]) -> I64:
        """Flows of seats, (n,); ``lines`` tells those of one seat apart.

        Where there is none yet one is made: ``plan`` gets its line, and how many flows of the seat reserve so far.
        """
        if len(lines) and lines.max() >= len(self._flow_at):
            more = np.full((lines.max() + 1 - len(self._flow_at), len(self.seats)), NONE, np.int64)
            self._flow_at = np.concatenate([self._flow_at, more])
        found: I64 = self._flow_at[lines, seats]
        for row in np.flatnonzero(found == NONE).tolist():
            seat, line = int(seats[row]), int(lines[row])
            if self._flow_at[line, seat] == NONE:
                reserving = int(np.count_nonzero(self.flows["interval"][self._flows_at(seat)]))
                self._open_flow(seat, line, plan(line, reserving))
            found[row] = self._flow_at[line, seat]
        return found

    def run(self, gains: Gains, seats: I64, packets: Rows, kinds: int, until: int) -> tuple[Rows, I64]:
        """Run all slots before ``until``.

        Parameters
        ----------
        gains
            Between the stations, in the order of ``seats``.
        seats
            Their seats.
        packets
            Rows of `PACKET` for these slots, ascending in slot.
        kinds
            How many message types there are.
        until
            First slot that is not run.

        Returns
        -------
        fates
            Rows of `FATE`: receptions that are watched, in order of slot.
        counts
            (kinds, causes, strips of distance) the others.
        """
        begin, end = np.zeros(len(self.seats), np.int64), np.zeros(len(self.seats), np.int64)
        begin[seats], end[seats] = gains.start[:-1], gains.start[1:]
        near = Near(begin, end, seats.astype(np.int32)[gains.other], gains.distance_m, gains.gain)
        net = Net(self.seats, self.flows, self.senses, near, self.rules, self.tables, self._roots, self.outgrown)
        counts = np.zeros((kinds, len(Cause), int(self.rules.reach_m / STRIP_M) + 1), np.int64)
        fates = run_slots(net, packets, counts, np.empty(_ROOM, FATE), self._next_slot, until)
        self._next_slot = max(self._next_slot, until)
        return fates, counts

    # ------------------------------------------------------------------ inside

    def _flows_at(self, seat: int) -> I64:
        at: I64 = self._flow_at[:, seat][self._flow_at[:, seat] != NONE]
        return at

    def _open_flow(self, seat: int, line: int, plan: FlowPlan) -> None:
        if not self._free_flows:
            old = len(self.flows)
            self._resize(len(self.seats), old + max(old // 2, 64))
            self._free_flows += range(old, len(self.flows))
        flow = self._flow_at[line, seat] = self._free_flows.pop()
        self.flows[flow] = _EMPTY_FLOW
        for field, value in plan._asdict().items():
            self.flows[field][flow] = value
        self.flows["seat"][flow], self.flows["next_of_seat"][flow] = seat, self.seats["first_flow"][seat]
        self.seats["first_flow"][seat] = flow

    def _leave(self, key: int) -> None:
        seat = self._seat_of.pop(key)
        for flow in self._flows_at(seat).tolist():
            self.flows[flow] = _EMPTY_FLOW
            self.senses.heard[flow] = 0.0
            self._free_flows.append(flow)
        self._flow_at[:, seat] = NONE
        for column in self.senses:
            column[..., seat] = 0
        self.seats[seat] = _EMPTY_SEAT
        self._free_seats.append(seat)

    def _resize(self, seats: int, flows: int) -> None:
        self.seats = np.concatenate([self.seats, np.full(seats - len(self.seats), _EMPTY_SEAT)])
        self.flows = np.concatenate([self.flows, np.full(flows - len(self.flows), _EMPTY_FLOW)])
        more = np.full((len(self._flow_at), seats - self._flow_at.shape[1]), NONE, np.int64)
        self._flow_at = np.concatenate([self._flow_at, more], axis=1)
        senses = self._blank(seats, flows)
        old: list[NDArray[Any]] = [*self.senses]
        for before, after in zip(old, senses, strict=True):
            np.asarray(after)[tuple(slice(size) for size in before.shape)] = before
        self.senses = senses

    def _blank(self, seats: int, flows: int) -> Senses:
        subs, carriers = len(self.tables.carrier), int(self.tables.carrier.max()) + 1
        return Senses(
            sent=np.zeros((self.rules.sensing, seats), np.uint8),
            urgency=np.zeros((self.rules.sensing, seats), np.uint8),
            used=np.zeros((self.tables.limits.shape[1] - 1, seats), np.int64),
            spoken=np.zeros((self.rules.step, seats), np.int32),
            rssi=np.zeros((self.rules.sensing, subs, seats), np.float32),
            rssi_sum=np.zeros((self.rules.step, subs, seats)),
            busy=np.zeros((carriers, seats), np.int64),
            cbr=np.zeros((carriers, seats)),
            heard=np.zeros((flows, seats), np.float32),
            got=np.zeros((flows, seats), np.uint8),
            why=np.zeros((flows, seats), np.int8),
        )


def _empty(row: np.dtype[Any], *none: str) -> NDArray[Any]:
    """A row in which nothing is."""
    blank = np.zeros((), row)
    for name in none:
        blank[name] = NONE
    return blank


_EMPTY_SEAT = _empty(SEAT, "first_flow", "sending")
_EMPTY_FLOW = _empty(FLOW, "next_of_seat", "slot", "single_slot", "tx_id", "arrived")

"""The radios of all stations: who sits where in the arrays, which flows they have, and the run over slots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.links.base import STRIP_M, Cause
from v2x.links.sidelink.gains import Gains
from v2x.links.sidelink.slots import run_slots
from v2x.links.sidelink.state import FATE, FLOW, I64, NONE, SEAT, U64, Near, Rows, Rules, Senses, Tables
from v2x.rng import Stream

#: Rows that there is room for at a time, at least.
_ROOM = 1 << 16


class FlowPlan(NamedTuple):
    """How a station sends a message type; the fields are those of `FLOW`."""

    kind: int
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
    kinds
        How many message types there are at most.
    seed
        Seed of the run.

    Attributes
    ----------
    seats, flows
        Rows of `SEAT` and `FLOW`; the caller may set ``watched`` of a seat.
    rules, tables
        Settings; ``tables`` may be replaced by one with more codes.
    senses
        What they have sensed.
    tally
        (kinds, causes, strips of distance) receptions that nobody watched, since the caller last set it to 0.
    """

    def __init__(self, rules: Rules, tables: Tables, kinds: int, seed: int) -> None:
        purposes = ("selection", "reception", "keeping")
        self.rules, self.tables = rules, tables
        self._roots = np.array([Stream(seed, f"pc5.{purpose}").root for purpose in purposes], np.uint64)
        self.seats: Rows = np.zeros(0, SEAT)
        self.flows: Rows = np.zeros(0, FLOW)
        self.senses = self._blank(0, 0)
        self.tally = np.zeros((kinds, len(Cause), int(rules.reach_m / STRIP_M) + 1), np.int64)
        self._seat_of: dict[int, int] = {}
        self._flows_of: dict[int, dict[str, int]] = {}
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

    def flow(self, key: int, name: str, plan: Callable[[int], FlowPlan]) -> int:
        """Flow of a station that has a seat, by name.

        When it is first asked for it is made: ``plan`` gets the number of the station's flows so far.
        """
        names = self._flows_of.setdefault(key, {})
        found = names.get(name)
        if found is None:
            if not self._free_flows:
                old = len(self.flows)
                self._resize(len(self.seats), old + max(old // 2, 64))
                self._free_flows += range(old, len(self.flows))
            found = self._free_flows.pop()
            seat = self._seat_of[key]
            made = _EMPTY_FLOW.copy()
            made["seat"], made["next_of_seat"] = seat, self.seats["first_flow"][seat]
            for field, value in plan(len(names))._asdict().items():
                made[field] = value
            names[name] = found
            self.flows[found] = made
            self.seats["first_flow"][seat] = found
        return found

    def run(self, gains: Gains, seats: I64, packets: Rows, until: int) -> Rows:
        """Run all slots before ``until``.

        Parameters
        ----------
        gains
            Between the stations, in the order of ``seats``.
        seats
            Their seats.
        packets
            Rows of `PACKET` for these slots, ascending in slot.
        until
            First slot that is not run.

        Returns
        -------
        ndarray of `FATE`
            Receptions that are watched, in order of slot.
        """
        begin, end = np.zeros(len(self.seats), np.int64), np.zeros(len(self.seats), np.int64)
        begin[seats], end[seats] = gains.start[:-1], gains.start[1:]
        near = Near(begin, end, seats.astype(np.int32)[gains.other], gains.distance_m, gains.gain)
        parts: list[NDArray[Any]] = [np.zeros(0, FATE)]
        read, room = 0, _ROOM
        while self._next_slot < until:
            fates = np.zeros(room, FATE)
            slot, read, written = run_slots(
                self.flows, self.seats, self.senses, near, self.rules, self.tables, packets, fates, self.tally,
                self._roots, read, self._next_slot, until,
            )  # fmt: skip
            parts.append(fates[:written])
            if slot == self._next_slot:  # not even one slot had room
                room *= 2
            self._next_slot = slot
        return np.concatenate(parts)

    # ------------------------------------------------------------------ inside

    def _leave(self, key: int) -> None:
        seat = self._seat_of.pop(key)
        for flow in self._flows_of.pop(key, {}).values():
            self.flows[flow] = _EMPTY_FLOW
            self.senses.heard[flow] = 0.0
            self._free_flows.append(flow)
        for column in self.senses:
            column[..., seat] = 0
        self.seats[seat] = _EMPTY_SEAT
        self._free_seats.append(seat)

    def _resize(self, seats: int, flows: int) -> None:
        self.seats = np.concatenate([self.seats, np.full(seats - len(self.seats), _EMPTY_SEAT)])
        self.flows = np.concatenate([self.flows, np.full(flows - len(self.flows), _EMPTY_FLOW)])
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

"""From frames that have arrived to the inboxes of stations: each is decoded once, however many receive it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from v2x.errors import CodecError
from v2x.links.waiting import Arrival, Complain
from v2x.messages.decoder import Decoder
from v2x.messages.model import VehicleStates
from v2x.messages.profile import Profile
from v2x.stations.base import Inbox, Received

#: (receiver, simulated time) -> UTC nanoseconds by the receiver's own clock.
ReadClock = Callable[[str, int], int]

_NO_STATES = VehicleStates.none()
_NOTHING: frozenset[str] = frozenset()


class Reception:
    """The decoding stage of all stations.

    Parameters
    ----------
    profile
        Message family.
    read_clock
        The stations' clocks.
    complain
        A receiver shrugs at bad bytes, a test engineer wants to know.
    """

    def __init__(self, profile: Profile, read_clock: ReadClock, complain: Complain) -> None:
        self._profile, self._read_clock, self._complain = profile, read_clock, complain
        self._decoder = Decoder(profile)

    def inboxes(self, arrivals: Sequence[Arrival], hears: Mapping[str, frozenset[str]]) -> dict[str, Inbox]:
        """Inbox of each receiver.

        Parameters
        ----------
        arrivals
            In order of time.
        hears
            Receiver -> types of messages that it decodes; the others are counted.
        """
        unread: dict[str, Counter[str]] = {}
        wanted = []
        for arrival in arrivals:
            if arrival.type in hears.get(arrival.receiver, _NOTHING):
                wanted.append(arrival)
            else:
                unread.setdefault(arrival.receiver, Counter())[arrival.type] += 1
        return self._opened(wanted, unread)

    def _opened(self, arrivals: Sequence[Arrival], unread: Mapping[str, Counter[str]]) -> dict[str, Inbox]:
        clocks = [self._read_clock(arrival.receiver, arrival.t_ns) for arrival in arrivals]
        heard: dict[str, list[tuple[int, int, bytes]]] = {}  # row among the states, clock and frame of each BSM
        received: dict[str, list[Received]] = {}
        states = self._states(arrivals, clocks)
        for arrival, clock_ns in zip(arrivals, clocks, strict=True):
            _, tx_id, receiver, link, kind, data, _, _ = arrival
            try:
                if kind == "BSM":
                    row = states.row(tx_id)
                    heard.setdefault(receiver, []).append((row, clock_ns, data))
                else:
                    message = self._decoder.decode(tx_id, data, clock_ns)
                    received.setdefault(receiver, []).append(Received(link, kind, message, clock_ns, data))
            except CodecError as error:
                self._complain(arrival, error)
        inboxes = {}
        for name in received.keys() | heard.keys() | unread.keys():
            messages: tuple[Received, ...] = tuple(received.get(name, ()))
            unused: Mapping[str, int] = unread.get(name, {})
            if name in heard:
                rows, clock, frames = zip(*heard[name], strict=True)
                some = states.states.take(np.array(rows, np.intp))
                inboxes[name] = Inbox(messages, some, np.array(clock, np.int64), frames, unused)
            else:
                inboxes[name] = Inbox(messages, unread=unused)
        return inboxes

    def _states(self, arrivals: Sequence[Arrival], clocks: Sequence[int]) -> _States:
        """All BSMs among the arrivals, decoded in columns."""
        first: dict[int, int] = {}  # transmission -> the first arrival of it
        for row, arrival in enumerate(arrivals):
            if arrival.type == "BSM":
                first.setdefault(arrival.tx_id, row)
        if not first:
            return _States(_NO_STATES, {}, {})
        found = self._profile.decode_frames([arrivals[row].data for row in first.values()])
        near_utc_ns = np.array([clocks[row] for row in first.values()], np.int64)
        states, timed = self._profile.vehicle_states_in(found, near_utc_ns)
        tx_ids = list(first)
        good = found.messages("BSM").rows[timed].tolist()
        place = {tx_ids[row]: k for row, k in zip(good, np.flatnonzero(timed).tolist(), strict=True)}
        return _States(states, place, {tx_ids[row]: error for row, error in found.errors.items()})


@dataclass(frozen=True)
class _States:
    """BSMs of many transmissions: where each stands among the rows, or why it does not."""

    states: VehicleStates
    place: dict[int, int]
    errors: dict[int, CodecError]

    def row(self, tx_id: int) -> int:
        """Row of a transmission; `CodecError` if it is no BSM that can be used."""
        if tx_id not in self.place:
            raise self.errors.get(tx_id) or CodecError("is no BSM that says its time")
        return self.place[tx_id]

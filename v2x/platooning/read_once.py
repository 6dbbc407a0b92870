"""Control messages as decoded: each frame once, however many vehicles get it, and at whatever time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.errors import CodecError
from v2x.messages.model_control import ControlStates
from v2x.messages.profile import Profile

I64 = NDArray[np.int64]

#: Frames that are remembered: of a second and more, even of hundreds of vehicles that speak 100 times in it.
_MOST = 1 << 17
_MINUTE_NS = 60 * NS_PER_S
#: What a news row holds, in this order; `desired_accel_mps2` is the measured one where a message has none.
NEWS = (
    "speed_mps",
    "accel_mps2",
    "desired_accel_mps2",
    "lat_deg",
    "lon_deg",
    "heading_deg",
    "length_m",
)
_DESIRED = NEWS.index("desired_accel_mps2")


class Said(NamedTuple):
    """What control messages say, one a row: by whom, of which instant by the sender's clock, and `NEWS`."""

    identity: NDArray[np.uint64]
    utc_ns: I64
    news: NDArray[np.float64]


class ReadOnce:
    """Decodes frames, and remembers what they said.

    Parameters
    ----------
    profile
        Message family.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._known: dict[tuple[bytes, int], int | CodecError] = {}
        self._kept = _Kept()

    def read(self, frames: Sequence[bytes], near_utc_ns: Sequence[int]) -> list[int | CodecError]:
        """Under which number `said` has what each says, until the next call, or why it cannot be read.

        Parameters
        ----------
        frames
            Control messages of the family, as far as they are valid.
        near_utc_ns
            About when each was sent.
        """
        if len(self._known) > _MOST:
            self._known, self._kept = {}, _Kept()
        # Bytes tell the time within a minute only: in another one the same bytes say something else.
        keys = [(data, near // _MINUTE_NS) for data, near in zip(frames, near_utc_ns, strict=True)]
        fresh = {key: row for row, key in enumerate(keys) if key not in self._known}
        if fresh:
            rows = list(fresh.values())
            near = np.array([near_utc_ns[row] for row in rows], np.int64)
            self._known |= zip(fresh, self._decode([frames[row] for row in rows], near), strict=True)
        return [self._known[key] for key in keys]

    def said(self, numbers: I64) -> Said:
        """What messages say, in the order of these numbers."""
        return self._kept.said(numbers)

    def _decode(self, frames: list[bytes], near_utc_ns: I64) -> list[int | CodecError]:
        found = self._profile.decode_frames(frames)
        states, rows = self._profile.control_states_in(found, near_utc_ns)
        untimed = CodecError("is no control message that says its time")
        numbers: list[int | CodecError] = [found.errors.get(row, untimed) for row in range(len(frames))]
        for row, number in zip(rows.tolist(), self._kept.add(states), strict=True):
            numbers[row] = number
        return numbers


class _Kept:
    """What messages say, by number, in columns that grow."""

    def __init__(self) -> None:
        self._count, self._identity, self._utc_ns = 0, np.zeros(0, np.uint64), np.zeros(0, np.int64)
        self._news = np.zeros((0, len(NEWS)))

    def said(self, numbers: I64) -> Said:
        return Said(self._identity[numbers], self._utc_ns[numbers], self._news[numbers])

    def add(self, states: ControlStates) -> range:
        """The numbers that they get."""
        first, self._count = self._count, self._count + len(states)
        room = len(self._utc_ns)
        if self._count > room:
            more = max(self._count, 2 * room) - room
            self._identity, self._utc_ns = np.pad(self._identity, (0, more)), np.pad(self._utc_ns, (0, more))
            self._news = np.pad(self._news, ((0, more), (0, 0)))
        rows = slice(first, self._count)
        self._identity[rows], self._utc_ns[rows] = states.temporary_id, states.utc_ns
        columns = [getattr(states, name) for name in NEWS]
        columns[_DESIRED] = np.where(np.isnan(columns[_DESIRED]), states.accel_mps2, columns[_DESIRED])
        self._news[rows] = np.array(columns).T
        return range(first, self._count)

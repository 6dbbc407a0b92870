"""Control messages as decoded: each frame once, however many vehicles get it, and at whatever time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages.model_control import ControlStates
from v2x.messages.profile import Profile

I64 = NDArray[np.int64]

#: Frames that are remembered: of a second and more, even of hundreds of vehicles that speak 100 times in it.
_MOST = 1 << 17
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


class Said(NamedTuple):
    """What a control message says: by whom, of which instant by the sender's clock, and `NEWS`."""

    identity: int
    utc_ns: int
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
        self._known: dict[bytes, Said | CodecError] = {}

    def read(self, frames: Sequence[bytes], near_utc_ns: I64) -> list[Said | CodecError]:
        """What each says, or why it cannot be read; ``near_utc_ns``: about when it was sent, (frames,)."""
        fresh = {data: row for row, data in enumerate(frames) if data not in self._known}
        if fresh:
            self._decode(list(fresh), near_utc_ns[list(fresh.values())])
        return [self._known[data] for data in frames]

    def _decode(self, frames: list[bytes], near_utc_ns: I64) -> None:
        if len(self._known) > _MOST:
            self._known.clear()
        found = self._profile.decode_frames(frames)
        states, rows = self._profile.control_states_in(found, near_utc_ns)
        for row, data in enumerate(frames):
            untimed = CodecError("is no control message that says its time")
            self._known[data] = found.errors.get(row, untimed)
        for row, said in zip(rows.tolist(), _rows(states), strict=True):
            self._known[frames[row]] = said


def _rows(states: ControlStates) -> list[Said]:
    columns = [getattr(states, name) for name in NEWS]
    desired = NEWS.index("desired_accel_mps2")
    columns[desired] = np.where(np.isnan(columns[desired]), states.accel_mps2, columns[desired])
    news = np.stack(columns, axis=1)
    return [Said(*row) for row in zip(states.temporary_id.tolist(), states.utc_ns.tolist(), news, strict=True)]

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
        self._known: dict[tuple[bytes, int], Said | CodecError] = {}

    def read(self, frames: Sequence[bytes], near_utc_ns: I64) -> list[Said | CodecError]:
        """What each says, or why it cannot be read; ``near_utc_ns``: about when it was sent, (frames,)."""
        if len(self._known) > _MOST:
            self._known.clear()
        # Bytes tell the time within a minute only: in another one the same bytes say something else.
        keys = list(zip(frames, (near_utc_ns // _MINUTE_NS).tolist(), strict=True))
        fresh = {key: row for row, key in enumerate(keys) if key not in self._known}
        if fresh:
            rows = list(fresh.values())
            said = self._decode([frames[row] for row in rows], near_utc_ns[rows])
            self._known |= zip(fresh, said, strict=True)
        return [self._known[key] for key in keys]

    def _decode(self, frames: list[bytes], near_utc_ns: I64) -> list[Said | CodecError]:
        found = self._profile.decode_frames(frames)
        states, rows = self._profile.control_states_in(found, near_utc_ns)
        untimed = CodecError("is no control message that says its time")
        said: list[Said | CodecError] = [found.errors.get(row, untimed) for row in range(len(frames))]
        for row, message in zip(rows.tolist(), _rows(states), strict=True):
            said[row] = message
        return said


def _rows(states: ControlStates) -> list[Said]:
    columns = [getattr(states, name) for name in NEWS]
    desired = NEWS.index("desired_accel_mps2")
    columns[desired] = np.where(np.isnan(columns[desired]), states.accel_mps2, columns[desired])
    news = np.stack(columns, axis=1)
    return [Said(*row) for row in zip(states.temporary_id.tolist(), states.utc_ns.tolist(), news, strict=True)]

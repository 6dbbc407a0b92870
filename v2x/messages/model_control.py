"""What members of a platoon tell each other's controllers, in SI units and WGS-84.

As in `v2x.messages.model`: NaN is *unavailable*, times are UTC nanoseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class LongitudinalMode(IntEnum):
    """What drives a vehicle along: DE_LongitudinalControlState of SAE J2735; meanings from memory."""

    UNKNOWN = 0
    MANUAL = 1
    CRUISE = 2
    ACC = 3
    CACC_ONE = 4
    """Behind one vehicle whose messages are used."""
    CACC_SEVERAL = 5
    """Behind several of them."""
    AUTOMATED_SENSORS = 6
    AUTOMATED_FUSED = 7
    OVERRIDDEN = 8


@dataclass(frozen=True)
class ControlStates:
    """Control messages of n vehicles, in columns (one row = one message).

    CCM (SAE J2945/6), PCM (ours); a BSM says a part of it.

    Attributes
    ----------
    msg_count
        0..127, one counter per sender.
    temporary_id
        Identity of the sender: J2735 carries the low 32 bits, T/CSAE all 64.
    utc_ns
        Instant at which the state holds.
    lat_deg, lon_deg
        Vehicle centre, WGS-84.
    speed_mps, heading_deg, accel_mps2
        Motion as the sender measures it; acceleration along the vehicle.
    desired_accel_mps2
        Acceleration that its controller asks for.
    length_m
        Of the vehicle.
    heavy
        1 truck or bus, 0 light vehicle, -1 not told.
    mode
        `LongitudinalMode`.
    target_id
        Identity of the vehicle that it follows, 0 for none or not told.
    separation_m
        Distance from the target's rear to the sender's front.
    """

    msg_count: I64
    temporary_id: NDArray[np.uint64]
    utc_ns: I64
    lat_deg: F64
    lon_deg: F64
    speed_mps: F64
    heading_deg: F64
    accel_mps2: F64
    desired_accel_mps2: F64
    length_m: F64
    heavy: NDArray[np.int8] = field(metadata={"unsaid": -1})
    mode: NDArray[np.int8] = field(metadata={"unsaid": 0})
    target_id: NDArray[np.uint64] = field(metadata={"unsaid": 0})
    separation_m: F64

    def __len__(self) -> int:
        return len(self.msg_count)

    def take(self, rows: NDArray[np.intp]) -> ControlStates:
        """Some rows, in the given order."""
        return ControlStates(**{name: column[rows] for name, column in vars(self).items()})

    @classmethod
    def joined(cls, parts: Sequence[ControlStates]) -> ControlStates:
        """All rows of several, one after the other."""
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})

    @classmethod
    def none(cls) -> ControlStates:
        """No rows."""
        integers = {"temporary_id": np.uint64, "target_id": np.uint64, "heavy": np.int8, "mode": np.int8}
        integers |= dict.fromkeys(("msg_count", "utc_ns"), np.int64)
        return cls(**{f.name: np.zeros(0, integers.get(f.name, np.float64)) for f in fields(cls)})

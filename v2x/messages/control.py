"""What the control messages of all families share: the columns of `ControlStates` as integers, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS
from v2x.jit import compiled
from v2x.messages import scales
from v2x.messages.batch import Form
from v2x.messages.bits import RawColumn
from v2x.messages.model_control import ControlStates, LongitudinalMode
from v2x.messages.shapes import I64, Wanted
from v2x.messages.timemark import DSECOND_UNAVAILABLE, ms_of_minute

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

#: Fields with further digits in their order among all columns -> scale, the same in all control messages.
_MOTION = {
    "lat_deg": scales.LATITUDE,
    "lon_deg": scales.LONGITUDE,
    "speed_mps": scales.SPEED,
    "heading_deg": scales.HEADING,
    "accel_mps2": scales.ACCELERATION,
    "desired_accel_mps2": scales.ACCELERATION,
}
_LONGITUDE, _HEADING = ([*_MOTION].index(name) for name in ("lon_deg", "heading_deg"))
_LSB = np.array([scale.lsb for scale in _MOTION.values()])
#: Size of a step of each one's further digits; those of the time are nanoseconds.
_DIGIT = np.array([1e-11, 1e-11, 1e-6, 1e-6, 1e-6, 1e-6])
#: Column -> what it adds its digits to.
DIGITS = {f"{name}_digits": name for name in (*_MOTION, "utc_ns")}

#: Columns of what sort of vehicle it is: 1 light, 2 heavy, all else says nothing; a CCM has up to eight parts.
PARTS = tuple(f"part{i}" for i in range(8))
_LIGHT, _HEAVY = 1, 2

_LAST_MODE = int(max(LongitudinalMode))
_RANGES = scales.RangeTable({"msg_count": (0, 127), "heavy": (-1, 1), "mode": (0, _LAST_MODE)})


@dataclass(frozen=True)
class ControlForm:
    """How control messages of one type are written and read.

    Attributes
    ----------
    type_name
        The type.
    form
        A message, with columns of `ControlColumns.raw` in its blanks.
    leaves
        Name of a column that `ControlColumns.states` needs -> paths of the leaves that it is read from.
    separation
        Scale of ``separation_m``.
    further
        Whether further digits are written.
    """

    type_name: str
    form: Form
    leaves: Mapping[str, tuple[str, ...]]
    separation: scales.Scale
    further: bool = False


class ControlColumns:
    """`ControlStates` as integers and back, for the messages of one form.

    Parameters
    ----------
    form
        The form.
    id_bits
        How many of an identity's low bits the family carries.

    Attributes
    ----------
    wanted
        What `states` needs.
    """

    def __init__(self, form: ControlForm, id_bits: int) -> None:
        scaled = _MOTION | {"length_m": scales.VEHICLE_LENGTH, "separation_m": form.separation}
        self._further = form.further
        self._id_mask = np.uint64((1 << id_bits) - 1)
        self._scaled, self._table = [*scaled], scales.ScaleTable(scaled)
        absent = {name: scale.unavailable or 0 for name, scale in scaled.items()} | dict.fromkeys(DIGITS, 0)
        absent |= {"msg_count": 0, "id": 0, "target": 0, "mode": 0, "sec_mark": DSECOND_UNAVAILABLE}
        self.wanted = Wanted(form.leaves, absent | dict.fromkeys(PARTS, 0))
        self._rows = {name: row for row, name in enumerate(self.wanted.absent)}

    def raw(self, states: ControlStates) -> dict[str, RawColumn]:
        """The columns of a form's blanks, all ranges checked.

        Returns
        -------
        dict
            Under the names of `ControlStates`, and ``id``, ``sec_mark``, ``target``, ``kind``; ``is_light``,
            ``is_heavy`` (exactly one is True) and ``has_target``; with further digits those of `DIGITS`.

        Raises
        ------
        CodecError
            Names the field, the row and the value that cannot be expressed.
        """
        _RANGES.check([states.msg_count, states.heavy, states.mode])
        physical = np.array([getattr(states, name) for name in self._scaled])
        numbers = self._table.to_raw(physical)
        raw: dict[str, RawColumn] = dict(zip(self._scaled, numbers, strict=True))
        raw |= {"msg_count": states.msg_count, "mode": states.mode, "sec_mark": ms_of_minute(states.utc_ns)}
        raw |= {"id": states.temporary_id & self._id_mask, "target": states.target_id & self._id_mask}
        heavy = states.heavy > 0
        raw |= {"kind": states.heavy + _LIGHT, "is_heavy": heavy, "is_light": ~heavy, "has_target": raw["target"] != 0}
        if self._further:
            digits = (*_digits(physical, numbers, _LSB, _DIGIT), _time_digits(states.utc_ns))
            raw |= dict(zip(DIGITS, digits, strict=True))
        return raw

    def states(self, columns: I64, utc_ns: I64) -> ControlStates:
        """`ControlStates` of raw integers.

        Parameters
        ----------
        columns
            (columns of `wanted`, n).
        utc_ns
            (n,) their times without further digits.
        """
        values = self._table.to_si(columns[: len(self._scaled)])
        digits = columns[len(self._scaled) : len(self._scaled) + len(DIGITS)]
        heavy, mode = np.empty((2, len(utc_ns)), np.int8)
        parts = columns[self._rows[PARTS[0]] :]
        _refine(values, digits, _DIGIT, self.column(columns, "mode"), parts, mode, heavy)
        return ControlStates(
            msg_count=self.column(columns, "msg_count"),
            temporary_id=self.column(columns, "id").view(np.uint64),
            utc_ns=utc_ns + digits[-1],
            heavy=heavy,
            mode=mode,
            target_id=self.column(columns, "target").view(np.uint64),
            **dict(zip(self._scaled, values, strict=True)),
        )

    def column(self, columns: I64, name: str) -> I64:
        """One of the wanted columns."""
        one: I64 = columns[self._rows[name]]
        return one


@compiled
def _refine(values: F64, digits: I64, size: F64, said_mode: I64, parts: I64, mode: I8, heavy: I8) -> None:
    """Add further digits to values in SI, and fill in mode and sort of vehicle."""
    for k in range(len(size)):
        for i in range(values.shape[1]):
            values[k, i] += digits[k, i] * size[k]
            if k == _HEADING and values[k, i] < 0.0:
                values[k, i] += 360.0
            if k == _LONGITUDE and values[k, i] > 180.0:
                values[k, i] -= 360.0
    for i in range(values.shape[1]):
        mode[i] = said_mode[i] if said_mode[i] <= _LAST_MODE else 0
        sort = 0
        for part in parts[:, i]:
            if part <= _HEAVY:
                sort = max(sort, part)
        heavy[i] = sort - _LIGHT


@compiled
def _digits(physical: F64, raw: I64, lsb: F64, size: F64) -> I64:
    """What rounding to the steps of the scales has left, in steps of the digits; 0 where unavailable."""
    digits = np.zeros((len(size), physical.shape[1]), np.int64)
    for k in range(len(size)):
        for i in range(physical.shape[1]):
            left = physical[k, i] - raw[k, i] * lsb[k]
            if k == _HEADING and left > 180.0:
                left -= 360.0  # 359.999 is sent as 0
            if k == _LONGITUDE and left < -180.0:
                left += 360.0  # -180 is sent as +180
            if not np.isnan(left):
                digits[k, i] = np.int64(np.rint(left / size[k]))
    return digits


def _time_digits(utc_ns: I64) -> I64:
    """What rounding to milliseconds has left, in nanoseconds."""
    half: int = NS_PER_MS // 2
    return (utc_ns + half) % NS_PER_MS - half

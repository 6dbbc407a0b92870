"""Physical values and the integers on the air: one small object for each kind of field.

SAE J2735 and T/CSAE 53 share these scales. Rounding is to the nearest step. A value outside the range is a `CodecError`
with the field's name, except where the standard itself gives the last step the meaning "or more": such a scale
``saturates``. NaN is *unavailable*; a field without such a value refuses it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.jit import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Standard gravity, m/s^2; vertical acceleration is in steps of 0.02 g.
GRAVITY_MPS2 = 9.80665


@dataclass(frozen=True)
class Scale:
    """How a physical value becomes an integer.

    Attributes
    ----------
    unit
        Physical unit, for messages.
    lsb
        Physical size of one step.
    low, high
        Smallest and largest integer that is a value.
    unavailable
        Integer that says *unavailable*, None where there is none.
    saturates
        True where the standard gives ``low`` and ``high`` the meaning "or less", "or more" (``low`` only where it is
        negative: a size below zero is an error).
    period
        Steps of a full turn for angles: a value that rounds to it is 0.
    half_open
        True where a value that rounds to one step below ``low`` is ``high``: a longitude of -180 degrees is +180.
    """

    unit: str
    lsb: float
    low: int
    high: int
    unavailable: int | None = None
    saturates: bool = False
    period: int | None = None
    half_open: bool = False

    def to_raw(self, name: str, values: F64) -> I64:
        """Integers of a column.

        Parameters
        ----------
        name
            Field, for the error.
        values
            (n,) in the scale's unit, NaN where unavailable.

        Raises
        ------
        CodecError
            Where a value cannot be expressed; names the field, the row and the value.
        """
        raw = np.rint(values / self.lsb)
        missing = np.isnan(raw)
        if self.period is not None:
            raw = np.where(raw == self.period, 0.0, raw)
        if self.half_open:
            raw = np.where(raw == self.low - 1, float(self.high), raw)
        if self.saturates:
            raw = np.clip(raw, self.low if self.low < 0 else None, self.high)
        bad = (raw < self.low) | (raw > self.high)
        if self.unavailable is None:
            bad |= missing
        if bad.any():
            raise self._error(name, values, bad)
        return np.where(missing, self.unavailable or 0, raw).astype(np.int64)

    def _error(self, name: str, values: F64, bad: NDArray[np.bool_]) -> CodecError:
        row = int(np.flatnonzero(bad)[0])
        low, high = self.low * self.lsb, self.high * self.lsb
        where = f" in row {row}" if len(values) > 1 else ""
        reason = f"cannot express {float(values[row])!r} {self.unit}{where}, range {low:g} to {high:g}"
        return CodecError(reason, path=name)

    def one(self, name: str, value: float) -> int:
        """`to_raw` of a single value."""
        return int(self.to_raw(name, np.array([value]))[0])

    def si(self, raw: int) -> float:
        """Physical value of a single integer, NaN where it says *unavailable*."""
        return math.nan if raw == self.unavailable else raw * self.lsb


class ScaleTable:
    """Scales of several columns, applied to all of them at once.

    Parameters
    ----------
    scales
        Field -> scale.
    """

    def __init__(self, scales: Mapping[str, Scale]) -> None:
        self._scales = dict(scales)
        each = self._scales.values()

        def column(numbers: Iterable[float | None]) -> F64:
            return np.array([math.nan if number is None else number for number in numbers], np.float64)

        self._lsb = column(scale.lsb for scale in each)
        low, high = column(scale.low for scale in each), column(scale.high for scale in each)
        self._unavailable = column(scale.unavailable for scale in each)
        period = column(scale.period for scale in each)
        floor = column(scale.low if scale.saturates and scale.low < 0 else -math.inf for scale in each)
        ceiling = column(scale.high if scale.saturates else math.inf for scale in each)
        below = column(scale.low - 1 if scale.half_open else None for scale in each)
        self._bounds = np.stack([low, high, period, below, floor, ceiling], axis=1)

    def to_raw(self, columns: Sequence[F64] | F64) -> I64:
        """Integers of columns, (k, n), in the order of the scales; all else as `Scale.to_raw`."""
        values = np.array(columns)
        raw = np.empty(values.shape, np.int64)
        if not _to_raw(values, self._lsb, self._bounds, self._unavailable, raw):
            for (name, scale), column in zip(self._scales.items(), values, strict=True):
                scale.to_raw(name, column)
        return raw

    def to_si(self, raw: I64) -> F64:
        """Physical values, (k, n), of integers in the order of the scales; NaN where they say *unavailable*."""
        values = np.empty(raw.shape)
        _to_si(raw, self._lsb, self._unavailable, values)
        return values


@compiled
def _to_raw(values: F64, lsb: F64, bounds: F64, unavailable: F64, raw: I64) -> bool:
    """Fill in ``raw``; whether every value can be expressed."""
    fits = True
    for k in range(values.shape[0]):
        low, high, period, below, floor, ceiling = bounds[k]
        for i in range(values.shape[1]):
            steps = np.rint(values[k, i] / lsb[k])
            if np.isnan(steps):
                steps = unavailable[k]
                fits &= not np.isnan(steps)
            else:
                if steps == period:
                    steps = 0.0
                if steps == below:
                    steps = high
                steps = min(max(steps, floor), ceiling)
                fits &= low <= steps <= high
            raw[k, i] = np.int64(steps) if fits else 0
    return fits


@compiled
def _to_si(raw: I64, lsb: F64, unavailable: F64, values: F64) -> None:
    for k in range(raw.shape[0]):
        for i in range(raw.shape[1]):
            values[k, i] = np.nan if raw[k, i] == unavailable[k] else raw[k, i] * lsb[k]


class RangeTable:
    """Ranges of several columns of integers, checked all at once.

    Parameters
    ----------
    ranges
        Field -> smallest and largest integer.
    """

    def __init__(self, ranges: Mapping[str, tuple[int, int]]) -> None:
        self._ranges = dict(ranges)
        self._low, self._high = np.array([*ranges.values()], np.int64).T[..., np.newaxis]

    def check(self, columns: Sequence[NDArray[np.integer[Any]]]) -> None:
        """`CodecError` names the field, the row and the value that is not within its range."""
        numbers = np.array(columns)
        if not _all_within(numbers, self._low, self._high):
            bad = (numbers < self._low) | (numbers > self._high)
            k, row = (int(places[0]) for places in np.nonzero(bad))
            name, (low, high) = [*self._ranges.items()][k]
            reason = f"cannot express {int(numbers[k, row])} in row {row}, range {low} to {high}"
            raise CodecError(reason, path=name)


@compiled
def _all_within(numbers: I64, low: I64, high: I64) -> bool:
    """Whether columns of integers, (k, n), are within their bounds, (k, 1)."""
    for k in range(numbers.shape[0]):
        for number in numbers[k]:
            if not low[k, 0] <= number <= high[k, 0]:
                return False
    return True


#: DE_Latitude and DE_Longitude, 0.1 microdegrees.
LATITUDE = Scale("deg", 1e-7, -900_000_000, 900_000_000, 900_000_001)
LONGITUDE = Scale("deg", 1e-7, -1_799_999_999, 1_800_000_000, 1_800_000_001, half_open=True)
#: DE_Elevation above the ellipsoid.
ELEVATION = Scale("m", 0.1, -4095, 61439, -4096)
#: DE_SemiMajorAxisAccuracy and minor: 254 is 12.70 m or more.
SEMI_AXIS = Scale("m", 0.05, 0, 254, 255, saturates=True)
#: DE_SemiMajorAxisOrientation.
ORIENTATION = Scale("deg", 360 / 65535, 0, 65534, 65535, period=65535)
#: DE_Speed / DE_Velocity.
SPEED = Scale("m/s", 0.02, 0, 8190, 8191)
#: DE_Heading, clockwise from true north.
HEADING = Scale("deg", 0.0125, 0, 28799, 28800, period=28800)
#: DE_Acceleration: +-20 m/s^2 also means beyond.
ACCELERATION = Scale("m/s^2", 0.01, -2000, 2000, 2001, saturates=True)
#: DE_VerticalAcceleration: -2.52 g and +2.54 g also mean beyond.
VERTICAL_ACCELERATION = Scale("m/s^2", 0.02 * GRAVITY_MPS2, -126, 127, -127, saturates=True)
#: DE_YawRate, clockwise; the standards define no value for unavailable.
YAW_RATE = Scale("deg/s", 0.01, -32767, 32767)
#: DE_VehicleWidth and DE_VehicleLength; 0 is unavailable.
VEHICLE_WIDTH = Scale("m", 0.01, 1, 1023, 0)
VEHICLE_LENGTH = Scale("m", 0.01, 1, 4095, 0)
#: DE_VehicleHeight.
VEHICLE_HEIGHT = Scale("m", 0.05, 1, 127, 0)
#: DE_Confidence, a probability in steps of 0.5 %.
CONFIDENCE = Scale("", 0.005, 0, 200)
#: DE_TimeOffset: 65534 is 655.34 s or more.
TIME_OFFSET = Scale("s", 0.01, 1, 65534, 65535, saturates=True)
#: DE_LaneWidth of both families.
LANE_WIDTH = Scale("m", 0.01, 0, 32767)
#: DE_Radius of T/CSAE 53.
RADIUS = Scale("m", 0.1, 0, 65535)


def identity(name: str, number: int, size: int) -> bytes:
    """A number as an identity of ``size`` bytes, most significant first; `CodecError` if it does not fit."""
    if not 0 <= number < 1 << 8 * size:
        raise CodecError(f"cannot express {number} in {size} bytes", path=name)
    return number.to_bytes(size)

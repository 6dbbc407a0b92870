"""The control table of a run as grids: a row for each control step, a column for each member."""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import BLOCK_NS, F64, I64, Measurement, quantiles
from v2x_analysis.run import Run

T = TypeVar("T", bound=np.generic)

Mask = NDArray[np.bool_]
I32 = NDArray[np.int32]

#: Of more values than this, quantiles are taken from every `STRIDE`-th step: a stride that shares no factor with the
#: intervals of beacons, so that all phases of an age are seen alike.
MANY, STRIDE = 500_000, 7

#: Code of *nothing*: no row, no platoon, no text.
NOTHING = -1


class Grid:
    """The control table of a run, (steps, members).

    Parameters
    ----------
    control
        Rows of ``control.parquet``, at least one.
    """

    def __init__(self, control: pd.DataFrame) -> None:
        self._control = control
        #: Time of each row, ns, (steps,).
        self.t_ns: I64
        self.t_ns, row = np.unique(control["t_ns"].to_numpy(), return_inverse=True)
        station = control["station"].cat.remove_unused_categories()
        #: Name of each column, (members,).
        self.stations: tuple[str, ...] = tuple(map(str, station.cat.categories))
        #: Length of a control step, s.
        self.step_s: float = float(np.diff(self.t_ns).min()) / NS_PER_S if len(self.t_ns) > 1 else 0.0
        self._cell = row * len(self.stations) + station.cat.codes.to_numpy(np.int64)
        self._numbers: dict[str, F64] = {}

    @property
    def t_s(self) -> F64:
        """Time of each row, s, (steps,)."""
        return self.t_ns / NS_PER_S

    def numbers(self, column: str) -> F64:
        """A column of the table, (steps, members); NaN where it is null or the member has no row."""
        if column not in self._numbers:
            self._numbers[column] = self._spread(self._control[column].to_numpy(np.float64), np.nan)
        return self._numbers[column]

    def texts(self, column: str) -> tuple[I32, list[str]]:
        """Codes of a column's texts, (steps, members), `NOTHING` where there is none, and the texts."""
        text = self._control[column].cat
        return self._spread(np.asarray(text.codes, np.int32), NOTHING), [str(name) for name in text.categories]

    def flags(self, column: str) -> Mask:
        """A column of truth values, (steps, members); False where the member has no row."""
        return self._spread(self._control[column].to_numpy(np.bool_), False)

    @cached_property
    def platoon(self) -> I32:
        """Number of the platoon, `NOTHING` where the member has no row, (steps, members)."""
        return self._spread(self._control["platoon"].to_numpy(np.int32), NOTHING)

    @cached_property
    def position(self) -> I32:
        """Place in the platoon, 0 for the leader, `NOTHING` where the member has no row, (steps, members)."""
        return self._spread(self._control["position"].to_numpy(np.int32), NOTHING)

    @cached_property
    def present(self) -> Mask:
        """Where there is a row, (steps, members)."""
        return np.asarray(self.position != NOTHING)

    @cached_property
    def follower(self) -> Mask:
        """Where a member follows another one of its platoon, (steps, members)."""
        return np.asarray((self.position > 0) & (self.platoon != NOTHING))

    @cached_property
    def ahead(self) -> I32:
        """Column of the member ahead, `NOTHING` where there is none or it is no member, (steps, members)."""
        codes, names = self.texts("ahead")
        column = {name: k for k, name in enumerate(self.stations)}
        of_code = np.array([*(column.get(name, NOTHING) for name in names), NOTHING], np.int32)
        return of_code[codes]  # the last entry is that of NOTHING

    def _spread(self, values: NDArray[T], missing: object) -> NDArray[T]:
        grid = np.full(len(self.t_ns) * len(self.stations), missing, values.dtype)
        grid[self._cell] = values
        return grid.reshape(len(self.t_ns), len(self.stations))


def grid(run: Run) -> Grid | None:
    """The run's grid; None if nobody drove in a platoon."""
    return None if run.control.empty else Grid(run.control)


def platoons(whole: Grid) -> list[int]:
    """Numbers of the platoons that were there, ascending."""
    return [int(number) for number in sorted(pd.unique(whole.platoon.ravel())) if number != NOTHING]


def sampled(whole: Grid, values: F64, unit: str, percents: tuple[int, ...]) -> dict[str, Measurement]:
    """Percentiles of a grid's values, NaN left out; a member's are one unit, or 10 s of it.

    Of more than `MANY` values every `STRIDE`-th control step is taken.
    """
    rows = slice(None, None, STRIDE if np.count_nonzero(~np.isnan(values)) > MANY else 1)
    step, member = np.nonzero(~np.isnan(values[rows]))
    block = whole.t_ns[rows][step] // BLOCK_NS * len(whole.stations) + member
    return quantiles(values[rows][step, member], unit, {"station": member, "link_block": block}, percents)

"""A grid over small things in the plane, so that a ray meets only those near its way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.jit import compiled
from v2x.links.base import F64

#: A grid has at most about so many cells, whatever ground it covers: beyond, the cells are larger.
_MOST_CELLS = 100_000


class Grid(NamedTuple):
    """Things sorted by the cell of their middle, column by column from the west and in each from the south.

    So the things in neighbouring cells of a column lie one after the other.

    Attributes
    ----------
    west_m, south_m
        Corner of the ground.
    cell_m, cells_per_m
        Side of a cell, and its inverse.
    columns, rows
        Number of cells east and north.
    reach_m
        No thing reaches farther from its middle.
    start
        Number of things before each cell, (columns * rows + 1,).
    """

    west_m: float
    south_m: float
    cell_m: float
    cells_per_m: float
    columns: int
    rows: int
    reach_m: float
    start: NDArray[np.int64]


def lay_grid(x_m: F64, y_m: F64, reach_m: float, cell_m: float) -> tuple[Grid, NDArray[np.intp]]:
    """A grid over things, and the order that sorts them into it.

    Parameters
    ----------
    x_m, y_m
        Middles.
    reach_m
        Largest distance of a part of a thing from its middle.
    cell_m
        Side of a cell, where the ground is not too large for it.
    """
    if not len(x_m):
        return Grid(0.0, 0.0, cell_m, 1.0 / cell_m, 0, 0, reach_m, np.zeros(1, np.int64)), np.zeros(0, np.intp)
    west_m, south_m = float(x_m.min()), float(y_m.min())
    wide_m, high_m = float(x_m.max()) - west_m, float(y_m.max()) - south_m
    while (wide_m / cell_m + 1) * (high_m / cell_m + 1) > _MOST_CELLS:
        cell_m *= 2.0
    per_m = 1.0 / cell_m
    columns, rows = int(wide_m * per_m) + 1, int(high_m * per_m) + 1
    cell = ((x_m - west_m) * per_m).astype(np.int64) * rows + ((y_m - south_m) * per_m).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=columns * rows))])
    return Grid(west_m, south_m, cell_m, per_m, columns, rows, reach_m, start), np.argsort(cell, kind="stable")


@compiled
def columns_of(grid: Grid, west_m: float, east_m: float) -> tuple[int, int]:
    """Columns, first and behind the last, with things that may touch what lies between two meridians."""
    first = (west_m - grid.reach_m - grid.west_m) * grid.cells_per_m
    last = (east_m + grid.reach_m - grid.west_m) * grid.cells_per_m
    if last < 0.0:
        return 0, 0
    return int(max(first, 0.0)), int(min(last, grid.columns - 1.0)) + 1


@compiled
def things_of(grid: Grid, column: int, x_m: float, y_m: float, east_m: float, slope: float) -> tuple[int, int]:
    """Things, first and behind the last, of a column that may touch a ray.

    The ray begins at ``x_m, y_m`` and ends ``east_m`` > 0 farther east, having gone ``slope`` north for each metre.
    """
    west_m = grid.west_m + column * grid.cell_m - x_m - grid.reach_m
    begin_m = y_m + slope * min(max(west_m, 0.0), east_m)
    end_m = y_m + slope * min(max(west_m + grid.cell_m + 2.0 * grid.reach_m, 0.0), east_m)
    first = (min(begin_m, end_m) - grid.reach_m - grid.south_m) * grid.cells_per_m
    last = (max(begin_m, end_m) + grid.reach_m - grid.south_m) * grid.cells_per_m
    if last < 0.0 or first >= grid.rows:
        return 0, 0
    base = column * grid.rows
    return grid.start[base + int(max(first, 0.0))], grid.start[base + int(min(last, grid.rows - 1.0)) + 1]

"""A Poisson process per link that can be read at any time, without having been run up to there.

Bursts and stalls need memory: whether a link is bad now depends on when it turned bad. Memory kept in a table would
depend on which frames were asked about, in which order and how they were split into batches, and would have to be
bounded while stations come and go for hours. So nothing is kept: time is cut into cells, and the arrivals within a
cell are keyed draws, the same whoever asks first. Cells of a Poisson process are independent, so this is exact.
"""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_S
from v2x.links.base import I64, U64
from v2x.rng import Stream

#: Names within a cell. It holds two arrivals in the mean; 256 have a chance below 1e-400.
_PER_CELL = 256


class Arrivals:
    """Keyed Poisson arrivals.

    Parameters
    ----------
    stream
        Source of the draws, this process's own.
    rate_hz
        Arrivals per second of each key.
    """

    def __init__(self, stream: Stream, rate_hz: float) -> None:
        self._stream = stream
        self._mean_gap_ns = NS_PER_S / rate_hz
        # Shorter cells cost more looks back, longer ones more draws within; two arrivals a cell is about the best.
        self._cell_ns = max(1, round(2 * self._mean_gap_ns))
        self._empty = np.exp(-self._cell_ns / self._mean_gap_ns)

    def latest(self, key: U64, t_ns: I64) -> tuple[I64, I64]:
        """Last arrival at or before ``t_ns`` of each row's key.

        Within a cell arrivals are counted backwards from its end (a Poisson process looks the same both ways): the
        n-th is ahead of the end by a sum of n exponential gaps, kept as the product of the uniform draws behind them,
        so that no logarithm is taken before the arrival is found.

        Returns
        -------
        name
            Number of the arrival, unique for its key.
        arrival_ns
            Its time.
        """
        cell = t_ns // self._cell_ns
        name = cell * _PER_CELL
        # exp(-(cell end - t) / mean gap): a product above it is an arrival after t
        bound = np.exp((t_ns - (cell + 1) * self._cell_ns) / self._mean_gap_ns)
        product = np.ones(len(key))
        open_rows = np.arange(len(key))
        while open_rows.size:
            draw = product[open_rows] * self._stream.uniform(key[open_rows], name[open_rows])
            product[open_rows] = draw
            after, beyond = draw > bound[open_rows], draw <= self._empty
            name[open_rows[after]] += 1
            back = open_rows[beyond]  # no further arrival in this cell: all of the one before lies before t
            name[back] = (name[back] // _PER_CELL - 1) * _PER_CELL
            product[back] = bound[back] = 1.0
            open_rows = open_rows[after | beyond]
        end_ns = (name // _PER_CELL + 1) * self._cell_ns
        arrival_ns = end_ns + np.floor(np.log(product) * self._mean_gap_ns).astype(np.int64)
        return name, arrival_ns

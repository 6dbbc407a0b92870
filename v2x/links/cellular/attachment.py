"""Which cell serves a station: selection by RSRP, event A3 with layer-3 filter and time-to-trigger, interruption.

TS 38.331: clause 5.5.3.2 (filter F = (1 - a) F + a M with a = 0.5^(k/4), adapted to other sampling periods), clause
5.5.4.4 (A3 entering condition Mn - Hys > Mp + Off; no cell-specific offsets). TS 38.133: intra-frequency measurement
period 200 ms. TS 38.304 clause 5.2.3.2: selection above a least RSRP.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS
from v2x.links.base import F64, I64, U64, LinkNote
from v2x.scenario.model_cellular import A3Handover

#: Least RSRP of a cell to be selected and kept, dBm (q-RxLevMin as networks set it; assumed).
LEAST_RSRP_DBM = -120.0
_MEASUREMENT_NS = 200 * NS_PER_MS
_NONE = -1
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class _Columns:
    """Memory of the stations that were there last time, one row each, ascending by key."""

    key: U64
    cell: NDArray[np.intp]
    filtered_dbm: F64
    #: Since when each cell has fulfilled the entering condition.
    since_ns: I64
    #: End of the last handover's interruption.
    back_ns: I64

    @classmethod
    def fresh(cls, key: U64, rsrp_dbm: F64) -> _Columns:
        n = len(key)
        return cls(
            key, np.full(n, _NONE, np.intp), rsrp_dbm.copy(), np.full(rsrp_dbm.shape, _NEVER), np.zeros(n, np.int64)
        )


class Attachment:
    """Serving cells of the mobile stations, from one step to the next.

    Parameters
    ----------
    config
        Parameters of the handover.
    cells
        Names of the cells, for the notes.
    """

    def __init__(self, config: A3Handover, cells: list[str]) -> None:
        self._config, self._cells = config, cells
        self._weight = 0.5 ** (config.filter_k / 4)
        self._last_ns = 0
        self._now = _Columns.fresh(np.zeros(0, np.uint64), np.zeros((0, len(cells))))
        self._notes: list[LinkNote] = []

    def move(self, t_ns: int, key: U64, rsrp_dbm: F64) -> None:
        """Measure, and change cells where it is due.

        A station that was not there at the last call begins anew. Conditions are judged at calls only, so a
        time-to-trigger is met at the first call after it.

        Parameters
        ----------
        t_ns
            Time of the measurement, ascending.
        key
            Stations, (n,), ascending.
        rsrp_dbm
            Of every cell at each station, (n, k).
        """
        now = self._carried_over(key, rsrp_dbm, t_ns - self._last_ns)
        self._last_ns, self._now = t_ns, now
        here = set(now.key.tolist())
        self._notes = [note for note in self._notes if note.station in here]  # nobody is told of who has gone
        self._keep_or_leave(t_ns, now)
        self._hand_over(t_ns, now)

    @property
    def cell(self) -> NDArray[np.intp]:
        """Serving cell of each station of the last `move`, ascending by key; -1 for none."""
        return self._now.cell

    @property
    def back_ns(self) -> I64:
        """End of each station's last interruption."""
        return self._now.back_ns

    def notes(self) -> list[LinkNote]:
        """What happened until the last `move` and was not told yet."""
        told = sorted((note for note in self._notes if note.t_ns <= self._last_ns), key=lambda note: note.t_ns)
        self._notes = [note for note in self._notes if note.t_ns > self._last_ns]
        return told

    def _carried_over(self, key: U64, rsrp_dbm: F64, passed_ns: int) -> _Columns:
        """The memory of these stations, with the new measurement filtered in."""
        then, now = self._now, _Columns.fresh(key, rsrp_dbm)
        _, new, old = np.intersect1d(key, then.key, assume_unique=True, return_indices=True)
        weight = 1.0 - (1.0 - self._weight) ** (passed_ns / _MEASUREMENT_NS)
        now.filtered_dbm[new] = (1.0 - weight) * then.filtered_dbm[old] + weight * rsrp_dbm[new]
        now.cell[new], now.since_ns[new], now.back_ns[new] = then.cell[old], then.since_ns[old], then.back_ns[old]
        return now

    def _keep_or_leave(self, t_ns: int, now: _Columns) -> None:
        """Give up a cell that is no longer heard; whoever has none takes the strongest that is heard."""
        rows = np.arange(len(now.key))
        lost = (now.cell != _NONE) & (now.filtered_dbm[rows, now.cell] < LEAST_RSRP_DBM)
        now.cell[lost] = _NONE
        best = now.filtered_dbm.argmax(axis=1)
        found = (now.cell == _NONE) & (now.filtered_dbm[rows, best] >= LEAST_RSRP_DBM)
        now.cell[found] = best[found]
        now.since_ns[lost | found] = _NEVER
        for row in np.flatnonzero(found).tolist():
            rsrp_dbm = round(float(now.filtered_dbm[row, best[row]]), 1)
            self._note(t_ns, now.key[row], "uu.cell", cell=self._cells[best[row]], rsrp_dbm=rsrp_dbm)

    def _hand_over(self, t_ns: int, now: _Columns) -> None:
        """Event A3: to the strongest of the cells that have fulfilled the condition for long enough."""
        rows = np.arange(len(now.key))
        serving_dbm = now.filtered_dbm[rows, now.cell]
        bar_dbm = serving_dbm + self._config.offset_db + self._config.hysteresis_db
        free = (now.cell != _NONE) & (now.back_ns <= t_ns)
        entered = free[:, None] & (now.filtered_dbm > bar_dbm[:, None])
        entered[rows, now.cell] = False  # with a negative offset a cell would beat itself
        now.since_ns[:] = np.where(entered, np.minimum(now.since_ns, t_ns), _NEVER)
        due = entered & (now.since_ns <= t_ns - round(self._config.time_to_trigger_ms * NS_PER_MS))
        back_ns = t_ns + round(self._config.interruption_ms * NS_PER_MS)
        for row in np.flatnonzero(due.any(axis=1)).tolist():
            target = int(np.where(due[row], now.filtered_dbm[row], -np.inf).argmax())
            names = {"from": self._cells[now.cell[row]], "to": self._cells[target]}
            self._note(t_ns, now.key[row], "uu.handover", **names)
            self._note(back_ns, now.key[row], "uu.handover_done", **names)
            now.cell[row], now.back_ns[row], now.since_ns[row] = target, back_ns, _NEVER

    def _note(self, t_ns: int, station: np.uint64, kind: str, **fields: object) -> None:
        self._notes.append(LinkNote(t_ns, int(station), kind, fields))

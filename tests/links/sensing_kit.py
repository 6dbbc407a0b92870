"""Radios with gains of our choice, for tests of the scheduler."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chisquare

from v2x.links.sidelink.gains import Gains
from v2x.links.sidelink.radios import FlowPlan, Radios
from v2x.links.sidelink.state import NONE, PACKET, Rules, Tables
from v2x.links.watched import EVERYWHERE
from v2x.rng import key_of

#: A signal at this gain and a power of 1 mW is 10 dB above what a block needs against noise alone.
GOOD = 1e-8
#: Weakest signal noticed, RSRP threshold and S-RSSI floor of `rules`.
LEAST_MW = 1e-10


def rules(**changes: Any) -> Rules:
    """Mode 4 with the study's window, resources never kept."""
    plain = Rules(
        slot_ns=1_000_000, sensing=1000, step=100, first=1, last=100, share=0.2, raise_ratio=10.0**0.3,
        threshold_mw=LEAST_MW, ranking=True, keep=0.0, apart=1, spread=15, recheck=0, sensitivity_mw=LEAST_MW,
        noise_mw=1e-11, rssi_floor_mw=LEAST_MW, busy_mw=LEAST_MW, feedback_m=0.0, reach_m=500.0,
    )  # fmt: skip
    return plain._replace(**changes)


def tables(subs: int = 4, **changes: Any) -> Tables:
    """Two codes that need 3 dB for data and control; nothing leaks; no limit of occupancy.

    The size of a packet is twice the sub-channels that it takes, plus its code: it fits those and more.
    """
    size, width = np.indices((2 * subs + 2, subs + 1))
    plain = Tables(
        fitting=np.where((width >= size // 2) & (width > 0), size % 2, NONE),
        needed=np.full((2, 1), 2.0), sci_needed=np.full((2, 1), 2.0), noise_share=np.ones(2), leak=np.eye(subs),
        carrier=np.zeros(subs, np.int64), limits=np.array([[np.inf] + [1.0] * 8]),
    )  # fmt: skip
    return plain._replace(**changes)


class Lab:
    """Stations 1, 2, ... that hear each other by a matrix of gains.

    Parameters
    ----------
    gain
        (n, n) symmetric, 0 where two are out of reach; a number: of all pairs.
    n
        How many, if ``gain`` is a number.
    distance_m
        (n, n) or one for all.
    """

    def __init__(
        self,
        gain: ArrayLike,
        n: int | None = None,
        distance_m: ArrayLike = 100.0,
        rules: Rules = rules(),  # noqa: B008  (a named tuple of numbers)
        tables: Tables | None = None,
        seed: int = 1,
    ) -> None:
        count = len(np.asarray(gain)) if n is None else n
        self.gain = np.broadcast_to(np.asarray(gain, float), (count, count)).copy()
        np.fill_diagonal(self.gain, 0.0)
        self.distance_m = np.broadcast_to(np.asarray(distance_m, float), (count, count))
        self.radios = Radios(rules, tables or globals()["tables"](), seed)
        self.seats = self.radios.seated(np.arange(1, count + 1, dtype=np.uint64))
        self.radios.seats["listens"][self.seats] = self.radios.seats["speaks"][self.seats] = EVERYWHERE
        self._waiting: list[tuple[Any, ...]] = []
        self._tx_id = 0

    def flow(self, station: int, kind: str = "BSM", **changes: Any) -> int:
        """A station's flow of a message type, made as asked for at the first call."""
        plan = FlowPlan(
            kind=0, luck=key_of(kind), interval=100, low=0, high=len(self.radios.tables.carrier) - 1, budget=100,
            power_mw=1.0, pppp=5, singles=0,
        )  # fmt: skip
        plan = plan._replace(**changes)
        line = np.array([{"BSM": 0, "MAP": 1, "SPAT": 2}[kind]])
        return int(self.radios.flows_of(self.seats[[station]], line, lambda *_: plan)[0])

    def send(self, flow: int, slots: ArrayLike, **shape: int) -> range:
        """Hand packets to a flow; their numbers."""
        settings = {"width": 1, "code": 0, "segments": 1, "attempts": 1, "refused": 0} | shape
        settings["size"] = 2 * settings["width"] + settings["code"]
        first = self._tx_id
        for slot in np.atleast_1d(np.asarray(slots)).tolist():
            self._waiting.append((slot, flow, self._tx_id, *(settings[name] for name in PACKET.names[3:])))
            self._tx_id += 1
        return range(first, self._tx_id)

    def run(self, until: int) -> NDArray[Any]:
        """Receptions decided before a slot."""
        now = sorted((row for row in self._waiting if row[0] < until), key=lambda row: row[0])
        self._waiting = [row for row in self._waiting if row[0] >= until]
        ones, others = np.nonzero(self.gain)
        start = np.searchsorted(ones, np.arange(len(self.seats) + 1))
        far = self.distance_m[ones, others].astype(np.float32)
        gains = Gains(start, others.astype(np.int32), far, self.gain[ones, others])
        fates, _ = self.radios.run(gains, self.seats, np.array(now, PACKET), 1, until)
        return fates

    def plant(self, flow: int, slot: int, sub: int, heard_mw: float = 0.0, by: int = 0) -> None:
        """Reserve a resource; a station has read that at some power."""
        row = self.radios.flows[flow : flow + 1]
        row["slot"][0, 0], row["sub"][0, 0], row["places"], row["width"], row["staying"] = slot, sub, 1, 1, 1
        row["announced"], row["counter"], row["used"] = 1, 10, slot
        self.radios.seats["turn"][row["seat"]] = slot
        self.radios.senses.heard[flow, self.seats[by]] = heard_mw

    def field(self, name: str, flows: Iterable[int]) -> NDArray[Any]:
        """A field of flows; of those with several places the first."""
        column = self.radios.flows[name][list(flows)]
        return column[:, 0] if column.ndim == 2 else column


def causes(fates: NDArray[Any], tx_id: int) -> dict[int, int]:
    """Receiving station's seat -> cause, of a packet."""
    rows = fates[fates["tx_id"] == tx_id]
    return dict(zip(rows["seat"].tolist(), rows["cause"].tolist(), strict=True))


def even(draws: NDArray[Any], low: int, high: int) -> bool:
    """Whether integers look uniform over low..high: chi-square at one in ten thousand."""
    if draws.min() < low or draws.max() > high:
        return False
    return bool(chisquare(np.bincount(draws - low, minlength=high - low + 1)).pvalue > 1e-4)

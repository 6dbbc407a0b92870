"""What a sidelink does to live traffic at a given distance: loss by a published table, bursts, wait for a resource."""

from __future__ import annotations

import numpy as np

from v2x.bus.impairment import Ahead, Fate, Impairment, constant_impairment, repeated
from v2x.clock import NS_PER_MS
from v2x.errors import InputError
from v2x.links.base import F64, I64, Cause
from v2x.links.gilbert_elliott import Bursts
from v2x.links.pc5_statistical import StatisticalPc5
from v2x.links.without import spared
from v2x.rng import Stream
from v2x.scenario.model import ConstantLink, IdealLink, Pc5
from v2x.scenario.model import StatisticalPc5 as StatisticalConfig


class StatisticalPath:
    """One directed pair of stations that keep their distance.

    Parameters
    ----------
    config
        The scenario's ``links.pc5``.
    seed
        Of all draws.
    shares
        Chance of each `Cause` at the pair's distance, bursts left out, shape (number of causes,).
    key
        The flow.
    """

    def __init__(self, config: StatisticalConfig, seed: int, shares: F64, key: int) -> None:
        fates, hits, waits = (Stream(seed, f"impair.pc5.{what}") for what in ("loss", "burst", "access"))
        shortest_ms, longest_ms = config.access_ms
        upper = np.cumsum(shares)
        bursts = config.bursts
        chain = Bursts(bursts, seed) if bursts else None

        def causes(numbers: I64) -> I64:
            # a draw above all shares, whose sum is 1 but for rounding, is a delivery like one below the first
            cause = np.searchsorted(upper, fates.uniform(repeated(key, numbers), numbers), side="right")
            return np.where(cause < len(shares), cause, Cause.DELIVERED)

        def waits_ns(numbers: I64) -> I64:
            share = waits.uniform(repeated(key, numbers), numbers)
            return np.round((shortest_ms + share * (longest_ms - shortest_ms)) * NS_PER_MS).astype(np.int64)

        def losses(ms: I64) -> F64:
            if bursts is None or chain is None:
                return np.zeros(len(ms))
            return np.where(chain.bad(repeated(key, ms), ms * NS_PER_MS), bursts.loss_bad, bursts.loss_good)

        self._cause = Ahead[int](causes)
        self._wait_ns = Ahead[int](waits_ns)
        self._burst_loss = Ahead[float](losses)
        self._burst_draw = Ahead[float](lambda numbers: hits.uniform(repeated(key, numbers), numbers))

    def fate(self, number: int, t_ns: int) -> Fate:
        """Fate of a datagram; what the table lets through, a burst can still take."""
        cause = Cause(self._cause.at(number))
        if cause is Cause.DELIVERED and self._burst_draw.at(number) < self._burst_loss.at(t_ns // NS_PER_MS):
            cause = Cause.RANDOM
        return Fate(t_ns + self._wait_ns.at(number), cause)


def pc5_impairment(config: Pc5, seed: int, distance_m: float) -> Impairment:
    """What ``links.pc5`` of a scenario does to live traffic between two stations ``distance_m`` apart.

    Raises
    ------
    InputError
        The model needs a road full of stations, or does not reach so far.
    """
    if isinstance(config, IdealLink | ConstantLink):
        _require_reach(distance_m, config.range_m)
        return constant_impairment(config, Stream(seed, "impair.loss.sidelink"))
    if isinstance(config, StatisticalConfig):
        law = StatisticalPc5(config.model_copy(update={"bursts": None}), seed).law
        _require_reach(distance_m, law.reach_m)
        shares = spared(law.shares(np.array([distance_m])).T, config.without)[:, 0]
        return lambda key: StatisticalPath(config, seed, shares, key)
    raise InputError(
        f"{config.kind} needs to know who else is on the road, which a live flow does not tell; "
        "expected ideal, constant or statistical",
        path="links.pc5",
    )


def _require_reach(distance_m: float, reach_m: float) -> None:
    if distance_m > reach_m:
        raise InputError(f"nothing is heard beyond {reach_m:g} m, got {distance_m:g} m", path="links.pc5")

"""What a straight road of equal stations loses under mode 4, in closed form: the model to hold simulations against.

M. Gonzalez-Martin, M. Sepulcre, R. Molina-Masegosa, J. Gozalvez, "Analytical Models of the Performance of C-V2X Mode 4
Vehicular Communications", IEEE Trans. Veh. Technol. 68(2), 2019, arXiv:1807.06508; numbers in brackets are its
equations, symbols with a meaning are spelled out. Where the authors sum over a list of resources, this takes the
integral: the channel busy ratio comes out higher by up to 0.004.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.signal import correlate
from scipy.special import ndtr, ndtri

from v2x.links.base import F64

#: Share of a selection window that are candidates at least (TS 36.213 clause 14.1.1.6).
_CANDIDATES = 0.2
#: Other stations count up to here, metres: the authors' limits for the channel's load and for interference.
_LOAD_REACH_M, _INTERFERENCE_REACH_M = 1500, 1000.0
_AROUND_M = np.arange(-_LOAD_REACH_M, _LOAD_REACH_M + 1.0)
#: Distances between two senders in the tables of `clashes`, metres.
LAGS_M = np.arange(2.0 * _LOAD_REACH_M + 1.0)
#: Width of a cell of the signal's distribution, dB, and number of equally likely levels of one interferer's.
_SIGNAL_STEP_DB, _LEVELS = 0.2, 40


@dataclass(frozen=True)
class Road:
    """A straight road of equal stations that all send alike.

    Attributes
    ----------
    density_per_m
        Stations a metre.
    rate_hz
        Packets a second and station.
    power_dbm
        Transmitter output.
    resources
        Packets that fit side by side into one slot.
    noise_dbm
        In the bandwidth of one packet's data.
    path_loss
        Distances in m -> median loss in dB, antenna gains taken off.
    bler
        SINR in dB -> block error ratio.
    sensitivity_dbm
        Weaker packets are not noticed at all.
    shadowing_db
        Standard deviation of log-normal shadowing.
    slot_s
        Length of a slot.
    ranked
        Whether candidates are ranked by the energy sensed on them (step 3 of mode 4, which mode 2 of NR does without).
    """

    density_per_m: float
    rate_hz: float
    power_dbm: float
    resources: int
    noise_dbm: float
    path_loss: Callable[[F64], F64]
    bler: Callable[[F64], F64]
    sensitivity_dbm: float = -90.5
    shadowing_db: float = 3.0
    slot_s: float = 1e-3
    ranked: bool = True

    def level_dbm(self, distance_m: ArrayLike) -> F64:
        """Median received power."""
        return np.asarray(self.power_dbm - self.path_loss(np.abs(np.asarray(distance_m, np.float64))))

    def heard(self, distance_m: ArrayLike, threshold_dbm: float) -> F64:
        """Share of packets received above a level (10)."""
        return np.asarray(ndtr((self.level_dbm(distance_m) - threshold_dbm) / self.shadowing_db))

    @property
    def period_resources(self) -> float:
        """Resources between two packets of a station (28)."""
        return self.resources / (self.slot_s * self.rate_hz)

    @property
    def load(self) -> float:
        """Stations heard at one place (29.1), per resource."""
        return float(self.density_per_m * self.heard(_AROUND_M, self.sensitivity_dbm).sum() / self.period_resources)

    @property
    def cbr(self) -> float:
        """Channel busy ratio (34)."""
        return float(busy_ratio(self.load))


@dataclass(frozen=True)
class Losses:
    """Shares of packets by distance; with ``pdr`` they sum to 1 (6).

    Attributes
    ----------
    distance_m
        Between sender and receiver, (n,); the others alike.
    half_duplex, below_sensitivity, propagation, collision
        Shares lost.
    cbr
        Channel busy ratio on this road.
    """

    distance_m: F64
    half_duplex: F64
    below_sensitivity: F64
    propagation: F64
    collision: F64
    cbr: float

    @property
    def pdr(self) -> F64:
        """Packet delivery ratio."""
        return 1.0 - self.half_duplex - self.below_sensitivity - self.propagation - self.collision


def busy_ratio(load: ArrayLike) -> F64:
    """Share of resources in use when stations that avoid each other imperfectly take ``load`` per resource (29).

    Half of the stations have resources of their own, each further one the less likely so the more are taken: with
    x = load/2 the sum over them is x - x^2 / (2 (1 - x)) up to x = 1/2, and (1 - x) / 2 beyond.
    """
    half = np.minimum(np.asarray(load, np.float64) / 2.0, 1.0)
    free = 1.0 - half
    shared = np.minimum(half, free)
    with np.errstate(invalid="ignore"):
        return half + np.where(free > 0.0, shared - shared**2 / (2.0 * free), 0.0)


def losses(road: Road, distance_m: ArrayLike) -> Losses:
    """The model's answer: PDR and the four causes of loss by distance."""
    distance = np.asarray(distance_m, np.float64)
    signal_dbm, weight = _signals(road, distance)
    alone = weight @ road.bler(signal_dbm - road.noise_dbm)  # (13)
    places = np.arange(1, round(_INTERFERENCE_REACH_M * road.density_per_m) + 1) / road.density_per_m
    disturbed = weight @ interfered(road, signal_dbm, road.level_dbm(places))  # (17)
    ruined = beyond(disturbed, alone[:, None])  # (18)
    collided = np.zeros(len(distance))
    for share, chance in clashes(road):  # (21)
        survives = np.ones(len(distance))
        for side in (-places, places):
            apart = np.abs(distance[:, None] + side)
            survives *= np.prod(1.0 - np.interp(apart, LAGS_M, chance) * ruined, axis=1)  # (14), (15)
        collided += share * (1.0 - survives)
    deaf = np.full(len(distance), road.rate_hz * road.slot_s)  # (7)
    missed = 1.0 - road.heard(distance, road.sensitivity_dbm)
    hears = (1.0 - deaf) * (1.0 - missed)
    return Losses(
        distance, deaf, missed * (1.0 - deaf), alone * hears, collided * (1.0 - alone) * hears, road.cbr
    )  # fmt: skip


def clashes(road: Road) -> list[tuple[float, F64]]:
    """Chance that two stations use one resource, by the distance between them (`LAGS_M`).

    Returns
    -------
    list of (share, chances)
        Selection by reservations alone (23) and by ranked energy (31), and with what share each counts (22).
    """
    cbr = road.cbr
    by_reservation = float(np.clip(2.0 * cbr - 0.4, 0.0, 1.0)) if road.ranked else 1.0
    parts = [(by_reservation, _clash(road, road.sensitivity_dbm, cbr))]
    if by_reservation < 1.0:
        threshold_dbm = _ranking_threshold_dbm(road)
        parts.append((1.0 - by_reservation, _clash(road, threshold_dbm, _avoided(road, threshold_dbm))))
    return parts


def interfered(road: Road, signal_dbm: F64, interference_dbm: F64) -> F64:
    """Mean BLER of signals (a,) beside one interferer of median level (b,), as (a, b): the inner mean of (17)."""
    levels_db = road.shadowing_db * ndtri((np.arange(_LEVELS) + 0.5) / _LEVELS)
    noise_mw = 10.0 ** (road.noise_dbm / 10.0)
    mean = np.zeros((len(signal_dbm), len(interference_dbm)))
    for shift_db in levels_db:
        ground_dbm = 10.0 * np.log10(10.0 ** ((interference_dbm + shift_db) / 10.0) + noise_mw)
        mean += road.bler(signal_dbm[:, None] - ground_dbm)
    return mean / _LEVELS


def beyond(disturbed: F64, alone: F64) -> F64:
    """Chance that interference ruins what noise alone would not (18)."""
    return (disturbed - alone) / np.maximum(1.0 - alone, 1e-12)


def _signals(road: Road, distance_m: F64) -> tuple[F64, F64]:
    """Signal levels (k,) above the sensitivity, and their weights at each distance (n, k), rows of sum 1."""
    median_dbm = road.level_dbm(distance_m)
    top_dbm = max(float(median_dbm.max()), road.sensitivity_dbm) + 5.0 * road.shadowing_db
    level_dbm = np.arange(road.sensitivity_dbm, top_dbm, _SIGNAL_STEP_DB) + _SIGNAL_STEP_DB / 2.0
    exponent = -0.5 * ((level_dbm - median_dbm[:, None]) / road.shadowing_db) ** 2
    weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))  # far below the sensitivity all would be 0
    return level_dbm, weight / weight.sum(axis=1, keepdims=True)


def _avoided(road: Road, threshold_dbm: float) -> float:
    """Share of resources on which a station senses a level or more (33): each packet is in the window twice."""
    stations = road.density_per_m * float(road.heard(_AROUND_M, threshold_dbm).sum())
    return float(busy_ratio(2.0 * stations / road.period_resources))


def _ranking_threshold_dbm(road: Road) -> float:
    """Level below which the candidates lie after ranking: that which leaves a fifth of the resources."""

    def surplus(threshold_dbm: float) -> float:
        return 1.0 - _avoided(road, threshold_dbm) - _CANDIDATES

    if surplus(road.sensitivity_dbm) >= 0.0:
        return road.sensitivity_dbm
    return float(brentq(surplus, road.sensitivity_dbm, road.power_dbm, xtol=0.01))


def _clash(road: Road, threshold_dbm: float, avoided: float) -> F64:
    """Chance that two stations take one resource, by distance, when each avoids a share of them (23)-(30)."""
    heard = road.heard(_AROUND_M, road.sensitivity_dbm)
    likeness = correlate(heard, heard, method="fft")[len(heard) - 1 :]
    likeness /= likeness[0]  # (30.2) by (40)
    both_avoid = likeness * (avoided * float(heard @ heard) / float(heard.sum()) - avoided**2) + avoided**2  # (30)
    both_offer = 1.0 - 2.0 * avoided + both_avoid  # (27)
    unaware = 1.0 - (1.0 - 1.0 / road.rate_hz) * road.heard(LAGS_M, threshold_dbm)  # (24)
    return unaware * both_offer / ((1.0 - avoided) ** 2 * road.period_resources)  # (26): the candidates' number cancels

"""The cells of a field, and what a station receives of each at any place: one answer for runs and for maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log10
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from v2x.errors import InputError
from v2x.field.model import Field
from v2x.links.base import F64
from v2x.links.cellular.carriers import CARRIERS
from v2x.links.cellular.random_field import RandomField
from v2x.links.cellular.rates import Radio, radio_with
from v2x.links.propagation import tr38901
from v2x.rng import Stream, key_of
from v2x.scenario.model_cellular import GeometricUu

#: Sector antenna of TR 36.942 clause 4.2.1.1 (from memory): width at -3 dB, and least gain off the axis. No tilt.
_WIDTH_DEG, _FRONT_TO_BACK_DB = 65.0, 20.0
#: Axes of a site's cells, clockwise from the plane's north; a field does not say, so they are assumed.
_AXES_DEG = {1: (0.0,), 3: (30.0, 150.0, 270.0)}
#: The models of TR 38.901 begin at this height of a station.
_LEAST_STATION_M = 1.5


@dataclass(frozen=True)
class _Environment:
    """A deployment of TR 38.901.

    ``los_db`` and ``nlos_db`` are path losses (table 7.4.1-1) of (horizontal distance, heights of the site and of the
    station, GHz), ``los_chance`` the chance of line of sight (table 7.4.2-1) of the distance. The rest are standard
    deviations and decorrelation distances of shadowing in and out of line of sight (tables 7.4.1-1, 7.5-6), and the
    decorrelation distance of the line of sight itself (table 7.6.3.1-2, from memory).
    """

    los_db: Callable[..., Any]
    nlos_db: Callable[..., Any]
    los_chance: Callable[..., Any]
    shadowing_db: tuple[float, float]
    decorrelation_m: tuple[float, float]
    los_decorrelation_m: float


class Network:
    """gNB sites of a field with their cells.

    Parameters
    ----------
    config
        Carrier, environment, sectors, load.
    field
        Where the sites are.
    seed
        Seed of the shadowing and of the lines of sight: those of a run.

    Raises
    ------
    InputError
        There is no field, or no gNB in it.
    """

    def __init__(self, config: GeometricUu, field: Field | None, seed: int) -> None:
        if field is None or not field.gnb:
            raise InputError("kind 'geometric' needs a field with gNB sites", path="links.uu.kind")
        self.carrier = CARRIERS[config.carrier]
        self.load, self._environment = config.load, _ENVIRONMENTS[config.environment]
        self._x_m, self._y_m = field.plane.to_xy([s.lon_deg for s in field.gnb], [s.lat_deg for s in field.gnb])
        #: Name and place on the plane of each site.
        self.sites = [(site.id, *place) for site, *place in zip(field.gnb, self._x_m, self._y_m, strict=True)]
        self._height_m = np.array([site.height_m for site in field.gnb])
        self._axes_deg = np.array(_AXES_DEG[config.sectors])
        #: Names of the cells, site by site.
        self.cells = [f"{site.id}/{number}" for site in field.gnb for number in range(1, config.sectors + 1)]
        owners = np.array([key_of(site.id) for site in field.gnb], np.uint64)
        env = self._environment
        self._sight = RandomField(Stream(seed, "uu.los"), owners, env.los_decorrelation_m)
        self._shadows = [
            RandomField(Stream(seed, f"uu.shadowing.{state}"), owners, apart_m)
            for state, apart_m in zip(("los", "nlos"), env.decorrelation_m, strict=True)
        ]

    def gain_db(self, x_m: F64, y_m: F64, antenna_m: F64) -> F64:
        """Gain from each cell's transmitter to a station's receiver, (n, cells): a function of the place alone."""
        east_m, north_m = np.subtract.outer(x_m, self._x_m), np.subtract.outer(y_m, self._y_m)
        loss_db = self._loss_db(x_m, y_m, np.hypot(east_m, north_m), np.maximum(antenna_m, _LEAST_STATION_M))
        gain_db = self._antenna_db(east_m, north_m) - loss_db[:, :, None]
        return np.asarray(gain_db.reshape(len(x_m), gain_db.shape[1] * gain_db.shape[2]), np.float64)

    def rsrp_dbm(self, gain_db: F64) -> F64:
        """Received power per resource element of the cells' whole channel."""
        return gain_db + (self.carrier.cell_dbm - 10.0 * log10(12.0 * self.carrier.blocks))

    def radio(self, gain_db: F64, cell: NDArray[np.intp]) -> Radio:
        """SINR and rates of each station in its cell, with the configured load in all others."""
        return radio_with(gain_db, cell, self.carrier, self.load.downlink, self.load.uplink)

    def _loss_db(self, x_m: F64, y_m: F64, distance_m: F64, antenna_m: F64) -> F64:
        """Path loss and shadowing between each station and each site, (n, sites)."""
        env, ghz = self._environment, self.carrier.frequency_ghz
        row, site = (index.ravel() for index in np.indices(distance_m.shape))
        apart_m = distance_m.ravel()
        loss_db = np.empty(len(row))
        in_sight = ndtr(self._sight.at(site, x_m[row], y_m[row])) < env.los_chance(apart_m)
        for state, path_db in enumerate((env.los_db, env.nlos_db)):
            some = np.flatnonzero(in_sight if state == 0 else ~in_sight)
            at, whose = row[some], site[some]
            shadow = self._shadows[state].at(whose, x_m[at], y_m[at])
            path = path_db(apart_m[some], self._height_m[whose], antenna_m[at], ghz)
            loss_db[some] = path + env.shadowing_db[state] * shadow
        return loss_db.reshape(distance_m.shape)

    def _antenna_db(self, east_m: F64, north_m: F64) -> F64:
        """Gain of each site's antennas towards each station, (n, sites, sectors)."""
        if len(self._axes_deg) == 1:
            return np.full((*east_m.shape, 1), self.carrier.cell_dbi)
        course_deg = np.degrees(np.arctan2(east_m, north_m))
        off_deg = (course_deg[..., None] - self._axes_deg + 180.0) % 360.0 - 180.0
        attenuation_db: F64 = np.minimum(12.0 * (off_deg / _WIDTH_DEG) ** 2, _FRONT_TO_BACK_DB)
        return self.carrier.cell_dbi - attenuation_db


_ENVIRONMENTS = {
    "uma": _Environment(
        tr38901.uma_los_db, tr38901.uma_nlos_db, tr38901.uma_los, (4.0, 6.0), (37.0, 50.0), los_decorrelation_m=50.0
    ),
    "umi": _Environment(
        tr38901.umi_los_db, tr38901.umi_nlos_db, tr38901.umi_los, (4.0, 7.82), (10.0, 13.0), los_decorrelation_m=50.0
    ),
    "rma": _Environment(
        tr38901.rma_los_db, tr38901.rma_nlos_db, tr38901.rma_los, (4.0, 8.0), (37.0, 120.0), los_decorrelation_m=60.0
    ),
}

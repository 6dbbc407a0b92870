"""Notices heard, and where the vehicle is with regard to the place that each is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf, isnan
from types import MappingProxyType

import numpy as np

from v2x.clock import NS_PER_S
from v2x.messages.model import Notice, RoadsideInformation
from v2x.stations.applications.ground import Ground, turned_deg
from v2x.stations.applications.motion import Own
from v2x.stations.applications.shared import SHARED
from v2x.stations.base import View

_MAX_AGE_NS = round(SHARED.notice_age_s * NS_PER_S)


@dataclass(frozen=True)
class Zone:
    """A notice, and its place on the ground.

    Attributes
    ----------
    name
        What it is about: the same whoever announces it.
    notice
        The notice.
    """

    name: str
    notice: Notice
    _ground: Ground

    @classmethod
    def of(cls, notice: Notice) -> Zone:
        """The zone of a notice; several senders announce the same one, so its name leaves them out."""
        name = f"{notice.cause}/{notice.id}/{notice.lat_deg:.3f},{notice.lon_deg:.3f}"
        return cls(name, notice, Ground.at(notice.lat_deg, notice.lon_deg))

    def ahead_m(self, own: Own) -> float:
        """Way from the vehicle's front to the zone: 0 inside, infinite where it does not lead there.

        A path counts in its own direction, and is taken to begin as a straight road; a circle lies ahead where the
        vehicle's course meets it. The vehicle may be beside the middle by the stated accuracy of its position.
        """
        at_m = self._ground.point(own.lat_deg, own.lon_deg)
        if len(self.notice.path_m) > 1:
            return self._along_path(at_m, own)
        return self._to_circle(at_m, own)

    @cached_property
    def _segments(self) -> list[tuple[np.ndarray, np.ndarray, float, float]]:
        """Beginning, direction, length and heading of each segment of the path."""
        segments = []
        for start_m, step_m in zip(self.notice.path_m[:-1], np.diff(self.notice.path_m, axis=0), strict=True):
            length_m = max(float(np.hypot(*step_m)), 1e-9)
            segments.append((start_m, step_m / length_m, length_m, float(np.degrees(np.arctan2(*step_m)))))
        return segments

    def _along_path(self, at_m: tuple[float, float], own: Own) -> float:
        half_m = self.notice.path_width_m / 2.0 + own.sigma_m
        nearest = inf
        for number, (start_m, unit, length_m, way_deg) in enumerate(self._segments):
            if abs(turned_deg(own.heading_deg, way_deg)) > SHARED.lane_way_deg:
                continue
            along_m, beside_m = _along(at_m - start_m, unit)
            if beside_m > half_m or along_m > length_m + own.length_m / 2.0:
                continue
            if along_m >= 0.0:
                return 0.0
            if number == 0:
                nearest = max(-along_m - own.length_m / 2.0, 0.0)
        return nearest

    def _to_circle(self, at_m: tuple[float, float], own: Own) -> float:
        radius_m = 0.0 if isnan(self.notice.radius_m) else self.notice.radius_m
        away_m = float(np.hypot(*at_m))
        if away_m <= radius_m:
            return 0.0
        course = np.radians(own.heading_deg)
        along_m, beside_m = _along(-np.array(at_m), np.array([np.sin(course), np.cos(course)]))
        if along_m <= 0.0 or beside_m > radius_m + SHARED.lane_m + own.sigma_m:
            return inf
        return max(away_m - radius_m - own.length_m / 2.0, 0.0)


def _along(vector_m: np.ndarray, unit: np.ndarray) -> tuple[float, float]:
    """Components of a vector along a direction and, without sign, beside it."""
    along = float(vector_m @ unit)
    beside = float(abs(vector_m[0] * unit[1] - vector_m[1] * unit[0]))
    return along, beside


#: Name of a zone -> when it was heard of last, and the zone.
_Known = Mapping[str, tuple[int, Zone]]
_NOTHING: _Known = MappingProxyType({})


class Zones:
    """Notices in force, as far as they were heard of late."""

    def __init__(self) -> None:
        self._known = _NOTHING

    def hear(self, view: View) -> list[Zone]:
        """Take in what has arrived and forget what has ended or fallen silent; all that is left."""
        self._known = view.once(_heard, self._known)
        return [zone for _, zone in self._known.values() if zone.notice.start_utc_ns <= view.clock_ns]


def _heard(view: View, known: _Known) -> _Known:
    now = dict(known)
    for received in view.inbox.received:
        if isinstance(received.message, RoadsideInformation):
            for notice in received.message.notices:
                zone = Zone.of(notice)
                now[zone.name] = received.clock_ns, zone
    oldest_ns = view.clock_ns - _MAX_AGE_NS
    return {
        name: heard
        for name, heard in now.items()
        if heard[0] >= oldest_ns and not _over(heard[1].notice, view.clock_ns)
    }


def _over(notice: Notice, clock_ns: int) -> bool:
    return notice.end_utc_ns is not None and notice.end_utc_ns <= clock_ns

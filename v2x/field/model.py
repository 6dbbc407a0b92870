"""A field: where the roads, junctions, signals and sites are. Loaded from ``field.json``, without SUMO."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from v2x.geo import Plane
from v2x.messages.model import Intersection


@dataclass(frozen=True)
class Site:
    """A radio site: roadside unit or gNB. ``junction`` is None away from junctions."""

    id: str
    lon_deg: float
    lat_deg: float
    height_m: float
    junction: str | None = None


@dataclass(frozen=True)
class Junction:
    """A named junction.

    Attributes
    ----------
    id
        Id in the network, e.g. ``J_22``.
    number
        Intersection id on the air (unique in the field), 1..65535.
    name, pinyin
        Chinese name and its pinyin id.
    lon_deg, lat_deg
        Reference point, WGS-84.
    signal_groups
        Signal group number -> indices of the network's signal links; empty where unsignalled. At most 16 groups
        (T/CSAE 53 PhaseList).
    """

    id: str
    number: int
    name: str
    pinyin: str
    lon_deg: float
    lat_deg: float
    signal_groups: dict[int, tuple[int, ...]]


@dataclass(frozen=True)
class LaneShape:
    """A lane for drawing.

    ``kind`` is one of ``vehicle``, ``bike``, ``sidewalk``, ``crossing``; ``points_m`` is (k, 2) on the plane.
    """

    id: str
    road: str
    kind: str
    width_m: float
    points_m: NDArray[np.float64]


@dataclass(frozen=True)
class Building:
    """A building block as a prism: its outline ``points_m`` (k, 2) on the plane, counterclockwise and not closed."""

    id: str
    height_m: float
    points_m: NDArray[np.float64]


@dataclass(frozen=True)
class Field:
    """A test field.

    Attributes
    ----------
    name, title
        Id (``xiqing``) and Chinese title.
    folder
        Where its files lie.
    region
        Region number of the intersection ids on the air.
    plane
        Projection of the network; its metres are the run's ``x_m``, ``y_m``.
    junctions, rsu, gnb, lanes
        What is there.
    intersections
        Junction id -> geometry for MAP.
    buildings
        Building blocks, derived from declared setbacks (`v2x.field.buildings`); none where nothing is declared.
    placement
        How far the positions can be trusted, in words.
    elevation_m
        Elevation of the (flat) field.
    """

    name: str
    title: str
    folder: Path
    region: int
    plane: Plane
    junctions: tuple[Junction, ...]
    rsu: tuple[Site, ...]
    gnb: tuple[Site, ...]
    lanes: tuple[LaneShape, ...]
    intersections: dict[str, Intersection]
    buildings: tuple[Building, ...] = ()
    placement: str = ""
    elevation_m: float = 0.0

    @property
    def net_file(self) -> Path:
        """The SUMO network, ``<name>.net.xml`` in the folder."""
        return self.folder / f"{self.name}.net.xml"

    def sumo_files(self, demand: str) -> list[Path]:
        """Additional and route files for a demand level (signal programmes, types, routes, flows), in loading order."""
        return [
            self.folder / f"{self.name}.signals.add.xml",
            self.folder / f"{self.name}.types.add.xml",
            self.folder / f"{self.name}.routes.add.xml",
            self.folder / f"{self.name}.{demand}.rou.xml",
        ]

"""Scenario model: what becomes of a radio wave between two stations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from v2x.scenario.model_base import Model

ShadowingDb = Annotated[float, Field(ge=0.0, le=20.0)]
DecorrelationM = Annotated[float, Field(gt=0.0, le=1000.0)]
HeightM = Annotated[float, Field(ge=0.0, le=10.0)]


class WinnerB1(Model):
    """WINNER+ B1 as in TR 36.885: what most LTE-V2X studies assume on a straight road."""

    kind: Literal["winner_b1"]
    environment_height_m: HeightM = 0.0
    """Antenna heights count from here. Studies take 0 or 1 m, which is 16.5 dB beyond 177 m at 1.5 m antennas."""
    line_of_sight: Literal["geometry", "always"] = "always"
    """geometry: buildings in the way make it NLOS around a corner half way; vehicles do not count in this model."""
    shadowing_db: ShadowingDb = 3.0
    """Standard deviation of shadowing in line of sight (TR 36.885 clause A.1.4)."""
    shadowing_nlos_db: ShadowingDb = 4.0
    """Standard deviation of shadowing behind buildings (TR 36.885 clause A.1.4)."""
    decorrelation_m: DecorrelationM = 25.0
    """Way after which shadowing is correlated by 1/e: 25 m freeway, 10 m urban (TR 36.885 clause A.1.4)."""


class Tr37885(Model):
    """TR 37.885 clause 6.2.1: 3GPP's model for NR sidelinks between vehicles."""

    kind: Literal["tr37885"]
    environment: Literal["urban", "highway"] = "urban"
    """Which column of table 6.2.1-1."""
    line_of_sight: Literal["geometry", "probability", "always"] = "geometry"
    """geometry: by rectangles of vehicles and buildings; probability: by distance (table 6.2-1), no buildings."""
    nlosv: Literal["tr37885", "per_vehicle"] = "tr37885"
    """Loss by vehicles in the way: drawn by heights and distance, or 6.9 dB for each (ETSI TR 103 257-1)."""
    blocker_height_m: HeightM = 1.6
    """Height of vehicles in the way where line_of_sight is probability; 1.6 m is a car (types 1 and 2)."""
    shadowing_db: ShadowingDb = 3.0
    """Standard deviation of shadowing in line of sight and behind vehicles."""
    shadowing_nlos_db: ShadowingDb = 4.0
    """Standard deviation of shadowing behind buildings."""
    decorrelation_m: DecorrelationM = 10.0
    """Way after which shadowing is correlated by 1/e; TR 36.885 has 25 m for a freeway."""
    decorrelation_nlos_m: DecorrelationM = 13.0
    """The same without line of sight."""


Propagation = Annotated[WinnerB1 | Tr37885, Field(discriminator="kind")]

"""What all parts of the scenario model share: the strict base class, common value types, a point with its CRS."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeFloat, model_validator
from pydantic_core import PydanticCustomError

from v2x.errors import InputError
from v2x.geo import Plane, in_china, to_wgs84

Crs = Literal["wgs84", "gcj02", "bd09", "local"]
VehicleKind = Literal["car", "bus", "truck", "ebike", "bicycle", "pedestrian"]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Model(BaseModel):
    """Base of all scenario models: immutable and without unknown keys.

    The docstring below a key is its description in the JSON Schema. The loader validates in strict mode, so in a file
    the text ``"10"`` is not the number 10.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


def refusal(reason: str, *, at: str = "") -> PydanticCustomError:
    """Error for a validator to raise.

    ``at`` is the dotted path of what is wrong: below the validated value, or from the root if it begins with a slash.
    """
    return PydanticCustomError("refused", "{reason}", {"reason": reason, "at": at})


def all_different(list_name: str, key: str, values: Sequence[object]) -> None:
    """Refuse a second entry with the ``key`` of an earlier one in the list of that name."""
    for row, value in enumerate(values):
        if value in values[:row]:
            raise refusal(f"{value} is taken by {list_name}.{values.index(value)}", at=f"{row}.{key}")


def _forward(outages: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    for row, (start_s, end_s) in enumerate(outages):
        if end_s <= start_s:
            raise refusal("an outage must end after it starts", at=f"{row}.1")
    return outages


#: Pairs (start_s, end_s), each forward in time.
Outages = Annotated[tuple[tuple[NonNegativeFloat, NonNegativeFloat], ...], AfterValidator(_forward)]


class Position(Model):
    """A point and the system it is given in. Geographic systems take degrees, ``local`` takes plane metres."""

    crs: Crs
    """Coordinate reference system; Chinese web maps are gcj02 or bd09, about 560 m and 1.5 km off WGS-84 here."""
    lon_deg: Annotated[float, Field(ge=-180, le=180)] | None = None
    """Longitude, east positive."""
    lat_deg: Annotated[float, Field(ge=-90, le=90)] | None = None
    """Latitude, north positive."""
    x_m: float | None = None
    """East on the run's plane."""
    y_m: float | None = None
    """North on the run's plane."""

    @model_validator(mode="after")
    def _one_pair(self) -> Position:
        degrees, metres = ("lon_deg", "lat_deg"), ("x_m", "y_m")
        wanted, other = (metres, degrees) if self.crs == "local" else (degrees, metres)
        surplus = [name for name in other if getattr(self, name) is not None]
        lacking = any(getattr(self, name) is None for name in wanted)
        if surplus or lacking:
            reason = f"crs '{self.crs}' takes {wanted[0]} and {wanted[1]}, and only these"
            raise refusal(reason, at=surplus[0] if surplus else "")
        if self.crs in ("gcj02", "bd09") and not in_china(*self.pair()):
            raise refusal(f"{self.crs} is defined in China only", at="lon_deg")
        return self

    def pair(self) -> tuple[float, float]:
        """East then north: (x_m, y_m) for ``local``, else (lon_deg, lat_deg)."""
        east, north = (self.x_m, self.y_m) if self.crs == "local" else (self.lon_deg, self.lat_deg)
        if east is None or north is None:
            raise ValueError("a position without coordinates")
        return east, north

    def lonlat(self, plane: Plane | None = None) -> tuple[float, float]:
        """WGS-84 longitude and latitude, degrees; only a ``local`` point needs the plane.

        Raises
        ------
        InputError
            If the point is so far out that the plane does not reach there.
        """
        local = plane if self.crs == "local" else None
        lon, lat = to_wgs84(self.crs, *self.pair()) if local is None else local.to_lonlat(*self.pair())
        if not (isfinite(lon) and isfinite(lat)):  # PROJ says inf where a plane ends
            raise InputError("not on the run's plane")
        return float(lon), float(lat)


def _not_local(position: Position) -> Position:
    if position.crs == "local":
        raise refusal("the origin of a local plane needs geographic coordinates", at="crs")
    return position


Origin = Annotated[Position, AfterValidator(_not_local)]
"""A point that pins a local plane to the earth."""

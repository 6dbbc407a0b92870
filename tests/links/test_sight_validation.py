"""How much the assumed setbacks matter at corners; writes the table of ``docs/validation/line-of-sight.md``."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from report_kit import write_table

from v2x.field.buildings import buildings_of
from v2x.field.layout import lay_out
from v2x.field.load import load_field
from v2x.field.model import Building, Field
from v2x.field.source import FieldSource, load_source
from v2x.links.base import Bodies, Scene, Stations
from v2x.links.sidelink.blockage import LOS, Blockage

pytestmark = pytest.mark.validate

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "line-of-sight.md"
FIELDS = ("xiqing", "dongli")
OFF_M = (-5.0, 0.0, 5.0)
#: Cars stand every so far on every motor lane, up to so far from the junction; and the width of a bin.
APART_M, REACH_M, BIN_M = 5.0, 200.0, 25.0
CAR_M = 1.6


def moved(source: FieldSource, off_m: float) -> FieldSource:
    """The field with all building lines farther from the roads (negative: nearer)."""
    classes = {}
    for name, cross in source.classes.items():
        line = cross.buildings
        shifted = line and line.model_copy(update={"setback_m": line.setback_m + off_m})
        classes[name] = cross.model_copy(update={"buildings": shifted})
    return source.model_copy(update={"classes": classes})


def places_around(field: Field, junction: str) -> NDArray[np.float64]:
    """Places on the motor lanes of a junction's arms, relative to it, (n, 2)."""
    node = next(item for item in field.junctions if item.id == junction)
    centre_m = np.array(field.plane.to_xy(node.lon_deg, node.lat_deg))
    found = []
    for lane in field.lanes:
        if lane.kind == "vehicle" and junction in lane.id.rpartition("_")[0].split("."):
            travelled_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(lane.points_m, axis=0).T))])
            at_m = np.arange(0.0, travelled_m[-1], APART_M)
            found.append(np.column_stack([np.interp(at_m, travelled_m, axis) for axis in lane.points_m.T]) - centre_m)
    around = np.vstack(found)
    return around[np.hypot(*around.T) <= REACH_M] + centre_m


def shares(field: Field, buildings: tuple[Building, ...]) -> NDArray[np.float64]:
    """Part of the pairs on crossing arms, by bins of their distance, that see each other past the buildings."""
    blockage, nothing = Blockage(buildings), Bodies(np.zeros(0, np.uint64), *np.zeros((6, 0)))
    seen, tried = np.zeros((2, int(REACH_M / BIN_M)), np.int64)
    for junction in field.junctions:
        places_m = places_around(field, junction.id)
        x_m, y_m = (places_m - field.plane.to_xy(junction.lon_deg, junction.lat_deg)).T
        one, other = np.triu_indices(len(places_m), 1)
        apart_m = np.hypot(x_m[one] - x_m[other], y_m[one] - y_m[other])
        turned = (x_m[one] * x_m[other] + y_m[one] * y_m[other]) / np.hypot(x_m, y_m)[one] / np.hypot(x_m, y_m)[other]
        crossing = (np.abs(turned) < np.cos(np.radians(45.0))) & (apart_m < REACH_M)
        one, other, strip = one[crossing], other[crossing], (apart_m[crossing] / BIN_M).astype(int)
        cars = Stations(np.arange(len(x_m), dtype=np.uint64), *places_m.T, np.full(len(x_m), CAR_M))
        sight = blockage(Scene(0, 1, cars, nothing), one.astype(np.int32), other.astype(np.int32))
        tried += np.bincount(strip, minlength=len(tried))
        seen += np.bincount(strip[sight.state == LOS], minlength=len(seen))
    return seen / tried


def test_line_of_sight_by_distance_and_setback() -> None:
    columns = []
    for name, off_m in product(FIELDS, OFF_M):
        field, source = load_field(name), load_source(load_field(name).folder / "field.yaml")
        buildings = buildings_of(lay_out(moved(source, off_m)), field.plane)
        if off_m == 0.0:
            assert len(buildings) == len(field.buildings)
        columns.append(shares(field, buildings))
    table = np.array(columns)
    for nearer, farther in ((0, 1), (1, 2), (3, 4), (4, 5)):
        assert (table[nearer] <= table[farther]).all()
    head = ["distance, m", *(f"{name} {off_m:+.0f} m" if off_m else name for name, off_m in product(FIELDS, OFF_M))]
    rows = [[f"{BIN_M * k:.0f}-{BIN_M * (k + 1):.0f}", *(f"{100 * share:.0f}" for share in table[:, k])]
            for k in range(table.shape[1])]  # fmt: skip
    write_table(REPORT, "corners", " | ".join(head), [" | ".join(row) for row in rows])

"""The JSON Schema: whole, described, with units; and the documentation knows every key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from v2x.scenario.causes import NOTICE_CAUSES
from v2x.scenario.model_sidelink import GeometricPc5, SensingPc5, Sidelink
from v2x.scenario.schema import UNITS, scenario_schema

DOCS = Path(__file__).parents[2] / "docs" / "scenarios.md"
SCHEMA = scenario_schema()


def keys() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, part in [("Scenario", SCHEMA), *SCHEMA["$defs"].items()]:
        for key, entry in part["properties"].items():
            yield name, key, entry


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from [node["$ref"]] if "$ref" in node else []
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def test_every_reference_leads_somewhere() -> None:
    found = set(references(SCHEMA))
    assert found
    assert {reference.removeprefix("#/$defs/") for reference in found} == set(SCHEMA["$defs"])


def test_unknown_keys_are_refused_everywhere() -> None:
    assert all(part["additionalProperties"] is False for part in (SCHEMA, *SCHEMA["$defs"].values()))


@pytest.mark.parametrize(
    ("part", "key", "entry"), list(keys()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_described_with_unit(part: str, key: str, entry: dict[str, Any]) -> None:
    if key != "kind":  # the choice of a shape, which is described itself
        assert entry.get("description")
    assert all(row.get("description") for row in SCHEMA["$defs"].values())
    assert entry.get("x-unit") == next((unit for end, unit in UNITS.items() if key.endswith(end)), None)


def test_units_are_those_of_the_names() -> None:
    units = {key: entry["x-unit"] for _, key, entry in keys() if "x-unit" in entry}
    assert units["map_rate_hz"] == "Hz"
    assert units["speed_limit_mps"] == "m/s"
    assert units["accel_mps2"] == "m/s^2"


def test_names_are_offered() -> None:
    cause = SCHEMA["$defs"]["NoticeSource"]["properties"]["cause"]
    assert "roadworks" in cause["examples"]
    assert SCHEMA["properties"]["extends"]["type"] == "string"


def test_documentation_tells_the_same() -> None:
    text = DOCS.read_text(encoding="utf-8")
    shared = dict.fromkeys(Sidelink.model_fields, "Sidelink")  # two parts have these, one table tells of them
    for part, key, entry in keys():
        row = (
            rf"^\| `{key}` \|.*\| {re.escape(entry.get('x-unit', ''))} \| {re.escape(entry.get('description', ''))} \|$"
        )
        table = shared.get(key, part) if part in (GeometricPc5.__name__, SensingPc5.__name__) else part
        section = text.partition(f"### {table}\n")[2].partition("\n### ")[0]
        assert re.search(row, section, re.MULTILINE), f"{part}.{key}"


def test_documentation_names_every_cause() -> None:
    assert f"Causes of a notice: {', '.join(NOTICE_CAUSES)}." in DOCS.read_text(encoding="utf-8")

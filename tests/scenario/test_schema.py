"""The JSON Schema: whole, described, with units; and the documentation knows every key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from v2x.scenario.reference import markdown
from v2x.scenario.schema import UNITS, scenario_schema

DOCS = Path(__file__).parents[2] / "docs" / "scenario-keys.md"
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
    """Remake it by: v2x schema --markdown > docs/scenario-keys.md."""
    assert DOCS.read_text(encoding="utf-8") == markdown()


def test_tables_know_every_key_of_every_part() -> None:
    text = markdown()
    for part, key, entry in keys():
        section = text.partition(f"\n## {part}\n")[2].partition("\n## ")[0]
        unit, meaning = entry.get("x-unit", ""), entry.get("description", "").replace("``", "`").replace("|", "\\|")
        row = rf"^\| `{key}` \|.*\| {re.escape(unit)} \| {re.escape(' '.join(meaning.split()))} \|$"
        assert re.search(row, section, re.MULTILINE), f"{part}.{key}"


def test_tables_tell_values_and_defaults() -> None:
    text = markdown()
    assert "| `duration_s` | number > 0, <= 1000000 | required | s |" in text
    assert "| `seed` | integer >= 0, < 2^63 | `1` |" in text
    assert "| `field` | text \\| null | `null` |" in text
    assert "| `notices` | list of NoticeSource | `[]` |" in text
    assert "Causes of a notice: accident, congestion" in text

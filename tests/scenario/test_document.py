"""The YAML tree: plain values come back whatever they are, and every place is where the text stands."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.errors import ScenarioError
from v2x.scenario.document import Node, Place, parse, read_document

START = Place("x.yaml", Path(), 1, 1)
KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",), max_codepoint=0xFFFF), max_size=20)
)
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(KEYS, v, max_size=4), max_leaves=12)


def walk(node: Node) -> Any:
    yield node
    for child in [*node.mapping.values(), *node.items]:
        yield from walk(child)


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_json_is_yaml(data: dict[str, Any]) -> None:
    root, faults = parse(json.dumps(data), START)
    assert root.plain() == data
    assert faults == []


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
def test_keys_stand_where_they_say(data: dict[str, Any]) -> None:
    text = json.dumps(data, indent=1)
    lines = text.splitlines()
    root, _ = parse(text, START)
    for node in walk(root):
        for key, child in node.mapping.items():
            assert child.key_place is not None
            assert child.key_place.line is not None
            assert child.key_place.column is not None
            line = lines[child.key_place.line - 1][child.key_place.column - 1 :]
            assert line.startswith(f'"{key}": ')


def test_yaml_1_2_scalars() -> None:
    root, _ = parse("[yes, 0o17, 0x1F, 012, 1e3, ~, .nan, 2026-03-02T00:00:00Z, 2026-03-02, '1']", START)
    values = root.plain()
    assert math.isnan(values.pop(6))
    assert values == ["yes", 15, 31, 12, 1000.0, None, "2026-03-02T00:00:00Z", "2026-03-02", "1"]


def test_an_alias_is_its_anchor() -> None:
    root, faults = parse("a: &one {x: 1}\nb: *one\n", START)
    assert root.plain() == {"a": {"x": 1}, "b": {"x": 1}}
    assert faults == []


def test_keys_that_are_not_text() -> None:
    root, faults = parse("1: a\n[b]: c\n", START)
    assert root.plain() == {"1": "a"}
    assert [str(fault) for fault in faults] == ["x.yaml:2:1: a key must be plain text"]


def test_unreadable(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read: Is a directory"):
        read_document(tmp_path)


def test_nested_too_deeply() -> None:
    with pytest.raises(ScenarioError, match="nested too deeply"):
        parse("[" * 5000 + "]" * 5000, START)

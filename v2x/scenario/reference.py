"""The tables of all keys of a scenario file, in Markdown, from the JSON Schema: documentation that cannot grow old."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from v2x.scenario.causes import NOTICE_CAUSES
from v2x.scenario.schema import scenario_schema

_HEAD = """# Keys of a scenario file

Made by `v2x schema --markdown`. A capitalised value is a part with a table of its own. What the file is, how it is read
and what it refuses: [scenarios.md](scenarios.md).

"""
_BOUNDS = {"exclusiveMinimum": ">", "minimum": ">=", "exclusiveMaximum": "<", "maximum": "<="}
_WORDS = {"string": "text", "boolean": "true \\| false", "object": "mapping", "null": "null"}
#: Numbers from here on are written as powers of two: bounds of integers.
_LARGE = 2**40


def markdown() -> str:
    """All parts of a scenario, the whole first, each with a table of its keys."""
    schema = scenario_schema()
    parts = {"Scenario": schema, **_by_first_use(schema)}
    causes = f"Causes of a notice: {', '.join(NOTICE_CAUSES)}.\n"
    return _HEAD + causes + "".join(_part(name, part) for name, part in parts.items())


def _by_first_use(schema: dict[str, Any]) -> dict[str, Any]:
    """The parts in the order in which the tables name them."""
    parts = schema["$defs"]
    found: dict[str, Any] = {}

    def visit(part: dict[str, Any]) -> None:
        for name in _references(part["properties"]):
            if name not in found:
                found[name] = parts[name]
                visit(parts[name])

    visit(schema)
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rsplit("/", 1)[-1]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def _part(name: str, part: dict[str, Any]) -> str:
    required = part.get("required", ())
    lines = [f"\n## {name}\n", f"{_prose(part['description'])}\n", "| key | value | default | unit | meaning |"]
    lines += ["|---|---|---|---|---|"]
    for key, entry in part["properties"].items():
        default = "required" if key in required else _default(entry)
        cells = (f"`{key}`", _value(entry), default, entry.get("x-unit", ""), _prose(entry.get("description", "")))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _prose(text: str) -> str:
    """A docstring as one line; double backticks are single ones here."""
    return " ".join(text.replace("``", "`").split()).replace("|", "\\|")


def _default(entry: dict[str, Any]) -> str:
    if "default" not in entry:
        return ""
    if "$ref" in entry and isinstance(entry["default"], dict):
        return "its defaults"
    return f"`{json.dumps(entry['default'], ensure_ascii=False)}`".replace("|", "\\|")


def _value(entry: dict[str, Any]) -> str:
    """What may stand there, in a few words."""
    if "$ref" in entry:
        return str(entry["$ref"].rsplit("/", 1)[-1])
    if "const" in entry:
        return f"`{entry['const']}`"
    if "enum" in entry:
        return " \\| ".join(f"`{value}`" for value in entry["enum"])
    for choice in ("anyOf", "oneOf"):
        if choice in entry:
            return " \\| ".join(dict.fromkeys(_value(option) for option in entry[choice]))
    kind = entry.get("type", "")
    if kind == "array":
        if "prefixItems" in entry:
            return f"[{', '.join(_value(item) for item in entry['prefixItems'])}]"
        return f"list of {_value(entry['items'])}" if "items" in entry else "list"
    if kind == "object" and isinstance(entry.get("additionalProperties"), dict):
        return f"mapping to {_value(entry['additionalProperties'])}"
    if kind == "string" and entry.get("format") == "date-time":
        return "time"
    bounds = [f"{sign} {_number(entry[key])}" for key, sign in _BOUNDS.items() if key in entry]
    return f"{_WORDS.get(kind, kind)} {', '.join(bounds)}".strip()


def _number(bound: float) -> str:
    if bound >= _LARGE and bound == 1 << int(bound).bit_length() - 1:
        return f"2^{int(bound).bit_length() - 1}"
    return f"{bound:g}" if bound < 1e6 else f"{bound:.0f}"

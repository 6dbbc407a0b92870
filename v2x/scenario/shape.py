"""What the model expects at each place of the tree, read from its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from v2x.scenario.document import Node
from v2x.scenario.model import Scenario


class Shape:
    """The expectation at one place; without a schema anything.

    Parameters
    ----------
    schema
        A subschema of the model's JSON Schema.
    parts
        What it may refer to: the ``$defs`` of the whole.
    """

    def __init__(self, schema: Mapping[str, Any] | None, parts: Mapping[str, Any]) -> None:
        self._schema, self._parts = _resolved(schema or {}, parts), parts

    @property
    def names(self) -> list[str]:
        """Keys that a mapping may have here, empty where any will do."""
        names = self._schema.get("properties") or self._schema.get("propertyNames", {}).get("enum", [])
        return list(names)

    @property
    def is_file(self) -> bool:
        """Whether the path of a file is expected."""
        return self._schema.get("format") == "path"

    @property
    def is_union(self) -> bool:
        """Whether one of several shapes is expected; pydantic then names its choice in a location."""
        return "oneOf" in self._schema or "anyOf" in self._schema

    @property
    def kinds(self) -> list[str]:
        """Values of ``kind`` that tell the shapes of a union apart."""
        return list(self._schema.get("discriminator", {}).get("mapping", ()))

    def choice(self, kind: object) -> Shape:
        """The shape of a union that goes by this ``kind``; of anything else, the shape itself."""
        if not self.is_union:
            return self
        reference = (
            self._schema.get("discriminator", {}).get("mapping", {}).get(kind) if isinstance(kind, str) else None
        )
        return Shape({"$ref": reference} if reference else None, self._parts)

    def below(self, key: str | int) -> Shape:
        """The shape of a child."""
        if isinstance(key, int):
            rows = self._schema.get("prefixItems", [])
            return Shape(rows[key] if key < len(rows) else self._schema.get("items"), self._parts)
        extra = self._schema.get("additionalProperties")
        schema = self._schema.get("properties", {}).get(key) or (extra if isinstance(extra, dict) else None)
        return Shape(schema, self._parts)

    def of(self, node: Node) -> Shape:
        """The shape itself, or for a union the one that ``node`` has chosen by its ``kind``."""
        kind = node.child("kind")
        return self.choice(kind.value if kind else None)


def scenario_shape() -> Shape:
    """The shape of a whole scenario."""
    return shape_of(Scenario)


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """The shape of a whole file that is read as this model."""
    schema = model.model_json_schema()
    return Shape(schema, schema.get("$defs", {}))


def _resolved(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow references, and see through 'or null'."""
    while True:
        if "$ref" in schema:
            schema = parts[schema["$ref"].rsplit("/", 1)[-1]]
            continue
        options = [option for option in schema.get("anyOf", []) if option != {"type": "null"}]
        if len(options) != 1:
            return schema
        schema = options[0]

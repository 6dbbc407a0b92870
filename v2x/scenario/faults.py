"""pydantic's findings as faults that say where, what, and what was meant."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import ValidationError

from v2x.errors import InputError
from v2x.registry import did_you_mean
from v2x.scenario.document import Node, Place
from v2x.scenario.shape import Shape, scenario_shape

_WANTED = {
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "dict_type": "must be a mapping of keys to values",
    "tuple_type": "must be a list",
}
_LACKING = {"missing", "union_tag_not_found"}


def faults_of(
    error: ValidationError, root: Node, *, complete: bool = True, shape: Shape | None = None
) -> list[InputError]:
    """One fault for each of pydantic's errors; without lacking keys if the tree is not ``complete``.

    ``shape`` is that of the model that was to be filled; None is a scenario's.
    """
    shape = shape or scenario_shape()
    return [_fault(item, root, shape) for item in error.errors() if complete or item["type"] not in _LACKING]


def _fault(item: Any, root: Node, shape: Shape) -> InputError:
    target = _Target(root, shape)
    for element in item["loc"]:
        target.follow(element)
    at = item.get("ctx", {}).get("at", "")
    if at.startswith("/"):
        target = _Target(root, shape)
    for key in filter(None, at.strip("/").split(".")):
        target.step(int(key) if key.isdecimal() else key)
    if item["type"] in ("union_tag_invalid", "union_tag_not_found"):
        target.step("kind")
    return target.place(item).fault(target.path, _reason(item, target))


class _Target:
    """What an error is about, found by walking down the tree along pydantic's location.

    Attributes
    ----------
    path
        Keys and rows; without the choices in unions that pydantic also names.
    node
        What stands there, None if nothing does.
    parent
        The mapping or list around it.
    names, kinds
        Keys that the parent may have, and values of its ``kind`` if it is one of a union.
    """

    def __init__(self, root: Node, shape: Shape) -> None:
        self.path: list[str | int] = []
        self.node: Node | None = root
        self.parent, self._shape = root, shape
        self.names, self.kinds = list[str](), list[str]()

    def follow(self, element: str | int) -> None:
        """Go on by one element of a location; ``[key]`` only marks that the key before it is at fault."""
        if self._shape.is_union:
            self._shape = self._shape.choice(element)
        elif element != "[key]":
            self.step(element)

    def step(self, key: str | int) -> None:
        """Go down to a child."""
        self.path.append(key)
        if self.node is not None:
            self.parent, self.names, self.kinds = self.node, self._shape.names, self._shape.kinds
            self.node, self._shape = self.node.child(key), self._shape.below(key)

    def place(self, item: Any) -> Place:
        """Where to look: a scalar's or list's own place, else the key that leads there."""
        if self.node is None:
            return self.parent.head
        return self.node.head if _is_about_key(item) or isinstance(self.node.value, dict) else self.node.place


def _is_about_key(item: Any) -> bool:
    return bool(item["type"] == "extra_forbidden" or item["loc"][-1:] == ("[key]",))


def _reason(item: Any, target: _Target) -> str:
    kind, given, context = item["type"], item.get("input"), item.get("ctx", {})
    if _is_about_key(item) and target.names:
        name = str(target.path[-1])
        return f"unknown key '{name}', {did_you_mean(name, target.names)}"
    if kind == "missing":
        return "required but missing"
    if kind == "union_tag_not_found":
        return f"required but missing, expected one of {', '.join(target.kinds)}"
    if kind == "union_tag_invalid":
        return f"unknown kind '{context['tag']}', {did_you_mean(context['tag'], _quoted(context['expected_tags']))}"
    if kind == "literal_error" and isinstance(given, str) and _quoted(context["expected"]):
        return f"unknown value '{given}', {did_you_mean(given, _quoted(context['expected']))}"
    if kind == "timezone_aware":
        return f"needs its offset from UTC, such as {given}Z or {given}+08:00"
    if kind == "string_type" and isinstance(given, int | float):
        return f"must be text; write it in quotes: '{given}'"
    if kind == "too_short":
        return f"too few entries: has {context['actual_length']}, needs at least {context['min_length']}"
    if kind == "too_long":
        return f"too many entries: has {context['actual_length']}, takes at most {context['max_length']}"
    if kind == "refused":
        return str(context["reason"])
    wanted = _WANTED.get(kind) or re.sub("^(Input|String) should ", "must ", item["msg"])
    return f"{wanted}, got {_short(given)}"


def _quoted(text: str) -> list[str]:
    """Names in pydantic's ``'a', 'b' or 'c'``."""
    return re.findall(r"'([^']*)'", text)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else f"{text[:37]}..."

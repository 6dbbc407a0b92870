"""A link model as one option: ``weak_n8``, or what would stand in a scenario's ``links.uu`` or ``links.pc5``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from v2x.errors import InputError, ScenarioError
from v2x.links.uu_presets import UU_PRESETS
from v2x.registry import did_you_mean
from v2x.scenario.document import Node, Place, parse
from v2x.scenario.faults import faults_of
from v2x.scenario.files import anchor_paths
from v2x.scenario.model import Pc5, Uu
from v2x.scenario.model_base import Model
from v2x.scenario.model_links import Links
from v2x.scenario.overrides import assign


class _OfScenario(Model):
    """The part of a scenario that the option stands for, so that faults are found and told as in a scenario."""

    links: Links


def read_uu(text: str, option: str) -> Uu:
    """A Uu model: the name of a preset, or a YAML mapping such as ``{kind: constant, delay_ms: 40, loss: 0.01}``.

    Raises
    ------
    InputError
        No such preset, or a mapping that a scenario would not take.
    """
    return _read(text, option, "uu").uu


def read_pc5(text: str, option: str) -> Pc5:
    """A PC5 model: a YAML mapping such as ``{kind: statistical, pdr: dense}``.

    Raises
    ------
    InputError
        Not a mapping that a scenario would take.
    """
    return _read(text, option, "pc5").pc5


def _read(text: str, option: str, part: Literal["uu", "pc5"]) -> Links:
    place = Place(option, Path())
    node, faults = parse(text, place)
    if isinstance(node.value, str) and part == "uu":
        node = _preset(node.value, place)
    if not isinstance(node.value, dict):
        raise InputError(f"expected a mapping such as {{kind: constant, delay_ms: 40}}, got '{text}'", file=option)
    root, missing = anchor_paths(assign(Node({}, place), ["links", part], node))
    faults += missing
    try:
        spec = _OfScenario.model_validate_json(json.dumps(root.plain()), strict=True)
    except ValidationError as error:
        raise ScenarioError(faults + faults_of(error, root)) from error
    if faults:
        raise ScenarioError(faults)
    return spec.links


def _preset(name: str, place: Place) -> Node:
    if name not in UU_PRESETS:
        raise place.fault((), f"unknown preset '{name}', {did_you_mean(name, list(UU_PRESETS))}")
    return Node({"kind": Node("preset", place), "preset": Node(name, place)}, place)

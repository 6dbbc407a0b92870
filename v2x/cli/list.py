"""``v2x list``: which scenarios, studies, fields, requirements and plug-ins there are."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from v2x.cli.options import as_json
from v2x.errors import InputError
from v2x.registry import Registry
from v2x.scenario.library import (
    field_facts,
    field_folder,
    field_names,
    scenario_names,
    string_study_names,
    study_names,
)
from v2x.scenario.loader import load_scenario
from v2x.scenario.model_string_study import StringStudy
from v2x.scenario.model_study import Study
from v2x.scenario.requirements import requirements
from v2x.scenario.string_study import load_string_study
from v2x.scenario.study import load_study

#: Kind of plug-in -> the registry that knows its names.
_REGISTRIES = {
    "applications": "v2x.scenario.known:APPLICATIONS",
    "stations": "v2x.assembly:STATIONS",
    "metrics": "v2x_analysis.metrics:METRICS",
    "verbs": "v2x.cli.main:VERBS",
}


@click.command(name="list")
@as_json
def command(as_json: bool) -> None:
    """List the shipped scenarios, studies and fields, requirements of standards, and the plug-ins of every kind."""
    scenarios = [_scenario(name) for name in scenario_names()]
    studies = [_study("sweep", name, lambda name: load_study(name).study) for name in study_names()]
    studies += [_study("strings", name, lambda name: load_string_study(name)[1]) for name in string_study_names()]
    fields = [{"name": name, "title": field_facts(field_folder(name)).get("title", "")} for name in field_names()]
    asked = list(requirements().values())
    plugins = {kind: _registry(target).names() for kind, target in _REGISTRIES.items()}
    if as_json:
        rows = [{"key": row.key, **row.model_dump()} for row in asked]
        found = {"scenarios": scenarios, "studies": studies, "fields": fields, "requirements": rows, "plugins": plugins}
        click.echo(json.dumps(found, indent=2))
        return
    _section("Scenarios", [(row["name"], _summary(row)) for row in scenarios])
    _section("Studies", [(row["name"], f"{row['title']} (v2x {row['verb']})") for row in studies])
    _section("Fields", [(row["name"], row["title"]) for row in fields])
    _section("Requirements", [(row.link, row.words) for row in asked])
    _section("Plug-ins", [(kind, ", ".join(names)) for kind, names in plugins.items()])


def _scenario(name: str) -> dict[str, Any]:
    try:
        scenario = load_scenario(name).scenario
    except InputError as error:
        return {"name": name, "error": str(error)}
    return {
        "name": name,
        "title": scenario.title,
        "field": scenario.field,
        "traffic": scenario.traffic.kind,
        "profile": scenario.profile,
        "duration_s": scenario.duration_s,
        "stage": scenario.test.stage,
    }


def _study(verb: str, name: str, load: Callable[[str], Study | StringStudy]) -> dict[str, str]:
    """Of the studies that a verb runs."""
    try:
        title = load(name).title
    except InputError as error:
        title = f"cannot be loaded: {str(error).splitlines()[0]}"
    return {"name": name, "title": title, "verb": verb}


def _summary(row: dict[str, Any]) -> str:
    if "error" in row:
        return f"cannot be loaded: {row['error'].splitlines()[0]}"
    where = row["field"] or row["traffic"]
    return f"{row['title']} ({where}, {row['profile']}, {row['duration_s']:g} s, stage {row['stage']})"


def _registry(target: str) -> Registry:
    module, _, attribute = target.partition(":")
    registry: Registry = getattr(import_module(module), attribute)
    return registry


def _section(title: str, rows: list[tuple[str, str]]) -> None:
    click.echo(title)
    for name, text in rows:
        click.echo(f"  {name:<22} {text}")

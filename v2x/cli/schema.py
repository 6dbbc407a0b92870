"""``v2x schema``: the JSON Schema of scenario files."""

from __future__ import annotations

import json

import click

from v2x.cli.options import as_json
from v2x.scenario.schema import scenario_schema


@click.command(name="schema")
@as_json
def command(as_json: bool) -> None:  # noqa: ARG001 - JSON either way; the option is there because every verb has it
    """Print the JSON Schema of scenario files, with a description and unit for every key."""
    click.echo(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))

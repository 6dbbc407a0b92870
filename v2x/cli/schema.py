"""``v2x schema``: the JSON Schema of scenario files, or the same as tables to read."""

from __future__ import annotations

import json

import click

from v2x.cli.options import as_json
from v2x.scenario.reference import markdown
from v2x.scenario.schema import scenario_schema


@click.command(name="schema")
@click.option("--markdown", "as_tables", is_flag=True, help="Print tables of all keys instead (docs/scenario-keys.md).")
@as_json
def command(as_tables: bool, as_json: bool) -> None:  # noqa: ARG001 - JSON either way; every verb has the option
    """Print the JSON Schema of scenario files, with a description and unit for every key."""
    click.echo(
        markdown() if as_tables else json.dumps(scenario_schema(), indent=2, ensure_ascii=False), nl=not as_tables
    )

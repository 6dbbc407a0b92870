"""``v2x schema``: the JSON Schema of scenario files or the tables of run folders, also as pages to read."""

from __future__ import annotations

import json

import click

from v2x.cli.options import as_json
from v2x.record.reference import tables_markdown, tables_schema
from v2x.scenario.reference import markdown
from v2x.scenario.schema import scenario_schema


@click.command(name="schema")
@click.option("--tables", is_flag=True, help="Of run folders: every table and column, with unit and meaning.")
@click.option("--markdown", "as_page", is_flag=True, help="Print a page (docs/scenario-keys.md, run-folder-tables.md).")
@as_json
def command(tables: bool, as_page: bool, as_json: bool) -> None:  # noqa: ARG001 - JSON unless a page is asked for
    """Print the JSON Schema of scenario files, with a description and unit for every key."""
    if as_page:
        click.echo(tables_markdown() if tables else markdown(), nl=False)
    else:
        click.echo(json.dumps(tables_schema() if tables else scenario_schema(), indent=2, ensure_ascii=False))

"""``v2x show``: the whole scenario as a run would use it."""

from __future__ import annotations

import json
import sys

import click
from ruamel.yaml import YAML

from v2x.cli.options import as_json, overrides
from v2x.scenario.loader import load_scenario


@click.command(name="show")
@click.argument("scenario")
@overrides
@as_json
def command(scenario: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Print SCENARIO (a file, or the name of a shipped one) with its bases, overrides and defaults filled in."""
    resolved = load_scenario(scenario, overrides).resolved
    if as_json:
        click.echo(json.dumps(resolved, indent=2, ensure_ascii=False))
        return
    YAML().dump(resolved, sys.stdout)

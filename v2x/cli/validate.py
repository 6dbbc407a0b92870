"""``v2x validate``: whether scenarios are right, and if not, where."""

from __future__ import annotations

import json

import click

from v2x.cli.checks import check_asked
from v2x.cli.options import as_json, overrides
from v2x.errors import InputError, ScenarioError
from v2x.scenario.loader import load_scenario


@click.command(name="validate")
@click.argument("scenarios", nargs=-1, required=True, metavar="FILE...")
@overrides
@as_json
@click.pass_context
def command(context: click.Context, scenarios: tuple[str, ...], overrides: tuple[str, ...], as_json: bool) -> None:
    """Check scenarios (files, or names of shipped ones) and show every fault with its place.

    Exit code 0 if all are right, else 2.
    """
    faults: list[InputError] = []
    for scenario in scenarios:
        found = _faults(scenario, overrides)
        faults += found
        if not as_json:
            click.echo("\n".join(map(str, found)) or f"{scenario}: ok", err=True)
    if as_json:
        click.echo(json.dumps({"valid": not faults, "faults": [_as_data(fault) for fault in faults]}, indent=2))
    if faults:
        context.exit(2)


def _faults(scenario: str, overrides: tuple[str, ...]) -> list[InputError]:
    try:
        check_asked(load_scenario(scenario, overrides))
    except ScenarioError as error:
        return error.faults
    except InputError as error:
        return [error]
    return []


def _as_data(fault: InputError) -> dict[str, str | int | None]:
    file = None if fault.file is None else str(fault.file)
    return {"file": file, "line": fault.line, "column": fault.column, "path": fault.path, "reason": fault.reason}

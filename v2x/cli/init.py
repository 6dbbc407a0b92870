"""``v2x init``: a folder with a scenario of one's own, to begin with."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import click

from v2x.errors import InputError
from v2x.registry import did_you_mean
from v2x.scenario.library import scenario_names
from v2x.scenario.template import starting_point

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")

_EXAMPLES = """\b
Examples:
  v2x init my-test
  v2x init tests/merge --from xiqing-truck-platoon
"""


@click.command("init", epilog=_EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--from", "base", default="xiqing-open", show_default=True, help="Shipped scenario to begin with.")
def command(folder: Path, base: str) -> None:
    """Make FOLDER with a scenario of its name, which extends a shipped one and shows what can be changed, and a study.

    Files that are there already are left alone: nothing is written then.
    """
    name = folder.resolve().name
    if not _NAME.fullmatch(name):
        raise InputError("a scenario's name has small letters, digits and hyphens", file=folder)
    if base not in scenario_names():
        raise InputError(f"unknown scenario '{base}', {did_you_mean(base, scenario_names())}", file="--from")
    files = {folder / file: text for file, text in starting_point(name, base).items()}
    there = [path for path in files if path.exists()]
    if there:
        raise InputError("is there already", file=there[0])
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            written.append(path)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        for path in written:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror}", file=folder) from error
    scenario, study = files
    click.echo(f"v2x run {scenario}, or v2x sweep {study}", err=True)

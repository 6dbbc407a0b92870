"""What ``v2x --help`` says is what its verbs say of themselves, and it does not take their time."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from v2x.cli.main import VERBS, cli
from v2x.cli.rsu import command as rsu


@pytest.mark.parametrize("group", [cli, rsu], ids=["v2x", "rsu"])
def test_listed_as_the_verbs_have_it(group: click.Group) -> None:
    """Against click's own listing, which imports them all."""
    context, own, clicks = click.Context(group), click.HelpFormatter(width=80), click.HelpFormatter(width=80)
    group.format_commands(context, own)
    click.Group.format_commands(group, context, clicks)
    assert own.getvalue() == clicks.getvalue()
    assert all(name in own.getvalue() for name in group.list_commands(context))


def test_nothing_heavy_is_imported_for_help() -> None:
    code = "import sys; from v2x.cli.main import cli; cli(['--help'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in VERBS.names())
    assert not {"numpy", "numba", "pandas", "libsumo"} & set(done.stdout.splitlines()[-1].split())

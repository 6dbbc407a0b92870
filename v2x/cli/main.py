"""``v2x``: the command line. Verbs are imported when called; errors become one clear message and an exit code.

Exit codes: 0 done (PASS or INCONCLUSIVE), 1 scored FAIL or failed check, 2 bad input, 3 the run failed.
Data goes to stdout, talk to stderr.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from v2x import __version__
from v2x.cli.lazy import LazyGroup
from v2x.errors import InputError, V2xError
from v2x.registry import Registry

#: One verb a file; each module has a click command called ``command``.
VERBS = Registry(
    "v2x.verbs",
    {
        "init": "v2x.cli.init:command",
        "run": "v2x.cli.run:command",
        "validate": "v2x.cli.validate:command",
        "show": "v2x.cli.show:command",
        "list": "v2x.cli.list:command",
        "schema": "v2x.cli.schema:command",
        "doctor": "v2x.cli.doctor:command",
        "score": "v2x.cli.score:command",
        "pool": "v2x.cli.pool:command",
        "report": "v2x.cli.report:command",
        "field": "v2x.cli.field:command",
        "decode": "v2x.cli.decode:command",
        "encode": "v2x.cli.encode:command",
        "check": "v2x.cli.check:command",
        "export": "v2x.cli.export:command",
        "radio": "v2x.cli.radio:command",
        "strings": "v2x.cli.strings:command",
        "sweep": "v2x.cli.sweep:command",
        "explain": "v2x.cli.explain:command",
        "diff": "v2x.cli.diff:command",
        "replay": "v2x.cli.replay:command",
        "rsu": "v2x.cli.rsu:command",
    },
)


@click.command(cls=LazyGroup, verbs=VERBS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="v2x")
def cli() -> None:
    """V2X test field: run scenarios, check messages, score runs."""


def main() -> NoReturn:
    """Entry point: run the verb, turn our errors into messages and exit codes."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        click.echo("interrupted", err=True)
        sys.exit(130)
    except InputError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except (V2xError, OSError) as error:
        click.echo(f"run failed: {error}", err=True)
        sys.exit(3)
    sys.exit(code if isinstance(code, int) else 0)

"""``v2x rsu``: roadside units and links in live traffic."""

from __future__ import annotations

import click

from v2x.cli.lazy import LazyGroup
from v2x.registry import Registry

#: One verb a file, as in `v2x.cli.main`.
VERBS = Registry(
    "v2x.rsu",
    {
        "impair": "v2x.cli.rsu_impair:command",
        "keys": "v2x.cli.rsu_keys:command",
        "serve": "v2x.cli.rsu_serve:command",
    },
)


@click.command(name="rsu", cls=LazyGroup, verbs=VERBS)
def command() -> None:
    """Roadside units and links in live traffic."""

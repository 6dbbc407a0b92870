"""``v2x rsu keys``: CURVE keys for the live service and its peers."""

from __future__ import annotations

from pathlib import Path

import click

from v2x.bus.curve import write_keys


@click.command(name="keys")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to.")
def command(names: tuple[str, ...], out: Path) -> None:
    """Make a key pair for each NAME: NAME.key to give away, NAME.key_secret to keep.

    Copy the peers' *.key files to the folder that the service gets as --curve-peers, and the service's to the peers.
    """
    for name in names:
        for path in write_keys(out, name):
            click.echo(path)

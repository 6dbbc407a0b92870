"""``v2x replay``: look at a run that has ended."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from v2x.record.compact import compact


@click.command("replay")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--view", is_flag=True, help="Serve a page that plays the run; needed, as there is no other way yet.")
@click.option(
    "--view-port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port of the page on 127.0.0.1; 0 takes a free one.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True, max=100),
    default=1.0,
    show_default=True,
    help="Simulated seconds a second to begin with.",
)
def command(run: Path, view: bool, view_port: int, speed: float) -> None:
    """Play the run folder RUN in a browser, at any speed and from any time; ends with Ctrl-C."""
    if not view:
        raise click.UsageError("how? --view plays the run in a browser")
    from v2x.view.playback import PlaybackServer

    compact(run)
    with PlaybackServer("127.0.0.1", view_port, run, speed) as server:
        click.echo(f"{run}: {server.url} (Ctrl-C ends)", err=True)
        _wait_for_interrupt()


def _wait_for_interrupt() -> None:
    """Return on SIGINT or SIGTERM."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    asked.wait()

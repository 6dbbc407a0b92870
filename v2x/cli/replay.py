"""``v2x replay``: a run that has ended, once more: to its own stations, to a page, or to whoever listens."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import get_args

import click

from v2x.bus.settings import Form
from v2x.cli import options
from v2x.errors import InputError
from v2x.record.compact import compact

_EXAMPLES = """\b
Examples:
  v2x replay runs/a                                           # run its stations again: is all as it was?
  v2x replay runs/a --set 'pass_if=[{requirement: TS 22.186 5.4-001}]'
  v2x replay runs/a --view
  v2x replay runs/a --to tcp://127.0.0.1:5600 --to udp://127.0.0.1:5001 --speed 4
"""


@click.command("replay", epilog=_EXAMPLES)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Keep what came of it as a run folder.")
@click.option("--force", is_flag=True, help="Replace a run, or a file, that is there already.")
@click.option("--view", is_flag=True, help="Serve a page that plays the run; ends with Ctrl-C.")
@click.option("--view-port", type=click.IntRange(0, 65535), default=8080, show_default=True,
              help="Port of the page on 127.0.0.1; 0 takes a free one.")  # fmt: skip
@click.option("--to", "targets", multiple=True, metavar="TARGET",
              help="Send its frames: tcp://HOST:PORT publishes over ZeroMQ, udp://HOST:PORT, or a FILE.pcap; "
              "repeatable.")  # fmt: skip
@click.option(
    "--from", "senders", multiple=True, metavar="STATION", help="Only frames of these; * and ? stand for any."
)
@click.option("--udp-format", type=click.Choice(get_args(Form)), default="raw", show_default=True,
              help="Datagrams: bare MessageFrames, RSU 4.1 text, or WSMP.")  # fmt: skip
@click.option("--bind", is_flag=True, help="Allow addresses beyond this machine.")
@click.option("--speed", default="1", show_default=True, metavar="F|max", help="Simulated seconds a second.")
@options.overrides
@options.as_json
def command(
    run: Path,
    out: Path | None,
    force: bool,
    view: bool,
    view_port: int,
    targets: tuple[str, ...],
    senders: tuple[str, ...],
    udp_format: Form,
    bind: bool,
    speed: str,
    overrides: tuple[str, ...],
    as_json: bool,
) -> int:
    """Play the run folder RUN again.

    Without --view or --to its stations run again on the recorded traffic and the recorded bytes, without SUMO, and are
    scored; exit code 1 if anything is not as it was. With --set they run with other settings, or are judged by other
    requirements; exit code 1 then means FAIL.
    """
    if (view and targets) or ((view or targets) and (out or overrides or as_json)):
        raise click.UsageError("--view, --to, and --out, --set or --json do not go together")
    if senders and not targets:
        raise click.UsageError("--from goes with --to")
    factor = options.speed(speed)
    compact(run)
    if view:
        _show(run, view_port, factor)
        return 0
    if targets:
        from v2x.cli.replay_out import send

        send(run, targets, senders, udp_format, factor, bind=bind, force=force)
        return 0
    from v2x.cli.replay_again import again

    return again(run, overrides, out, force=force, as_json=as_json)


def _show(run: Path, port: int, speed: float | None) -> None:
    from v2x.view.playback import PlaybackServer

    if speed is None:
        raise InputError("a page needs a factor", file="--speed")
    with PlaybackServer("127.0.0.1", port, run, speed) as server:
        click.echo(f"{run}: {server.url} (Ctrl-C ends)", err=True)
        _wait_for_interrupt()


def _wait_for_interrupt() -> None:
    """Return on SIGINT or SIGTERM."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    asked.wait()

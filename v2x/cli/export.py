"""``v2x export``: a run, as files that other tools read."""

from __future__ import annotations

from contextlib import suppress
from math import isfinite
from pathlib import Path

import click

from v2x.cli.frames import new_file
from v2x.errors import InputError
from v2x.exports import EXPORTS, export
from v2x.exports.asked import Asked


def _new_place(context: click.Context, parameter: click.Parameter, path: Path) -> Path | None:
    with suppress(OSError):  # of a name that is too long, which the other says
        if path.is_dir():
            return path
    return new_file(context, parameter, path)


@click.command(name="export")
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(EXPORTS.names()), required=True)
@click.option(
    "--out", type=click.Path(path_type=Path), callback=_new_place, required=True, help="File to write; csv: folder."
)
@click.option("--between", nargs=2, type=float, metavar="FROM TO", help="Seconds of the run that count, without TO.")
@click.option("--station", "stations", multiple=True, metavar="NAME", help="Whose rows count, * for any letters.")
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Of csv, which tables; all that have rows.")
@click.option("--force", is_flag=True, help="Replace what is there; of a folder, files of the same names.")
def command(
    run: Path,
    form: str,
    out: Path,
    between: tuple[float, float] | None,
    stations: tuple[str, ...],
    tables: tuple[str, ...],
    force: bool,
) -> None:
    """Write RUN in a format of other tools.

    \b
    csv       a folder with a file a table, bytes in hex
    geojson   tracks of road users, sites of units, alerts
    mcap      states, events and frames for Foxglove (extra: mcap)
    ode-json  J2735 messages as the USDOT's Operational Data Environment has them, one a line
    pcap      Ethernet frames with WSMP and IEEE 1609.2 as secured (j2735; sized runs are signed now)
    pcap-its  MAP, SPAT, SRM, SSM and RTCM as exported PDUs that stock Wireshark dissects (j2735)
    pcap-raw  bare MessageFrames, link type USER0
    sumo-fcd  the truth as SUMO's floating car data
    """  # noqa: D301 - click's mark for lines that stay as they are
    if tables and form != "csv":
        raise InputError(f"only csv has tables to choose from, not {form}", file="--table")
    if between is not None and not (between[0] < between[1] and all(map(isfinite, between))):
        raise InputError("expected two times, the begin before the end", file="--between")
    told = export(form, Asked(run, between, stations, tables), out, force=force)
    click.echo(f"{told}: {out}", err=True)

"""``v2x radio curve``: the standard study of a straight road, delivery and causes of loss by distance."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isfinite

import click

from v2x.cli import options
from v2x.links.sidelink.presets import PRESETS
from v2x.links.sidelink.road import BIN_M, Curve, measure

#: Names of the columns of `Curve.shares`.
SHARES = ("pdr", "hd", "sen", "pro", "col")


def _finite(_: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """Refuse what no range refuses: not a number."""
    if value is not None and not isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number", param=option)
    return value


def _number(
    name: str, least: float, most: float, text: str, default: float | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An option that is a number within bounds."""
    return click.option(
        name, type=click.FloatRange(least, most), callback=_finite, default=default, show_default=True, help=text
    )


@click.command()
@click.option(
    "--preset",
    type=click.Choice(list(PRESETS)),
    default="gonzalez2019",
    show_default=True,
    help="Published study whose settings are taken; the other options replace them one by one.",
)
@click.option("--mode", type=click.Choice(["lte4", "nr2"]), help="Procedure: LTE mode 4 or NR mode 2.")
@_number("--density-per-m", 0.005, 1.0, "Vehicles a metre.")
@_number("--rate-hz", 1.0, 50.0, "Packets a second and vehicle.")
@_number("--power-dbm", -10.0, 33.0, "Transmitter output.")
@click.option("--subchannels", type=click.IntRange(1, 12), help="Sub-channels of the 10 MHz channel.")
@click.option("--payload-bytes", type=click.IntRange(1, 6000), help="Size of a packet on the air.")
@_number(
    "--duration-s", 1.0, 3600.0, "Time measured, on five roads together, each after a warm-up; whole seconds.", 20.0
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of places, phases, all else.")
@options.as_json
def command(
    preset: str,
    mode: str | None,
    density_per_m: float | None,
    rate_hz: float | None,
    power_dbm: float | None,
    subchannels: int | None,
    payload_bytes: int | None,
    duration_s: float,
    seed: int,
    as_json: bool,
) -> None:
    """Delivery on a straight road of equal vehicles, by distance, with the causes of loss.

    Without options it is the setting of Gonzalez-Martin et al. 2019: 0.1 vehicles/m, 10 Hz, 20 dBm, 4 sub-channels,
    packets of 190 B on the air. Distances are the middles of bins of 25 m.
    """
    given = {
        "mode": mode,
        "density_per_m": density_per_m,
        "rate_hz": rate_hz,
        "power_dbm": power_dbm,
        "subchannels": subchannels,
        "payload_bytes": payload_bytes,
    }
    study = PRESETS[preset](**{name: value for name, value in given.items() if value is not None})
    curve = measure(study, duration_s, seed)
    if curve.unsent > 0.0:
        click.echo(f"left out: {100.0 * curve.unsent:.2f} % for packets that did not get on the air", err=True)
    if as_json:
        click.echo(json.dumps({"cbr": curve.cbr, "bins": bins_of(curve)}, indent=1))
        return
    click.echo(f"channel busy ratio {curve.cbr:.3f}; shares in per cent")
    click.echo(
        f"{'m':>4} {'PDR':>7} {'+-':>5} {'half duplex':>12} {'too weak':>9} {'noise':>6} {'collision':>10} {'n':>9}"
    )
    for row in bins_of(curve):
        shares = (row[name] for name in (*SHARES, "ci95"))
        pdr, deaf, weak, noise, hit, width = ("-" if share is None else f"{100.0 * share:.2f}" for share in shares)
        click.echo(
            f"{row['distance_m']:>4g} {pdr:>7} {width:>5} {deaf:>12} {weak:>9} {noise:>6} {hit:>10} {row['n']:>9}"
        )


def bins_of(curve: Curve) -> list[dict[str, float | int | None]]:
    """Rows of the answer: shares that sum to 1, tries, and the interval's half width; None where nothing was tried."""
    rows = []
    for number, (tries, shares, width) in enumerate(zip(curve.tries, curve.shares, curve.ci95, strict=True)):
        row: dict[str, float | int | None] = {"distance_m": BIN_M * number}
        row |= {name: float(share) if tries else None for name, share in zip(SHARES, shares, strict=True)}
        row |= {"n": int(tries), "ci95": float(width) if isfinite(width) else None}
        rows.append(row)
    return rows

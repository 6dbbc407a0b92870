"""``v2x radio``: the radio models by themselves, without a run."""

from __future__ import annotations

import json
from pathlib import Path

import click

from v2x.cli import options, radio_curve
from v2x.field.load import load_field
from v2x.links.cellular.coverage import coverage_map, road_shares
from v2x.links.cellular.network import Network
from v2x.scenario.model_cellular import GeometricUu


@click.group(name="radio")
def command() -> None:
    """The radio models by themselves: coverage of a field, delivery on a straight road."""


@command.command()
@click.argument("field")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Folder of the files.")
@click.option("--carrier", type=click.Choice(["n78", "n8"]), default="n78", show_default=True)
@click.option("--environment", type=click.Choice(["uma", "umi", "rma"]), default="uma", show_default=True)
@click.option("--sectors", type=click.Choice(["1", "3"]), default="3", show_default=True, help="Cells of a site.")
@click.option("--step-m", type=click.FloatRange(5, 500), default=20.0, show_default=True, help="Spacing of the grid.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the run to be mapped.")
@options.as_json
def coverage(
    field: str, out: Path, carrier: str, environment: str, sectors: str, step_m: float, seed: int, as_json: bool
) -> None:
    """Map the 5G coverage of FIELD: a picture, GeoJSON, and the shares of the road area above usual bars.

    It is what a run with the same seed and links.uu of kind geometric meets.
    """
    from v2x.links.cellular.coverage_files import write_geojson, write_picture  # drawing takes a second to import

    place = load_field(field)
    config = GeometricUu.model_validate(
        {"kind": "geometric", "carrier": carrier, "environment": environment, "sectors": int(sectors)}
    )
    network = Network(config, place, seed)
    grid = coverage_map(network, place, step_m)
    out.mkdir(parents=True, exist_ok=True)
    files = {kind: out / f"{place.name}-{carrier}-coverage.{kind}" for kind in ("png", "geojson")}
    write_picture(grid, network, place, f"{place.name}: {carrier}, {environment}, seed {seed}", files["png"])
    write_geojson(grid, network, place, files["geojson"])
    for file in files.values():
        click.echo(f"wrote {file}", err=True)
    shares = {
        quantity: {bar: round(value, 4) for bar, value in share.items()}
        for quantity, share in road_shares(network, place).items()
    }
    if as_json:
        about = {"field": place.name, "carrier": carrier, "environment": environment, "seed": seed, "step_m": step_m}
        click.echo(json.dumps({**about, "cells": network.cells, "road_area": shares}, indent=1))
        return
    for quantity, share in shares.items():
        above = "  ".join(f"{bar} {value:.1%}" for bar, value in share.items() if bar != "median")
        click.echo(f"{quantity:<14} {above}  median {share['median']:.1f}")


command.add_command(radio_curve.command, "curve")

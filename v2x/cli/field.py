"""``v2x field``: list, build, import and export test fields."""

from __future__ import annotations

import json
from pathlib import Path

import click

from v2x.errors import FieldError
from v2x.field.build import build_field
from v2x.field.export import FORMATS, export_field
from v2x.field.load import fields_dir, list_fields, load_field
from v2x.field.model import Field
from v2x.field.osm import import_osm
from v2x.geo import Crs
from v2x.registry import did_you_mean


@click.group(name="field")
def command() -> None:
    """Test fields: the road network, its signals, sites and demand."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Show the shipped fields."""
    fields = [load_field(name) for name in list_fields()]
    if as_json:
        click.echo(json.dumps([_summary(field) for field in fields], ensure_ascii=False, indent=1))
        return
    for field in fields:
        about = _summary(field)
        counts = f"{about['junctions']} junctions ({about['signalised']} signalised), {about['rsu']} RSU"
        click.echo(f"{field.name:<15} {counts}, {about['gnb']} gNB  {field.title}")


@command.command()
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; default: beside the source.")
def build(name: str, out: Path | None) -> None:
    """Build a field from its field.yaml (NAME of a shipped one, or a folder that holds one)."""
    source = fields_dir() / name / "field.yaml"
    if not source.is_file():
        source = Path(name) / "field.yaml"
    if not source.is_file():
        known = [path.parent.name for path in fields_dir().glob("*/field.yaml")]
        raise FieldError(f"no source of a field '{name}', {did_you_mean(name, known)}")
    _report(build_field(source, out or source.parent))


@command.command("import")
@click.option("--osm", required=True, type=click.Path(path_type=Path), help="OpenStreetMap XML extract.")
@click.option("--name", required=True, help="Name of the new field.")
@click.option("--crs", type=click.Choice(["wgs84", "gcj02", "bd09"]), default="wgs84", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; default: ./NAME.")
@click.option("--left-hand", is_flag=True, help="Traffic keeps left.")
def import_(osm: Path, name: str, crs: Crs, out: Path | None, left_hand: bool) -> None:
    """Make a field of your own OpenStreetMap extract."""
    _report(import_osm(osm, name, crs, out or Path(name), left_hand=left_hand))


@command.command()
@click.argument("name")
@click.option("--format", "format_", required=True, type=click.Choice(FORMATS))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
def export(name: str, format_: str, out: Path) -> None:
    """Write a field as OpenDRIVE or GeoJSON."""
    if not out.resolve().parent.is_dir():
        raise FieldError("its folder does not exist", file=out)
    export_field(load_field(name), format_, out)
    click.echo(f"wrote {out}", err=True)


def _report(field: Field) -> None:
    about = _summary(field)
    click.echo(f"{field.name}: {about['junctions']} junctions, {about['lanes']} lanes in {field.folder}", err=True)


def _summary(field: Field) -> dict[str, str | int]:
    return {
        "name": field.name,
        "title": field.title,
        "placement": field.placement,
        "junctions": len(field.junctions),
        "signalised": sum(bool(junction.signal_groups) for junction in field.junctions),
        "rsu": len(field.rsu),
        "gnb": len(field.gnb),
        "lanes": len(field.lanes),
    }

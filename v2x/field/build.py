"""Build a field: source -> plain XML -> network -> programmes, demand and ``field.json``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from v2x.errors import FieldError
from v2x.field.buildings import buildings_of
from v2x.field.demand import Streets, draw_routes, routes_xml, types_xml
from v2x.field.flows import flows_xml
from v2x.field.geometry import simplify
from v2x.field.layout import Layout, lay_out
from v2x.field.maps import Label, intersections
from v2x.field.model import Building, Field, Junction, LaneShape, Site
from v2x.field.net import Net, read_net
from v2x.field.plain import write_plain, write_xml
from v2x.field.ramps import exit_turns
from v2x.field.routes import TurnShares
from v2x.field.signals import UNSIGNALLED, Signals, programs_xml, running_programs
from v2x.field.source import LEVELS, FieldSource, SiteSource, load_source
from v2x.field.store import write_field
from v2x.field.tools import netconvert

#: Walking areas join sidewalks and crosswalks; nobody turns round (routes do not, and it would stop a lane).
_OPTIONS = [
    "--proj.utm",
    "--walkingareas",
    "--no-turnarounds",
    "--output.street-names",
    "--junctions.corner-detail",
    "5",
]
_DRAWN = ("vehicle", "bike", "sidewalk", "crossing")


@dataclass(frozen=True)
class Meta:
    """What a field is beside its network."""

    name: str
    title: str
    placement: str
    region: int
    elevation_m: float
    labels: dict[str, Label]
    streets: Streets
    rsu: tuple[Site, ...]
    gnb: tuple[Site, ...]


def build_field(source_file: Path, out: Path) -> Field:
    """Build a field from its ``field.yaml`` into a folder.

    Parameters
    ----------
    source_file
        The source.
    out
        Folder for the plain XML (in ``plain/``), the network, the additional files and ``field.json``; made if absent.

    Raises
    ------
    FieldError
        When the source is wrong or netconvert refuses it.
    RunError
        When SUMO is not installed.
    """
    source = load_source(source_file)
    layout = lay_out(source)
    (out / "plain").mkdir(parents=True, exist_ok=True)
    plain = write_plain(layout, out / "plain")
    inputs = [part for flag, path in zip("netxi", plain, strict=True) for part in (f"-{flag}", f"plain/{path.name}")]
    network = f"{source.name}.net.xml"
    netconvert([*inputs, *_OPTIONS, "-o", network], out)
    drop_header(out / network)
    net = read_net(out / network)
    return finish(out, net, _meta(layout), buildings_of(layout, net.plane))


def drop_header(network: Path) -> None:
    """Take netconvert's comment (time and command) out of a network, so that equal sources give equal files."""
    text = network.read_text(encoding="utf-8")
    network.write_text(re.sub(r"<!-- generated on .*?-->\s*", "", text, count=1, flags=re.DOTALL), encoding="utf-8")


def finish(folder: Path, net: Net, meta: Meta, buildings: tuple[Building, ...] = ()) -> Field:
    """Derive from a network everything else that makes a field, and write it beside the network."""
    programs = running_programs(net)
    signals = {tl: Signals.of(program, net.signal_links(tl)) for tl, program in programs.items()}
    write_xml(folder / f"{meta.name}.signals.add.xml", programs_xml(programs))
    write_xml(folder / f"{meta.name}.types.add.xml", types_xml(meta.streets.demand))
    routes = draw_routes(net, meta.streets)
    write_xml(folder / f"{meta.name}.routes.add.xml", routes_xml(routes))
    for level in LEVELS:
        write_xml(folder / f"{meta.name}.{level}.rou.xml", flows_xml(net, meta.streets, level, routes))
    field = Field(
        name=meta.name,
        title=meta.title,
        folder=folder,
        region=meta.region,
        plane=net.plane,
        junctions=tuple(
            _junction(net, name, label, signals.get(name, UNSIGNALLED)) for name, label in meta.labels.items()
        ),
        rsu=meta.rsu,
        gnb=meta.gnb,
        lanes=_lanes(net),
        intersections=intersections(net, meta.region, meta.elevation_m, meta.labels, signals),
        buildings=buildings,
        placement=meta.placement,
        elevation_m=meta.elevation_m,
    )
    write_field(field)
    return field


def _junction(net: Net, name: str, label: Label, signals: Signals) -> Junction:
    place = net.junctions[name]
    lon_deg, lat_deg = net.plane.to_lonlat(place.x_m, place.y_m)
    return Junction(name, label.number, label.name, label.pinyin, float(lon_deg), float(lat_deg), signals.groups)


def _lanes(net: Net) -> tuple[LaneShape, ...]:
    return tuple(
        LaneShape(lane.id, edge.name, lane.kind, lane.width_m, np.round(simplify(lane.shape, 0.05), 2))
        for edge in net.edges.values()
        if edge.function in ("normal", "crossing")
        for lane in edge.lanes
        if lane.kind in _DRAWN
    )


def _meta(layout: Layout) -> Meta:
    source = layout.source
    return Meta(
        source.name,
        source.title,
        source.placement,
        source.region,
        source.elevation_m,
        _labels(layout),
        streets_of(layout),
        tuple(_site(source, site) for site in source.rsu),
        tuple(_site(source, site) for site in source.gnb),
    )


def _labels(layout: Layout) -> dict[str, Label]:
    """Numbers and names of the junctions: given, or made of the names of the roads that meet."""
    labels = {}
    for crossroads in layout.crossroads:
        node = crossroads.node
        if len(crossroads.arms) < 3:
            continue  # a bend, or where a road changes its class
        if node.number is None:
            raise FieldError(f"roads meet at node '{crossroads.id}': it needs a number", path=f"nodes.{crossroads.id}")
        meeting = {arm.road.id for arm in crossroads.arms}
        roads = {road.name: road.id for road in reversed(layout.source.roads) if road.id in meeting}
        names = list(reversed(roads))
        pinyin = node.pinyin or "/".join(roads[name] for name in names)
        labels[crossroads.id] = Label(node.number, node.name or "/".join(names), pinyin)
    return labels


def streets_of(layout: Layout) -> Streets:
    """What the demand needs to know of a laid-out field."""
    source = layout.source
    shares = TurnShares(
        source.demand.turns,
        {name: node.turns for name, node in source.nodes.items() if node.turns},
        {(name, origin): turns for name, node in source.nodes.items() for origin, turns in node.turns_from.items()}
        | exit_turns(source),
    )
    ratios = {edge.id: edge.road.two_wheelers_per_car for edge in layout.edges}
    return Streets(source.demand, source.classes, shares, ratios)


def _site(source: FieldSource, site: SiteSource) -> Site:
    return Site(site.id, *source.lonlat(site.at), site.height_m, site.junction)

"""A field out of a user's own OpenStreetMap extract: the roads and names are the map's, the rest is generic.

Signals follow netconvert's guesses with its default programmes, and every signalised junction gets a roadside unit;
there are no two-wheelers, because OSM rarely tells where bikes ride and wrong bike lanes gridlock a network.
OpenStreetMap data is under the ODbL: a field made of it must say "© OpenStreetMap contributors", and its title does.
"""

from __future__ import annotations

import re
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np

from v2x.errors import FieldError
from v2x.field.build import Meta, drop_header, finish
from v2x.field.demand import Streets
from v2x.field.maps import Label
from v2x.field.model import Field, Site
from v2x.field.net import Net, read_net
from v2x.field.routes import TurnShares
from v2x.field.source import Demand
from v2x.field.tools import netconvert
from v2x.geo import Crs, to_wgs84

#: Region number on the air for fields of users' own; the shipped ones have 1..3.
REGION = 100
_RSU_HEIGHT_M, _GNB_HEIGHT_M = 6.0, 28.0  # those of the shipped fields
_OPTIONS = [
    *("--proj.utm", "--geometry.remove", "--roundabouts.guess", "--junctions.join", "--remove-edges.isolated"),
    *("--keep-edges.by-vclass", "passenger", "--output.street-names", "--no-turnarounds.except-deadend"),
    *("--tls.guess-signals", "--tls.discard-simple", "--tls.default-type", "static"),
    *("--tls.cycle.time", "90", "--tls.yellow.time", "3", "--tls.allred.time", "3"),  # a measured plan: docs/fields.md
    *("--sidewalks.guess", "--crossings.guess", "--walkingareas"),
]


def import_osm(extract: Path, name: str, crs: Crs, out: Path, *, left_hand: bool = False) -> Field:
    """Turn an OSM XML extract into a field folder.

    Parameters
    ----------
    crs
        System of the extract's coordinates: ``wgs84``, or ``gcj02`` / ``bd09`` if it was drawn over such a map.
    left_hand
        Whether traffic keeps left.

    Raises
    ------
    FieldError
        When the file is no OSM extract, holds no roads, or netconvert refuses it.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise FieldError(f"'{name}' is no field name: expected lower-case letters, digits and '-'")
    if crs == "local":
        raise FieldError("an OSM extract has degrees, crs 'local' is metres", file=extract)
    tree = _read(extract)
    _shift(tree, crs, extract)
    out.mkdir(parents=True, exist_ok=True)
    network = out / f"{name}.net.xml"
    with tempfile.TemporaryDirectory() as folder:
        shifted = Path(folder) / "extract.osm.xml"
        tree.write(shifted, encoding="utf-8")
        arguments = ["--osm-files", str(shifted), *_OPTIONS, "-o", str(network.resolve())]
        netconvert([*arguments, *(["--lefthand"] if left_hand else [])], Path(folder))
    drop_header(network)
    _one_controller_a_junction(network)
    net = read_net(network)
    if not net.entries:
        raise FieldError("no road leads into the extract, so no traffic can enter", file=extract)
    return finish(out, net, _meta(net, name))


def _read(extract: Path) -> ET.ElementTree[ET.Element]:
    try:
        tree = ET.parse(extract)
    except OSError as error:
        raise FieldError(f"cannot be read: {error.strerror}", file=extract) from error
    except ET.ParseError as error:
        line, column = error.position
        reason = error.msg.partition(":")[0]
        raise FieldError(f"not valid XML: {reason}", file=extract, line=line, column=column + 1) from error
    root = tree.getroot()
    if root.tag != "osm":
        raise FieldError(f"expected an OSM XML extract with root <osm>, found <{root.tag}>", file=extract, line=1)
    if not any(tag.get("k") == "highway" for way in root.iter("way") for tag in way.iter("tag")):
        raise FieldError("holds no way with a tag 'highway': no roads", file=extract)
    return tree


def _shift(tree: ET.ElementTree[ET.Element], crs: Crs, extract: Path) -> None:
    """Move all nodes to WGS-84."""
    nodes = list(tree.getroot().iter("node"))
    places = np.empty((len(nodes), 2))
    for i, node in enumerate(nodes):
        try:
            places[i] = float(node.attrib["lon"]), float(node.attrib["lat"])
        except (KeyError, ValueError) as error:
            raise FieldError(f"node {node.get('id')} has no valid lon and lat", file=extract) from error
        if not (abs(places[i, 0]) <= 180 and abs(places[i, 1]) <= 90):
            raise FieldError(f"node {node.get('id')} lies outside the globe", file=extract)
    if crs == "wgs84" or not nodes:
        return
    lon_deg, lat_deg = to_wgs84(crs, places[:, 0], places[:, 1])
    for node, lon, lat in zip(nodes, lon_deg, lat_deg, strict=True):
        node.set("lon", f"{lon:.9f}")
        node.set("lat", f"{lat:.9f}")
    for bounds in tree.getroot().findall("bounds"):
        tree.getroot().remove(bounds)  # they are in the old system


def _one_controller_a_junction(network: Path) -> None:
    """Rename controllers to the junctions they govern: a junction's SPAT needs a programme of its own.

    A controller of several junctions is copied; the copies keep its phases and link indices.
    """
    tree = ET.parse(network)
    root = tree.getroot()
    target = {edge.attrib["id"]: edge.get("to", "") for edge in root.iter("edge")}
    governed: dict[str, set[str]] = {}
    for connection in root.iter("connection"):
        if tl := connection.get("tl"):
            crossing = connection.attrib["to"]
            own = crossing[1:].rpartition("_c")[0] if crossing.startswith(":") else target[connection.attrib["from"]]
            governed.setdefault(tl, set()).add(own)
            connection.set("tl", own)
    for position, logic in reversed(list(enumerate(root))):
        if logic.tag != "tlLogic":
            continue
        root.remove(logic)
        for junction in sorted(governed.get(logic.attrib["id"], set())):
            copy = ET.fromstring(ET.tostring(logic))
            copy.set("id", junction)
            root.insert(position, copy)
    tree.write(network, encoding="UTF-8", xml_declaration=True)


def _meta(net: Net, name: str) -> Meta:
    labels = {
        junction: Label(number, _name(net, junction), junction) for number, junction in enumerate(net.meetings, 1)
    }
    places = {junction: net.plane.to_lonlat(*_xy(net, junction)) for junction in labels}
    rsu = tuple(
        Site(f"RSU-{labels[tl].number}", float(places[tl][0]), float(places[tl][1]), _RSU_HEIGHT_M, tl)
        for tl in net.programs
        if tl in labels
    )
    middle = np.mean([_xy(net, junction) for junction in net.junctions], axis=0)
    lon_deg, lat_deg = net.plane.to_lonlat(*middle)
    return Meta(
        name=name,
        title=f"{name} (© OpenStreetMap contributors)",
        placement="roads from an OpenStreetMap extract; signals, sites and demand are generic",
        region=REGION,
        elevation_m=0.0,
        labels=labels,
        streets=Streets(Demand(), {}, TurnShares(Demand().turns), {}),
        rsu=rsu,
        gnb=(Site("gNB-1", float(lon_deg), float(lat_deg), _GNB_HEIGHT_M),),
    )


def _xy(net: Net, junction: str) -> tuple[float, float]:
    return net.junctions[junction].x_m, net.junctions[junction].y_m


def _name(net: Net, junction: str) -> str:
    """Names of the roads that meet, or the junction's id where the map has none."""
    meeting = [edge.name for edge in net.streets if junction in (edge.origin, edge.target) and edge.name]
    return "/".join(dict.fromkeys(meeting)) or junction

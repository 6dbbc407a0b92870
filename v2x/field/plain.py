"""SUMO plain XML (nodes, edges, types, connections, signal programmes) of a laid-out field, in WGS-84 degrees.

There must be no ``<location>`` beside lon/lat nodes: netconvert would take the degrees for metres and build a network
of five centimetres without a word.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from v2x.field.edges import Edge, Link
from v2x.field.layout import Arm, Crossroads, Layout
from v2x.field.source import Plan, Stage
from v2x.geo import turn_deg

#: Metres; crosswalks of 6.1-6.7 m were measured at a Tianjin junction (SinD).
_CROSSWALK_WIDTH_M = 6.4
_CORNER_RADIUS_M = 8.0


def write_plain(layout: Layout, folder: Path) -> list[Path]:
    """Write ``<name>.{nod,edg,typ,con,tll}.xml`` into a folder and return their paths in this order."""
    trees = {
        "nod": _nodes(layout),
        "edg": _edges(layout),
        "typ": _types(layout),
        "con": _connections(layout),
        "tll": _programs(layout),
    }
    return [write_xml(folder / f"{layout.source.name}.{kind}.xml", root) for kind, root in trees.items()]


def write_xml(path: Path, root: ET.Element) -> Path:
    """Write an indented UTF-8 XML file."""
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n', encoding="utf-8")
    return path


def _lonlat(point: tuple[float, float]) -> tuple[str, str]:
    return f"{point[0]:.8f}", f"{point[1]:.8f}"


def _nodes(layout: Layout) -> ET.Element:
    root = ET.Element("nodes")
    meeting = {crossroads.id for crossroads in layout.crossroads}
    for node_id, node in layout.source.nodes.items():
        x, y = _lonlat(layout.source.lonlat(node.at))
        kind = "traffic_light" if node.plan else node.unsignalised if node_id in meeting else "dead_end"
        item = ET.SubElement(root, "node", id=node_id, x=x, y=y, type=kind, radius=f"{_CORNER_RADIUS_M:g}")
        if node.plan:
            item.set("tl", node_id)
    for joint in layout.joints:
        x, y = _lonlat(joint.at)
        ET.SubElement(root, "node", id=joint.id, x=x, y=y, type="priority" if joint.links else "dead_end")
    return root


def _edges(layout: Layout) -> ET.Element:
    root = ET.Element("edges")
    for edge in layout.edges:
        item = ET.SubElement(
            root, "edge", {"id": edge.id, "from": edge.origin, "to": edge.target, "type": edge.road.kind}
        )
        item.set("name", edge.road.name)
        if edge.cross.lanes != layout.source.classes[edge.road.kind].lanes:  # beside a ramp
            item.set("numLanes", str(edge.cross.lanes))
        item.set("priority", str(_priority(layout, edge)))
        item.set("spreadType", "center" if edge.road.oneway else "right")
        if len(edge.points) > 2:
            item.set("shape", " ".join(",".join(_lonlat(point)) for point in edge.points))
    return root


def _priority(layout: Layout, edge: Edge) -> int:
    """Rank of an edge: that of its class, one more where it is the main road of a junction without signals."""
    ends = (layout.source.nodes.get(edge.origin), layout.source.nodes.get(edge.target))
    return edge.cross.priority + any(node and node.plan is None and node.main == edge.road.id for node in ends)


def _types(layout: Layout) -> ET.Element:
    root = ET.Element("types")
    for name, cross in layout.source.classes.items():
        item = ET.SubElement(
            root,
            "type",
            id=name,
            priority=str(cross.priority),
            numLanes=str(cross.lanes),
            speed=f"{cross.speed_limit_kmh / 3.6:.2f}",
            width=f"{cross.lane_width_m:g}",
            disallow="pedestrian bicycle tram rail_urban rail rail_electric rail_fast ship",
        )
        if cross.bike_width_m:
            item.set("bikeLaneWidth", f"{cross.bike_width_m:g}")
        if cross.sidewalk_width_m:
            item.set("sidewalkWidth", f"{cross.sidewalk_width_m:g}")
    return root


def _link_attributes(link: Link) -> dict[str, str]:
    return {
        "from": link.origin.id,
        "to": link.target.id,
        "fromLane": str(link.from_lane),
        "toLane": str(link.to_lane),
    }


def _crossed_arms(crossroads: Crossroads) -> list[Arm]:
    """Arms with a crosswalk: only where walkers have another side to go to."""
    return [arm for arm in crossroads.arms if arm.walkable] if len(crossroads.arms) > 2 else []


def _connections(layout: Layout) -> ET.Element:
    root = ET.Element("connections")
    for crossroads in layout.crossroads:
        for link in crossroads.links:
            item = ET.SubElement(root, "connection", _link_attributes(link))
            if link.move == "left":
                # Wait at the stop line: who waits inside the junction leaves it when the next stage already drives.
                item.set("contPos", "0")
        for i, arm in enumerate(_crossed_arms(crossroads), len(crossroads.links)):
            crossed = [edge.id for edge in arm.edges]
            item = ET.SubElement(root, "crossing", node=crossroads.id, edges=" ".join(crossed), priority="true")
            item.set("width", f"{_CROSSWALK_WIDTH_M:g}")
            if crossroads.node.plan:
                item.set("linkIndex", str(i))
    for joint in layout.joints:
        for link in joint.links:
            ET.SubElement(root, "connection", _link_attributes(link))
    return root


def _programs(layout: Layout) -> ET.Element:
    root = ET.Element("tlLogics")
    signalled = [crossroads for crossroads in layout.crossroads if crossroads.node.plan]
    for crossroads in signalled:
        plan = layout.source.plans[crossroads.node.plan or ""]
        item = ET.SubElement(root, "tlLogic", id=crossroads.id, type="static", programID="0")
        item.set("offset", f"{crossroads.node.offset_s:g}")
        for duration_s, state in _phases(crossroads, plan):
            ET.SubElement(item, "phase", duration=f"{duration_s:g}", state=state)
    for crossroads in signalled:
        for i, link in enumerate(crossroads.links):
            ET.SubElement(root, "connection", _link_attributes(link), tl=crossroads.id, linkIndex=str(i))
    return root


def _phases(crossroads: Crossroads, plan: Plan) -> list[tuple[float, str]]:
    """Duration and state string of each phase: walk, no walk, yellow, all red, for every stage."""
    phases: list[tuple[float, str]] = []
    arms = _crossed_arms(crossroads)
    stages = plan.shown()
    lights = ["".join(_green(crossroads, link, stage) for link in crossroads.links) for stage in stages]
    walks = ["".join("G" if _walks(crossroads, arm, stage) else "r" for arm in arms) for stage in stages]
    for i, stage in enumerate(stages):
        now, coming = lights[i], lights[(i + 1) % len(stages)]
        walk, stay = walks[i], _ending(walks[i], walks[(i + 1) % len(stages)], "r")
        if walk != stay:
            phases.append((stage.green_s - plan.walk_clearance_s, now + walk))
            phases.append((plan.walk_clearance_s, now + stay))
        else:
            phases.append((stage.green_s, now + walk))
        phases.append((stage.yellow_s, _ending(now, coming, "y") + stay))
        if stage.all_red_s:
            phases.append((stage.all_red_s, _ending(now, coming, "r") + stay))
    return phases


def _ending(now: str, coming: str, light: str) -> str:
    """Lights between two stages: what is green in both stays green, what is green no longer shows ``light``."""
    pairs = zip(now, coming, strict=True)
    return "".join("r" if old == "r" else light if new == "r" else old for old, new in pairs)


def _green(crossroads: Crossroads, link: Link, stage: Stage) -> str:
    """Light of a link in a stage: ``G`` has priority, ``g`` is green but gives way, ``r`` is red.

    A left turn gives way to oncoming traffic unless that is held; a right turn gives way to bikes and walkers.
    """
    bearing_deg = (link.origin.bearing_end_deg + 180.0) % 360.0
    mine = "main" if crossroads.on_main(bearing_deg) else "side"
    if stage.axis != mine or link.move not in stage.moves or not _in_half(bearing_deg, stage):
        return "r"
    if link.move == "left":
        return "g" if "straight" in stage.moves and stage.half is None else "G"
    return "G" if link.move == "straight" else "g"


def _walks(crossroads: Crossroads, arm: Arm, stage: Stage) -> bool:
    """Walkers cross an arm while the other axis has its straight-on green.

    Where that axis drives one arm after the other, they wait for the half whose left turns end elsewhere: on a wide
    crosswalk they would hold these up inside the junction until the next stage drives into them.
    """
    mine = "main" if crossroads.on_main(arm.bearing_deg) else "side"
    if stage.axis == mine or "straight" not in stage.moves:
        return False
    if stage.half is None:
        return True
    driving = [other for other in crossroads.arms if other is not arm and _in_half(other.bearing_deg, stage)]
    return any(
        turn_deg(other.bearing_deg, arm.bearing_deg) < 0
        for other in driving
        if crossroads.on_main(other.bearing_deg) == (stage.axis == "main")
    )


def _in_half(bearing_deg: float, stage: Stage) -> bool:
    return stage.half is None or stage.half == (1 if (bearing_deg + 45.0) % 360.0 < 180.0 else 2)

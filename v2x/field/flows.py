"""When road users come: the flows of a demand level.

Motor traffic has two parts. Nine tenths keep a timetable of their own per route, whose phases are spread so that the
sum looks irregular; one tenth are Poisson arrivals that draw their route. Shares that are drawn scatter: with 250
vehicles an hour, what a small approach has, a share of one half has a binomial standard deviation of three points, and
the demand file would be kept nowhere. With a timetable alone the seed would not change who comes when.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter

from v2x.field.demand import Routes, Streets, flow_name, start_edges
from v2x.field.net import Net
from v2x.field.source import Level

_POISSON_SHARE = 0.1
#: Fractional part of the golden ratio: its multiples modulo 1 fill the unit interval evenly (Weyl sequence).
_GOLDEN = 0.6180339887498949
#: A day. Without an end SUMO takes that of the run, and refuses flows that would begin after it.
_END_S = "86400"
#: Walks begin and end this far from the junction they cross.
_WALK_M = 60.0


def flows_xml(net: Net, streets: Streets, level: Level, routes: Routes) -> ET.Element:
    """Flows of a level, sorted by begin as SUMO wants them.

    Vehicles are called ``<entry>.n`` (Poisson) and ``<entry>.<route>.n`` (timetable), those that stand ready at the
    start ``<edge>.n``, two-wheelers ``<entry>.bike.n``, walkers ``<edge>.walk.n``.
    """
    flows = []
    for edge in net.entries:
        name, per_h = flow_name(net, edge.id), streets.entry_veh_per_h(edge, level)
        flows += [_poisson(name, "motor", _POISSON_SHARE * per_h)] if per_h > 0 else []
        flows += _timetable(name, (1.0 - _POISSON_SHARE) * per_h, routes) if per_h > 0 else []
        bikes_per_h = streets.entry_bikes_per_h(edge, level)
        flows += [_poisson(f"{name}.bike", "two_wheeler", bikes_per_h)] if bikes_per_h > 0 else []
    flows += _ready(net, streets, level)
    flows += _walkers(net, streets.demand.walkers_per_h[level])
    root = ET.Element("routes")
    root.extend(sorted(flows, key=lambda flow: float(flow.attrib["begin"])))
    return root


def _poisson(name: str, type_: str, per_h: float) -> ET.Element:
    flow = ET.Element("flow", id=name, type=type_, route=name, begin="0.0")
    flow.attrib.update(period=f"exp({per_h / 3600:.6f})", departLane="best", departSpeed="desired")
    return flow


def _timetable(name: str, per_h: float, routes: Routes) -> list[ET.Element]:
    total = sum(times for _, times in routes[name])
    flows = []
    for i, (_, times) in enumerate(routes[name]):
        period_s = 3600.0 * total / (per_h * times)
        begin_s = period_s * ((i + 1) * _GOLDEN % 1.0)
        flow = ET.Element("flow", id=f"{name}.{i}", type="motor", route=f"{name}.{i}", begin=f"{begin_s:.1f}")
        flow.attrib.update(end=_END_S, period=f"{period_s:.1f}", departLane="best", departSpeed="desired")
        flows.append(flow)
    return flows


def _ready(net: Net, streets: Streets, level: Level) -> list[ET.Element]:
    """Vehicles that are on inner edges from the first second."""
    flows = []
    for edge in start_edges(net, streets):
        flow = ET.Element("flow", id=edge.id, type="motor", route=edge.id, begin="0.0", end="1.0")
        flow.attrib.update(number=str(streets.demand.start_vehicles[level]), departLane="best")
        flow.attrib.update(departPos="random_free", departSpeed="max")
        flows.append(flow)
    return flows


def _walkers(net: Net, per_junction_h: float) -> list[ET.Element]:
    walks = _walks(net)
    at = Counter(net.edges[origin].target for origin, _ in walks)
    flows = []
    for origin, target in walks if per_junction_h > 0 else []:
        per_h = per_junction_h / at[net.edges[origin].target]
        start_m = max(net.edges[origin].lanes[0].length_m - _WALK_M, 0.0)
        end_m = min(net.edges[target].lanes[0].length_m, _WALK_M)
        flow = ET.Element("personFlow", id=f"{origin}.walk", type="pedestrian", begin="0.0")
        flow.attrib.update(period=f"exp({per_h / 3600:.6f})", departPos=f"{start_m:.1f}")
        ET.SubElement(flow, "walk", edges=f"{origin} {target}", arrivalPos=f"{end_m:.1f}")
        flows.append(flow)
    return flows


def _walks(net: Net) -> list[tuple[str, str]]:
    """(edge in, edge out) with sidewalks, straight across each junction that has a crosswalk."""
    crossed = {edge.id[1:].rpartition("_c")[0] for edge in net.edges.values() if edge.function == "crossing"}
    walks = []
    for edge in net.streets:
        if edge.target in crossed and edge.has("sidewalk"):
            ahead = [
                connection.target
                for connection in net.onward.get(edge.id, ())
                if connection.direction == "s" and net.edges[connection.target].function == "normal"
            ]
            walks += [(edge.id, target) for target in ahead if net.edges[target].has("sidewalk")][:1]
    return walks

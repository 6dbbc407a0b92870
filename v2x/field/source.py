"""The hand-written source of a field, ``field.yaml``: roads, nodes, signal plans, sites, demand shares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from v2x.errors import FieldError
from v2x.geo import Plane, to_wgs84
from v2x.scenario.model import Crs, Model, Share

Move = Literal["straight", "left", "right"]
Level = Literal["light", "normal", "peak"]
MOVES: tuple[Move, ...] = ("straight", "left", "right")
LEVELS: tuple[Level, ...] = ("light", "normal", "peak")
#: Degrees (lon, lat), or metres (x east, y north) where ``crs`` is ``local``.
Point = tuple[float, float]


#: Where a class says nothing: the lower end of light 100-150, normal 250-350, peak 450-600 vehicles per hour and lane.
ENTRY_VEH_PER_H_LANE: dict[Level, float] = {"light": 100.0, "normal": 250.0, "peak": 450.0}


class Frontage(Model):
    """The buildings along a road: how far behind the edge of its outermost lane they begin, and how high they are."""

    setback_m: NonNegativeFloat
    height_m: PositiveFloat


class RoadClass(Model):
    """Cross-section of one direction of a road, what stands along it, and how many vehicles enter on a lane of it."""

    lanes: Annotated[int, Field(ge=1, le=6)]
    speed_limit_kmh: PositiveFloat
    lane_width_m: PositiveFloat = 3.5
    bike_width_m: NonNegativeFloat = 0.0
    sidewalk_width_m: NonNegativeFloat = 0.0
    priority: Annotated[int, Field(ge=1)]
    buildings: Frontage | None = Field(default=None, description="none: open ground on both sides")
    entry_veh_per_h_lane: dict[Level, NonNegativeFloat] = Field(default=ENTRY_VEH_PER_H_LANE)


class Stage(Model):
    """One stage of a plan: which arms (``main`` or ``side`` road) may make which moves, and for how long."""

    axis: Literal["main", "side"]
    #: Only one of the two arms, so that nobody comes against it: 1 the northern or eastern one, 2 the other.
    half: Literal[1, 2] | None = None
    moves: tuple[Move, ...] = MOVES
    green_s: PositiveFloat
    yellow_s: Annotated[float, Field(ge=3)]
    all_red_s: NonNegativeFloat
    #: For so long at the end of the green the left turns have it alone: who found no gap before goes then.
    late_left_s: NonNegativeFloat = 0.0

    @model_validator(mode="after")
    def _room_for_late_left(self) -> Stage:
        if self.late_left_s and (self.moves == ("left",) or self.green_s <= self.late_left_s + self.yellow_s):
            raise ValueError("late_left_s and a yellow before it must fit into the green of a stage with other moves")
        return self


class Plan(Model):
    """A fixed-time signal plan. ``source`` says where its times come from."""

    source: str
    stages: Annotated[tuple[Stage, ...], Field(min_length=2)]
    #: The walking light turns red this long before the vehicles' green ends.
    walk_clearance_s: NonNegativeFloat = 10.0

    def shown(self) -> tuple[Stage, ...]:
        """The stages with each late left as a stage of its own, within the time of the stage it ends."""
        stages: list[Stage] = []
        for stage in self.stages:
            if stage.late_left_s:
                shorter_s = stage.green_s - stage.yellow_s - stage.late_left_s
                stages.append(stage.model_copy(update={"green_s": shorter_s, "all_red_s": 0.0}))
                stages.append(stage.model_copy(update={"green_s": stage.late_left_s, "moves": ("left",)}))
            else:
                stages.append(stage)
        return tuple(stages)


class Node(Model):
    """A junction (it has a ``number``), a place where a road leaves the field, or where its class changes."""

    at: Point
    number: Annotated[int, Field(ge=1, le=65535)] | None = None
    name: str = ""
    pinyin: str = ""
    plan: str | None = None
    unsignalised: Literal["priority", "allway_stop"] = "priority"
    main: str | None = Field(default=None, description="id of the main road, where the class does not tell")
    offset_s: NonNegativeFloat = 0.0
    turns: dict[Move, Share] | None = None
    turns_from: dict[str, dict[Move, Share]] = Field(default={}, description="neighbour -> shares, where they differ")


class Road(Model):
    """A road: pinyin id, Chinese name, class, and its way through nodes (ids) and bends (points)."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    name: str
    kind: str
    path: Annotated[tuple[str | Point, ...], Field(min_length=2)]
    oneway: bool = False
    two_wheelers_per_car: NonNegativeFloat = 0.0
    buildings: Frontage | None = Field(default=None, description="where they differ from those of the class")


class Ramp(Model):
    """A ramp of one lane onto or off a carriageway, which there has a lane more on the right.

    Three nodes come with it: ``<id>`` at its outer end, where traffic enters or leaves the field; ``<id>_nose`` where
    it meets the carriageway; ``<id>_lane`` where the additional lane ends (entry) or begins (exit).
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9]+$")]
    name: str
    kind: str
    way: Literal["entry", "exit"]
    edge: str = Field(description="the carriageway, from.to")
    at_m: PositiveFloat = Field(description="place of the nose, along the road's axis from the beginning of the edge")
    lane_m: PositiveFloat = Field(description="length of the additional lane")
    path: Annotated[tuple[Point, ...], Field(min_length=1)] = Field(description="in driving order, without the nose")
    share: Share | None = Field(default=None, description="of those who pass an exit, how many take it")

    @model_validator(mode="after")
    def _share_of_an_exit(self) -> Ramp:
        if (self.way == "exit") != (self.share is not None):
            raise ValueError("an exit needs a share, and only an exit has one")
        return self


class SiteSource(Model):
    """A roadside unit or a gNB."""

    id: str
    at: Point
    height_m: PositiveFloat
    junction: str | None = None


class Demand(Model):
    """Who travels and where they turn. Shares of moves that a junction lacks go to the others in proportion."""

    turns: dict[Move, Share] = Field(default={"straight": 0.52, "right": 0.26, "left": 0.22})
    mix: dict[Literal["car", "bus", "truck"], Share] = Field(default={"car": 0.985, "bus": 0.006, "truck": 0.009})
    #: Edges (``from.to``) on which vehicles stand ready at the start, or ``inner`` for all that no flow enters.
    start_on: Literal["inner"] | tuple[str, ...] = ()
    start_vehicles: dict[Level, int] = Field(default={"light": 1, "normal": 2, "peak": 4})
    ebike_share: Share = 0.8
    red_runner_share: Share = 0.6
    walkers_per_h: dict[Level, NonNegativeFloat] = Field(default={"light": 60.0, "normal": 120.0, "peak": 200.0})


class FieldSource(Model):
    """A whole field."""

    schema_version: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: str
    placement: str
    crs: Crs
    origin: Point | None = Field(default=None, description="WGS-84 lon, lat of (0, 0) where crs is local")
    region: Annotated[int, Field(ge=0, le=65535)]
    elevation_m: float = 0.0
    classes: dict[str, RoadClass]
    plans: dict[str, Plan] = Field(default={})
    nodes: dict[str, Node]
    roads: tuple[Road, ...]
    ramps: tuple[Ramp, ...] = ()
    rsu: tuple[SiteSource, ...] = ()
    gnb: tuple[SiteSource, ...] = ()
    open_ground: tuple[Point, ...] = Field(default=(), description="a point in each block without buildings")
    demand: Demand = Demand()

    @model_validator(mode="after")
    def _references(self) -> FieldSource:
        if (self.crs == "local") != (self.origin is not None):
            raise ValueError("crs 'local' needs an origin (WGS-84 lon, lat), and only it does")
        for road in self.roads:
            if road.kind not in self.classes:
                raise ValueError(f"road '{road.id}' is of an unknown class '{road.kind}'")
            named = [step for step in road.path if isinstance(step, str)]
            if unknown := sorted(set(named) - set(self.nodes)):
                raise ValueError(f"road '{road.id}' passes unknown nodes {', '.join(unknown)}")
            if not (isinstance(road.path[0], str) and isinstance(road.path[-1], str)):
                raise ValueError(f"road '{road.id}' must begin and end at a node")
        for ramp in self.ramps:
            if ramp.kind not in self.classes or self.classes[ramp.kind].lanes != 1:
                raise ValueError(f"ramp '{ramp.id}' is of class '{ramp.kind}', which is unknown or has not one lane")
        for node_id, node in self.nodes.items():
            if node.plan is not None and node.plan not in self.plans:
                raise ValueError(f"node '{node_id}' has an unknown plan '{node.plan}'")
            if unknown := sorted(set(node.turns_from) - set(self.nodes)):
                raise ValueError(f"node '{node_id}' has turn shares from unknown nodes {', '.join(unknown)}")
            if node.plan is not None and node.number is None:
                raise ValueError(f"node '{node_id}' has signals but no number")
        for site in (*self.rsu, *self.gnb):
            if site.junction is not None and site.junction not in self.nodes:
                raise ValueError(f"site '{site.id}' stands at an unknown junction '{site.junction}'")
        numbers = [node.number for node in self.nodes.values() if node.number is not None]
        if len(set(numbers)) != len(numbers):
            raise ValueError("two junctions share a number")
        ends = [*self.nodes, *(ramp.id for ramp in self.ramps)]
        if len(set(ends)) != len(ends):
            raise ValueError("a ramp shares its id with a node or another ramp")
        return self

    def lonlat(self, point: Point) -> Point:
        """A point of this file in WGS-84 degrees."""
        if self.origin is not None:
            lon, lat = Plane.tangent(*self.origin).to_lonlat(*point)
        else:
            lon, lat = to_wgs84(self.crs, *point)
        return float(lon), float(lat)


def load_source(path: Path) -> FieldSource:
    """Read a ``field.yaml``; `FieldError` with file, line and column when it is wrong."""
    try:
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FieldError(f"cannot be read: {error.strerror}", file=path) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise FieldError(f"not valid YAML: {error.problem}", file=path, line=line, column=column) from error
    try:
        return FieldSource.model_validate(document)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        line, column = _place(document, fault["loc"])
        where = ".".join(str(part) for part in fault["loc"]) or None
        raise FieldError(fault["msg"], file=path, line=line, column=column, path=where) from error


def _place(document: Any, loc: tuple[int | str, ...]) -> tuple[int | None, int | None]:
    """Line and column (1-based) of the innermost part of ``loc`` that stands in the document."""
    line = column = None
    for part in loc:
        try:
            position = document.lc.item(part) if isinstance(part, int) else document.lc.key(part)
            document = document[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
        line, column = position[0] + 1, position[1] + 1
    return line, column

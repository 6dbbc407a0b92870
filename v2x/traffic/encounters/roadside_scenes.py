"""Scenes of the applications that the roadside serves: RLVW, GLOSA, SLW, HLW, IVS, TJW, VRUCW.

What the scenes are follows the use cases of T/CSAE 53 (day 1); their figures are assumed, chosen so that a driver who
is warned in time can still brake. Times of arrival keep clear of yellow, which nobody needs to be warned of.
"""

from __future__ import annotations

from dataclasses import replace

from v2x.field.encounter_ground import ARROWS, INNER_M, KERB_M, OUTER_M, PARALLEL_M, STOP_M, ZONES
from v2x.traffic.encounters.lights import GREEN_ENDS_S, RED_BEGINS_S
from v2x.traffic.encounters.motion import Motion, Path
from v2x.traffic.encounters.scene import HALF_M, Actor, Contact, Crossing, Scene
from v2x.traffic.encounters.stage import Stage
from v2x.traffic.encounters.subjects import COMFORT_MPS2

#: A limit counts as kept up to this above it, m/s (1 km/h; assumed).
_TOLERANCE_MPS = 1.0 / 3.6
_QUEUE, _QUEUE_GAP_M = 8, 2.0
#: Slowest that one drives up to a right turn, m/s (assumed).
_SLOW_MPS = 4.0
#: Where people wait, metres outside the kerb, and how they set off, m/s^2 (assumed).
_WAITING_M, _SETS_OFF_MPS2 = 0.8, 2.0
#: Near cases of everything that is ahead on the eastbound carriageway.
_ELSEWHERE = ("opposite", "parallel", "leaves")


def rlvw(stage: Stage) -> Scene:
    """Arrives at red, a red arrow if it turns right; near: green by then, still green, or turns right at round red."""
    variant = stage.variant(("red_stays", "turns_red", "right_arrow"), ("green_in_time", "green", "right_on_red"))
    waiting = variant in ("red_stays", "green_in_time")
    early_s, late_s = {
        "red_stays": (-3.5, -0.5),
        "turns_red": (0.5 - RED_BEGINS_S, 5.0),
        "right_arrow": (0.5 - RED_BEGINS_S, 5.0),
        "green_in_time": (1.0, 5.0),
        "green": (-9.0, -0.5 - GREEN_ENDS_S),
        "right_on_red": (0.5 - RED_BEGINS_S, 5.0),
    }[variant]
    arrive_s = stage.middle_s + stage.between("arrive", early_s, late_s)
    if variant == "right_on_red":
        return Scene(variant, (_at_round_lamp(stage, arrive_s),), None)
    subject = _at_arrow(stage, arrive_s) if variant == "right_arrow" else _straight(stage, arrive_s, waiting=waiting)
    return _to_the_line(stage, variant, subject, waiting=waiting)


def glosa(stage: Stage) -> Scene:
    """Would arrive at a red that ends soon, so that a lower speed saves the stop; near: arrives at green."""
    variant = stage.variant(("red_ends",), ("green_in_time", "green"))
    early_s, late_s = {"red_ends": (-3.5, -0.8), "green_in_time": (1.0, 5.0), "green": (-9.0, -0.5 - GREEN_ENDS_S)}[
        variant
    ]
    waiting = variant != "green"
    subject = _straight(stage, stage.middle_s + stage.between("arrive", early_s, late_s), waiting=waiting)
    return _to_the_line(stage, variant, subject, waiting=waiting)


def slw(stage: Stage) -> Scene:
    """Enters a limited zone too fast; near: slow enough, leaves it, or is on another carriageway or road."""
    variant = stage.variant(("too_fast",), ("slow_enough", *_ELSEWHERE))
    limit_mps = ZONES["slw"].limit_mps
    if variant == "slow_enough":
        speed_mps = stage.between("speed", 5.0, 0.9 * limit_mps)
    else:
        low_mps, high_mps = stage.config.speed_mps
        speed_mps = stage.between("speed", max(low_mps, 1.2 * limit_mps), high_mps)
    return _to_the_zone(stage, variant, speed_mps, above_mps=limit_mps + _TOLERANCE_MPS)


def hlw(stage: Stage) -> Scene:
    """Roadworks that close the lane ahead; near: leaves them, or is on another carriageway or road."""
    return _to_the_zone(stage, stage.variant(("ahead",), _ELSEWHERE), stage.speed_mps())


def ivs(stage: Stage) -> Scene:
    """A sign ahead; near: leaves its stretch, or is on another carriageway or road."""
    return replace(_to_the_zone(stage, stage.variant(("ahead",), _ELSEWHERE), stage.speed_mps()), informs=True)


def tjw(stage: Stage) -> Scene:
    """The tail of a standing queue ahead; near: leaves it behind, or is on another carriageway or road."""
    scene = _to_the_zone(stage, stage.variant(("ahead",), _ELSEWHERE), stage.speed_mps())
    subject, (lane_m, _) = scene.subject, stage.lane_m()
    first_m = stage.between("tail", 0.0, 10.0) + HALF_M["car"]
    apart_m = 2.0 * HALF_M["car"] + _QUEUE_GAP_M
    queue = [
        Actor(f"queue{k}", "car", stage.path(f"queue{k}", 0, lane_m), Motion.cruise(0.0, way_m=first_m + k * apart_m))
        for k in range(_QUEUE)
    ]
    return replace(scene, actors=(subject, *queue), rule=Contact(subject, queue))


def vrucw(stage: Stage) -> Scene:
    """A pedestrian steps onto the crossing; near: waits at the kerb, or has crossed before."""
    variant = stage.variant(("near_side", "far_side"), ("waits", "gone"))
    speed_mps, meet_s = stage.speed_mps(), stage.middle_s + stage.between("meet", -1.0, 4.0)
    far = variant == "far_side"
    right_m = INNER_M if far else OUTER_M
    beside_m = stage.between("beside", -1.5, 1.5)
    subject = stage.subject(stage.path("subject", 0, right_m), speed_mps, front_m=beside_m, at_s=meet_s)
    walk_mps = stage.between("walk", 1.2, 1.6) if far else stage.between("walk", 0.9, 1.6)
    waits_m = -(KERB_M + _WAITING_M)
    motion = Motion.cruise(0.0, way_m=waits_m)
    cue_s = 0.0
    if variant != "waits":
        lane_m = right_m if far else -right_m  # walks south from the far side, north from the near one
        there_s = meet_s - stage.between("before", 4.0, 6.0) if variant == "gone" else meet_s
        way_m = lane_m + stage.between("off the middle", -0.6, 0.6) - waits_m
        cue_s = there_s - way_m / walk_mps - 0.5 * walk_mps / _SETS_OFF_MPS2
        motion = motion.then(cue_s, _SETS_OFF_MPS2, walk_mps)
    walker = Actor("walker", "pedestrian", stage.walk(1 if far else 3, beside_m), motion)
    return Scene(variant, (subject, walker), Contact(subject, [walker]), cue_s=cue_s)


def _to_the_line(stage: Stage, variant: str, subject: Actor, *, waiting: bool) -> Scene:
    """To the stop line, which shall not be passed at red."""
    way_m = -STOP_M - HALF_M["car"]
    red_s = (0.0, stage.middle_s) if waiting else (stage.middle_s - RED_BEGINS_S, stage.config.spacing_s)
    cue_s = 0.0 if waiting else stage.middle_s - GREEN_ENDS_S
    return Scene(variant, (subject,), Crossing(way_m, *red_s), cue_s=cue_s)


def _straight(stage: Stage, arrive_s: float, *, waiting: bool) -> Actor:
    """A subject that drives straight on."""
    direction = stage.one_of("direction", stage.waiting if waiting else stage.leaving)
    return stage.subject(stage.path("subject", direction, INNER_M), stage.speed_mps(), front_m=-STOP_M, at_s=arrive_s)


def _corner(stage: Stage, *, arrow: bool) -> Path:
    """To the right behind the stop line, where the lamp is an arrow or round."""
    direction = next(each for each in stage.leaving if (each in ARROWS) == arrow)
    return replace(stage.path("subject", direction, OUTER_M), turn_at_m=-STOP_M, radius_m=STOP_M - OUTER_M)


def _at_arrow(stage: Stage, arrive_s: float) -> Actor:
    """A subject that turns right at an arrow, slow enough all the way: how it drives tells nobody what it will do."""
    path = _corner(stage, arrow=True)
    return stage.subject(path, stage.between("speed", _SLOW_MPS, path.turn_mps), front_m=-STOP_M, at_s=arrive_s)


def _at_round_lamp(stage: Stage, arrive_s: float) -> Actor:
    """A subject that brakes for the corner at a round lamp, and passes the stop line at the speed of the corner."""
    path, speed_mps = _corner(stage, arrow=False), stage.speed_mps()
    slower_mps = max(0.0, speed_mps - path.turn_mps)
    brakes_s = slower_mps / COMFORT_MPS2
    brakes_m = 0.5 * (speed_mps + path.turn_mps) * brakes_s
    return stage.subject(path, speed_mps, front_m=-STOP_M - brakes_m, at_s=arrive_s - brakes_s)


def _to_the_zone(stage: Stage, variant: str, speed_mps: float, *, above_mps: float = 0.0) -> Scene:
    """Eastbound to the zone's begin, which shall not be passed faster than that; or elsewhere, for near cases."""
    meet_s, (lane_m, _) = stage.middle_s + stage.between("meet", -2.0, 4.0), stage.lane_m()
    if variant == "leaves":
        zone = ZONES[stage.config.application]
        path, front_m = stage.path("subject", 0, lane_m), zone.length_m + stage.between("past", 10.0, 40.0)
        return Scene(variant, (stage.subject(path, speed_mps, front_m=front_m, at_s=0.0),), None)
    if variant in _ELSEWHERE:
        lane = (2, lane_m) if variant == "opposite" else (0, PARALLEL_M)
        return Scene(variant, (stage.subject(stage.path("subject", *lane), speed_mps, front_m=0.0, at_s=meet_s),), None)
    subject = stage.subject(stage.path("subject", 0, lane_m), speed_mps, front_m=0.0, at_s=meet_s)
    return Scene(variant, (subject,), Crossing(-HALF_M["car"], above_mps=above_mps))

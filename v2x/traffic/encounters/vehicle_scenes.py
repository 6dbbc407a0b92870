"""Scenes of the applications between vehicles: FCW, EBW, EVW.

What the scenes are follows the use cases of T/CSAE 53 (day 1); their figures are assumed, chosen so that a driver who
is warned in time can still brake.
"""

from __future__ import annotations

from v2x.field.encounter_ground import INNER_M, STOP_M
from v2x.traffic.encounters.motion import Motion
from v2x.traffic.encounters.scene import HALF_M, Actor, Contact, Overtaken, Scene
from v2x.traffic.encounters.stage import Stage

_VEHICLES = ("car", "bus", "truck")
_CAR_M = 2.0 * HALF_M["car"]
#: Most that emergency vehicles drive, m/s (90 km/h).
_EMERGENCY_MPS = 25.0
#: They pass others this far from the axis of the road, across its middle line, metres.
_STRADDLING_M = -1.25


def fcw(stage: Stage) -> Scene:
    """A slower or standing vehicle ahead in the lane; near: in the next lane, faster, or coming the other way."""
    variant = stage.variant(("stopped", "slower"), ("next_lane", "opens", "oncoming"))
    direction, (lane_m, next_m) = stage.one_of("direction", (0, 2)), stage.lane_m()
    speed_mps, meet_s = stage.speed_mps(), stage.middle_s + stage.between("meet", -2.0, 4.0)
    meet_m, kind = stage.between("place", -50.0, 50.0), stage.one_of("kind", _VEHICLES)
    subject = stage.subject(stage.path("subject", direction, lane_m), speed_mps, front_m=meet_m, at_s=meet_s)
    stands = variant == "stopped" or (variant == "next_lane" and stage.share("stands") < 0.5)
    lead_mps = 0.0 if stands else speed_mps * stage.between("slower", 0.2, 0.7)
    if variant == "oncoming":
        path = stage.path("lead", (direction + 2) % 4, INNER_M)
        motion = Motion.cruise(stage.between("oncoming", 8.0, 16.0), way_m=HALF_M[kind] - meet_m, at_s=meet_s)
    elif variant == "opens":
        path = stage.path("lead", direction, lane_m)
        rear_m = meet_m - speed_mps * meet_s + stage.between("gap", 15.0, 40.0)
        motion = Motion.cruise(speed_mps * stage.between("faster", 1.05, 1.3), way_m=rear_m + HALF_M[kind])
    else:
        path = stage.path("lead", direction, next_m if variant == "next_lane" else lane_m)
        motion = Motion.cruise(lead_mps, way_m=meet_m + HALF_M[kind], at_s=meet_s)
    lead = Actor("lead", kind, path, motion)
    return Scene(variant, (subject, lead), Contact(subject, [lead]))


def ebw(stage: Stage) -> Scene:
    """The next but one ahead brakes hard, hidden by the one between; near: one in another lane does.

    It brakes at 5 to 7 m/s^2; SAE J2735 calls 0.4 g hard. The one between follows as late as a human would.
    """
    variant = stage.variant(("ahead",), ("next_lane", "oncoming"))
    direction, (lane_m, next_m) = stage.one_of("direction", (0, 2)), stage.lane_m()
    speed_mps, brakes_s = stage.speed_mps(), stage.middle_s + stage.between("brakes", -2.0, 2.0)
    subject = stage.subject(stage.path("subject", direction, lane_m), speed_mps, front_m=0.0, at_s=brakes_s)
    kind = stage.one_of("kind", _VEHICLES)
    way_m = speed_mps * stage.between("headway", 1.2, 2.0) + HALF_M[kind]
    lead_m = way_m + HALF_M[kind] + speed_mps * stage.between("headway ahead", 1.2, 2.0) + HALF_M["car"]
    motion = Motion.cruise(speed_mps, way_m=way_m, at_s=brakes_s)
    hard_mps2 = -stage.between("hard", 5.0, 7.0)
    if variant == "ahead":
        motion = motion.then(brakes_s + stage.between("delay", 0.8, 1.2), hard_mps2, 0.0)
    between = Actor("between", kind, stage.path("between", direction, lane_m), motion)
    if variant == "oncoming":
        path, lead_m = stage.path("lead", (direction + 2) % 4, INNER_M), -lead_m
    else:
        path = stage.path("lead", direction, next_m if variant == "next_lane" else lane_m)
    braking = Motion.cruise(speed_mps, way_m=lead_m, at_s=brakes_s).then(brakes_s, hard_mps2, 0.0)
    lead = Actor("lead", "car", path, braking)
    return Scene(variant, (subject, between, lead), Contact(subject, [between, lead]), cue_s=brakes_s)


def evw(stage: Stage) -> Scene:
    """A vehicle with blue light comes from behind, or crosses at red; near: it drives away, or is no such vehicle."""
    variant = stage.variant(("behind", "crossing"), ("passed", "leaving", "no_lights"))
    direction, speed_mps = stage.one_of("direction", stage.waiting), stage.speed_mps()
    stop_s = stage.middle_s + stage.between("arrival", 1.5, 5.0)  # green by then
    subject = stage.subject(stage.path("subject", direction, INNER_M), speed_mps, front_m=-STOP_M, at_s=stop_s)
    if variant == "crossing":
        other = _crossing(stage, subject, direction)
        return Scene(variant, (subject, other), Contact(subject, [other]))
    role = "other" if variant == "no_lights" else "emergency"
    path = stage.path(role, direction, _STRADDLING_M)
    faster_mps, way_m = min(_EMERGENCY_MPS, speed_mps * stage.between("faster", 1.3, 1.6)), -STOP_M - speed_mps * stop_s
    if variant == "leaving":
        path = stage.path(role, (direction + stage.one_of("side", (1, 3))) % 4, INNER_M)
        motion = Motion.cruise(faster_mps, way_m=stage.between("ahead", 20.0, 80.0))
    elif variant == "passed":
        motion = Motion.cruise(faster_mps, way_m=way_m + stage.between("ahead", 40.0, 100.0))
    else:
        level_s = stage.middle_s + stage.between("level", -2.0, 4.0)
        way_m += speed_mps * level_s - _CAR_M - HALF_M["car"]  # its front beside the subject's tail
        motion = Motion.cruise(faster_mps, way_m=way_m, at_s=level_s)
    other = Actor(role, "car", path, motion)
    return Scene(variant, (subject, other), Overtaken(subject, other) if variant == "behind" else None, informs=True)


def _crossing(stage: Stage, subject: Actor, direction: int) -> Actor:
    """An emergency vehicle from the left or right whose middle is where the subject's is, at nearly the same time."""
    across = (direction + stage.one_of("side", (1, 3))) % 4
    # right of one is along or against the other: both lanes' offsets are each other's ways to where they cut
    cut_m = INNER_M if across == (direction + 3) % 4 else -INNER_M
    _, way_m, speed_mps, _ = subject.motion.knots[0]
    cut_s = (cut_m - way_m) / speed_mps + stage.between("early", -0.15, 0.15)
    motion = Motion.cruise(stage.between("crossing", 10.0, 20.0), way_m=-cut_m, at_s=cut_s)
    return Actor("emergency", "car", stage.path("emergency", across, INNER_M), motion)

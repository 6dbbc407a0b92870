"""The parts of a remotely driven vehicle as a scenario means them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS
from v2x.remote.bounds import CoverageCap, QosCap, QosFigures, throughput_cap_mps
from v2x.remote.command import CommandLink
from v2x.remote.course import Course
from v2x.remote.driver import Modelled
from v2x.remote.external import Cockpit, External
from v2x.remote.minimal_risk import MinimalRisk, Plan
from v2x.remote.operators import build_operator
from v2x.remote.operators.human import Human
from v2x.remote.operators.pedals import Pedals, PedalWork
from v2x.remote.operators.predictive import PredictiveDisplay
from v2x.remote.operators.pure_pursuit import PurePursuit
from v2x.remote.operators.remnant import remnant
from v2x.remote.uplink import Feed, Uplink
from v2x.remote.vehicle.bicycle import STEP_NS, Vehicles
from v2x.remote.vehicle.body import BODIES, Actuators
from v2x.remote.video.coding import Coding, GroupOfPictures, IntraRefresh
from v2x.remote.video.desk import Desk
from v2x.remote.video.durations import LogNormal
from v2x.remote.video.packets import Packing
from v2x.remote.video.playout import Playout, Policy
from v2x.remote.video.rate import Adaptive, RateControl
from v2x.remote.video.reassembly import Patience, Reassembly
from v2x.remote.video.screen import Display, Screen
from v2x.remote.video.source import Camera, Source
from v2x.remote.wire import Wire
from v2x.scenario.model_remote import Remote, RemoteVehicle, RemoteVideo

F64 = NDArray[np.float64]

#: Distance of places of a course at which a map of coverage is asked, m.
_MAP_M = 5.0
#: Coding takes no longer than so many times its median (five sigma of the wider log-normal, `Display`: e^1.35 = 3.9).
_LONGEST = 4.0


def actuators_of(config: RemoteVehicle) -> Actuators:
    """How it answers to commands."""
    return Actuators(
        steer_lag_s=config.steer_lag_s,
        steer_rate_radps=config.steer_rate_radps,
        max_accel_mps2=config.max_accel_mps2,
        max_brake_mps2=config.max_brake_mps2,
    )


def build_vehicle(config: RemoteVehicle) -> Vehicles:
    """One vehicle, standing."""
    dynamic_from_mps = inf if config.dynamic_from_kmh is None else config.dynamic_from_kmh / 3.6
    return Vehicles([BODIES[config.body]], [actuators_of(config)], 0.0, dynamic_from_mps)


def build_external(config: Remote) -> External | None:
    """The seat of somebody outside, if that is who drives."""
    return External(round(config.command.repeat_ms * NS_PER_MS)) if config.external else None


def build_cockpit(config: Remote) -> Cockpit | None:
    """What somebody outside is told about the vehicle, if that is who drives."""
    if not config.external:
        return None
    body, can = BODIES[config.vehicle.body], actuators_of(config.vehicle)
    limits = can.max_steer_rad, can.max_accel_mps2, can.max_brake_mps2
    return Cockpit(body.wheelbase_m, body.length_m, body.width_m, *limits, config.speed_kmh / 3.6)


def build_modelled(config: Remote, key: int, seed: int) -> Modelled:
    """The model of a driver."""
    return Modelled(build_human(config, key, seed), PedalWork(build_pedals(config)), config.human.brake_mps2)


def build_human(config: Remote, key: int, seed: int) -> Human:
    """The hands of that model."""
    who = config.human
    figures: dict[str, float] = {} if who.reaction_s is None else {"reaction_s": who.reaction_s}
    if config.operator == "two_level":
        figures |= {"training": who.training, "steer_lag_s": config.vehicle.steer_lag_s}
    operator = build_operator(config.operator, BODIES[config.vehicle.body].wheelbase_m, **figures)
    noise = remnant(np.array([key], np.uint64), seed) if who.remnant else None
    return Human(operator, 1, STEP_NS, noise)


def build_display(config: Remote) -> PredictiveDisplay | None:
    """What moves pictures on, if anything does."""
    wanted = config.mitigations.predictive_display
    if wanted is None:
        return None
    wheelbase_m, lag_s = BODIES[config.vehicle.body].wheelbase_m, config.vehicle.steer_lag_s
    return PredictiveDisplay(wheelbase_m, lag_s, wanted.mismatch, 1, STEP_NS)


def build_cap(config: Remote) -> QosCap | None:
    """What bounds the speed by latency, if anything does."""
    wanted = config.mitigations.speed_cap
    return None if wanted is None else QosCap(QosFigures(wanted.allowed_ms / 1e3, wanted.hold_s))


def build_coverage(config: Remote, course: Course, uplink_bps: Callable[[F64, F64], F64]) -> CoverageCap | None:
    """What bounds the speed by place, if anything does; ``uplink_bps`` is the map: places (n,) to expected rates."""
    wanted = config.mitigations.weak_coverage
    if wanted is None:
        return None
    station_m = np.linspace(0.0, course.length_m, max(2, round(course.length_m / _MAP_M)))
    needed_bps = config.video.cameras * config.video.rate_mbps * 1e6
    expected_bps = uplink_bps(*course.point_m(station_m))
    cap_mps = throughput_cap_mps(course.limit_mps(station_m), expected_bps, needed_bps, wanted.slow_kmh / 3.6)
    return CoverageCap(
        station_m, cap_mps, course.length_m, config.human.brake_mps2, closed=course.closed, margin_m=wanted.margin_m
    )


def build_pursuit(config: Remote) -> PurePursuit | None:
    """What tracks the operator's path on board, if anything does."""
    if not config.mitigations.guidance:
        return None
    plan = Plan()
    return PurePursuit(BODIES[config.vehicle.body].wheelbase_m, plan.look_ahead_s, plan.look_ahead_least_m)


def build_pedals(config: Remote) -> Pedals:
    """How that model drives and brakes."""
    who = config.human
    return Pedals(
        speed_mps=config.speed_kmh / 3.6,
        accel_mps2=who.accel_mps2,
        brake_mps2=who.brake_mps2,
        most_brake_mps2=config.vehicle.max_brake_mps2,
        lateral_mps2=who.lateral_mps2,
        training=who.training,
    )


def build_manoeuvre(config: Remote) -> Callable[[float, float], MinimalRisk]:
    """What begins a minimal-risk manoeuvre, given the steering and the acceleration in force."""
    risk, actuators = config.minimal_risk, actuators_of(config.vehicle)
    least = risk.least_brake_mps2 if risk.minds_follower else risk.brake_mps2
    plan = Plan(
        brake_mps2=risk.brake_mps2,
        least_mps2=least,
        most_mps2=config.vehicle.max_brake_mps2,
        tracks_path=risk.tracks_path,
    )
    return partial(MinimalRisk, plan, BODIES[config.vehicle.body].wheelbase_m, actuators)


def build_link(config: Remote) -> CommandLink:
    """Commands and the watchdog."""
    return CommandLink(config.command.rate_hz, config.command.payload_bytes, config.command.timeout_ms)


def build_uplink(config: RemoteVideo, wire: Wire, key: int, seed: int) -> Uplink:
    """All cameras and their screens."""
    coding: Coding = GroupOfPictures(config.cycle) if config.coding == "group" else IntraRefresh(config.cycle)
    camera = Camera(
        fps=config.fps,
        exposure_ms=config.exposure_ms,
        encode=LogNormal(config.encode_ms, Camera().encode.sigma),
        rate_bps=config.rate_mbps * 1e6,
        coding=coding,
        packing=Packing(repair_share=config.repair_share),
    )
    display = Display(LogNormal(config.decode_ms, Display().decode.sigma), config.refresh_hz, config.blank_ms)
    figures = Adaptive(most_bps=camera.rate_bps)
    feeds = []
    for number in range(config.cameras):
        desk = Desk(
            Reassembly(Patience(config.wait_ms), coding),
            Playout(Policy(config.playout, config.buffer_ms)),
            Screen(display, seed, key, number),
        )
        control = RateControl(figures, camera.rate_bps) if config.adaptive else None
        feeds.append(Feed(camera, Source(camera, seed, key, number), desk, control, figures.report_ms))
    longest_ms = _LONGEST * (config.encode_ms + config.decode_ms) + config.wait_ms + config.buffer_ms
    return Uplink(feeds, wire, round(longest_ms * NS_PER_MS))

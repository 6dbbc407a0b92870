"""The whole loop, pictures and commands packet by packet: play-out under jitter, and ways to standstill."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drive_kit import OBSTACLE, TRAFFIC_NS, Delay, Driven, Obstacle, constant, drive
from numpy.typing import NDArray
from report_kit import write_table
from s_road import END_M, START_M, s_road
from scipy.stats import t as student

from v2x.clock import NS_PER_S
from v2x.links.base import Direction
from v2x.remote.course import Course
from v2x.remote.minimal_risk import Plan, stopping_m
from v2x.remote.operators.pedals import Pedals
from v2x.remote.vehicle.body import Actuators
from v2x.scenario.model_remote import Remote

F64 = NDArray[np.float64]

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "remote.md"
SEEDS = range(1, 6)
#: Straight way to become fast on, before the road with the bends, and what is left out where the driver slows down.
BEFORE_M, SLOWING_M = 150, 60.0
#: Delay of pictures under jitter: a least time, and the mean of an exponential one on top; and that of commands.
LEAST_S, JITTER_S, COMMANDS_S = 0.1, 0.143, 0.043
STRAIGHT = Course([(0.0, 0.0), (1500.0, 0.0)])
#: Of the difference of mean ways to standstill from theory.
BAR = 0.05
#: Age of pictures with no network, by which obstacles are placed; theory goes by what is measured.
OWN_AGE_S = 0.08


def config(speed_kmh: float, playout: str = "newest", **others: object) -> Remote:
    """A drive whose pictures are waited for, and whose watchdog does not mind jitter."""
    told = {"route": ("road",), "start_at_m": 5.0, "speed_kmh": speed_kmh}
    video = {"playout": playout, "wait_ms": 4000.0}
    return Remote.model_validate(told | {"video": video, "command": {"timeout_ms": 500.0}} | others)


def jitter(seed: int) -> Delay:
    """Pictures take a least time and an exponential one on top, each its own; commands always the same."""
    draws = np.random.default_rng(seed)

    def delay_s(direction: Direction) -> float:
        return LEAST_S + draws.exponential(JITTER_S) if direction == "uplink" else COMMANDS_S

    return delay_s


def interval(values: list[float]) -> tuple[float, float]:
    """Mean, and half of its 95 % interval."""
    half = student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values)), float(half)


def through_bends(playout: str, delay_s: Delay, seed: int) -> tuple[float, float]:
    """Root mean square of the offset, m, and mean age of the picture on the screen, s; 30 km/h."""
    course = s_road(BEFORE_M)
    driven = drive(course, config(30.0, playout), delay_s, 105.0, seed)
    assert not [kind for kind, _ in driven.events if kind == "remote.mrm"]
    station_m = driven.remote["station_m"]
    counted = (station_m > BEFORE_M + START_M) & (station_m < course.length_m - END_M - SLOWING_M)
    off_m, age_ms = driven.remote["offset_m"][counted], driven.remote["frame_age_ms"][counted]
    return float(np.sqrt(np.mean(off_m**2))), float(age_ms.mean() / 1e3)


def test_pictures_that_take_longer_are_older() -> None:
    """By just what the network adds, on the screen and at the wheels: the made-up network is the one driven over."""
    near, far = (drive(STRAIGHT, config(30.0), constant(up_s, 0.05), 12.0) for up_s in (0.1, 0.3))
    ages_ms = [driven.remote["frame_age_ms"][-400:].mean() for driven in (near, far)]
    assert ages_ms[1] - ages_ms[0] == pytest.approx(200.0, abs=2.0)
    assert near.remote["command_age_ms"][-400:].mean() == pytest.approx(50.0 + 10.0 + 5.0, abs=5.0)


@pytest.mark.validate
def test_play_out_in_order_makes_jitter_worse_than_its_mean() -> None:
    """Against constant delays of the same mean, of more, and of what theory has in-order play-out come to."""
    mean_s = LEAST_S + JITTER_S
    ways = {
        "constant, 243 ms": ("in_order", lambda _: constant(mean_s, COMMANDS_S)),
        "constant, 330 ms": ("in_order", lambda _: constant(0.33, COMMANDS_S)),
        "constant, 420 ms": ("in_order", lambda _: constant(0.42, COMMANDS_S)),
        "jitter, in order": ("in_order", jitter),
        "jitter, newest": ("newest", jitter),
    }
    found = {
        name: np.array([through_bends(playout, delay_of(seed), seed) for seed in SEEDS]).T
        for name, (playout, delay_of) in ways.items()
    }
    base_m, _ = found["constant, 243 ms"]
    lines = []
    for name, (rms_m, age_s) in found.items():
        means = interval(rms_m.tolist()), interval((rms_m - base_m).tolist())
        cells = (f"{mean:.3f} ± {half:.3f}" for mean, half in means)
        lines.append(" | ".join((name, f"{1e3 * age_s.mean():.0f}", *cells)))
    head = "delay of pictures | age on the screen, ms | lateral error, m | more than with the constant mean, m"
    write_table(REPORT, "jitter", head, lines)
    in_order_m, age_s = found["jitter, in order"]
    more_m, half_m = interval((in_order_m - base_m).tolist())
    assert more_m - half_m > 0.0
    assert in_order_m.mean() > found["constant, 330 ms"][0].mean()
    added_s = age_s.mean() - found["constant, 243 ms"][1].mean()
    assert added_s == pytest.approx(0.417 - mean_s, abs=0.03)  # maximum over j of D_j - jT, as in docs/remote.md


def steady_ns(speed_kmh: float) -> int:
    """When a vehicle that began standing goes at its speed."""
    return round(10.0 + speed_kmh / 2.0) * NS_PER_S


def way_m(driven: Driven, from_ns: int) -> float:
    """From a time until it stands."""
    return float(driven.remote["station_m"].max()) - driven.at(from_ns)


def before(driven: Driven, column: str, at_ns: int) -> float:
    """Mean of a column over the second before a time."""
    t_ns = driven.remote["t_ns"]
    return float(driven.remote[column][(t_ns >= at_ns - NS_PER_S) & (t_ns < at_ns)].mean())


def braked_for(speed_kmh: float, up_s: float, down_s: float, seed: int) -> tuple[float, float, float]:
    """Way to standstill of an operator for whom somebody appears, in theory and driven, and age of what he sees, s.

    That somebody is so near that it takes the hardest braking: as far as theory needs, and a metre.
    """
    most_mps2, actuators = Pedals().most_brake_mps2, Actuators()
    settled_s = Pedals().surprise_s + actuators.drive_dead_s + actuators.drive_lag_s
    needed_m = stopping_m(speed_kmh / 3.6, OWN_AGE_S + up_s + down_s + settled_s, most_mps2)
    at_ns = steady_ns(speed_kmh) + seed * TRAFFIC_NS
    obstacle = Obstacle(at_ns, needed_m + 1.0)
    driven = drive(STRAIGHT, config(speed_kmh), constant(up_s, down_s), at_ns / NS_PER_S + 7.0, seed, obstacle)
    assert not [told for kind, told in driven.events if kind == "remote.collision" and told["other"] == OBSTACLE]
    seen_s, told_s = (before(driven, column, at_ns) / 1e3 for column in ("frame_age_ms", "command_age_ms"))
    theory_m = stopping_m(driven.at(at_ns, "speed_mps"), seen_s + told_s + settled_s, most_mps2)
    return theory_m, way_m(driven, at_ns), seen_s


@pytest.mark.validate
def test_operators_stop_as_theory_has_it() -> None:
    """v (t_g2g + t_r + t_cmd + t_b) + v^2/2a, with 6 m/s^2 and the reaction to a surprise."""
    lines, worst = [], 0.0
    for speed_kmh in (20.0, 30.0, 50.0):
        for up_s, down_s in ((0.0, 0.0), (0.105, 0.045), (0.21, 0.09)):
            theory_m, found_m, seen_s = np.array([braked_for(speed_kmh, up_s, down_s, seed) for seed in SEEDS]).T
            off = float(found_m.mean() / theory_m.mean()) - 1.0
            worst = max(worst, abs(off))
            mean_m, half_m = interval(found_m.tolist())
            cells = (f"{speed_kmh:.0f}", f"{1e3 * (up_s + down_s):.0f}", f"{1e3 * seen_s.mean():.0f}")
            ways = (f"{theory_m.mean():.2f}", f"{mean_m:.2f} ± {half_m:.2f}", f"{100 * off:+.1f} %")
            lines.append(" | ".join((*cells, *ways)))
    head = "km/h | network, ms | age of pictures, ms | theory, m | driven, m | difference"
    write_table(REPORT, "braking", head, lines)
    assert worst < BAR


@pytest.mark.validate
def test_the_watchdog_stops_as_theory_has_it() -> None:
    """v (t_watchdog + t_b) + v^2/2a since the last command came, with 3 m/s^2."""
    lines, worst, plan = [], 0.0, Plan()
    for speed_kmh in (20.0, 30.0, 50.0):
        pairs = []
        for seed in SEEDS:
            cut_s = steady_ns(speed_kmh) / NS_PER_S + 0.013 * seed
            asked = config(speed_kmh, network={"outages_s": ((cut_s, 90.0),)})
            driven = drive(STRAIGHT, asked, constant(0.1, 0.05), cut_s + 12.0, seed)
            told = driven.event("remote.mrm")
            delay_s = 0.5 + plan.delay_s(Actuators())
            theory_m = stopping_m(told["speed_mps"], delay_s, plan.brake_mps2)
            pairs.append((theory_m, way_m(driven, told["outage_from_ns"])))
        theory_m, found_m = np.array(pairs).T
        off = float(found_m.mean() / theory_m.mean()) - 1.0
        worst = max(worst, abs(off))
        mean_m, half_m = interval(found_m.tolist())
        ways = (f"{theory_m.mean():.2f}", f"{mean_m:.2f} ± {half_m:.2f}", f"{100 * off:+.1f} %")
        lines.append(" | ".join((f"{speed_kmh:.0f}", *ways)))
    write_table(REPORT, "watchdog", "km/h | theory, m | driven, m | difference", lines)
    assert worst < BAR

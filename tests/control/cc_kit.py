"""SUMO's own platoon model (``carFollowModel="CC"``, from Plexe) on a straight road, fed with messages like ours.

What a vehicle says at a step is its state then and the command of the step before, which is what SUMO tells when it is
asked between two steps; it is used a constant delay later, and held until the next message.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import libsumo
import numpy as np
from control_kit import AMPLITUDE_MPS, C128, DT_S, FIT_S, FOLLOWERS, I64, SETTLED_S, SPEED_MPS

from v2x.control.laws import law
from v2x.field.tools import netconvert
from v2x_analysis.platooning.sine import amplitudes
from v2x_analysis.platooning.theory import Setting

#: SUMO's number of each law, and what it calls our gains.
NUMBERS = {"acc": 1, "path": 2, "ploeg": 4, "flatbed": 6}
GAINS = {
    "acc": {"time_gap_s": "ccaht"},
    "path": {"spacing_m": "ccsp", "c1": "ccc1", "xi": "ccxi", "omega_n_radps": "ccon"},
    "ploeg": {"time_gap_s": "ccph", "kp": "ccpkp", "kd": "ccpkd"},
    "flatbed": {"spacing_m": "ccfd", "time_gap_s": "ccfh", "kp": "ccfkp", "kv": "ccfkv", "ka": "ccfka"},
}
ROAD_M, LENGTH_M, STANDING_M = 9_000.0, 4.0, 2.0
#: Of commands, so wide that nothing is cut off.
LIMIT_MPS2 = 50.0


def drive_cc(folder: Path, setting: Setting, frequency_hz: float, phases: I64) -> C128:
    """Speed of every vehicle over the leader's, (vehicle,), for the phases of its messages in control steps."""
    gains = {**law(setting.law).defaults, **setting.gains}
    gap_m = gains["spacing_m"] if "spacing_m" in GAINS[setting.law] else STANDING_M + gains["time_gap_s"] * SPEED_MPS
    every, delay = round(setting.beacon_s / DT_S), round(setting.delay_s / DT_S)
    share = DT_S / (setting.lag_s + DT_S)
    names = [f"v{place}" for place in range(FOLLOWERS + 1)]
    steps = round((SETTLED_S + FIT_S) / DT_S)
    speed_mps, periods = np.empty((steps, len(names))), np.arange(steps + 1) * DT_S * frequency_hz
    grown = 0.5 - 0.5 * np.cos(np.pi * np.minimum(periods, 1.0))
    wanted_mps = SPEED_MPS + AMPLITUDE_MPS * grown * np.sin(2.0 * np.pi * periods)
    said: list[list[str]] = []
    with _road(folder, names, gap_m):
        for place, name in enumerate(names):
            _set_up(name, place, setting, gains)
        for k in range(steps):
            told = [libsumo.vehicle.getParameter(name, "carFollowModel.ccsa").split(":") for name in names]
            speed_mps[k] = [libsumo.vehicle.getSpeed(name) for name in names]
            said.append([_message(each) for each in told])
            held = (1.0 - share) * libsumo.vehicle.getAcceleration(names[0])
            command = ((wanted_mps[k + 1] - speed_mps[k, 0]) / DT_S - held) / share
            _put(names[0], "ccfa", f"1:{command:.12g}")
            for place in range(1, len(names)):
                for sender, key in ((place - 1, "ccpsa"), (0, "cclsa")):
                    if k >= delay and (k - delay - phases[sender]) % every == 0:
                        _put(names[place], key, said[k - delay][sender])
            libsumo.simulationStep()
    settled = round(SETTLED_S / DT_S)
    found = amplitudes(np.arange(settled, steps) * DT_S, speed_mps[settled:], frequency_hz, drift=0)
    return np.asarray(found / found[0])


@contextmanager
def _road(folder: Path, names: list[str], gap_m: float) -> Iterator[None]:
    """SUMO with a string at its steady speed on a straight road, one step after its departure."""
    nodes, edges, vehicles = (folder / name for name in ("road.nod.xml", "road.edg.xml", "cc.rou.xml"))
    nodes.write_text(f'<nodes><node id="a" x="0" y="0"/><node id="b" x="{ROAD_M}" y="0"/></nodes>')
    edges.write_text('<edges><edge id="road" from="a" to="b" numLanes="1" speed="60"/></edges>')
    netconvert(["-n", nodes.name, "-e", edges.name, "-o", "road.net.xml", "--offset.disable-normalization"], folder)
    first_m = 100.0 + len(names) * (gap_m + LENGTH_M)
    departures = "".join(
        f'<vehicle id="{name}" type="cc" route="road" depart="0" departSpeed="{SPEED_MPS}" departLane="0"'
        f' departPos="{first_m - place * (gap_m + LENGTH_M)!r}" insertionChecks="none"/>'
        for place, name in enumerate(names)
    )
    vehicles.write_text(
        f'<routes><vType id="cc" carFollowModel="CC" length="{LENGTH_M}" minGap="0" maxSpeed="60" sigma="0"'
        f' speedFactor="1" accel="{LIMIT_MPS2}" decel="{LIMIT_MPS2}" emergencyDecel="{LIMIT_MPS2}" lanesCount="1"/>'
        f'<route id="road" edges="road"/>{departures}</routes>'
    )
    libsumo.start(
        ["sumo", "-n", str(folder / "road.net.xml"), "-r", str(vehicles), "--step-length", str(DT_S), "--no-step-log",
         "--no-warnings", "--collision.action", "warn", "--time-to-teleport", "-1", "--seed", "1"]
    )  # fmt: skip
    try:
        libsumo.simulationStep()
        assert set(libsumo.vehicle.getIDList()) == set(names)
        yield
    finally:
        libsumo.close()


def _set_up(name: str, place: int, setting: Setting, gains: dict[str, float]) -> None:
    libsumo.vehicle.setSpeedMode(name, 0)
    libsumo.vehicle.setLaneChangeMode(name, 0)
    for key, value in (
        ("cctau", setting.lag_s), ("ccumin", -LIMIT_MPS2), ("ccumax", LIMIT_MPS2), ("ccvp", place),
        ("ccps", FOLLOWERS + 1), ("ccup", 0), ("ccca", int(setting.feed_forward == "desired")),
        ("ccds", SPEED_MPS + 30.0 * (place > 0)),
        *((theirs, gains[ours]) for ours, theirs in GAINS[setting.law].items()),
        ("ccac", NUMBERS[setting.law] if place else NUMBERS["acc"]),
    ):  # fmt: skip
        _put(name, key, str(value))


def _put(name: str, key: str, value: str) -> None:
    libsumo.vehicle.setParameter(name, f"carFollowModel.{key}", value)


def _message(told: list[str]) -> str:
    """What a vehicle takes in of another, from what that one tells of itself."""
    speed, accel, command, x, y, time, vx, vy, angle = told
    return ":".join((speed, accel, x, y, time, command, vx, vy, angle))

"""The driver: late, resolute, and attentive for a while."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from v2x.scenario.model_driver import Driver as Config
from v2x.stations.base import Alert
from v2x.stations.driver import Driver
from v2x.traffic.base import DriveCommand

S = 1_000_000_000
T0 = 1_772_442_000 * S
RED = Alert("rlvw", "3/22")


def driver(seed: int = 1, vehicle: str = "v", **config: Any) -> Driver:
    return Driver(Config(**config), vehicle, seed, T0)


def drive(who: Driver, alerts: dict[int, tuple[Alert, ...]], n: int = 60) -> list[DriveCommand | None]:
    """Commands of n steps of 0.1 s; ``alerts`` are those from a step on."""
    commands, present = [], ()
    for k in range(n):
        present = alerts.get(k, present)
        commands.append(who.on_step(T0 + k * S // 10, present, None))
    return commands


def braking(commands: list[DriveCommand | None]) -> list[int]:
    return [k for k, command in enumerate(commands) if command is not None and command.brake_mps2 is not None]


def test_brakes_a_reaction_time_after_the_alert_until_it_has_been_over_for_a_while() -> None:
    commands = drive(driver(reaction_s=0.8, brake_mps2=5.0, hold_s=0.5), {10: (RED,), 30: ()})
    assert braking(commands) == list(range(18, 34))
    assert commands[20] == DriveCommand("v", brake_mps2=5.0)
    assert commands[34] == DriveCommand("v")  # leaves it to itself, once
    assert commands[35] is None and commands[5] is None


def test_an_alert_that_is_over_in_time_is_let_pass() -> None:
    assert not braking(drive(driver(reaction_s=0.8), {10: (RED,), 15: ()}))


def test_a_second_alert_finds_the_foot_on_the_brake() -> None:
    commands = drive(driver(reaction_s=1.0, hold_s=1.0), {10: (RED,), 25: (), 30: (Alert("fcw", "2"),), 40: ()})
    assert braking(commands) == list(range(20, 49))


def test_heeds_what_it_is_told_to() -> None:
    sign = {10: (Alert("ivs", "sign"),)}
    assert not braking(drive(driver(), sign))
    assert braking(drive(driver(heeds="all"), sign))
    assert not braking(drive(driver(heeds=("fcw",)), {10: (RED,)}))


def test_follows_advice_or_not() -> None:
    assert driver().on_step(T0, (), 8.0) == DriveCommand("v", cap_mps=8.0)
    assert driver(follows_advice=False).on_step(T0, (), 8.0) is None


def test_overlooks_things_in_its_time_until_it_is_alerted() -> None:
    config = {"distracted": [{"what": "lights", "start_s": 1.0, "end_s": 5.0}], "reaction_s": 0.5, "attentive_s": 1.0}
    commands = drive(driver(**config, hold_s=0.0), {20: (RED,), 27: ()})
    sees = [command is None or not command.overlooks for command in commands]
    assert sees[9] and not sees[10] and not sees[24]
    assert sees[25] and sees[35]  # attentive from the reaction to a second after the alert
    assert not sees[40] and sees[50]


def test_always_distracted_by_more_than_one_thing() -> None:
    who = driver(distracted=[{"what": "lights"}, {"what": "users"}])
    assert who.on_step(T0 + 1000 * S, (), None) == DriveCommand("v", overlooks=frozenset(("lights", "users")))


def test_reaction_times_differ_from_driver_to_driver_and_never_go_below_0() -> None:
    times = np.array([driver(vehicle=f"v{n}", reaction_s=1.0, reaction_spread_s=0.3).reaction_s for n in range(400)])
    assert times.mean() == pytest.approx(1.0, abs=0.05) and times.std() == pytest.approx(0.3, abs=0.04)
    again = driver(vehicle="v7", reaction_s=1.0, reaction_spread_s=0.3).reaction_s
    assert again == times[7] != driver(2, "v7", reaction_s=1.0, reaction_spread_s=0.3).reaction_s
    assert min(driver(vehicle=f"v{n}", reaction_s=0.1, reaction_spread_s=0.3).reaction_s for n in range(50)) == 0.0


@pytest.mark.parametrize(
    "config",
    [
        {"heeds": ("rlvww",)},
        {"reaction_s": -1},
        {"brake_mps2": 0},
        {"distracted": [{"what": "phone"}]},
        {"distracted": [{"what": "lights", "start_s": 5, "end_s": 5}]},
    ],
)
def test_nonsense_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Config(**config)

"""Devices that people carry: who has one, when they speak, and how wrong they are."""

from __future__ import annotations

import numpy as np
import pytest
from road_users import PLANE, User, snapshot

from v2x.clock import SimClock
from v2x.messages.model_perception import VulnerableRoadUser
from v2x.messages.profile import get_profile
from v2x.scenario.model import Gnss, Sensors
from v2x.scenario.model_perception import PersonalDevices as Config
from v2x.stations.personal import PersonalDevices

MS = 1_000_000
STEP = 100 * MS
START = 1_770_000_000_000_000_000
CLOCK = SimClock(START, STEP, 60_000 * MS)
EVERYBODY = Config(penetration={"pedestrian": 1.0, "bicycle": 1.0, "ebike": 1.0})
IDEAL = Sensors(ideal=frozenset({"gnss", "motion", "clock", "delays"}))
USERS: list[User] = [
    ("a", "car", 0.0, 0.0, 10.0, 0.0),
    ("b", "bicycle", 5.0, 0.0, 4.0, 90.0),
    ("w", "pedestrian", 9.0, 9.0, 1.2, 180.0),
]


def devices(
    config: Config = EVERYBODY, sensors: Sensors = IDEAL, profile: str = "csae", seed: int = 1
) -> PersonalDevices:
    return PersonalDevices(config, sensors, get_profile(profile), CLOCK, seed)


def heard(
    made: PersonalDevices, users: list[User], steps: int, profile: str = "csae"
) -> list[tuple[str, int, VulnerableRoadUser]]:
    """Sender, time and message of what is said while the users stand where they are."""
    got = []
    for step in range(steps):
        state = snapshot(users, step * STEP)
        frames = made.emit(state, made.carried(state))
        for name, kind, t_ns, data in zip(frames.station, frames.type, frames.t_ns.tolist(), frames.data, strict=True):
            type_name, message = get_profile(profile).decode(data, START + t_ns)
            assert kind == type_name == "PSM" and isinstance(message, VulnerableRoadUser)
            assert step * STEP <= t_ns < (step + 1) * STEP + 2 * MS  # the delay to the radio
            got.append((str(name), t_ns, message))
    return got


@pytest.mark.parametrize("profile", ["csae", "j2735"])
def test_people_say_where_they_are_five_times_a_second(profile: str) -> None:
    said = heard(devices(profile=profile), USERS, 50, profile)
    assert {name for name, _, _ in said} == {"b", "w"}
    for name, kind, speed, heading in (("b", "cyclist", 4.0, 90.0), ("w", "pedestrian", 1.2, 180.0)):
        mine = [(t_ns, message) for who, t_ns, message in said if who == name]
        assert len(mine) == 25 and np.ptp(np.diff([t_ns for t_ns, _ in mine])) == 0
        t_ns, last = mine[-1]
        assert (last.kind, last.speed_mps, last.heading_deg) == (kind, pytest.approx(speed), pytest.approx(heading))
        x, y = PLANE.to_xy([last.lon_deg], [last.lat_deg])
        since_s = (last.utc_ns - START) % STEP / 1e9
        at = next(user for user in USERS if user[0] == name)
        way = speed * since_s * np.array([np.sin(np.radians(heading)), np.cos(np.radians(heading))])
        assert (x[0], y[0]) == pytest.approx((at[2] + way[0], at[3] + way[1]), abs=0.02)
        assert (t_ns + START - last.utc_ns) // MS == 0
        assert len({message.temporary_id for _, message in mine}) == 1
        counts = [message.msg_count for _, message in mine]
        assert np.all(np.diff(counts) % 128 == 1)


def test_nobody_has_one_unless_the_scenario_says_so() -> None:
    assert heard(devices(Config()), USERS, 10) == []
    some = devices(Config(penetration={"pedestrian": 0.3}))
    crowd: list[User] = [(f"w{k}", "pedestrian", float(k), 0.0, 1.0, 0.0) for k in range(400)]
    carried = some.carried(snapshot(crowd))
    assert carried.mean() == pytest.approx(0.3, abs=0.07)
    fewer = some.carried(snapshot(crowd[:10]))
    everybody = dict(zip(snapshot(crowd).id, carried, strict=True))
    assert fewer.tolist() == [everybody[name] for name in snapshot(crowd[:10]).id]


def test_a_phone_is_as_wrong_as_it_says() -> None:
    crowd: list[User] = [(f"w{k}", "pedestrian", 3.0 * k, 0.0, 0.0, 0.0) for k in range(300)]
    said = heard(devices(sensors=Sensors()), crowd, 2)
    places = {user[0]: user[2:4] for user in crowd}
    x, y = PLANE.to_xy([m.lon_deg for _, _, m in said], [m.lat_deg for _, _, m in said])
    errors = np.column_stack([x, y]) - np.array([places[name] for name, _, _ in said])
    stated = np.array([message.semi_major_m for _, _, message in said])
    assert len(said) >= 250 and stated == pytest.approx(np.hypot(3.5, 0.8), abs=0.05)
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(stated[0], rel=0.15)


def test_a_device_of_ones_own_choice() -> None:
    exact = EVERYBODY.model_copy(update={"gnss": Gnss(kind="ideal"), "psm_rate_hz": 2.0})
    said = heard(devices(exact, Sensors()), USERS, 50)
    assert len(said) == pytest.approx(20, abs=2)
    assert all(message.semi_major_m == 0.0 for _, _, message in said)


def test_identities_change_and_differ() -> None:
    brief = EVERYBODY.model_copy(update={"temporary_id_s": 1.0})
    said = heard(devices(brief), USERS, 50)
    for name in ("b", "w"):
        mine = [message.temporary_id for who, _, message in said if who == name]
        assert len(set(mine)) == pytest.approx(5, abs=1)
    assert len({message.temporary_id for _, _, message in said}) >= 9

"""What a unit says of what it perceives: RSM and SDSM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from perception_kit import GROUND, MS, UTC, S, bsm, sightings, site

from v2x.messages.model_perception import PerceivedObjects, VulnerableRoadUser
from v2x.scenario.model import Rsu
from v2x.stations.base import Inbox, Received
from v2x.stations.perception import Scan
from v2x.stations.roadside import Inputs, UnitSite
from v2x.stations.sightings import Sightings
from v2x_roadside.perception_service import PRIORITY, PerceptionService


def run(where: UnitSite, steps: int, inputs: Any) -> list[PerceivedObjects]:
    """What a unit says in some steps, as it is heard."""
    service = PerceptionService.at(where)
    assert service is not None
    heard = []
    for step in range(steps):
        t_ns = step * 100 * MS
        for said in service.step(t_ns, t_ns + 100 * MS, inputs(t_ns)).pc5:
            assert t_ns <= said.t_ns < t_ns + 100 * MS and said.priority == PRIORITY
            kind, message = where.profile.decode(said.data, UTC + said.t_ns)
            assert kind == ("RSM" if where.profile.family == "csae" else "SDSM")
            assert isinstance(message, PerceivedObjects)
            heard.append(message)
    return heard


def scan(t_ns: int, *objects: dict[str, Any]) -> tuple[Scan, ...]:
    return (Scan(t_ns, 0, sightings(*objects)),)


@pytest.mark.parametrize("profile", ["csae", "j2735"])
def test_an_object_that_is_seen_is_told_where_it_is_now(profile: str) -> None:
    def inputs(t_ns: int) -> Inputs:
        return Inputs(scans=scan(t_ns, {"east_m": 10.0 * t_ns / S, "speed_mps": 10.0, "heading_deg": 90.0}))

    messages = run(site(profile), 20, inputs)
    assert len(messages) == pytest.approx(17, abs=1)  # 10 Hz, after the third sighting
    assert [message.msg_count for message in messages] == list(range(len(messages)))
    last = messages[-1]
    (each,) = last.objects
    east, north = GROUND.to_xy([each.lon_deg], [each.lat_deg])
    assert east[0] == pytest.approx(10.0 * (each.utc_ns - UTC) / S, abs=0.2) and abs(north[0]) < 0.2
    assert (each.kind, each.speed_mps, each.heading_deg) == (
        "vehicle",
        pytest.approx(10.0, abs=0.1),
        pytest.approx(90.0, abs=0.5),
    )
    assert each.temporary_id is None and each.position_confidence_m == 1.0  # 2.45 times 0.3 m, rounded up
    assert len({message.objects[0].id for message in messages}) == 1
    assert last.sender_id == 77 and last.sender_kind == "roadside"


def test_who_speaks_is_told_by_its_identity() -> None:
    def inputs(t_ns: int) -> Inputs:
        states = bsm(UTC + t_ns, 12345, 20.0, 0.5, 0.0, 0.0)
        (lon,), (lat,) = GROUND.to_lonlat([0.0], [40.0])
        walker = VulnerableRoadUser(0, 678, UTC + t_ns, "pedestrian", lat, lon, 1.0, 90.0)
        inbox = Inbox((Received("pc5", "PSM", walker, UTC + t_ns),), states, np.array([UTC + t_ns]))
        return Inputs(inbox=inbox, scans=scan(t_ns, {"east_m": 20.0}, {"number": 2, "east_m": -60.0}))

    objects = run(site(), 10, inputs)[-1].objects
    known = {each.source: (each.kind, each.temporary_id) for each in objects}
    assert known == {"fused": ("vehicle", 12345), "v2x": ("pedestrian", 678), "video": ("vehicle", None)}


def test_old_and_far_messages_are_no_news() -> None:
    def inputs(t_ns: int) -> Inputs:
        old, far = bsm(UTC + t_ns - 2 * S, 1, 20.0, 0.0, 0.0, 0.0), bsm(UTC + t_ns, 2, 150.0, 0.0, 0.0, 0.0)
        both = {name: np.concatenate([column, vars(far)[name]]) for name, column in vars(old).items()}
        return Inputs(inbox=Inbox(states=type(old)(**both), states_clock_ns=np.array([UTC + t_ns] * 2)))

    assert run(site(), 10, inputs) == []


def test_many_objects_take_several_frames_and_the_far_vehicles_are_left_out() -> None:
    cars = [{"number": k, "east_m": 10.0 + 10.0 * (k % 10), "north_m": 8.0 * (k // 10)} for k in range(40)]
    walkers = [{"number": 100 + k, "north_m": -5.0 * k - 5.0, "kind": "pedestrian"} for k in range(15)]

    def inputs(t_ns: int) -> Inputs:
        return Inputs(scans=scan(t_ns, *cars, *walkers))

    for profile in ("csae", "j2735"):
        messages = run(site(profile, max_objects=40), 10, inputs)
        newest = [message for message in messages if message.utc_ns // MS == messages[-1].utc_ns // MS]
        assert [len(message.objects) for message in newest] == [16, 16, 8]
        kinds = [each.kind for message in newest for each in message.objects]
        assert kinds.count("pedestrian") == 15
        far = [
            np.hypot(*np.ravel(GROUND.to_xy([each.lon_deg], [each.lat_deg])))
            for m in newest
            for each in m.objects
            if each.kind == "vehicle"
        ]
        assert max(far) < sorted(np.hypot(car["east_m"], car["north_m"]) for car in cars)[25]


def test_nothing_is_said_of_nobody_and_not_without_a_sensor() -> None:
    assert run(site(), 10, lambda t_ns: Inputs(scans=(Scan(t_ns, 0, Sightings.none()),))) == []
    where = site()
    object.__setattr__(where, "config", Rsu())
    assert PerceptionService.at(where) is None

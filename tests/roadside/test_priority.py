"""Requests for a green, from the message to the lights and back to the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from light_kit import UTC, Loop, site
from signal_kit import CYCLE, Player, S

from v2x.messages.model import Connection, Intersection, Lane, VehicleStates
from v2x.messages.model_cooperation import PriorityRequest, SignalRequest, SignalRequestStatus
from v2x.messages.profile import get_profile
from v2x.scenario.model_signals import Controller, Priority
from v2x.stations.base import Inbox, Received
from v2x_roadside.movements import group_of
from v2x_roadside.priority_service import PriorityService

WIRE = Controller(delay_ms=60, jitter_ms=20)


def arm(number: int, x_m: float, y_m: float, link: str, *connections: Connection) -> Lane:
    """An approach from (x, y), 100 times as far."""
    points = np.array([[x_m, y_m], [100 * x_m, 100 * y_m]])
    return Lane(number, "vehicle", True, points, 3.5, link=link, connections=connections)


PLACE = Intersection(
    3,
    22,
    "x",
    39.0,
    117.0,
    3.0,
    (
        arm(1, 0.0, -1.0, "south", Connection("straight", 9, 1), Connection("right", 8, 5)),
        arm(2, 0.02, -1.0, "south", Connection("left", 7, 4)),
        arm(3, -1.0, 0.0, "west", Connection("straight", 8, 2)),
    ),
)


def asking(
    request: PriorityRequest | None = None, *, role: Any = "emergency", count: int = 1, **about: Any
) -> SignalRequest:
    wanted = request or PriorityRequest(5, 3, 22, in_lane=1, arrive_utc_ns=UTC + 38 * S, duration_s=6.0)
    message = SignalRequest(count, UTC + 30 * S, 77, role, 39.0, 117.0, 12.0, 0.0, (wanted,))
    return replace(message, **about)


def heard(message: SignalRequest, profile: str = "j2735") -> Inbox:
    """As it comes out of the receiver."""
    kind, data = get_profile(profile).encode(message)
    return Inbox((Received("pc5", kind, get_profile(profile).decode(data, message.utc_ns)[1], message.utc_ns),))


class Asked(Loop):
    """A unit that is asked for priority."""

    def __init__(self, profile: str = "j2735", player: Player | None = None, **limits: Any) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        where = site(
            profile,
            PLACE,
            event=lambda kind, fields: self.events.append((kind, fields)),
            controller=WIRE,
            priority=Priority(**limits),
        )
        service = PriorityService.at(where)
        assert service is not None
        super().__init__(service, WIRE, player)
        self.profile = profile

    def answers(self) -> list[tuple[int, str]]:
        """Times of the answers and the verdict on the first request in each."""
        found = []
        for t_ns, _, data in self.said:
            message = get_profile(self.profile).decode(data, UTC + t_ns)[1]
            if isinstance(message, SignalRequestStatus):
                found.append((t_ns, message.statuses[0].verdict))
        return found

    def verdicts(self) -> list[str]:
        """The same without repetitions."""
        each = [verdict for _, verdict in self.answers()]
        return [verdict for k, verdict in enumerate(each) if k == 0 or each[k - 1] != verdict]

    def happened(self, kind: str) -> list[dict[str, Any]]:
        return [fields for each, fields in self.events if each == kind]

    def begins(self, phase: int) -> list[float]:
        return [begin / S for each, begin in self.player.begins if each == phase]


def test_a_green_is_extended_and_only_then_granted() -> None:
    run = Asked()
    # group 1 is green until 30 s; the vehicle needs it from 34 to 40 s
    wanted = PriorityRequest(5, 3, 22, in_lane=1, out_lane=9, arrive_utc_ns=UTC + 34 * S, duration_s=6.0)
    run.letters.append((20 * S, heard(asking(wanted))))
    run.to(2 * CYCLE)
    assert run.verdicts() == ["processing", "granted"]
    granted_ns = next(t_ns for t_ns, verdict in run.answers() if verdict == "granted")
    assert 20 * S + 2 * 40 * S // 1000 <= granted_ns <= 20.5 * S  # there and back over the wire
    assert run.begins(3)[0] == 40.0  # yellow
    assert [fields["group"] for fields in run.happened("priority.granted")] == [1]
    assert [fields["reason"] for fields in run.happened("priority.done")] == ["passed"]
    assert max(t_ns for t_ns, _ in run.answers()) < 40.2 * S
    assert run.begins(0)[-1] % (CYCLE / S) == 0  # back in the plan


def test_a_green_is_brought_early() -> None:
    run = Asked()
    wanted = PriorityRequest(5, 3, 22, in_lane=3, arrive_utc_ns=UTC + 50 * S, duration_s=6.0)
    run.letters.append((36 * S, heard(asking(wanted, role="fire"))))
    run.to(50 * S)
    assert run.verdicts() == ["granted"]  # it is green then anyway: nobody had to be asked
    assert run.happened("priority.granted")[0]["wished"] is False
    run = Asked()
    wanted = replace(wanted, in_lane=1, arrive_utc_ns=UTC + 50 * S)
    run.letters.append((36 * S, heard(asking(wanted))))
    run.to(CYCLE)
    assert run.verdicts() == ["processing", "granted"]
    assert run.begins(0)[1] == 50.0  # instead of 68


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (asking(role="car"), "no priority for role 'car'"),
        (asking(PriorityRequest(5, 3, 22, in_lane=9)), "no signal group for that movement"),
        (
            asking(PriorityRequest(5, 3, 22, in_lane=1, out_lane=9, arrive_utc_ns=UTC + 45 * S, duration_s=20.0)),
            "more than the unit may ask for",
        ),
    ],
)
def test_what_is_refused(message: SignalRequest, reason: str) -> None:
    run = Asked(max_extension_s=5.0, max_advance_s=5.0)
    run.letters.append((20 * S, heard(message)))
    run.to(30 * S)
    assert run.verdicts() == ["rejected"]
    assert [fields["reason"] for fields in run.happened("priority.done")] == [reason]
    assert [phase for phase, _ in run.player.begins] == [0, 1, 2]
    assert max(t_ns for t_ns, _ in run.answers()) < 24 * S


def test_a_controller_that_does_not_do_it_is_no_grant() -> None:
    run = Asked(player=Player(min_green_s=99.0, max_extension_s=0.0))
    wanted = PriorityRequest(5, 3, 22, in_lane=1, out_lane=9, arrive_utc_ns=UTC + 34 * S, duration_s=6.0)
    run.letters.append((20 * S, heard(asking(wanted))))
    run.to(30 * S)
    assert run.verdicts() == ["processing", "rejected"]
    assert run.happened("priority.done")[0]["reason"] == "the controller does not show it"


def test_one_at_a_time() -> None:
    run = Asked()
    first = PriorityRequest(5, 3, 22, in_lane=1, out_lane=9, arrive_utc_ns=UTC + 34 * S, duration_s=6.0)
    second = PriorityRequest(6, 3, 22, in_lane=3, arrive_utc_ns=UTC + 30 * S, duration_s=6.0)
    run.letters += [(20 * S, heard(asking(first))), (21 * S, heard(asking(second, requester_id=78)))]
    run.to(60 * S)
    (granted, *_) = run.happened("priority.granted")
    assert granted["requester"] == 77 and run.begins(3)[0] == 40.0


def test_what_is_cancelled_is_withdrawn() -> None:
    run = Asked()
    wanted = PriorityRequest(5, 3, 22, in_lane=1, out_lane=9, arrive_utc_ns=UTC + 34 * S, duration_s=6.0)
    run.letters.append((20 * S, heard(asking(wanted))))
    run.letters.append((22 * S, heard(asking(replace(wanted, action="cancel"), count=2))))
    run.to(35 * S)
    assert run.begins(3) == [30.0]
    assert [fields["reason"] for fields in run.happened("priority.done")] == ["cancelled"]


def test_a_request_that_moves_is_asked_anew() -> None:
    run = Asked()
    wanted = PriorityRequest(5, 3, 22, in_lane=1, out_lane=9, arrive_utc_ns=UTC + 32 * S, duration_s=4.0)
    later = replace(wanted, action="update", arrive_utc_ns=UTC + 36 * S)
    run.letters += [(20 * S, heard(asking(wanted))), (25 * S, heard(asking(later, count=2)))]
    run.to(45 * S)
    assert run.begins(3) == [40.0]
    assert run.verdicts() == ["processing", "granted", "processing", "granted"]


def test_a_request_that_moves_too_far_is_withdrawn() -> None:
    run = Asked()
    wanted = PriorityRequest(5, 3, 22, in_lane=1, out_lane=9, arrive_utc_ns=UTC + 32 * S, duration_s=4.0)
    later = replace(wanted, action="update", arrive_utc_ns=UTC + 32 * S, duration_s=20.0)
    run.letters += [(20 * S, heard(asking(wanted))), (25 * S, heard(asking(later, count=2)))]
    run.to(45 * S)
    assert run.verdicts() == ["processing", "granted", "rejected"]
    assert run.begins(3) == [30.0]


def test_a_request_that_is_over_is_not_taken_up_again() -> None:
    run = Asked()
    wanted = PriorityRequest(5, 3, 22, in_lane=1, out_lane=9, arrive_utc_ns=UTC + 20 * S, duration_s=4.0)
    run.letters += [(t_s * S, heard(asking(wanted, count=t_s))) for t_s in (15, 20, 25, 30, 35)]
    run.to(40 * S)
    assert len(run.happened("priority.request")) == 1
    assert run.begins(3) == [30.0]


def states(identity: int, vehicle_class: int, emergency: int) -> VehicleStates:
    fields = {name: np.zeros(1, np.asarray(column).dtype) for name, column in vars(VehicleStates.none()).items()}
    fields["temporary_id"] = np.array([identity], np.uint64)
    fields["vehicle_class"] = np.array([vehicle_class])
    fields["emergency"] = np.array([emergency], np.int8)
    return VehicleStates(**fields)


@pytest.mark.parametrize(
    ("vehicle_class", "emergency", "verdicts"), [(20, -1, ["rejected"]), (20, 1, ["granted"]), (60, -1, ["granted"])]
)
def test_csae_requesters_are_known_by_their_bsm(vehicle_class: int, emergency: int, verdicts: list[str]) -> None:
    """VIR names neither role nor lane; RSC has no word for what is not decided."""
    run = Asked("csae")
    wanted = PriorityRequest(5, 3, 22, maneuver="straight", arrive_utc_ns=UTC + 34 * S, duration_s=6.0)
    lat_deg = 39.0 - 60.0 / 111_000.0
    message = asking(wanted, role="unknown", lat_deg=lat_deg, heading_deg=2.0, utc_ns=UTC + 20 * S)
    bsm = Inbox((), states(77, vehicle_class, emergency), np.array([UTC + 19 * S]))
    run.letters += [(19 * S, bsm), (20 * S, heard(message, "csae"))]
    run.to(45 * S)
    assert run.verdicts() == verdicts
    assert {kind for _, kind, _ in run.said} == {"RSC"}
    assert run.begins(3) == [40.0 if verdicts == ["granted"] else 30.0]


@pytest.mark.parametrize(
    ("about", "group"),
    [
        ({"in_lane": 1}, 1),  # straight on is meant where the lane has more
        ({"in_lane": 1, "out_lane": 8}, 5),
        ({"in_lane": 2}, 4),  # the lane has only the left turn
        ({"in_lane": 1, "maneuver": "left"}, None),
        ({"maneuver": "left"}, 4),
        ({}, 1),
        ({"maneuver": "uturn"}, None),
    ],
)
def test_the_group_of_a_movement(about: dict[str, Any], group: int | None) -> None:
    by = asking(lat_deg=39.0 - 60.0 / 111_000.0, heading_deg=350.0)
    assert group_of(PLACE, PriorityRequest(5, 3, 22, **about), by) == group


@pytest.mark.parametrize("about", [{"heading_deg": 180.0}, {"lat_deg": float("nan")}, {"lon_deg": 117.0005}])
def test_who_is_on_no_approach_has_no_group(about: dict[str, float]) -> None:
    by = replace(asking(lat_deg=39.0 - 60.0 / 111_000.0, heading_deg=350.0), **about)
    assert group_of(PLACE, PriorityRequest(5, 3, 22), by) is None


def test_others_intersections_are_none_of_its_business() -> None:
    run = Asked()
    run.letters.append((20 * S, heard(asking(PriorityRequest(5, 3, 23, in_lane=1)))))
    run.to(25 * S)
    assert run.said == [] and run.events == []


def test_too_many_requests_are_not_taken_up() -> None:
    run = Asked()
    requests = [PriorityRequest(k, 3, 22, in_lane=1, arrive_utc_ns=UTC + 25 * S, duration_s=3.0) for k in range(40)]
    letters = [Received("pc5", "SRM", asking(each, requester_id=k), UTC) for k, each in enumerate(requests)]
    run.letters.append((20 * S, Inbox(tuple(letters))))
    run.to(27 * S)
    assert len(run.happened("priority.request")) == 16


def test_no_priority_unless_the_scenario_says_so() -> None:
    assert PriorityService.at(site(intersection=PLACE)) is None

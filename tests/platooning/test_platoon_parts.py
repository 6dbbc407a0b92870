"""What members of a platoon remember of each other, and what they see ahead between two scenes of the traffic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from v2x.control.plant import Plant
from v2x.control.radar import NOBODY
from v2x.errors import CodecError, ScenarioError
from v2x.geo import displace
from v2x.messages.model_control import ControlStates
from v2x.messages.profile import get_profile
from v2x.platooning.hearsay import Hearsay
from v2x.platooning.outlook import Outlook
from v2x.platooning.read_once import NEWS, ReadOnce, Said
from v2x.rng import key_of
from v2x.scenario.loader import load_scenario
from v2x.traffic.base import Snapshot
from v2x.traffic.steered import Sights

IDENTITY = np.array([10, 11, 12, 20, 21, 22], np.uint64)
CIRCLE = np.array([0, 0, 0, 1, 1, 1])
S = 10**9


def said(identity: int, utc_ns: int, **told: float) -> Said:
    usual = {"lat_deg": 39.0, "lon_deg": 117.0, "heading_deg": 90.0, "length_m": 5.0}
    news = np.array([[(usual | told).get(name, 0.1) for name in NEWS]])
    return Said(np.array([identity], np.uint64), np.array([utc_ns]), news)


def take(hearsay: Hearsay, receiver: int, *each: Said) -> None:
    """Several messages at once."""
    columns = Said(*(np.concatenate(column) for column in zip(*each, strict=True)))
    hearsay.take(np.full(len(each), receiver), columns)


def test_newest_message_of_the_own_platoon_counts() -> None:
    hearsay = Hearsay(IDENTITY, CIRCLE)
    ahead = np.array([[0, 0, 1, 3, 3, 4]])
    clock = np.full(6, 10 * S)
    (heard,) = hearsay.of(ahead, clock)
    assert np.isinf(heard.age_s).all()
    take(hearsay, 1, said(10, 9 * S, speed_mps=20.0))
    take(hearsay, 1, said(10, 8 * S, speed_mps=99.0))  # late: tells of an earlier instant
    take(hearsay, 4, said(10, 9 * S, speed_mps=99.0))  # of another platoon
    take(hearsay, 1, said(77, 9 * S, speed_mps=99.0))  # of nobody known
    (heard,) = hearsay.of(ahead, clock)
    assert heard.speed_mps[0, 1] == 20.0
    assert heard.age_s[0, 1] == 1.0
    assert np.isinf(np.delete(heard.age_s.ravel(), 1)).all()


def test_of_several_at_once_the_newest_counts() -> None:
    hearsay = Hearsay(IDENTITY, CIRCLE)
    take(hearsay, 1, *(said(10, t * S, speed_mps=float(t)) for t in (7, 9, 8)))
    take(hearsay, 2, said(10, 5 * S, speed_mps=5.0))
    (heard,) = hearsay.of(np.array([[0, 0, 0, 3, 3, 3]]), np.full(6, 10 * S))
    assert heard.speed_mps[0, 1:3].tolist() == [9.0, 5.0]


@pytest.mark.parametrize("turn_deg", [0.0, 30.0, -60.0])
@pytest.mark.parametrize("aside_m", [0.0, 3.5])
def test_ways_along_a_bend(turn_deg: float, aside_m: float) -> None:
    """Somebody 40 m ahead on an arc, or on a lane 3.5 m to the right of it, by places and courses alone."""
    turn = np.radians(turn_deg)
    bend = np.radians(90.0) + turn / 2.0
    chord_m = 40.0 if turn == 0.0 else 40.0 * np.sin(turn / 2.0) / (turn / 2.0)
    east_m = chord_m * np.sin(bend) + aside_m * np.cos(bend)
    north_m = chord_m * np.cos(bend) - aside_m * np.sin(bend)
    lon, lat = displace(np.array([117.0]), np.array([39.0]), east_m, north_m)
    hearsay = Hearsay(np.array([1, 2], np.uint64), np.zeros(2, np.int64))
    take(hearsay, 0, said(2, S, lon_deg=lon[0], lat_deg=lat[0], heading_deg=90.0 + turn_deg))
    own = (np.full(2, 117.0), np.full(2, 39.0), np.full(2, 90.0))
    along_m, right_m, _ = hearsay.offset_m(hearsay.entries(np.array([1, 1])), *own)
    assert along_m[0] == pytest.approx(40.0, abs=1e-3)
    assert right_m[0] == pytest.approx(aside_m, abs=1e-3)


def test_without_a_desired_acceleration_the_measured_one_is_told() -> None:
    profile = get_profile("csae")
    still = np.zeros(1)
    states = ControlStates(
        msg_count=np.zeros(1, np.int64), temporary_id=np.array([11], np.uint64), utc_ns=np.array([9 * S]),
        lat_deg=still + 39.0, lon_deg=still + 117.0, speed_mps=still + 20.0, heading_deg=still,
        accel_mps2=still + 0.1, desired_accel_mps2=still + np.nan, length_m=still + 5.0, heavy=np.zeros(1, np.int8),
        mode=np.zeros(1, np.int8), target_id=np.zeros(1, np.uint64), separation_m=still + np.nan,
    )  # fmt: skip
    _, (frame,) = profile.encode_control(states)
    reader = ReadOnce(profile)
    number, bad, again = reader.read([frame, b"\xff" * 9, frame], [9 * S] * 3)
    assert isinstance(number, int)
    assert number == again
    assert isinstance(bad, CodecError)
    (news,) = reader.said(np.array([number])).news
    assert news[NEWS.index("desired_accel_mps2")] == news[NEWS.index("accel_mps2")] == pytest.approx(0.1)


class Traffic:
    """Sights as told."""

    def __init__(self, **columns: list[object]) -> None:
        n = 3
        plain = Sights(
            present=np.ones(n, bool), lane=np.full(n, "a", object),
            lane_left_m=np.full(n, np.inf), lane_changes=np.zeros(n, np.int64),
            ahead=np.array(["", "p.0", "other"], object), gap_m=np.array([np.inf, 10.0, 20.0]),
            ahead_speed_mps=np.array([np.nan, 20.0, 15.0]), ahead_accel_mps2=np.array([np.nan, 0.0, -1.0]),
            stop_m=np.full(n, np.inf), stop=np.full(n, "", object), allowed_mps=np.full(n, 22.0),
        )  # fmt: skip
        self._sights = replace(plain, **{name: np.array(values) for name, values in columns.items()})

    def sights(self, snapshot: Snapshot, names: list[str], reach_m: float) -> Sights:
        return self._sights


def outlook(**columns: list[object]) -> tuple[Outlook, Plant]:
    names = ["p.0", "p.1", "p.2"]
    n, still = len(names), np.zeros(3)
    snapshot = Snapshot(
        0, np.array(names, object), np.array([key_of(name) for name in names], np.uint64), np.zeros(n, np.int8),
        *(still.copy() for _ in range(8)), still + 4.6, still + 1.8, np.full(n, "a", object),
    )  # fmt: skip
    plant = Plant(0.01, np.full((1, 3), 20.0), 0.5, 0.0)
    seen = Outlook(np.array([names], object), plant)
    seen.see(snapshot, Traffic(**columns))  # type: ignore[arg-type]
    return seen, plant


def test_gaps_follow_members_by_their_motion_and_strangers_by_their_last() -> None:
    seen, plant = outlook()
    for _ in range(10):
        plant.move(np.array([[0.0, 0.0, 0.0]]))
        seen.advance()
    road = seen.road()
    assert road.target[0].tolist()[:2] == [NOBODY, 0]
    assert road.gap_m[0, 1] == pytest.approx(10.0)
    # a stranger 5 m/s slower that goes on braking at 1 m/s^2
    assert road.gap_m[0, 2] == pytest.approx(20.0 - 0.1 * 5.0 - 0.5 * 0.1**2, abs=1e-3)
    assert [move.way_m for move in seen.moves(np.zeros((1, 3), np.int64))] == pytest.approx([2.0] * 3)


@pytest.mark.parametrize(
    ("stop", "stop_m", "brakes"),
    [("red", 60.0, True), ("red", 500.0, False), ("yellow", 60.0, True), ("yellow", 40.0, False), ("", 60.0, False)],
)
def test_closed_lines(stop: str, stop_m: float, brakes: bool) -> None:
    """From 20 m/s: 60 m is firm braking, 40 m more than anybody brakes for a yellow light, 500 m far away."""
    seen, _ = outlook(stop=np.array([stop, "", ""], object), stop_m=[stop_m, np.inf, np.inf])
    ceiling = seen.ceiling_mps2()
    assert (ceiling is not None and bool(ceiling[0, 0] < -2.5)) == brakes


def test_a_lane_that_ends_is_a_closed_line() -> None:
    seen, _ = outlook(lane_left_m=[50.0, np.inf, np.inf])
    ceiling = seen.ceiling_mps2()
    assert ceiling is not None
    assert ceiling[0, 0] < -2.5


@pytest.mark.parametrize(
    ("manoeuvre", "path"),
    [
        ("{at_s: 1, kind: split}", "manoeuvres.0.who"),
        ("{at_s: 1, kind: leave, who: 9}", "manoeuvres.0.who"),
        ("{at_s: 1, kind: merge, into: 0}", "manoeuvres.0.into"),
        ("{at_s: 1, kind: join, platoon: 1}", "manoeuvres.0.into"),
        ("{at_s: 1, kind: cut_in, into: 1}", "manoeuvres.0.platoon"),
        ("{at_s: 1, kind: join, platoon: 3, into: 0}", "manoeuvres.0.platoon"),
        ("{at_s: 1, kind: cut_in, platoon: 1, into: 2}", "manoeuvres.0.into"),
        ("{at_s: 1, kind: leave, platoon: 1}", "manoeuvres.0.kind"),
        ("{at_s: 2, kind: leave, platoon: 1}, {at_s: 3, kind: join, platoon: 1, into: 0}", "manoeuvres.0.kind"),
        ("{at_s: 1, kind: join, platoon: 1, into: 0}", "manoeuvres.0.into: 9 vehicles and 1 are more than"),
        ("{at_s: 1, kind: brake}, {at_s: 120, kind: leave}", "manoeuvres.1.at_s: the run is over at 120 s"),
    ],
)
def test_manoeuvres_that_cannot_be_are_refused(manoeuvre: str, path: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        load_scenario("wangwenzhuang-platoon", with_singles(manoeuvre))
    assert f"platoon.{path}" in str(refused.value)


@pytest.mark.parametrize(
    ("manoeuvres", "settings"),
    [
        ("{at_s: 2, kind: leave, platoon: 1}, {at_s: 1, kind: join, platoon: 2, into: 1}", ()),
        ("{at_s: 1, kind: leave, who: 3}, {at_s: 9, kind: join, platoon: 1, into: 0}", ()),
        ("{at_s: 20, kind: leave, who: 3}, {at_s: 1, kind: brake}", ("duration_s=30",)),
    ],
)
def test_manoeuvres_that_may_be_are_not(manoeuvres: str, settings: tuple[str, ...]) -> None:
    load_scenario("wangwenzhuang-platoon", (*with_singles(manoeuvres), *settings))


def with_singles(manoeuvres: str) -> tuple[str, ...]:
    """Two of them, beside a platoon of nine that takes no more."""
    singles = ", ".join(f"{{route: [K_1.K_2], start_at_m: {at_m}, speed_mps: 10}}" for at_m in (100, 200))
    return (
        "platoon.protocol={enabled: true, capacity: 9}", f"platoon.singles=[{singles}]",
        f"platoon.manoeuvres=[{manoeuvres}]",
    )  # fmt: skip


def test_a_run_that_the_command_line_shortens_leaves_later_manoeuvres_out() -> None:
    assert load_scenario("xiqing-truck-platoon", duration_s=30.0).scenario.duration_s == 30.0


def test_routes_are_those_of_the_field() -> None:
    settings = ("platoon.members=[{}, {route: [K_1.K_2, nowhere]}, {route: [K_2.K_1]}]", "platoon.route=[K_1.K_3]")
    with pytest.raises(ScenarioError) as refused:
        load_scenario("wangwenzhuang-platoon", settings)
    told = "\n".join(map(str, refused.value.faults))
    assert "platoon.members.1.route.1: unknown edge 'nowhere'" in told
    assert "platoon.route.0: unknown edge 'K_1.K_3', did you mean 'K_1.K_2'?" in told
    with pytest.raises(ScenarioError, match=r"members\.2\.route\.0: must be 'K_1.K_2', where the platoon begins"):
        load_scenario("wangwenzhuang-platoon", ["platoon.members=[{}, {}, {route: [K_2.K_1]}]"])

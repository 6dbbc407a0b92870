"""The seat of who drives from afar: lock step over real sockets, and what is answered to whom."""

from __future__ import annotations

import json
import time
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zmq
from click.testing import CliRunner
from serve_kit import STEP_NS, Peer, grant_all, scenario, serving
from serve_process import EXAMPLES, program, service

from v2x.bus.counts import Judged
from v2x.bus.desk import Desk
from v2x.bus.exchange import Answer, Request, Route
from v2x.bus.grant import Grants
from v2x.bus.settings import Terms
from v2x.bus.wheel import MOST_PICTURES, MOST_WORDS, Wheel
from v2x.cli.run import command as run_command
from v2x.cli.validate import command as validate_command
from v2x.errors import InputError
from v2x.outside import Nobody
from v2x.remote.course import Course
from v2x.remote.driver import OnScreen
from v2x.remote.external import Cockpit, Look, Word
from v2x.remote.operators.base import Seen
from v2x.remote.operators.pedals import Road
from v2x.remote.sight import OnCourse
from v2x_analysis import Run

EXTERNAL = ("--set", "remote.operator=external")
#: The last 20 m of a street of the closed track.
REMOTE = "remote={operator: external, slalom: null, route: [A_W.A_M], start_at_m: 255}"
SHORT = ("wangwenzhuang-remote-slalom", "--set", REMOTE)
COCKPIT = Cockpit(2.579, 4.5, 1.6, 0.6, 2.0, 6.0, 8.3)
ME, OTHER = Route("intake", b"me"), Route("intake", b"other")
WORD = {"do": "drive", "captured_ns": 7, "steer_rad": 0.1, "accel_mps2": 1.0}


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    told = Run(folder).events
    return [json.loads(fields) for fields in told[told.kind == kind].fields]


def example(folder: Path) -> dict[str, Any]:
    """The example in lock step; what the service says."""
    with (
        service(*SHORT, "--duration", "13", "--peer", "wheel", "--out", str(folder)) as served,
        program(EXAMPLES / "wheel_peer.py", served.at["intake"]) as wheel,
    ):
        summary = served.finish(60.0)
        assert wheel.wait(20) == 0
    return summary


def test_the_example_arrives_and_the_run_is_repeatable(tmp_path: Path) -> None:
    first, again = (example(tmp_path / name) for name in ("first", "again"))
    assert first["digest"] == again["digest"]
    assert first["live"]["seat"] == again["live"]["seat"]
    assert first["live"]["run"]["refused"] == {}
    (end,) = events(tmp_path / "first", "remote.end")
    assert end["reason"] == "arrived"
    run = Run(tmp_path / "first")
    assert not events(tmp_path / "first", "remote.mrm")
    assert run.remote.offset_m.abs().max() < 0.3
    assert run.remote.speed_mps.iloc[-1] < 0.1
    commands, frames = run.remote_commands, run.remote_frames
    assert set(commands.captured_ns) <= set(frames.dropna(subset="shown_ns").t_ns)
    shown = frames.set_index("t_ns").shown_ns
    since_ns = commands.t_ns - shown.loc[commands.captured_ns].to_numpy(np.int64)
    assert (since_ns > 0).all()
    assert since_ns[commands.t_ns < 10**10].mean() > STEP_NS / 2


def test_silence_ends_in_one_manoeuvre_and_nobody_else_gets_the_seat(tmp_path: Path) -> None:
    """Straight on for 7 s and then no word, while time is still granted."""
    with (
        service(*SHORT, "--duration", "12", "--peer", "wheel", "--out", str(tmp_path / "run")) as served,
        Peer(zmq.DEALER, served.at["intake"]) as wheel,
        Peer(zmq.DEALER, served.at["intake"]) as other,
    ):
        assert wheel.ask({"do": "sit"})["max_steer_rad"] == 0.6
        assert "taken" in other.ask({"do": "sit"})["error"]
        assert "sit first" in other.ask({"do": "rise"})["error"]
        answer, captured_ns, pictures = {"now_ns": 0}, None, []
        while "ended" not in answer:
            if captured_ns is not None and answer["now_ns"] <= 7_000_000_000:
                wheel.tell({"do": "drive", "captured_ns": captured_ns, "steer_rad": 0.0, "accel_mps2": 0.5})
            wheel.tell({"do": "grant", "peer": "wheel", "until_ns": answer["now_ns"] + STEP_NS})
            while True:
                answer, _ = wheel.hear()
                if answer.get("re") == "grant":
                    break
                if answer["do"] == "picture":
                    captured_ns = answer["captured_ns"]
                    pictures.append(answer)
        summary = served.finish(60.0)
    (begun,) = events(tmp_path / "run", "remote.mrm")
    assert 7.2 < begun["outage_from_ns"] / 1e9 < 7.4  # the last word is of 7.0 s and is repeated for 0.3 s
    assert len(events(tmp_path / "run", "remote.stopped")) == 1
    assert summary["live"]["run"]["refused"] == {"sit": 1, "rise": 1}
    assert summary["live"]["seat"] == {"pictures": len(pictures), "words": 69, "unsaid": 0, "gone": 0}
    picture = pictures[100]
    assert picture["captured_ns"] < picture["t_ns"] <= picture["captured_ns"] + 200_000_000
    assert abs(picture["offset_m"]) < 0.2 and picture["gap_m"] is None and 0.0 < picture["end_m"] < 40.0
    assert {len(column) for column in picture["ahead"].values()} == {60}


def test_in_real_time_the_newest_word_counts(tmp_path: Path) -> None:
    with (
        service(*SHORT, "--duration", "5", "--out", str(tmp_path / "run")) as served,
        program(EXAMPLES / "wheel_peer.py", served.at["intake"], "real") as wheel,
    ):
        summary = served.finish(60.0)
        assert wheel.wait(20) == 0
    assert summary["live"]["run"]["refused"] == {}
    run = Run(tmp_path / "run")
    assert run.remote.station_m.iloc[-1] - run.remote.station_m.iloc[0] > 1.0
    assert not events(tmp_path / "run", "remote.mrm")


def test_who_drives_and_is_killed_is_missed_and_the_seat_is_free_again(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "live", scenario(), Terms(speed=None, peers=("rig",)), cockpit=COCKPIT) as run,
        Peer(zmq.REQ, run.live.listens.grant) as rig,
    ):
        with Peer(zmq.DEALER, run.live.listens.intake) as killed:
            assert killed.ask({"do": "sit"})["ok"]
        with Peer(zmq.DEALER, run.live.listens.intake) as again:
            until_s = time.monotonic() + 10
            while "error" in again.ask({"do": "sit"}) and time.monotonic() < until_s:
                time.sleep(0.1)
            assert again.ask({"do": "rise"})["ok"]
            grant_all(rig, 10 * STEP_NS)
    assert run.live.statistics()["seat"]["gone"] == 1


# ---------------------------------------------------------------------- answers, without sockets


def look(captured_ns: int) -> Look:
    """A picture of a straight road 120 m long."""
    one = np.zeros(1)
    course = Course([(0.0, 0.0), (120.0, 0.0)])
    seen = Seen(captured_ns + 9, np.array([captured_ns]), OnCourse(course, one, one, one, one, one), one + 5.0, one)
    places = np.arange(0.0, 20.0, 2.0)
    return Look(captured_ns + 9, OnScreen(seen, Road(places, 0.0 * places, 10.0, left_m=117.0), inf))


def desk(*captured_ns: int) -> tuple[Desk, Wheel]:
    """Somebody sits there, and these pictures have been shown."""
    wheel = Wheel(COCKPIT)
    wheel.sit(ME)
    wheel.shown([look(each) for each in captured_ns])
    return Desk(None, Grants(()), wheel, Judged(), times_needed=True), wheel


def ask(of: Desk, route: Route = ME, **request: object) -> dict[str, Any] | None:
    """The answer, if there is one."""
    answers = of.serve(Request(route, dict(request), b"", 0))
    return answers[0].header if answers else None


def error(of: Desk, route: Route = ME, **request: object) -> str:
    answer = ask(of, route, **request)
    assert answer is not None
    return str(answer["error"])


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"steer_rad": 0.61}, "steer_rad: expected a number from -0.6 to 0.6"),
        ({"steer_rad": nan}, "steer_rad"),
        ({"steer_rad": "left"}, "steer_rad"),
        ({"steer_rad": None}, "steer_rad"),
        ({"accel_mps2": 2.1}, "accel_mps2: expected a number from -6 to 2"),
        ({"accel_mps2": -inf}, "accel_mps2"),
        ({"accel_mps2": True}, "accel_mps2"),
        ({"captured_ns": 8}, "captured_ns: of none of the last"),
        ({"captured_ns": -1}, "captured_ns"),
        ({"captured_ns": 7.0}, "captured_ns"),
        ({"t_ns": 99}, "t_ns: the run is at 100 ns"),
        ({"t_ns": 10**11}, "t_ns: more than 10 s ahead"),
    ],
)
def test_what_cannot_be_driven_is_answered_and_counted(wrong: dict[str, object], reason: str) -> None:
    seat, wheel = desk(7)
    seat.now_ns = 100
    assert reason in error(seat, **{**WORD, **wrong})
    assert error(seat, **{**WORD, **wrong, "id": 3}) and wheel.words(10**12) == []
    assert ask(seat, **WORD) is None
    assert wheel.words(10**12) == [Word(100, 7, 0.1, 1.0)]


def test_words_come_at_their_times_and_in_their_order() -> None:
    seat, wheel = desk(7)
    for t_ns, steer_rad in ((300, 0.3), (100, 0.1), (100, 0.2)):
        assert ask(seat, **{**WORD, "t_ns": t_ns, "steer_rad": steer_rad}) is None
    assert [word.steer_rad for word in wheel.words(300)] == [0.1, 0.2]
    assert [word.steer_rad for word in wheel.words(301)] == [0.3]
    assert wheel.counts.words == 3


def test_who_rises_takes_what_he_said_for_later_along_and_leaves_the_seat_to_others() -> None:
    seat, wheel = desk(7)
    assert ask(seat, **{**WORD, "t_ns": 10**9}) is None
    assert error(seat, OTHER, do="sit") == "taken"
    assert error(seat, OTHER, **WORD) == "sit first"
    assert ask(seat, do="sit", id=1) == {"re": "sit", "id": 1, "ok": True, "now_ns": 0, **wheel.sit(ME)}
    assert ask(seat, do="rise") == {"re": "rise", "ok": True}
    assert (wheel.words(10**12), wheel.counts.unsaid) == ([], 1)
    assert wheel.shown([look(8)]) == []
    assert ask(seat, OTHER, do="sit") is not None
    assert wheel.route == OTHER


def test_what_waits_is_bounded_and_old_pictures_are_forgotten() -> None:
    seat, _ = desk(*range(1, MOST_PICTURES + 2))
    assert "captured_ns" in error(seat, **{**WORD, "captured_ns": 1})
    for _ in range(MOST_WORDS):
        assert ask(seat, **WORD) is None
    assert "waiting" in error(seat, **WORD)


def test_a_picture_is_json_without_infinities() -> None:
    wheel = Wheel(COCKPIT)
    wheel.sit(ME)
    shown, blank = wheel.shown([look(1), Look(500, None)])
    assert isinstance(shown, Answer) and isinstance(blank, Answer)
    text = json.dumps(shown.header, allow_nan=False)
    told = json.loads(text)
    assert (told["do"], told["t_ns"], told["captured_ns"], told["speed_mps"], told["end_m"]) == (
        "picture", 10, 1, 5.0, 117.0,
    )  # fmt: skip
    assert [told[name] for name in ("gap_m", "ahead_mps", "stop_m", "cap_mps")] == [None] * 4
    assert told["ahead"]["forward_m"] == told["ahead"]["distance_m"] == list(range(0, 20, 2))
    assert set(told["ahead"]["limit_mps"]) == {10.0}
    assert blank.header == {"do": "blank", "t_ns": 500} and blank.at_ns == 500


def test_where_nobody_outside_drives_there_is_no_seat() -> None:
    nowhere = Desk(None, Grants(()), None, Judged(), times_needed=True)
    for verb in ("sit", "drive", "rise"):
        assert "remote.operator: external" in error(nowhere, **{**WORD, "do": verb})
    assert not Nobody().words(1)


# ---------------------------------------------------------------------- without a service


@pytest.mark.parametrize(
    "settings",
    [EXTERNAL, ("--set", "variants=[{name: wheel, title: by hand, settings: [remote.operator=external]}]")],
    ids=["itself", "variant"],
)
def test_a_headless_run_refuses_before_anything_is_written(settings: tuple[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    result = CliRunner().invoke(run_command, ["wangwenzhuang-remote-slalom", *settings, "--out", str(folder)])
    assert isinstance(result.exception, InputError)
    assert result.exception.path == "remote.operator" and "v2x rsu serve" in result.exception.reason
    assert not folder.exists()


def test_such_a_scenario_is_valid_if_words_are_repeated_for_a_step() -> None:
    right, wrong = (
        CliRunner().invoke(validate_command, ["wangwenzhuang-remote-slalom", *EXTERNAL, "--set", f"step_s={step_s}"])
        for step_s in (0.3, 0.5)
    )
    assert right.exit_code == 0
    assert wrong.exit_code == 2 and "remote.command.repeat_ms" in wrong.stderr

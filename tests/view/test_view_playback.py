"""A finished run, played: any moment of it, as it was."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import view_kit

from v2x.cli.replay import command
from v2x.errors import InputError, RunFolderError
from v2x.field.load import load_field
from v2x.record.reading import read_table
from v2x.view.playback import PlaybackServer
from v2x.view.recording import LONGEST_NS, Recording

S = 1_000_000_000


@pytest.fixture(scope="module")
def recording(made: Path) -> Recording:
    return Recording(made)


@pytest.fixture(scope="module")
def url(made: Path) -> Iterator[str]:
    with PlaybackServer("127.0.0.1", 0, made, speed=2.0) as server:
        yield server.url


def at(recording: Recording, t_s: float) -> dict[str, Any]:
    return recording.moment(round(t_s * S), round(t_s * S))[0]


@pytest.mark.parametrize(
    ("t_s", "users"), [(0.0, ["a", "b"]), (1.95, ["a", "b"]), (2.0, ["a"]), (3.99, ["a"]), (4.0, [])]
)
def test_road_users_are_those_of_the_last_step(recording: Recording, t_s: float, users: list[str]) -> None:
    assert at(recording, t_s)["users"]["id"] == users


@pytest.mark.parametrize(
    ("t_s", "light", "until_s"), [(0.5, "red", 3.0), (2.95, "red", 3.0), (3.05, "green", 9.0), (5.9, "green", 9.0)]
)
def test_lights_are_what_the_newest_spat_said(recording: Recording, t_s: float, light: str, until_s: float) -> None:
    (group,) = at(recording, t_s)["heads"]["J_11"].items()
    assert group == (4, {"light": light, "until_ns": until_s * S})


def test_before_the_first_spat_and_long_after_the_last_no_light_is_known(recording: Recording) -> None:
    assert at(recording, 0.0)["heads"] == at(recording, 8.5)["heads"] == {}


@pytest.mark.parametrize(
    ("t_s", "alerts"),
    [
        (0.9, []),
        (1.0, [("rlvw", False)]),
        (1.99, [("rlvw", False)]),
        (2.0, [("rlvw", True)]),
        (5.0, [("rlvw", True), ("fcw", False)]),
        (7.5, [("fcw", False)]),
    ],
)
def test_alerts_stand_while_they_last_and_a_little_longer(
    recording: Recording, t_s: float, alerts: list[tuple[str, bool]]
) -> None:
    assert [(alert["application"], alert["over"]) for alert in at(recording, t_s)["alerts"]] == alerts


def test_windows_share_no_frame_and_miss_none(recording: Recording) -> None:
    edges = [-1, 3, 10**8, 10**8 + 7, 25 * 10**7, 6 * S]
    found = [number for after_ns, t_ns in pairwise(edges) for number in recording.moment(after_ns, t_ns)[1]]
    assert found == list(range(60))


@pytest.mark.parametrize(("after_ns", "t_ns"), [(1, 0), (0, LONGEST_NS + 1)])
def test_a_stretch_that_is_too_long_or_backwards_is_refused(recording: Recording, after_ns: int, t_ns: int) -> None:
    with pytest.raises(ValueError, match="frames"):
        recording.moment(after_ns, t_ns)


def test_coverage_ends_where_half_of_the_roadsides_frames_got_lost(recording: Recording) -> None:
    units = recording.still()["rsus"]
    assert len(units) == len(load_field("dongli").rsu) and {unit["range_m"] for unit in units} == {25.0}


def test_the_server_plays_and_jumps(url: str) -> None:
    told = view_kit.get(url, "still")
    assert told["playback"] == {"until_ns": 5_900_000_007, "longest_ns": LONGEST_NS, "speed": 2.0}
    late = view_kit.get(url, f"moment?after_ns={3 * S}&t_ns={4 * S}")
    early = view_kit.get(url, f"moment?after_ns={-S}&t_ns={S // 2}")
    assert late["counts"] == {"pc5/SPAT": 10} and [row["n"] for row in late["frames"]] == list(range(30, 40))
    assert early["subjects"] == ["a"] and len(early["frames"]) == 5


def test_any_frame_of_the_run_is_decoded(url: str) -> None:
    told = view_kit.get(url, "frame/59")
    assert told["t_ns"] == 5_900_000_007 and told["decoded"]["type"] == "SPAT"
    assert bytes.fromhex(told["hex"]) == view_kit.spat(5_900_000_000, "green", 9 * S)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("frame/60", 404),
        ("moment", 400),
        ("moment?t_ns=1", 400),
        ("moment?after_ns=0&t_ns=x", 400),
        ("moment?after_ns=0&t_ns=99999999999999999999", 400),
        ("events", 404),
    ],
)
def test_bad_requests_are_refused(url: str, path: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        view_kit.get(url, path)
    with caught.value:
        assert caught.value.code == status


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="manifest"):
        Recording(tmp_path)


@pytest.mark.parametrize("scenario", ["", "name: 1\n", ": ["])
def test_a_run_whose_scenario_is_damaged_is_refused(tmp_path: Path, scenario: str) -> None:
    folder = view_kit.write_run(tmp_path / "run", seconds=1)
    (folder / "scenario.resolved.yaml").write_text(scenario, encoding="utf-8")
    with pytest.raises(InputError, match="scenario"):
        Recording(folder)


def test_a_run_of_the_simulation_is_played_as_recorded(ran: Path) -> None:
    recording = Recording(ran)
    states, tx = (read_table(ran, table).to_pandas() for table in ("states", "tx"))
    told, numbers = recording.moment(S, 2 * S)
    then = states[states.t_ns == 2 * S]
    assert told["users"]["id"] == then.id.tolist() and len(then) > 10
    assert np.allclose(told["users"]["x_m"], then.x_m, atol=0.006)
    assert sorted(numbers) == sorted(tx.tx_id[(tx.t_ns > S) & (tx.t_ns <= 2 * S)])
    assert {"pc5/BSM", "pc5/SPAT", "pc5/MAP"} <= told["counts"].keys()
    junctions = {junction["id"]: set(junction["groups"]) for junction in recording.still()["junctions"]}
    assert len(told["heads"]) == tx.station[(tx.type == "SPAT") & (tx.t_ns <= 2 * S)].nunique() > 5
    assert all(set(groups) == junctions[name] for name, groups in told["heads"].items())


def test_the_verb_serves_until_it_is_interrupted(made: Path) -> None:
    verb = [sys.executable, "-m", "v2x", "replay", str(made), "--view", "--view-port", "0", "--speed", "5"]
    with subprocess.Popen(verb, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", process.stderr.readline())
        assert found is not None
        assert view_kit.get(found[0], "still")["playback"]["speed"] == 5.0
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stdout.read() == ""


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["nowhere", "--view"], RunFolderError),
        (["nowhere"], RunFolderError),
        (["nowhere", "--view", "--speed", "0"], InputError),
        (["nowhere", "--view", "--view-port", "65536"], click.BadParameter),
    ],
)
def test_the_verb_refuses_what_it_cannot_play(arguments: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        command.main(arguments, standalone_mode=False)

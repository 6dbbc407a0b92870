"""The service and its peers as processes: the same digest as without them, the examples, Ctrl-C, a restart."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from serve_process import EXAMPLES, program, service

from v2x.cli.simulation import simulate
from v2x.scenario.loader import load_scenario
from v2x_analysis import score

#: Nothing in it has to be compiled.
PLAIN = ("recorded-crossroads", "--set", "links.pc5={kind: ideal}")


def digest_alone(scenario: tuple[str, ...], seconds: float, folder: Path) -> str:
    name, *overrides = (text for text in scenario if text != "--set")
    loaded = load_scenario(name, overrides, duration_s=seconds)
    outcome, _ = simulate(loaded, folder, force=False, engine="libsumo")
    return outcome.digest


@pytest.mark.parametrize(
    ("scenario", "seconds"),
    [(PLAIN, "2"), pytest.param(("dongli-citizen",), "60", marks=[pytest.mark.validate, pytest.mark.timeout(3600)])],
)
def test_lock_step_with_another_process_has_the_digest_of_a_headless_run(
    tmp_path: Path, scenario: tuple[str, ...], seconds: str
) -> None:
    with (
        service(*scenario, "--duration", seconds, "--peer", "rig", "--out", str(tmp_path / "live")) as served,
        program(EXAMPLES / "lockstep_peer.py", served.at["pub"], served.at["grant"]) as peer,
    ):
        summary = served.finish(1800.0)
        counted = json.loads(peer.communicate(timeout=60)[0])
    assert summary["digest"] == digest_alone(scenario, float(seconds), tmp_path / "alone")
    types = pq.read_table(tmp_path / "live" / "tx.parquet", columns=["type"])["type"].to_pylist()
    assert counted == {kind: types.count(kind) for kind in counted}
    assert summary["live"]["out"]["published"] == len(types) == sum(counted.values())
    manifest = json.loads((tmp_path / "live" / "manifest.json").read_text())
    assert manifest["live"]["out"] == summary["live"]["out"] and manifest["status"] == "complete"


def test_a_subscriber_survives_ctrl_c_and_hears_the_finished_run(tmp_path: Path) -> None:
    with service(*PLAIN, "--out", str(tmp_path / "run")) as first:
        ports = tuple(text for name in ("pub", "intake", "grant") for text in (f"--{name}", first.at[name]))
        with program(EXAMPLES / "spat_subscriber.py", first.at["pub"]) as peer:
            assert peer.stdout is not None
            lines = [peer.stdout.readline() for _ in range(3)]
            summary = first.interrupt()
            manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
            with service(tmp_path / "run", "--speed", "0.1", ports=(*ports, "--udp", "127.0.0.1:0")) as again:
                while peer.stdout.readline() != lines[0]:  # what was left of the first, and then the run again
                    pass
                played = again.interrupt(signal.SIGTERM)
    for line in lines:
        assert "pc5/SPAT/RSU-CROSSROADS" in line and "signalGroup" in line
    assert manifest["status"] == "interrupted" and manifest["live"]["out"] == summary["live"]["out"]
    assert played["live"]["out"]["published"] > 0
    assert score(tmp_path / "run").verdict in ("PASS", "FAIL", "INCONCLUSIVE")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--pub", "tcp://0.0.0.0:5600"), "--bind"),
        (("--pub", "tcp://0.0.0.0:5600", "--bind"), "CURVE"),
        (("--udp-out", "10.0.0.1:1516"), "--bind"),
        (("--speed", "fast"), "--speed"),
        (("--rsu", "nobody"), "no roadside unit"),
        (("--follow-utc",), "start_utc is over"),
        (("--curve-peers", "."), "go together"),
    ],
)
def test_what_cannot_be_served_is_said_before_anything_happens(arguments: tuple[str, ...], reason: str) -> None:
    from click.testing import CliRunner

    from v2x.cli.rsu_serve import command
    from v2x.errors import InputError

    result = CliRunner().invoke(command, ["recorded-crossroads", *arguments])
    assert isinstance(result.exception, InputError) and reason in str(result.exception)

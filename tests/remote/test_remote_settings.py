"""Settings of remote driving that cannot be are refused with their place before anything runs; odd ones work."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from v2x.cli.checks import check_asked
from v2x.cli.run import command as run_command
from v2x.engine import Simulation
from v2x.errors import InputError, ScenarioError
from v2x.field.load import load_field
from v2x.record.writer import RunWriter
from v2x.scenario.loader import load_scenario

NAME = "wangwenzhuang-remote-slalom"

#: Settings, the key that is at fault, and words of the reason.
REFUSED = [
    ("remote.route=[A_W.A_X]", "remote.route.0", "no street"),
    ("remote.route=[A_M.A_E, A_W.A_M]", "remote.route.1", "does not lead to"),
    ("remote.route=[]", "remote.route", "too few"),
    ("remote.lane=7", "remote.lane", "those are: 0, 1"),
    ("remote.start_at_m=99999", "remote.start_at_m", "m long"),
    ("remote.start_at_m=1", "remote.start_at_m", "for the vehicle's length"),
    ("remote={slalom: null, route: [A_W.A_M], start_at_m: 279.9}", "remote.start_at_m", "are left"),
    ("remote.video.rate_mbps=100000", "remote.video.rate_mbps", "less than or equal to 1000"),
    ("remote.slalom.start_at_m=5000", "remote.slalom.start_at_m", "must be from 0 to"),
    ("remote.slalom={start_at_m: 50, spacing_m: 5, amplitude_m: 5}", "remote.slalom.amplitude_m", "must be less than"),
    ("remote.video={fps: 120, exposure_ms: 9}", "remote.video.exposure_ms", "8.3 ms apart"),
    ("remote.video={fps: 1, blank_ms: 1000}", "remote.video.blank_ms", "blank between"),
    ("remote.command={rate_hz: 20, timeout_ms: 50}", "remote.command.timeout_ms", "trip at each"),
    ("remote.video.wait_ms=5001", "remote.video.wait_ms", "less than or equal to 5000"),
    ("remote.video.buffer_ms=15001", "remote.video.buffer_ms", "less than or equal to 15000"),
    ("remote.vehicle.max_accel_mps2=21", "remote.vehicle.max_accel_mps2", "less than or equal to 20"),
    ("remote.vehicle.max_brake_mps2=21", "remote.vehicle.max_brake_mps2", "less than or equal to 20"),
    ("remote.minimal_risk.least_brake_mps2=4", "remote.minimal_risk.least_brake_mps2", "above brake_mps2, 3"),
    ("remote.minimal_risk.brake_mps2=9", "remote.minimal_risk.brake_mps2", "max_brake_mps2, 6"),
    ("remote.human.brake_mps2=9", "remote.human.brake_mps2", "max_brake_mps2, 6"),
    ("remote.network.outages_s=[[3, 3]]", "remote.network.outages_s.0.1", "must end after"),
    ("remote.profile=nope", "remote.profile", "unknown profile"),
    ("remote.network.outages_s=[[3, 4, 5]]", "remote.network.outages_s.0", "too many entries: has 3, takes at most 2"),
    ("remote.network.outages_s=[[1, 2], [110, 120]]", "remote.network.outages_s.1.0", "the run is over at 110 s"),
    (
        "remote.mitigations.second_link.outages_s=[[200, 300]]",
        "remote.mitigations.second_link.outages_s.0.0",
        "the run is over at 110 s",
    ),
    ("stations.server.enabled=true", "stations.server.enabled", "must be false where"),
    ("step_s=0.005", "step_s", "steps of 10 ms"),
]


@pytest.mark.parametrize(("setting", "path", "reason"), REFUSED)
def test_what_cannot_be_is_refused_with_its_place(setting: str, path: str, reason: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        check_asked(load_scenario(NAME, (setting,)))
    (fault,) = refused.value.faults
    assert fault.path == path
    assert reason in fault.reason
    assert str(fault).startswith("--set: ")


def test_a_fault_of_a_file_has_its_line(tmp_path: Path) -> None:
    shipped = load_scenario(NAME).files[0]
    lines = shipped.read_text("utf-8").replace("common/testfield", f"{shipped.parent}/common/testfield").splitlines()
    row = next(number for number, line in enumerate(lines) if "route: [A_W.A_M, A_M.A_E]" in line)
    lines[row] = lines[row].replace("A_M.A_E", "A_M.A_X")
    file = tmp_path / "mine.yaml"
    file.write_text("\n".join(lines), "utf-8")
    with pytest.raises(ScenarioError) as refused:
        check_asked(load_scenario(file))
    (fault,) = refused.value.faults
    assert (str(fault.file), fault.line, fault.path) == (str(file), row + 1, "remote.route.1")


def test_a_fault_of_a_trace_has_the_place_in_the_trace(tmp_path: Path) -> None:
    trace = tmp_path / "drive.csv"
    trace.write_text("time_s,rtt_ms\n0,1\n", "utf-8")
    settings = ("--set", f"links.uu={{kind: trace, path: {trace}}}", "--set", "variants=[]")
    with pytest.raises(InputError, match=r"drive\.csv:1: missing column 't_ms'"):
        CliRunner().invoke(run_command, [NAME, *settings, "--out", str(tmp_path / "run")], catch_exceptions=False)
    assert not (tmp_path / "run").exists()


def test_a_second_link_leaves_the_shipped_variants_as_they_are() -> None:
    check_asked(load_scenario(NAME, ("remote.mitigations.second_link.correlation=0.5",)))


def test_a_fault_of_a_variant_says_of_which() -> None:
    variant = '{name: no_network, settings: ["remote.network.kind=instant"]}'
    with pytest.raises(ScenarioError, match=r"second_link: needs network.kind: uu \(in variant 'no_network'\)$"):
        check_asked(load_scenario(NAME, ("remote.mitigations.second_link={}", f"variants=[{variant}]")))


def test_a_run_made_shorter_leaves_out_the_outages_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("extends: wangwenzhuang-remote-slalom\nremote: {network: {outages_s: [[90, 95]]}}\n", "utf-8")
    load_scenario(file, duration_s=20.0)


def test_a_manoeuvre_that_minds_nobody_needs_no_least_braking() -> None:
    risk = "remote.minimal_risk={brake_mps2: 1, minds_follower: false}"
    check_asked(load_scenario(NAME, (risk,)))


def digest(folder: Path, *settings: str, engine: str = "libsumo") -> str:
    """Of a run of three seconds."""
    scenario = load_scenario(NAME, settings, duration_s=3.0).scenario
    with RunWriter(folder, {"seed": scenario.seed}, scenario=scenario.model_dump(mode="json")) as writer:
        return Simulation(scenario, load_field("wangwenzhuang"), writer, engine=engine).run().digest


@pytest.mark.parametrize(
    "settings",
    [
        ("remote.video={fps: 1, cycle: 1}", "remote.network.extra_one_way_ms=5000"),
        ("remote.video={rate_mbps: 0.01, adaptive: true, cameras: 3, encode_ms: 0, decode_ms: 0, exposure_ms: 0}",),
        ("remote.video.rate_mbps=500", "remote.network.outages_s=[[0, 1], [0.5, 2], [2.5, 900]]"),
        ("remote.command={rate_hz: 20, timeout_ms: 50.001}", "remote.vehicle.dynamic_from_kmh=3.6", "step_s=1.0"),
        ("remote.mitigations={guidance: true, predictive_display: {}, speed_cap: {allowed_ms: 0.001}}", "step_s=0.02"),
    ],
)
def test_odd_settings_run(tmp_path: Path, settings: tuple[str, ...]) -> None:
    assert digest(tmp_path / "run", *settings)


def test_a_run_is_the_same_again_and_over_traci(tmp_path: Path) -> None:
    first = digest(tmp_path / "first")
    assert digest(tmp_path / "again") == first
    assert digest(tmp_path / "traci", engine="traci") == first
    assert digest(tmp_path / "other", "seed=2") != first

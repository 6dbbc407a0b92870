"""Every broken file under ``broken/``, through the real command line: each fault with its place, all at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from v2x.cli import main

HERE = Path(__file__).parent
BROKEN = HERE / "broken"

GOOD = "../parts/good.yaml"

#: File -> its faults in order, each as ``line:column: path: begin of the reason``; another file's begin with its name.
EXPECTED = {
    "bad-metric": ["3:14: pass_if.0.metric: must match pattern"],
    "bad-name": ["2:7: name: must match pattern"],
    "bad-platoon": [
        "2:1: platoon.start_at_m: required but missing",
        "3:3: platoon.controler: unknown key 'controler', did you mean 'controller'?",
        "4:15: platoon.controller: unknown value 'plog', did you mean 'ploeg'?",
        "5:14: platoon.followers: must be less than or equal to 31, got 40",
        "6:10: platoon.route: too few entries: has 0, needs at least 1",
        "7:9: platoon.lane: must be greater than or equal to 0, got -1",
        "8:14: platoon.beacon_hz: must divide the 100 control steps of a second",
        "9:11: platoon.lambda: must be greater than 0, got -0.1",
        "10:3: platoon.lambda_: unknown key 'lambda_', did you mean 'lambda'?",
        "11:26: platoon.members.0.time_gap_s: must be greater than 0, got 0",
        "12:34: platoon.radar.cycle_ms: must be greater than or equal to 10, got 5",
        "13:18: platoon.leader.kind: unknown kind 'sin', did you mean 'sine'?",
        "14:24: platoon.fallback.fresh_ms: must be at most degraded_after_ms, and that at most acc_after_ms",
    ],
    "bad-step": ["2:9: step_s: must be less than or equal to 1, got 2"],
    "bad-syntax": ["4:1: not valid YAML: while parsing a flow sequence"],
    "bad-table": [
        "7:15: links.pc5.pdr.1.1: must be less than or equal to 1, got 1.5",
        "8:9: links.pc5.pdr.2.1: required but missing",
    ],
    "both-pairs": ["5:60: notices.0.at.x_m: crs 'wgs84' takes lon_deg and lat_deg, and only these"],
    "control-character": ["2:9: not valid YAML: control characters are not allowed"],
    "cyclic-extends-a": [
        "cyclic-extends-b.yaml:2:10: extends: a scenario must not extend itself: "
        "cyclic-extends-a.yaml -> cyclic-extends-b.yaml -> cyclic-extends-a.yaml"
    ],
    "cyclic-extends-b": [
        "cyclic-extends-a.yaml:1:10: extends: a scenario must not extend itself: "
        "cyclic-extends-b.yaml -> cyclic-extends-a.yaml -> cyclic-extends-b.yaml"
    ],
    "descending-table": ["5:34: links.pc5.pdr.2.0: distances must ascend"],
    "duplicate-key": [
        "6:5: links.uu.kind: duplicate key, already given in line 5",
        "7:1: seed: duplicate key, already given in line 2",
    ],
    "duplicate-notice": ["4:10: notices.1.id: 7 is taken by notices.0"],
    "empty": ["1:1: a scenario is a mapping of keys to values, found nothing"],
    "end-before-start": ["7:12: notices.0.end_s: must be after start_s"],
    "endless-alias": ["2:6: odd.zone: an alias must not contain itself"],
    "fault-in-base": [
        '4:19: stations.rsu.spat_rate_hz: must be a valid number, got "fast"',
        "misspelt-key.yaml:4:5: stations.rsu.map_rate_hertz: unknown key 'map_rate_hertz', did you mean 'map_rate_hz'?",
    ],
    "half-a-pair": ["5:5: notices.0.at: crs 'local' takes x_m and y_m, and only these"],
    "latitude-out-of-range": ["5:47: notices.0.at.lat_deg: must be less than or equal to 90, got 117.06"],
    "limit-without-figure": ["3:5: notices.0: speed_limit_mps goes with cause 'speed_limit', and only with it"],
    "list": ["1:1: a scenario is a mapping of keys to values, found a list"],
    "list-for-mapping": ['3:3: stations: must be a mapping of keys to values, got ["obu"]'],
    "local-origin": ["5:17: traffic.origin.crs: the origin of a local plane needs geographic coordinates"],
    "mapping-for-list": ["2:1: pass_if: must be a list, got"],
    "missing-base": [
        "1:10: extends: no such file: ../parts/god.yaml",
        "2:1: sede: unknown key 'sede', did you mean 'seed'?",
    ],
    "missing-crs": ["5:5: notices.0.at.crs: required but missing"],
    "missing-field-folder": ["2:8: field: no field there: atlantis/field.json is missing"],
    "missing-file": ["3:11: traffic.routes: no such file: "],
    "missing-kind": ["3:3: links.uu.kind: required but missing, expected one of constant, geometric"],
    "missing-path": ["2:1: traffic.path: required but missing"],
    "missing-recording": ["5:9: traffic.path: no such file: "],
    "missing-start": ["1:1: start_utc: required but missing"],
    "misspelt-key": ["4:5: stations.rsu.map_rate_hertz: unknown key 'map_rate_hertz', did you mean 'map_rate_hz'?"],
    "naive-time": ["2:12: start_utc: needs its offset from UTC, such as 2026-03-02T01:00:00Z or "],
    "negative-rate": ["4:19: stations.rsu.spat_rate_hz: must be greater than or equal to 0, got -10"],
    "no-bound": ["3:5: pass_if.0: give exactly one of at_least and at_most"],
    "no-field": ["2:8: field: traffic kind 'sumo' needs a field"],
    "no-origin": ["3:1: traffic.origin: required where there is no field"],
    "not-a-time": ["2:12: start_utc: must be a valid datetime"],
    "not-finite": [
        "2:13: duration_s: must be a finite number, got Infinity",
        "3:21: weather.friction: must be a finite number, got NaN",
    ],
    "not-utf8": ["2:8: not UTF-8: byte 0xcc; save the file as UTF-8"],
    "number-for-text": ["3:12: test.edition: must be text; write it in quotes: '2022'"],
    "only-comments": ["1:1: a scenario is a mapping of keys to values, found nothing"],
    "outage-backwards": ["5:28: sensors.gnss.outages.1.1: an outage must end after it starts"],
    "penetration-above-one": ["4:24: stations.obu.penetration.car: must be less than or equal to 1, got 1.2"],
    "preset-key-of-union": [
        "5:13: links.uu.preset: unknown value 'urban_n87', did you mean 'urban_n78'?",
        "6:16: links.uu.transport: unknown value 'tpc', did you mean 'tcp'?",
    ],
    "quoted-number": ['2:13: duration_s: must be a valid number, got "60"'],
    "several": [
        "2:8: field: unknown field 'atlantis', ",
        "3:1: sede: unknown key 'sede', did you mean 'seed'?",
        "5:1: seed: duplicate key, already given in line 4",
        "8:43: stations.subjects.0.applications.0: unknown application 'awarenes', did you mean 'awareness'?",
        "9:28: links.pc5.range: unknown key 'range', did you mean 'range_m'?",
        "9:50: links.uu.kind: unknown kind 'idal', did you mean 'ideal'?",
        "10:19: traffic.routes: no such file: ",
        "10:39: traffic.scale: must be greater than or equal to 0, got -1",
        'fault-in-base.yaml:4:19: stations.rsu.spat_rate_hz: must be a valid number, got "fast"',
        "misspelt-key.yaml:4:5: stations.rsu.map_rate_hertz: unknown key 'map_rate_hertz', did you mean 'map_rate_hz'?",
    ],
    "tab-indentation": ["3:1: not valid YAML: while scanning for the next token, found character '\\t'"],
    "text": ["1:1: a scenario is a mapping of keys to values, found a single value"],
    "text-not-ascii": ["6:11: notices.0.text: messages of this profile carry ASCII only, not '大'"],
    "text-too-long": ["7:11: notices.0.text: must not be longer than 500 bytes here, is 502"],
    "sign-text-too-long": ["7:11: notices.0.text: must not be longer than 16 bytes here, is 17"],
    "text-for-mapping": ['2:10: traffic: must be a mapping of keys to values, got "sumo"'],
    "two-bounds": ["3:48: pass_if.0.at_most: give exactly one of at_least and at_most"],
    "two-documents": ["2:1: not valid YAML: expected a single document in the stream"],
    "unknown-alias": ["2:10: not valid YAML: found undefined alias 'dry'"],
    "unknown-application": [
        "5:33: stations.subjects.0.applications.1: unknown application 'awarness', did you mean 'awareness'?"
    ],
    "unknown-base": ["1:10: extends: unknown scenario 'xiqing-opne', did you mean 'xiqing-open'?"],
    "unknown-cause": ["3:20: notices.0.cause: unknown cause 'roadwork', did you mean 'roadworks'?"],
    "unknown-crs": ["5:15: notices.0.at.crs: unknown value 'wgs48', did you mean 'wgs84'?"],
    "unknown-field": ["2:8: field: unknown field 'atlantis', expected one of "],
    "unknown-key": ["2:1: colour: unknown key 'colour', expected one of description, duration_"],
    "unknown-link-kind": ["4:11: links.pc5.kind: unknown kind 'statistic', did you mean 'statistical'?"],
    "unknown-preset": ["3:33: links.pc5.pdr: unknown value 'medum', did you mean 'medium'?"],
    "unknown-profile": ["2:10: profile: unknown value 'csae-c', did you mean 'csae-"],
    "unknown-requirement": [
        "3:19: pass_if.0.requirement: unknown requirement 'TS 22.186 5.4-01', did you mean 'TS 22.186 5.4-001'?",
        "4:19: pass_if.1.requirement: 'TS 22.186 5.2-005' states no reliability",
        "5:48: pass_if.2.at_least: goes with a metric",
    ],
    "unknown-signal": [
        "5:29: traffic.signals.changes.0.junction: unknown signalled junction 'J_2', did you mean 'J_1'?",
        "6:9: traffic.signals.changes.1: give exactly one of hold_s, skip_s and program",
        "9:42: stations.rsu.controller.jitter_ms: must not exceed delay_ms",
    ],
    "unknown-site": ["4:20: stations.rsu.sites.1: unknown roadside site 'RSU-C', did you mean 'RSU-B'?"],
    "unknown-subject-kind": ["4:16: stations.subjects.0.vehicle: unknown kind 'lorry', expected one of "],
    "unknown-tag": ["2:7: seed: tag '!secret' means nothing here"],
    "unknown-vehicle-kind": ["4:29: stations.obu.penetration.ebikes: unknown key 'ebikes', did you mean 'ebike'?"],
    "wrong-type": ['2:13: duration_s: must be a valid number, got "long"'],
    "wrong-version": ["2:17: schema_version: must be 1, got 2"],
    "zero-duration": ["2:13: duration_s: must be greater than 0, got 0"],
}


def _v2x(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["v2x", *arguments])
    with pytest.raises(SystemExit) as end:
        main.main()
    assert isinstance(end.value.code, int)
    return end.value.code


def test_every_file_has_an_expectation() -> None:
    assert {file.stem for file in BROKEN.glob("*.yaml")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_faults(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(BROKEN)
    code = _v2x(monkeypatch, "validate", f"{name}.yaml")
    said = capsys.readouterr()
    expected = [line if ".yaml:" in line.split(" ")[0] else f"{name}.yaml:{line}" for line in EXPECTED[name]]
    found = said.err.splitlines()
    assert [line[: len(begin)] for line, begin in zip(found, expected, strict=True)] == expected
    assert code == 2
    assert said.out == ""


def test_run_refuses_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = _v2x(monkeypatch, "run", str(BROKEN / "several.yaml"), "--out", str(tmp_path / "run"))
    assert code == 2
    assert len(capsys.readouterr().err.splitlines()) == len(EXPECTED["several"])
    assert list(tmp_path.iterdir()) == []


def test_as_a_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from v2x.cli.main import main; main()", "validate", "misspelt-key.yaml", GOOD],
        cwd=BROKEN,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [f"misspelt-key.yaml:{EXPECTED['misspelt-key'][0]}", f"{GOOD}: ok"]

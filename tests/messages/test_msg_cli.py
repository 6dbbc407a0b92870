from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from messages_kit import crossroads, notices, signals, vehicle_states

from v2x.cli.main import cli, main
from v2x.data import data_dir
from v2x.errors import InputError
from v2x.messages.envelope.capture import USER0
from v2x.messages.envelope.pcap import write_pcap
from v2x.messages.physical import to_physical
from v2x.messages.profile import get_profile
from v2x.record.folder import FORMAT_VERSION, write_manifest
from v2x.record.tables import TABLES


def _frame(profile, message):
    return get_profile(profile).encode(message)[1]


def _run(*arguments, stdin=None):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=stdin)


def _exit_code(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["v2x", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        main()
    return caught.value.code


@pytest.fixture
def mixed(tmp_path):
    """Good frames, a bad length, no hex, an unknown message; comments and blank lines between."""
    bsm, spat = _frame("j2735", vehicle_states()).hex(), _frame("j2735", signals()).hex()
    file = tmp_path / "frames.hex"
    file.write_text(f"# frames\n\n{bsm}\n{spat}\n{bsm}00\n  {bsm.upper()}\nzz\n00180100\n")
    return file


def test_check_counts_and_names_failures(mixed):
    result = _run("check", "--profile", "j2735", mixed, "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    failures = report.pop("failures")
    assert report == {"frames": 6, "passed": 3, "failed": 3, "by_type": {"BSM": 3, "SPAT": 1}}
    assert [(each["line"], each["type"], each["path"]) for each in failures] == [
        (5, "BSM", "BSM"),
        (7, None, None),
        (8, None, None),
    ]
    assert "1 bytes after the end" in failures[0]["error"]
    assert failures[1]["error"] == "not hexadecimal"


def test_check_of_good_frames_passes(tmp_path):
    file = tmp_path / "good.hex"
    frames = [_frame("csae-b", message) for message in (crossroads(), signals(), notices(), vehicle_states())]
    file.write_text("\n".join(frame.hex() for frame in frames))
    for profile in (["--profile", "csae"], ["--profile", "csae-b"], []):
        result = _run("check", file, *profile)
        assert (result.exit_code, result.stdout) == (0, "4 frames (BSM 1, MAP 1, RSI 1, SPAT 1): 0 failed\n")
    assert _run("check", file, "--profile", "csae-a").exit_code == 1


def test_check_of_a_run_folder(tmp_path):
    frames = [_frame("csae-a", signals()), _frame("csae-a", signals()) + b"\x00"]
    rows = {
        "t_ns": [0, 1],
        "tx_id": [0, 1],
        "station": ["a", "b"],
        "profile": ["csae-a", "csae-a"],
        "type": ["SPAT", "SPAT"],
        "bytes": frames,
        "air_bytes": [1, 1],
        "channel": ["pc5", "pc5"],
    }
    pq.write_table(pa.table(rows, TABLES["tx"]), tmp_path / "tx.parquet")
    write_manifest(tmp_path, {"format_version": FORMAT_VERSION, "status": "complete"})
    report = json.loads(_run("check", tmp_path, "--json").stdout)
    assert (report["frames"], report["failed"], report["by_type"]) == (2, 1, {"SPAT": 2})
    assert report["failures"][0]["line"] == 2


def test_decode_says_what_it_chose(tmp_path):
    result = _run("decode", _frame("csae-a", vehicle_states()).hex())
    assert result.exit_code == 0
    assert result.stderr == "line 1: taken as csae-a (valid also as csae-b)\n"
    assert result.stdout.startswith('BSM {\n  "msgCnt": 17,')


def test_decode_and_encode_are_inverse(tmp_path, mixed):
    result = _run("decode", mixed, "--profile", "j2735", "--json")
    assert result.exit_code == 1
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["line"] for record in records] == [3, 4, 5, 6, 7, 8]
    assert [record["error"] is None for record in records] == [True, True, False, True, False, False]
    assert records[0].keys() == {"line", "profile", "type", "value", "error"}
    good = "".join(json.dumps(record) + "\n\n" for record in records if record["error"] is None)
    encoded = _run("encode", "-", "--profile", "j2735", stdin=good)
    assert encoded.exit_code == 0
    lines = mixed.read_text().splitlines()
    assert encoded.stdout.splitlines() == [lines[2], lines[3], lines[2]]


def test_decode_of_a_long_frame_on_the_command_line():
    frame = _frame("j2735", crossroads())
    assert json.loads(_run("decode", frame.hex(), "--json").stdout)["type"] == "MAP"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "1:2: not JSON"),
        ('{"type": "BSM"}', '1: expected an object with "type" and "value"'),
        ('{"type": "j2735.BMS", "value": {}}', "did you mean 'j2735.BSM'"),
        ('{"type": "BSM", "value": {"coreData": {"speeed": 1}}}', "1: BSM.coreData: unknown key 'speeed'"),
        ('{"type": "BSM", "value": {"coreData": {"id": 5}}}', "1: BSM.coreData.id: not the JSON form of TemporaryID"),
    ],
)
def test_encode_refuses_with_the_place(monkeypatch, tmp_path, capsys, line, reason):
    file = tmp_path / "values.jsonl"
    file.write_text(line + "\n")
    assert _exit_code(monkeypatch, "encode", file, "--profile", "j2735") == 2
    assert reason in capsys.readouterr().err


def test_bad_input_is_exit_two(monkeypatch, tmp_path):
    assert _exit_code(monkeypatch, "decode", "no such file") == 2
    assert _exit_code(monkeypatch, "check", tmp_path / "absent") == 2
    assert _exit_code(monkeypatch, "check", tmp_path) == 2  # a folder, but not of a run
    (tmp_path / "latin").write_bytes(b"\xe9\xff")
    assert _exit_code(monkeypatch, "check", tmp_path / "latin") == 2
    assert _exit_code(monkeypatch, "encode", tmp_path / "latin", "--profile", "csae") == 2
    assert _exit_code(monkeypatch, "check", tmp_path / "latin", "--profile", "etsi") == 2


def test_failed_checks_are_exit_one(monkeypatch, mixed):
    assert _exit_code(monkeypatch, "check", mixed) == 1
    assert _exit_code(monkeypatch, "decode", mixed, "--profile", "j2735") == 1


def test_check_writes_junit(mixed, tmp_path):
    assert _run("check", "--profile", "j2735", mixed, "--junit", tmp_path / "out.xml").exit_code == 1
    suite = ET.parse(tmp_path / "out.xml").getroot()
    assert (suite.tag, suite.get("tests"), suite.get("failures")) == ("testsuite", "6", "3")
    broken = [case.get("name") for case in suite if case.find("failure") is not None]
    assert broken == ["line 5 BSM", "line 7 unknown message", "line 8 unknown message"]


def test_json_lines_hold_frames(tmp_path):
    frame = _frame("j2735", signals()).hex()
    (tmp_path / "frames.jsonl").write_text(f'{{"hex": "{frame}", "note": 1}}\n{{"bytes": ""}}\n{{"hex": 5}}\n')
    report = json.loads(_run("check", tmp_path / "frames.jsonl", "--json").stdout)
    assert (report["passed"], [each["line"] for each in report["failures"]]) == (1, [2, 3])


def test_a_capture_holds_frames(tmp_path):
    frame = _frame("j2735", signals())
    with (tmp_path / "frames.pcap").open("wb") as file:
        write_pcap(file, USER0, [(5, frame), (6, frame[:-1])])
    report = json.loads(_run("check", tmp_path / "frames.pcap", "--profile", "j2735", "--json").stdout)
    assert (report["frames"], [each["line"] for each in report["failures"]]) == (2, [2])


@pytest.mark.parametrize("profile", ["j2735", "csae-a", "csae-b"])
def test_physical_values_make_the_same_frames(profile, tmp_path):
    # a T/CSAE link is the mean of its lanes, so its MAP read back and sent again is not the same to the last digit
    messages = [vehicle_states(), signals(), notices(), *([crossroads()] if profile == "j2735" else [])]
    frames = [_frame(profile, message).hex() for message in messages]
    (tmp_path / "frames.hex").write_text("\n".join(frames))
    decoded = _run("decode", tmp_path / "frames.hex", "--profile", profile, "--values", "physical", "--json")
    assert decoded.exit_code == 0
    values = [json.loads(line)["value"] for line in decoded.stdout.splitlines()]
    assert values[0]["speed_mps"] == pytest.approx(vehicle_states().speed_mps[0], abs=0.02)
    encoded = _run("encode", "-", "--profile", profile, "--values", "physical", stdin=decoded.stdout)
    assert encoded.exit_code == 0, encoded.stderr
    assert encoded.stdout.split() == frames


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"speeed_mps": 1}, "unknown key 'speeed_mps', did you mean 'speed_mps'"),
        ({"speed_mps": "fast"}, "speed_mps: expected a finite number or null, got 'fast'"),
        ({"msg_count": 1.5}, "msg_count: expected an integer"),
        ({"lat_deg": 91}, "lat_deg: cannot express 91.0 deg"),
    ],
)
def test_physical_values_are_checked(change, reason):
    value = {**to_physical(vehicle_states()), **change}
    result = _run(
        "encode", "-", "--profile", "j2735", "--values", "physical", stdin=json.dumps({"type": "BSM", "value": value})
    )
    assert reason in str(result.exception)


def test_modules_of_the_users_own(tmp_path):
    """Another edition of the set, here with a BSM only, takes the place of the built-in one."""
    for module in ("frame", "common", "nodes", "itis", "bsm"):
        shutil.copy(data_dir("asn1") / "j2735" / f"{module}.asn", tmp_path)
    frame = _frame("j2735", vehicle_states()).hex()
    result = _run("decode", frame, "--profile", "j2735", "--asn1", tmp_path, "--json")
    assert json.loads(result.stdout)["type"] == "BSM"
    spat = _run("decode", _frame("j2735", signals()).hex(), "--profile", "j2735", "--asn1", tmp_path, "--json")
    assert json.loads(spat.stdout)["error"] == "message 19 is not known to this profile (known: BSM)"
    assert isinstance(_run("decode", frame, "--asn1", tmp_path).exception, InputError)
    (tmp_path / "none").mkdir()
    assert "no *.asn files" in str(_run("decode", frame, "--profile", "csae", "--asn1", tmp_path / "none").exception)

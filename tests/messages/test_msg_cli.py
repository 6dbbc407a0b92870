from __future__ import annotations

import json
import os
import shutil
import threading
import xml.etree.ElementTree as ET

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from messages_kit import NOW_NS, PROFILES, control_states, crossroads, notices, signals, vehicle_states

from v2x.cli.main import cli, main
from v2x.data import data_dir
from v2x.errors import CodecError, InputError
from v2x.messages.envelope.capture import USER0
from v2x.messages.envelope.pcap import write_pcap
from v2x.messages.intake import examine, verdicts
from v2x.messages.model_cooperation import PlatoonManagement
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


def _management(profile):
    platoon_id = 2**70 + 3
    return PlatoonManagement(
        5, 11, NOW_NS, platoon_id, "leader", "navigating", (11, 12), (13,), (), 8, open_to_join=True
    )


@pytest.mark.parametrize("profile", ["j2735", "csae-a", "csae-b"])
def test_messages_of_platooning_are_checked_and_shown(profile, tmp_path):
    sent = [*get_profile(profile).encode_control(control_states(), fine=True)[1], _frame(profile, control_states())]
    frames = [*sent, _frame(profile, _management(profile)), sent[0][:-1]]
    (tmp_path / "frames.hex").write_text("\n".join(frame.hex() for frame in frames))
    report = json.loads(_run("check", tmp_path / "frames.hex", "--profile", profile, "--json").stdout)
    assert (report["passed"], [(each["line"], each["type"]) for each in report["failures"]]) == (3, [(4, "PCM")])
    shown = _run("decode", sent[0].hex(), "--profile", profile, "--values", "physical", "--json")
    value = json.loads(shown.stdout)["value"]
    assert (value["desired_accel_mps2"], value["mode"], value["heavy"]) == (-1.5, 5, 0)


@pytest.mark.parametrize("profile", ["j2735", "csae-a", "csae-b"])
def test_physical_values_make_the_same_frames(profile, tmp_path):
    # a T/CSAE link is the mean of its lanes, so its MAP read back and sent again is not the same to the last digit
    messages = [vehicle_states(), control_states(), signals(), notices(), _management(profile)]
    messages += [crossroads()] if profile == "j2735" else []
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


def test_a_pipe_is_read_once(tmp_path):
    """What a shell hands over for ``<(command)`` or as /dev/stdin cannot be opened twice."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(_frame("j2735", signals()).hex().encode(),))
    writer.start()
    result = _run("check", pipe, "--profile", "j2735")
    writer.join()
    assert result.stdout == "1 frames (SPAT 1): 0 failed\n"


def test_a_byte_order_mark_is_no_part_of_the_frame(tmp_path):
    frame = _frame("j2735", signals()).hex()
    (tmp_path / "frames.hex").write_text(f"\ufeff{frame}\n", encoding="utf-8")
    decoded = _run("decode", tmp_path / "frames.hex", "--profile", "j2735", "--json")
    assert decoded.exit_code == 0
    (tmp_path / "values.jsonl").write_text(f"\ufeff{decoded.stdout}", encoding="utf-8")
    assert _run("encode", tmp_path / "values.jsonl", "--profile", "j2735").stdout.split() == [frame]


@pytest.mark.parametrize(
    "line",
    [
        '{"type": "BSM", "value": 1' + 5000 * "0" + "}",
        '{"type": "BSM", "value": ' + 100_000 * "[",
        '{"type": "BSM", "value": ' + 5000 * '{"coreData":' + "1" + 5001 * "}",
    ],
    ids=["digits", "list", "object"],
)
def test_json_beyond_the_limits_of_python_is_bad_input(line):
    result = _run("encode", "-", "--profile", "j2735", stdin=line)
    assert isinstance(result.exception, InputError)
    assert "<stdin>:1: JSON that cannot be read" in str(result.exception)


def test_depth_is_bad_input_wherever_it_is_noticed():
    """Some depths pass the reader of JSON and are too much for the text of the error."""
    for depth in range(700, 1000, 5):
        line = json.dumps({"type": "BSM", "value": "@"}).replace('"@"', depth * "[" + depth * "]")
        result = _run("encode", "-", "--profile", "j2735", stdin=line)
        assert isinstance(result.exception, InputError), depth


@pytest.mark.parametrize(
    ("message", "change"),
    [
        (vehicle_states(), "speed_mps"),
        (signals(), "utc_ns"),
        (notices(), "lat_deg"),
        (notices(), "sender_id"),
        (crossroads(), "utc_ns"),
    ],
)
@pytest.mark.parametrize("profile", ["j2735", "csae-a"])
def test_absurd_numbers_are_refused_with_their_field(profile, message, change):
    record = {"type": get_profile(profile).encode(message)[0], "value": {**to_physical(message), change: 10**400}}
    result = _run("encode", "-", "--profile", profile, "--values", "physical", stdin=json.dumps(record))
    assert isinstance(result.exception, InputError)
    assert f"{change}: expected" in str(result.exception)
    assert len(str(result.exception)) < 200


def test_the_largest_radius_is_refused_with_its_field():
    value = to_physical(notices())
    value["notices"][0]["radius_m"] = 1e308
    line = json.dumps({"type": "TIM", "value": value})
    result = _run("encode", "-", "--profile", "j2735", "--values", "physical", stdin=line)
    assert isinstance(result.exception, InputError)
    assert "radius_m: cannot express" in str(result.exception)


def test_junit_is_xml_whatever_the_name(tmp_path):
    file = tmp_path / os.fsdecode(b"a\x01\xff.hex")
    file.write_text("zz\n")
    assert _run("check", file, "--junit", tmp_path / "out.xml").exit_code == 1
    assert ET.parse(tmp_path / "out.xml").getroot().attrib["failures"] == "1"


@pytest.mark.parametrize("out", ["", "pipe", "file/out.xml", "none/out.xml"])
def test_junit_goes_to_a_regular_file_only(out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    (tmp_path / "file").write_text("00\n")
    result = _run("check", "file", "--junit", out)
    assert result.exit_code == 2
    assert "--junit" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "pipe"]


def test_an_error_names_its_message_once(tmp_path):
    frame = _frame("j2735", signals()).hex()
    assert _run("decode", f"{frame}00", "--profile", "j2735").stderr.startswith("line 1: SPAT: 1 bytes after the end")
    assert str(_run("decode", 5000 * "zz").exception).endswith(
        "zz...: neither a file nor hexadecimal (two digits a byte)"
    )
    assert _run("decode", "").exit_code == 1


_FRAME = "MessageFrame ::= SEQUENCE { messageId INTEGER (0..32767), value OCTET STRING, ... } "


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (_FRAME, "define none of the messages of this family"),
        (_FRAME + "BasicSafetyMessage ::= BasicSafetyMessage", "not supported"),
        (_FRAME + "BasicSafetyMessage ::= SEQUENCE { b SEQUENCE OF BasicSafetyMessage }", "not supported"),
        (_FRAME + "BasicSafetyMessage ::= SEQUENCE { COMPONENTS OF BasicSafetyMessage }", "recursion"),
        (_FRAME + "BasicSafetyMessage ::= " + 2000 * "SEQUENCE OF " + "NULL", "recursion"),
        (_FRAME + "BasicSafetyMessage ::= SEQUENCE { a REAL }", "REAL (a) is not supported"),
        (_FRAME + "BasicSafetyMessage ::= SEQUENCE { a Nothing }", "'Nothing' not found"),
    ],
)
def test_modules_that_cannot_serve_are_refused_at_once(body, reason, tmp_path):
    module = tmp_path / "own.asn"
    module.write_text(f"Own DEFINITIONS AUTOMATIC TAGS ::= BEGIN {body} END")
    result = _run("decode", "0014020000", "--profile", "j2735", "--asn1", module)
    assert isinstance(result.exception, InputError)
    assert str(result.exception).startswith(f"{module}: ")
    assert reason in str(result.exception)


def test_the_error_of_a_module_names_its_file(tmp_path):
    (tmp_path / "a.asn").write_text("A DEFINITIONS AUTOMATIC TAGS ::= BEGIN\nEND\n")
    (tmp_path / "b.asn").write_text("A DEFINITIONS AUTOMATIC TAGS ::= BEGIN END\n")
    arguments = ("decode", "00", "--profile", "j2735", "--asn1", tmp_path)
    assert f"{tmp_path / 'b.asn'}: module 'A' is in another file, too" in str(_run(*arguments).exception)
    (tmp_path / "b.asn").write_text("B DEFINITIONS ::= BEGIN\nC ::= SEQUENCE { a\nEND\n")
    assert f"{tmp_path / 'b.asn'}: not ASN.1: Invalid ASN.1 syntax at line 3" in str(_run(*arguments).exception)


def test_verdicts_of_many_are_those_of_each():
    profiles = [get_profile(name) for name in ("j2735", "csae-a", "csae-b")]
    frames = [_frame(name, m) for name in PROFILES for m in (vehicle_states(), crossroads(), signals(), notices())]
    frames += [frame[:-1] for frame in frames] + [b"", CodecError("not hexadecimal"), b"\x00\x18\x01\x00"]
    numbered = [(line, frame, profiles[: 1 + line % 3]) for line, frame in enumerate(frames * 3, 1)]
    for each, finding in zip(numbered, verdicts(numbered), strict=True):
        alone = examine(*each)
        assert (finding.line, finding.type, finding.profile) == (alone.line, alone.type, alone.profile)
        assert str(finding.error) == str(alone.error)

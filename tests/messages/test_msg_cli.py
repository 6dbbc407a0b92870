from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from messages_kit import crossroads, notices, signals, vehicle_states

from v2x.cli.main import cli, main
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
    file.write_text(f"# frames\n\n{bsm}\n{spat}\n{bsm}00\n  {bsm.upper()}\nzz\n001e0100\n")
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

"""Notices that the messages of the profile cannot say are refused before a run, each with its place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from v2x.cli import main

HERE = "at: {crs: local, x_m: 0, y_m: 0}"
PATH = "path: [{crs: local, x_m: 0, y_m: 0}, {crs: local, x_m: 9, y_m: 0}]"

#: A notice, and what is wrong with it by profile (None: nothing).
NOTICES = {
    f"{{id: 7, cause: fog, {HERE}}}": dict.fromkeys(("j2735", "csae"), "4:5: notices.0: neither a radius nor a path"),
    f"{{id: 7, cause: fog, {HERE}, radius_m: 5000}}": {
        "j2735": "4:69: notices.0.radius_m: cannot express 5000.0 m, range 0 to 4095 m",
        "csae": None,
    },
    f"{{id: 7, cause: fog, {HERE}, {PATH}, path_width_m: 500}}": {
        "j2735": "4:141: notices.0.path_width_m: cannot express 500.0 m, range 0 to 327.67",
        "csae": None,
    },
    f"{{id: 7, cause: fog, {HERE}, radius_m: 9, end_s: 1e8}}": {
        "j2735": "4:79: notices.0.end_s: lasts 1666667 minutes, range 0 to 31999",
        "csae": None,
    },
    f"{{id: 7, cause: speed_limit, {HERE}, radius_m: 9, speed_limit_mps: 100}}": {
        "j2735": "4:97: notices.0.speed_limit_mps: cannot express 100.0 m/s, range 0 to 255 km/h",
        "csae": None,
    },
    "{id: 7, cause: fog, at: {crs: local, x_m: 900000000, y_m: 0}, radius_m: 9}": dict.fromkeys(
        ("j2735", "csae"), "4:5: notices.0: not on the run's plane"
    ),
}


def faults(
    notices: list[str], profile: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[str]]:
    file = folder / "scenario.yaml"
    lines = [
        "extends: recorded-crossroads",
        f"profile: {profile}",
        "notices:",
        *(f"  - {notice}" for notice in notices),
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["v2x", "validate", str(file)])
    with pytest.raises(SystemExit) as end:
        main.main()
    said = capsys.readouterr().err.splitlines()
    return int(end.value.code or 0), [line.removeprefix(f"{file}:") for line in said]


@pytest.mark.parametrize("profile", ["j2735", "csae"])
@pytest.mark.parametrize("notice", NOTICES)
def test_what_one_notice_cannot_say(
    notice: str, profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = faults([notice], profile, tmp_path, monkeypatch, capsys)
    expected = NOTICES[notice][profile]
    assert code == (2 if expected else 0)
    assert said[0].startswith(expected or " ok")


@pytest.mark.parametrize("at_once", [8, 9])
def test_a_message_takes_eight_notices(
    at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ninth begins when the first has ended, or (9 at once) just before."""
    notices = [
        f"{{id: {k}, cause: fog, {HERE}, radius_m: 9, start_s: {k}, end_s: {at_once + 0.5 + 9 * (k > 0)}}}"
        for k in range(9)
    ]
    notices[8] = notices[8].replace("start_s: 8,", "start_s: 9,")
    code, said = faults(notices, "j2735", tmp_path, monkeypatch, capsys)
    if at_once == 8:
        assert (code, said) == (0, [" ok"])
    else:
        assert code == 2
        assert said == [
            "12:5: notices.8: cannot be announced beside the others of its time: "
            "TIM.dataFrames: expected 1 to 8 elements, got 9"
        ]

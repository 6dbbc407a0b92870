"""What a run refuses: at its begin, with the place in the file; and under way, with an event."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from run_kit import events, run

from v2x.cli.main import main

HEAD = """\
extends: wangwenzhuang-platoon
duration_s: 3
platoon:
  followers: 2
  protocol: {enabled: true}
"""
CLOSE = """\
  singles:
    - {route: [K_1.K_2], start_at_m: 100, speed_mps: 10}
    - route: [K_1.K_2]
      lane: 1
      speed_mps: 20
      start_at_m: 605
"""
ASTRAY = """\
  members:
    - {}
    - {route: [K_1.K_2, K_2.K_1]}
    - route: [K_1.K_2,
              V_2.G_1]
"""


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        (CLOSE, "11:19: platoon.singles.1.start_at_m: 'platoon0.0' begins 0.45 m behind 'single1', must be at least 2"),
        (ASTRAY, "10:15: platoon.members.2.route.1: no way from 'K_1.K_2' to 'V_2.G_1'"),
    ],
)
def test_what_only_the_traffic_finds_is_told_with_its_place(
    keys: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(HEAD + keys)
    monkeypatch.setattr(sys, "argv", ["v2x", "run", str(file), "--out", str(tmp_path / "run")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert f"{file}:{fault}" in capsys.readouterr().err


def test_what_can_never_be_is_told_at_once_and_counted(tmp_path: Path) -> None:
    """A follower is to dissolve its platoon; who is to cut in is out of sight of it."""
    out = tmp_path / "run"
    scorecard = run(
        out, "duration_s=6", "platoon.followers=2", "platoon.protocol.enabled=true",
        "platoon.singles=[{route: [K_1.K_2], start_at_m: 100, speed_mps: 10}]",
        "platoon.manoeuvres=[{at_s: 1, kind: dissolve, who: 1},"
        " {at_s: 2, kind: cut_in, platoon: 1, into: 0, within_s: 3}]",
    )["scorecard"]  # fmt: skip
    told = [(each["station"], each["t_s"], each["wish"], each["why"]) for each in events(out, "platoon.wish")]
    assert told == [("platoon0.1", 1.0, "dissolve", "it does not lead"), ("single0", 5.0, "cut_in", "time-out")]
    assert (scorecard["platoon.dissolve_done"], scorecard["platoon.dissolve_undone"]) == (0.0, 1.0)

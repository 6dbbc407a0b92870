"""Links that cannot work are refused before the run, all at once."""

from __future__ import annotations

import sys

import pytest

from v2x.cli import main


def test_networks_without_sites_and_unknown_curves_are_named_together(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--set", "links.uu.kind=geometric", "--set", "links.pc5.curve=mcs7"]
    monkeypatch.setattr(sys, "argv", ["v2x", "validate", "recorded-crossroads", *asked])
    with pytest.raises(SystemExit) as end:
        main.main()
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert "links.uu.kind: kind 'geometric' needs a field with gNB sites" in said
    assert "links.pc5.curve: unknown curve 'mcs7', there are r1-160284-qpsk-0.7" in said

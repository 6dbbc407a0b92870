from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from v2x.cli.main import cli


def test_an_identifier_of_no_message_is_refused_before_the_run(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("extends: recorded-crossroads\nsecurity: {application_ids: {MAP: 0x82, MAPP: 0x82}}\n")
    result = CliRunner().invoke(cli, ["validate", str(file)])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{file}:2:47: security.application_ids.MAPP: unknown message type 'MAPP'")

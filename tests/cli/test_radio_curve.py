"""``v2x radio curve`` as a user calls it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from v2x.cli.radio import command
from v2x.cli.radio_curve import bins_of
from v2x.errors import InputError
from v2x.links.sidelink.road import BINS, Curve

SMALL = ("curve", "--duration-s", "1", "--density-per-m", "0.02")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def answer(*arguments: str) -> dict[str, Any]:
    result = call(*SMALL, "--json", *arguments)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize(
    "options",
    [
        ("--rate-hz", "20", "--power-dbm", "23", "--subchannels", "2", "--payload-bytes", "300", "--seed", "7"),
        ("--mode", "nr2", "--preset", "wilab-r2"),
        ("--preset", "wilab-r3", "--payload-bytes", "1400"),
    ],
)
def test_json_has_the_promised_shape(options: tuple[str, ...]) -> None:
    found = answer(*options)
    assert list(found) == ["cbr", "bins"]
    assert 0.0 < found["cbr"] < 1.0
    assert [row["distance_m"] for row in found["bins"]] == [25.0 * number for number in range(21)]
    for row in found["bins"]:
        assert list(row) == ["distance_m", "pdr", "hd", "sen", "pro", "col", "n", "ci95"]
        if row["n"]:
            assert sum(row[cause] for cause in ("pdr", "hd", "sen", "pro", "col")) == pytest.approx(1.0, abs=1e-9)
    assert sum(row["n"] for row in found["bins"]) > 1000


def test_an_option_replaces_the_presets_value() -> None:
    weak, strong = answer("--power-dbm", "0"), answer("--power-dbm", "33")
    assert weak["bins"][12]["sen"] > 0.99
    assert strong["bins"][12]["sen"] < 0.01
    assert answer()["cbr"] < answer("--rate-hz", "40")["cbr"]


def test_table_for_people() -> None:
    result = call(*SMALL)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("channel busy ratio 0.0")
    assert len(lines) == 2 + BINS
    assert lines[-1].split()[0] == "500"


def test_nothing_tried_is_null() -> None:
    tries, shares, width = np.zeros(BINS, np.int64), np.zeros((BINS, 5)), np.full(BINS, np.nan)
    tries[3], shares[3], width[3] = 4, (0.5, 0.25, 0.25, 0.0, 0.0), 0.1
    rows = bins_of(Curve(0.1, tries, shares, width, 0.0))
    assert rows[0] == {
        "distance_m": 0.0, "pdr": None, "hd": None, "sen": None, "pro": None, "col": None, "n": 0, "ci95": None,
    }  # fmt: skip
    assert rows[3]["pdr"] == 0.5
    assert (rows[3]["n"], rows[3]["ci95"]) == (4, 0.1)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--density-per-m", "0"), "not in the range"),
        (("--density-per-m", "7"), "not in the range"),
        (("--rate-hz", "nan"), "not a finite number"),
        (("--rate-hz", "0"), "not in the range"),
        (("--subchannels", "0"), "not in the range"),
        (("--payload-bytes", "0"), "not in the range"),
        (("--duration-s", "inf"), "not in the range"),
        (("--preset", "gonzalez"), "is not one of"),
        (("--mode", "lte3"), "is not one of"),
    ],
)
def test_bad_values_are_refused(options: tuple[str, ...], complaint: str) -> None:
    result = call("curve", *options)
    assert result.exit_code == 2
    assert complaint in result.output


def test_settings_that_do_not_go_together_are_refused() -> None:
    result = call(*SMALL, "--mode", "nr2", "--subchannels", "6")
    assert isinstance(result.exception, InputError)  # `v2x.cli.main` prints it and exits with 2
    assert "do not fit into 10 MHz with nr2" in str(result.exception)

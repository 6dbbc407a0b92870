"""An hour of normal demand: no jam, everybody gets in, turns as declared. Numbers: docs/validation/fields.md."""

from __future__ import annotations

import logging
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from field_turns import driven, promised, shares

from v2x.field.load import load_field
from v2x.field.net import read_net
from v2x.field.tools import sumo_home

log = logging.getLogger(__name__)


@pytest.mark.validate
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["dongli", "xiqing"])
def test_an_hour_of_normal_demand_flows(name: str, tmp_path: Path) -> None:
    field = load_field(name)
    subprocess.run(
        [
            *(str(sumo_home() / "bin" / "sumo"), "-n", str(field.net_file)),
            *("-a", ",".join(str(path) for path in field.sumo_files("normal"))),
            *("--step-length", "0.1", "--step-method.ballistic", "true", "--end", "3600", "--seed", "7"),
            *("--time-to-teleport", "120", "--collision.action", "warn", "--collision.check-junctions", "true"),
            *("--statistic-output", "statistics.xml", "--vehroute-output", "routes.xml"),
            *("--vehroute-output.exit-times", "true", "--vehroute-output.write-unfinished", "true"),
            *("--no-step-log", "true", "--no-warnings", "true"),
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    statistics = ET.parse(tmp_path / "statistics.xml")
    count = {tag: dict(item.attrib) for tag in ("vehicles", "teleports", "safety") for item in statistics.iter(tag)}
    log.info("%s: %s", name, count)
    assert int(count["teleports"]["total"]) <= 2
    assert int(count["vehicles"]["waiting"]) < 0.01 * int(count["vehicles"]["loaded"])

    net = read_net(field.net_file)
    wanted, seen = promised(field, net, "normal"), driven(net, tmp_path / "routes.xml")
    for by_junction in (True, False):
        expected, found = shares(wanted, by_junction=by_junction), shares(seen, by_junction=by_junction)
        off = {
            (*key, move): abs(found[key].get(move, 0.0) - share)
            for key in expected
            for move, share in expected[key].items()
        }
        worst = max(off, key=lambda key: off[key])
        log.info("%s: worst of %d turn shares off by %.2f points at %s", name, len(off), 100 * off[worst], worst)
        assert off[worst] <= 0.03

"""Who passes on red: e-bikes do, cars hardly. Numbers: docs/validation/fields.md."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from v2x.field.load import load_field

log = logging.getLogger(__name__)

#: Counts, per vehicle, the stop lines passed and those passed on red (``s``, a right turn on red, is none).
_WATCH = """
import sys, json, libsumo
vehicle = libsumo.vehicle
libsumo.start(["sumo", "-n", sys.argv[1], "-a", sys.argv[2], "--step-length", "0.1", "--step-method.ballistic", "true",
               "--seed", "3", "--no-step-log", "--no-warnings"])
before, seen = {}, {}
for _ in range(6000):
    libsumo.simulationStep()
    for name in vehicle.getIDList():
        road, ahead = vehicle.getRoadID(name), vehicle.getNextTLS(name)
        old_road, light = before.get(name, (":", None))
        if light is not None and road.startswith(":") and not old_road.startswith(":"):
            counts = seen.setdefault(name, [vehicle.getTypeID(name), 0, 0])
            counts[1] += 1
            counts[2] += light == "r"
        before[name] = road, ahead[0][3] if ahead else None
print("RESULT", json.dumps(list(seen.values())))
"""


@pytest.mark.validate
@pytest.mark.timeout(3600)
def test_e_bikes_run_reds_and_cars_hardly() -> None:
    field = load_field("xiqing")
    files = ",".join(str(path) for path in field.sumo_files("light"))
    run = subprocess.run(
        [sys.executable, "-c", _WATCH, str(field.net_file), files], capture_output=True, text=True, check=True
    )
    line = next(line for line in run.stdout.splitlines() if line.startswith("RESULT"))
    rows = [(kind.partition("_")[0], passed, red) for kind, passed, red in json.loads(line.removeprefix("RESULT"))]
    share = {}
    for kind in ("car", "ebike"):
        passed = sum(row[1] for row in rows if row[0] == kind)
        red = sum(row[2] for row in rows if row[0] == kind)
        riders = [row[2] > 0 for row in rows if row[0] == kind]
        share[kind] = red / passed
        log.info(
            "%s: %d of %d stop lines on red, %.0f %% of vehicles", kind, red, passed, 100 * sum(riders) / len(riders)
        )
    assert share["car"] <= 0.02  # measured 0-2 %
    assert 0.08 <= share["ebike"] <= 0.35

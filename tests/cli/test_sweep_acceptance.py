"""A sweep of 200 runs, killed twice, and through a cluster that loses a worker: byte for byte that of a quiet one."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from cluster_kit import cluster_of
from sweep_kit import begun, rows, until

pytestmark = [pytest.mark.validate, pytest.mark.timeout(1800)]

RUNS = 200
STUDY = """
schema_version: 1
base: wangwenzhuang-closed
set: {duration_s: 1, traffic.warmup_s: 10}
grid: {links.pc5.obu_power_dbm: [14, 17, 20, 23]}
seeds: 50
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("study") / "study.yaml"
    file.write_text(STUDY)
    return file


@pytest.fixture(scope="module")
def quiet(study: Path) -> dict[str, bytes]:
    """Rows of the sweep that nobody disturbs."""
    assert begun([study, "--out", study.parent / "quiet", "--workers", "2"]).wait() == 0
    found = rows(study.parent / "quiet")
    assert len(found) == RUNS
    return found


def test_killed_twice_and_gone_on_with(study: Path, quiet: dict[str, bytes], tmp_path: Path) -> None:
    chance, made = random.Random(), 0
    for _ in range(2):
        sweep = begun([study, "--out", tmp_path, "--workers", "2"])
        wanted = made + chance.randrange(1, (RUNS - made) // 2)
        until(lambda wanted=wanted: len(rows(tmp_path)) >= wanted, 900.0)
        time.sleep(chance.uniform(0.0, 2.0))
        sweep.kill()
        assert sweep.wait() < 0, "it was over"
        made = len(rows(tmp_path))
    assert begun([study, "--out", tmp_path, "--workers", "2"]).wait() == 0
    assert rows(tmp_path) == quiet


def test_a_cluster_of_three_that_loses_one_in_mid_run(study: Path, quiet: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with cluster_of(3, tmp_path / "dask") as dask:
        sweep = begun([study, "--out", out, "--scheduler", dask.address])
        until(lambda: len(rows(out)) >= RUNS // 3 and dask.busy(0), 900.0)
        dask.processes[0].kill()
        assert sweep.wait(900) == 0
    assert rows(out) == quiet

"""What a sweep with two workers gets out of two processors, beside what pure computing gets out of them.

``python benchmarks/sweep.py [RUNS]`` prints

* ``speed_up``: by how much faster RUNS short runs of ``wangwenzhuang-closed`` (40 unless told) are made by two workers
  than by one;
* ``pure``: the same of two processes that only compute, over one: what this machine can give at all, since processors
  share caches, clocks and hosts;
* ``relative``: their quotient.

One after the other and in turns, in the same minutes, since a machine's other work comes and goes; a first sweep, which
compiles what is not compiled, is left out, and what a sweep takes before its first run is in its time.
"""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

_STUDY = """
schema_version: 1
base: wangwenzhuang-closed
set: {{duration_s: 5}}
seeds: {runs}
"""
_ROUNDS = 3
_LOOPS = 40_000_000


def run(runs: int = 40) -> dict[str, float]:
    """Medians over the rounds."""
    sweeps, pure = [], []
    with tempfile.TemporaryDirectory() as folder:
        _sweep_s(Path(folder), 2, 2)
        for _ in range(_ROUNDS):
            pure.append(2.0 * _pure_s(1) / _pure_s(2))
            sweeps.append(_sweep_s(Path(folder), runs, 1) / _sweep_s(Path(folder), runs, 2))
    speed_up, possible = median(sweeps), median(pure)
    return {
        "runs": runs,
        "speed_up": round(speed_up, 3),
        "pure": round(possible, 3),
        "relative": round(speed_up / possible, 3),
    }


def _sweep_s(folder: Path, runs: int, workers: int) -> float:
    """How long a sweep takes, from call to end."""
    study = folder / "study.yaml"
    study.write_text(_STUDY.format(runs=runs))
    call = [sys.executable, "-m", "v2x", "sweep", str(study), "--out", str(folder / "out"), "--force", "--no-report"]
    begin = time.perf_counter()
    subprocess.run([*call, "--workers", str(workers)], check=True, capture_output=True)
    return time.perf_counter() - begin


def _pure_s(processes: int) -> float:
    """How long so many processes compute, each the same."""
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.map(_compute, [1] * processes, chunksize=1)  # all are there
        begin = time.perf_counter()
        pool.map(_compute, [_LOOPS] * processes, chunksize=1)
        return time.perf_counter() - begin


def _compute(loops: int) -> int:
    total = 0
    for k in range(loops):
        total += k & 7
    return total


if __name__ == "__main__":
    print(json.dumps(run(*map(int, sys.argv[1:])), indent=2))

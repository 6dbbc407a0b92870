"""A Dask cluster of this machine: a scheduler here, and workers that are processes and may be killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed import LocalCluster, Scheduler


class Cluster:
    """The scheduler and its workers, by number."""

    def __init__(self, scheduler: Scheduler, folder: Path) -> None:
        self._scheduler, self._folder = scheduler, folder
        self.address: str = scheduler.address
        self.processes: list[subprocess.Popen[bytes]] = []

    def grow(self, workers: int) -> None:
        for number in range(len(self.processes), len(self.processes) + workers):
            call = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, "--name", str(number)]
            call += ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(self._folder)]
            said = (self._folder / f"worker{number}.log").open("wb")
            with said:
                self.processes.append(subprocess.Popen(call, stdout=said, stderr=said))

    def busy(self, worker: int) -> bool:
        """Whether it has a run."""
        return any(str(each.name) == str(worker) and each.processing for each in self._scheduler.workers.values())


@contextmanager
def cluster_of(workers: int, folder: Path) -> Iterator[Cluster]:
    folder.mkdir()
    with LocalCluster(n_workers=0, processes=False, protocol="tcp://", dashboard_address=":0") as local:
        cluster = Cluster(local.scheduler, folder)
        try:
            cluster.grow(workers)
            yield cluster
        finally:
            for process in cluster.processes:
                process.kill()
                process.wait()

"""Runs of a sweep on a Dask cluster: each still in a process of its own, beside the worker that has it.

Nothing is left of a run but what the client takes: one that nobody waits for any more, since the client was killed or
its worker given up, works in a folder of its own to its end and changes no other.
"""

from __future__ import annotations

import multiprocessing
import pickle
import shutil
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING, Any

from v2x.cli.processes import Died, Task, in_processes
from v2x.errors import InputError, RunError, RunFolderError, V2xError
from v2x.record.program import program_version
from v2x.record.sweep import DRAFT, RUNS, SWEEP, Result
from v2x.scenario.study_points import Point

if TYPE_CHECKING:
    from distributed import Client, Future

    from v2x.cli.sweep_run import RunTask, SweepRun

#: How long a scheduler may take to answer, seconds.
_PATIENCE_S = 5.0
#: Runs that the scheduler has at a time, for each thread of the cluster, and at least: workers may still come.
_AHEAD, _AT_LEAST = 2, 16


@dataclass(frozen=True)
class _Done:
    """What a worker gives back of a run: what came of it, what its process said, and its folder if there is one."""

    found: Result | Died
    said: bytes
    folder: Path | None


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """The cluster whose scheduler is at an address, such as ``tcp://host:8786``.

    Raises
    ------
    InputError
        Dask is not installed, it is no address, or nobody answers there.
    """
    try:
        from distributed import Client
        from distributed.comm import get_address_host_port
    except ImportError:
        raise InputError("a cluster takes Dask, which is not installed: pip install 'v2x-testfield[dask]'") from None
    try:
        get_address_host_port(address)  # before there is a client, which would be closed in vain
        client = Client(address, timeout=_PATIENCE_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"no scheduler of Dask: {error}", path=f"--scheduler {address}") from error
    with client:
        yield client


def on_cluster(
    tasks: Iterable[RunTask], client: Client, preload: Sequence[str], shared: Path | None
) -> Generator[tuple[Point, Result | Died]]:
    """Do tasks on the workers of a cluster, one a thread, and give each result with its key as soon as it is there.

    The folder of a run is put where its task asks for it, and so is what its process said, by this process.

    Parameters
    ----------
    tasks
        Taken as the cluster gets on.
    client
        Of the cluster; `connected`.
    preload
        Modules that all tasks need.
    shared
        Folder of the sweep, absolute, in which workers record runs; None if the runs' folders are not kept.

    Raises
    ------
    InputError
        A worker has another version of this program, or none.
    RunFolderError
        Workers do not see the shared folder.
    RunError
        The scheduler is lost.
    """
    from distributed import as_completed

    waiting, done = iter(tasks), as_completed(loop=client.loop)
    running: dict[Future[Any], RunTask] = {}
    try:
        while True:
            ahead = max(_AT_LEAST, _AHEAD * sum(client.nthreads().values()))
            while len(running) < ahead and (task := next(waiting, None)) is not None:
                work = pickle.dumps(task.work)  # opened only by a worker of the same version
                future = client.submit(_on_worker, program_version(), work, preload, shared, pure=False)
                running[future] = task
                done.add(future)
            if not running:
                return
            future = next(done)
            yield _taken(future, running.pop(future), shared)
    finally:
        client.cancel(list(running))


def _taken(future: Future[Any], task: RunTask, shared: Path | None) -> tuple[Point, Result | Died]:
    """What came of a run, with its folder and log where the task has them."""
    done = _result(future)
    if done.said:
        task.log.parent.mkdir(parents=True, exist_ok=True)
        task.log.write_bytes(done.said)
    if shared is not None and done.folder is not None:
        shutil.rmtree(task.work.folder, ignore_errors=True)
        try:
            done.folder.rename(task.work.folder)
        except FileNotFoundError:
            raise _not_shared("a worker", shared) from None
    return task.key, done.found


def _result(future: Future[Any]) -> _Done:
    from distributed import CancelledError, KilledWorker

    try:
        done: _Done = future.result()
    except KilledWorker as error:
        return _Done(Died(f"its worker died, {error.allowed_failures + 1} times"), b"", None)
    except V2xError:
        raise
    except CancelledError:
        raise RunError("the scheduler of the cluster is lost; the same command goes on with what is left") from None
    except Exception as error:  # whatever a worker without this program, or of another Python, makes of a task
        raise InputError(f"a worker cannot make runs: {type(error).__name__}: {error}") from error
    return done


# ----------------------------------------------------------------------------------------------------- at the worker


@dataclass(frozen=True)
class _Packed:
    """A run in another folder, opened in its own process: the worker answers others while what it takes is imported."""

    work: bytes
    folder: Path

    def __call__(self) -> Result:
        run: SweepRun = pickle.loads(self.work)
        return replace(run, folder=self.folder)()


def _on_worker(version: str, work: bytes, preload: Sequence[str], shared: Path | None) -> _Done:
    """Make a run, in a process of its own."""
    from distributed import get_worker

    worker = get_worker()
    if version != program_version():
        reason = f"worker {worker.address} has version {program_version()} of this program, and the sweep {version}"
        raise InputError(f"{reason}; a worker keeps the version that it was started with")
    if shared is not None and not (shared / SWEEP).exists():
        raise _not_shared(f"worker {worker.address}", shared)
    # dask's workers are daemons, which may have no children since they would outlive them; ours end with their parent
    multiprocessing.current_process().daemon = False
    with TemporaryDirectory(dir=worker.local_directory) as scratch:
        runs = Path(scratch) if shared is None else shared / RUNS
        runs.mkdir(exist_ok=True)
        folder, log = Path(mkdtemp(suffix=DRAFT, dir=runs)), Path(scratch) / "log"
        ((_, found),) = in_processes([Task(None, _Packed(work, folder), log)], 1, preload)
        return _Done(found, log.read_bytes() if log.exists() else b"", folder if folder.exists() else None)


def _not_shared(worker: str, folder: Path) -> RunFolderError:
    reason = f"{worker} does not see this folder; give one that all machines share, or --metrics-only"
    return RunFolderError(reason, file=folder)

"""Tasks in processes of their own: one process a task, so many at a time, each result as it comes.

A pool would do the same until a process is killed: then it takes all other tasks with it.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Key = TypeVar("Key")

#: Processes begin as copies of one that has imported what all of them need, and done nothing else.
_CONTEXT = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Died:
    """What is left of a task whose process ended without a result."""

    reason: str


@dataclass(frozen=True)
class Task(Generic[Key, T]):
    """What a process does.

    Attributes
    ----------
    key
        Whose result it is; stays here.
    work
        Gives the result; it and the result are pickled. What it raises ends the process without one.
    log
        Takes what the process says, and how it crashed; removed if that is nothing.
    """

    key: Key
    work: Callable[[], T]
    log: Path


def in_processes(
    tasks: Iterable[Task[Key, T]], workers: int, preload: Sequence[str]
) -> Generator[tuple[Key, T | Died]]:
    """Do tasks, ``workers`` at a time, and give each result with its key as soon as it is there.

    Processes end with this one, also if it is killed; those that are at work when the iterator is closed are stopped.

    Parameters
    ----------
    tasks
        Taken one by one, when there is a process for them.
    workers
        How many processes at most.
    preload
        Modules that all tasks need: imported once.
    """
    _CONTEXT.set_forkserver_preload(list(preload))
    waiting = iter(tasks)
    running: dict[Connection, tuple[Task[Key, T], BaseProcess]] = {}
    try:
        while True:
            while len(running) < workers and (task := next(waiting, None)) is not None:
                ours, theirs = _CONTEXT.Pipe(duplex=False)
                process = _CONTEXT.Process(target=_serve, args=(task.work, task.log, theirs), daemon=True)
                process.start()
                theirs.close()  # so that the end of the process ends the pipe
                running[ours] = task, process
            if not running:
                return
            ready = wait(list(running))
            for pipe in [pipe for pipe in running if pipe in ready]:
                task, ended = running.pop(pipe)
                yield task.key, _result(pipe, ended, task.log)
    finally:
        for pipe, (_, stopped) in running.items():
            stopped.terminate()
            stopped.join()
            pipe.close()


def _result(pipe: Connection, process: BaseProcess, log: Path) -> Any:
    """What a process that has something to say, or has ended, leaves."""
    try:
        found = pipe.recv()
        process.join()
    except EOFError:
        process.join()
        found = Died(_end(process.exitcode or 0))
    pipe.close()
    if log.exists() and not log.stat().st_size:
        log.unlink()
    return found


def _end(code: int) -> str:
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return f"its process {how}"


def _serve(work: Callable[[], T], log: Path, pipe: Connection) -> None:
    """What the process does."""
    Thread(target=_end_with_parent, daemon=True).start()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    faulthandler.enable(2)
    pipe.send(work())


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)

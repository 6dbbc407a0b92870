"""Tasks in processes of their own: none can harm another, whatever becomes of it."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import process_kit as kit
import pytest

from v2x.cli.processes import Died, Task, in_processes

KIT = ["process_kit"]


def gone(pid: int, within_s: float = 20.0) -> bool:
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_with_their_keys(tmp_path: Path, workers: int) -> None:
    tasks = [Task(k, partial(kit.number, 10 * k), tmp_path / f"{k}.log") for k in range(4)]
    assert dict(in_processes(tasks, workers, KIT)) == {0: 0, 1: 10, 2: 20, 3: 30}
    assert not list(tmp_path.iterdir())  # nobody had anything to say


def test_each_has_a_process_of_its_own(tmp_path: Path) -> None:
    tasks = [Task(k, kit.whose, tmp_path / f"{k}.log") for k in range(3)]
    found = [each for _, each in in_processes(tasks, 1, KIT)]
    assert len({pid for pid, _ in found}) == 3  # type: ignore[misc]
    assert [calls for _, calls in found] == [1, 1, 1]  # type: ignore[misc]


def test_a_result_is_given_as_soon_as_it_is_there(tmp_path: Path) -> None:
    tasks = [Task(wait_s, partial(kit.number, 1, wait_s), tmp_path / f"{wait_s}.log") for wait_s in (3.0, 0.0)]
    assert [key for key, _ in in_processes(tasks, 2, KIT)] == [0.0, 3.0]


def test_who_dies_takes_nobody_with_him(tmp_path: Path) -> None:
    works = {"killed": kit.killed, "crashed": kit.crashed, "refused": kit.refused, "fine": partial(kit.number, 7)}
    tasks = [Task(name, work, tmp_path / f"{name}.log") for name, work in works.items()]
    assert dict(in_processes(tasks, 2, KIT)) == {
        "killed": Died("its process was ended by SIGKILL"),
        "crashed": Died("its process was ended by SIGSEGV"),
        "refused": Died("its process ended with code 1"),
        "fine": 7,
    }
    assert {file.name for file in tmp_path.iterdir()} == {"crashed.log", "refused.log"}
    told = (tmp_path / "crashed.log").read_text()
    assert told.startswith("before the crash") and "Segmentation fault" in told
    assert "ValueError: not me" in (tmp_path / "refused.log").read_text()


def test_who_stops_listening_stops_them(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    tasks = [Task(0, partial(kit.number, 1, 1.0), tmp_path / "0.log")]
    tasks.append(Task(1, partial(kit.tell_and_sleep, file), tmp_path / "1.log"))
    results = in_processes(tasks, 2, KIT)
    assert next(results) == (0, 1)
    while not file.exists() or not file.read_text():
        time.sleep(0.05)
    results.close()  # type: ignore[attr-defined]
    assert gone(int(file.read_text()))

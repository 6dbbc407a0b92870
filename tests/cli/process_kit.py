"""What processes of the tests do; they import it by name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def number(value: int, wait_s: float = 0.0) -> int:
    time.sleep(wait_s)
    return value


def whose() -> tuple[int, int]:
    """This process, and how many runs it has had."""
    number.__dict__["calls"] = number.__dict__.get("calls", 0) + 1
    return os.getpid(), number.__dict__["calls"]


def killed() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def crashed() -> int:
    os.write(1, b"before the crash\n")
    os.kill(os.getpid(), signal.SIGSEGV)
    return 0


def refused() -> int:
    raise ValueError("not me")


def tell_and_sleep(file: Path) -> int:
    file.write_text(str(os.getpid()))
    time.sleep(60.0)
    return 0

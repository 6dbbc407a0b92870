"""The service as a process of its own, and other processes that talk to it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
FREE = (
    "--pub",
    "tcp://127.0.0.1:0",
    "--intake",
    "tcp://127.0.0.1:0",
    "--grant",
    "tcp://127.0.0.1:0",
    "--udp",
    "127.0.0.1:0",
)


class Service:
    """A running ``v2x rsu serve``; ``at`` are its addresses by name."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr is not None
        first = process.stderr.readline()
        self.at = dict(re.findall(r"(\w+) ((?:tcp|udp|http)://[^\s,;]+)", first))
        assert self.at, first

    def finish(self, timeout_s: float = 300.0) -> dict[str, Any]:
        """Wait for its end; what it says."""
        out, err = self.process.communicate(timeout=timeout_s)
        assert self.process.returncode == 0, (self.process.returncode, err)
        summary: dict[str, Any] = json.loads(out)
        return summary

    def interrupt(self, number: int = signal.SIGINT) -> dict[str, Any]:
        """Ctrl-C; what it says."""
        self.process.send_signal(number)
        return self.finish(30.0)


@contextmanager
def service(source: str | Path, *arguments: str, ports: tuple[str, ...] = FREE) -> Iterator[Service]:
    command = [sys.executable, "-m", "v2x", "rsu", "serve", str(source), *ports, "--json", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield Service(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def program(path: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, str(path), *arguments], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()

"""What the tests of live traffic share."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from v2x.bus.wire import Arrived


class LiveProxy:
    """``v2x rsu impair`` in a process of its own.

    Attributes
    ----------
    address
        The address that the system chose for its open end.
    """

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "v2x", "rsu", "impair", "--json", *arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        told = self._process.stderr.readline()
        found = re.search(r"(?:listening|publishing) on \w+://127\.0\.0\.1:(\d+)", told)
        assert found, told + self._process.stderr.read()
        self.address = ("127.0.0.1", int(found[1]))

    def __enter__(self) -> LiveProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def finish(self, signal: int) -> dict[str, Any]:
        """Send the signal; its figures."""
        self._process.send_signal(signal)
        answer, told = self._process.communicate(timeout=20)
        assert self._process.returncode == 0, told
        figures: dict[str, Any] = json.loads(answer)
        return figures


def accounted(figures: dict[str, Any]) -> int:
    """Datagrams of which the figures tell what became."""
    single = sum(figures[name] for name in ("forwarded", "oversize", "too_many_flows", "queue_full", "waiting"))
    return single + sum(figures["lost"].values()) + sum(figures["send_errors"].values())


def until(condition: Callable[[], bool], longest_s: float = 10.0) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + longest_s
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


class ScriptedWire:
    """A wire with given input, that keeps what goes out; always readable, so nobody sleeps long."""

    overflowed = 0

    def __init__(self, arrivals: Sequence[Arrived], readable: int, error: OSError | None = None) -> None:
        self._arrivals, self._readable, self._error = list(arrivals), readable, error
        self.sent: list[bytes] = []

    def fileno(self) -> int:
        return self._readable

    def receive(self, most: int) -> list[Arrived]:
        taken, self._arrivals = self._arrivals[:most], self._arrivals[most:]
        return taken

    def send(self, parts: Sequence[bytes]) -> None:
        if self._error:
            raise self._error
        self.sent.append(b"|".join(parts))

    def close(self) -> None:
        """Nothing to close."""

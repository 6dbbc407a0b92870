"""The sockets in a process of their own: they keep time and serve everybody while the run computes."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zmq

from v2x.bus.exchange import Counted, End, Failed, Inbound, Outbound, Ready, Reported, Status, Told, Zero
from v2x.bus.line import Line
from v2x.bus.pacing import Timetable
from v2x.bus.settings import Addresses, Bounds, Keys
from v2x.bus.sockets import Sockets
from v2x.errors import RunError, V2xError

#: Longest wait for the other process before looking whether it is still there, seconds.
_LOOK_S = 0.5
#: Time in which it has to end once it has said its last word, seconds.
_END_S = 10.0
#: What has been sent may still leave within this time at the end.
_LINGER_MS = 500


class SocketProcess:
    """The process of the sockets, as the run sees it.

    Parameters
    ----------
    addresses, bounds, keys, table
        As of `Sockets`.

    Attributes
    ----------
    listens
        Where it listens.
    counts
        As of the last second, and the last at the end.

    Raises
    ------
    RunError
        An address is taken or not this machine's. From any method, once: the process has died.
    """

    def __init__(self, addresses: Addresses, bounds: Bounds, keys: Keys | None, table: Timetable) -> None:
        self.counts: dict[str, Any] = {}
        self._ready: Ready | None = None
        self._ended = self._died = False
        self._arrived: list[Inbound] = []
        self._folder = Path(tempfile.mkdtemp(prefix="v2x-"))
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        path = str(self._folder / "line")
        self._line = Line(path, binds=True, context=self._context)
        # a session of its own: Ctrl-C is for the run, which says when to end
        self._process = subprocess.Popen(
            [sys.executable, "-m", "v2x.bus.socket_process"], stdin=subprocess.PIPE, start_new_session=True
        )
        try:
            if self._process.stdin is not None:
                pickle.dump((path, addresses, bounds, keys, table), self._process.stdin)
                self._process.stdin.flush()
            self.listens = self._wait_until_ready()
        except BaseException:
            self._let_go()
            raise

    def send(self, items: Sequence[Outbound]) -> None:
        """Hand over what is to be sent; waits for room."""
        if items:
            self._tell(list(items))

    def start_clock(self, zero_wall_ns: int) -> None:
        """Simulated time 0 is at a monotonic time."""
        self._tell(Zero(zero_wall_ns))

    def show_status(self, header: dict[str, Any]) -> None:
        """Publish this every second and to each new subscriber."""
        self._tell(Status(header))

    def take(self, timeout_s: float = 0.0) -> list[Inbound]:
        """What has come in, in order; waits so long for the first."""
        self._listen(timeout_s)
        self._check()
        arrived, self._arrived = self._arrived, []
        return arrived

    def end(self, *, hurry: bool) -> list[Inbound]:
        """Have sent what is still held, each at its instant unless in a ``hurry``, and end; what came in too late."""
        try:
            self._tell(End(hurry))
            while not (self._ended or self._died):
                self._listen(_LOOK_S)
                self._check()
            return self.take()
        finally:
            self._let_go()

    # ------------------------------------------------------------------ inside

    def _wait_until_ready(self) -> Addresses:
        while self._ready is None or not self.counts:
            self._listen(_LOOK_S)
            self._check()
        return self._ready.listens

    def _tell(self, told: Told) -> None:
        while not self._died and not self._line.send(told, _LOOK_S):
            self._check()

    def _listen(self, timeout_s: float) -> bool:
        """Take in what arrives; whether anything did."""
        words = self._line.receive(timeout_s)
        for word in words:
            self._note(word)
        return bool(words)

    def _note(self, word: Reported) -> None:
        match word:
            case Ready():
                self._ready = word
            case Counted():
                self.counts, self._ended = word.counts, word.final
            case Failed():
                self._died = True
                raise RunError(word.reason)
            case _:
                self._arrived += word

    def _check(self) -> None:
        code = self._process.poll()
        if code is None:
            return
        while not self._ended and self._listen(_LOOK_S):  # its last words may be on their way, and tell why
            pass
        if not (self._ended or self._died):
            self._died = True
            raise RunError(f"the process of the sockets has ended with {code}")

    def _let_go(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()  # by which it would know that we are gone
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._context.destroy(0)
        shutil.rmtree(self._folder, ignore_errors=True)


def main() -> None:
    """The process: what it needs comes over its standard input, whose end tells that the run is gone."""
    path, addresses, bounds, keys, table = pickle.load(sys.stdin.buffer)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    run = Line(path, binds=False, context=context)
    try:
        Sockets(addresses, bounds, keys, table, run, context).serve(sys.stdin.fileno())
    except V2xError as error:
        run.send(Failed(str(error)), _LOOK_S)
    except Exception as error:  # whatever it is, the run has to hear of it
        run.send(Failed(f"the sockets failed: {error!r}"), _LOOK_S)
    run.close()
    context.destroy(_LINGER_MS)


if __name__ == "__main__":
    main()

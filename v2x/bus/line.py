"""The line between two processes of ours: whatever can be pickled, in order, over a ZeroMQ PAIR on a private path."""

from __future__ import annotations

import pickle
from typing import Any

import zmq

#: Messages that may wait on the way, at each end.
_MOST_WAITING = 16
#: What has been sent may still arrive within this time after an end was closed.
_LINGER_MS = 5000


class Line:
    """One end.

    Parameters
    ----------
    path
        Of the line, in a folder that nobody else can enter: what comes in is unpickled.
    binds
        One end makes the path, the other one joins.
    context
        To make the socket in.

    Attributes
    ----------
    socket
        To be polled.
    """

    def __init__(self, path: str, *, binds: bool, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self.socket = context.socket(zmq.PAIR)
        self.socket.setsockopt(zmq.SNDHWM, _MOST_WAITING)
        self.socket.setsockopt(zmq.RCVHWM, _MOST_WAITING)
        address = f"ipc://{path}"
        if binds:
            self.socket.bind(address)
        else:
            self.socket.connect(address)

    def send(self, word: Any, timeout_s: float = 0.0) -> bool:
        """Send a word; False if there was no room within the time."""
        data = pickle.dumps(word, pickle.HIGHEST_PROTOCOL)
        if not self.socket.poll(round(timeout_s * 1e3), zmq.POLLOUT):
            return False
        self.socket.send(data, zmq.NOBLOCK)
        return True

    def close(self) -> None:
        """Close this end; what has been sent still arrives if the other end reads."""
        self.socket.close(_LINGER_MS)

    def receive(self, timeout_s: float = 0.0) -> list[Any]:
        """All words that have arrived, waiting so long for the first."""
        words: list[Any] = []
        while self.socket.poll(0 if words else round(timeout_s * 1e3)):
            words.append(pickle.loads(self.socket.recv(zmq.NOBLOCK)))
        return words

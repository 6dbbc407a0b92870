"""Who has to grant time, who has, and who waits for an answer. No sockets, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from v2x.bus.exchange import Route
from v2x.errors import InputError

#: Peers that may take part in lock step where they are not named beforehand (project choice).
MOST_PEERS = 16


@dataclass
class _Peer:
    """How far a peer has granted, and whom to answer when that is reached; -1: nothing yet."""

    until_ns: int = -1
    waiting: Route | None = None


class Grants:
    """The lock step: a step begins only when every peer has granted time beyond its start.

    Parameters
    ----------
    expected
        Peers that must be there before the run begins; then no others may grant. Empty: whoever grants takes part from
        then on.
    """

    def __init__(self, expected: Sequence[str] = ()) -> None:
        self._expected = frozenset(expected)
        self._peers = {name: _Peer() for name in expected}

    @property
    def names(self) -> list[str]:
        """Peers that take part, sorted."""
        return sorted(self._peers)

    def grant(self, name: str, until_ns: int, route: Route) -> None:
        """A peer lets the run go on until a time, and waits for the answer.

        Only the newest of a name is answered: a peer that started again is not two peers.

        Raises
        ------
        InputError
            Another peer than those expected, or one too many.
        """
        if name not in self._peers:
            if self._expected and name not in self._expected:
                raise InputError(f"only {', '.join(sorted(self._expected))} take part in lock step")
            if len(self._peers) >= MOST_PEERS:
                raise InputError(f"{MOST_PEERS} peers take part already")
            self._peers[name] = _Peer()
        peer = self._peers[name]
        peer.waiting = route
        peer.until_ns = max(peer.until_ns, until_ns)

    def owing(self, t_ns: int) -> list[str]:
        """Peers without whom the step from ``t_ns`` on may not begin, sorted."""
        return [name for name in self.names if self._peers[name].until_ns <= t_ns]

    def absent(self) -> list[str]:
        """Peers that have never granted, sorted."""
        return [name for name in self.names if self._peers[name].until_ns < 0]

    def reached(self, t_ns: int) -> list[Route]:
        """Whom to answer now that all before ``t_ns`` has happened; each once."""
        routes = []
        for name in self.names:
            peer = self._peers[name]
            if peer.waiting is not None and peer.until_ns <= t_ns:
                routes.append(peer.waiting)
                peer.waiting = None
        return routes

    def all_waiting(self) -> list[Route]:
        """Whom to answer because there is no more time to grant."""
        return [peer.waiting for _, peer in sorted(self._peers.items()) if peer.waiting is not None]

    def drop(self, name: str) -> None:
        """Go on without a peer."""
        del self._peers[name]

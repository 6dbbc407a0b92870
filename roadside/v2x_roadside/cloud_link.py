"""What a unit passes on to the server over the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from v2x.clock import NS_PER_S
from v2x.scenario.model_roadside import Cloud
from v2x.stations.base import Inbox
from v2x.stations.roadside import Said

#: What may be passed on at once, seconds at the full rate.
BURST_S = 0.2


class CloudLink:
    """Copies of messages, at most so many a second.

    Parameters
    ----------
    config
        Which types.
    dropped
        Told how many messages of a step were too many.
    """

    def __init__(self, config: Cloud, dropped: Callable[[int], None]) -> None:
        self._config, self._dropped = config, dropped
        #: Types of messages of others that are passed on.
        self.hears = frozenset(config.heard)
        self._gap_ns = NS_PER_S / config.max_frames_per_s
        self._full_ns = 0.0

    def pass_on(self, t_ns: int, inbox: Inbox, own: Sequence[Said]) -> list[Said]:
        """Copies of what was heard by ``t_ns``, and of what the unit says itself, each as it is finished."""
        heard = [(each.type, each.data) for each in inbox.received] + [("BSM", data) for data in inbox.states_data]
        some = [Said(t_ns, kind, data, 0) for kind, data in heard if kind in self._config.heard]
        some += [each for each in own if each.type in self._config.own]
        passed = [each for each in sorted(some, key=lambda each: each.t_ns) if self._has_room(each.t_ns)]
        if len(passed) < len(some):
            self._dropped(len(some) - len(passed))
        return passed

    def _has_room(self, t_ns: int) -> bool:
        if self._full_ns - t_ns > BURST_S * NS_PER_S:
            return False
        self._full_ns = max(self._full_ns, t_ns) + self._gap_ns
        return True

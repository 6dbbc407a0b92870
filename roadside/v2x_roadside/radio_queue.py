"""Who gets the unit's radio, and when: by priority, within a rate that falls as the channel fills."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.scenario.model_roadside import Radio
from v2x.stations.roadside import Said

#: What may be sent at once after a pause, seconds at the full rate: one interval of 10 Hz (project choice).
BURST_S = 0.1


class RadioQueue:
    """A leaky bucket with priorities.

    A frame may go out when the bucket has room, the most urgent first, then the one that has waited longest. The rate
    falls linearly between two channel busy ratios: a shape of our own, its figures are the scenario's.

    Parameters
    ----------
    config
        Rates and limits.
    dropped
        Told of each frame that has waited too long.
    """

    def __init__(self, config: Radio, dropped: Callable[[Said], None]) -> None:
        self._config, self._dropped = config, dropped
        self._patience_ns = round(config.patience_ms * NS_PER_MS)
        self._waiting: list[Said] = []
        self._full_ns = 0  # when the bucket will be empty again

    def send(self, said: Sequence[Said], end_ns: int, busy: float | None) -> list[Said]:
        """What goes to the radio before ``end_ns``, each at the time that it does; the rest waits.

        Parameters
        ----------
        said
            New frames, finished before ``end_ns``.
        end_ns
            End of the step, simulated time.
        busy
            Channel busy ratio that the radio measured last, None: unknown, taken as free.
        """
        rate_bps = 1e3 * self._config.max_kbps * self._share(busy)
        self._waiting = sorted([*self._waiting, *said], key=lambda each: each.t_ns)
        sent = []
        while self._waiting:
            start_ns = max(self._waiting[0].t_ns, self._full_ns - round(BURST_S * NS_PER_S))
            if start_ns >= end_ns:
                break
            self._drop(start_ns)
            ready = [each for each in self._waiting if each.t_ns <= start_ns]
            if not ready:
                continue  # all that could have gone had waited too long
            first = max(ready, key=lambda each: each.priority)  # of equals the longest waiting
            self._waiting.remove(first)
            sent.append(replace(first, t_ns=start_ns))
            bits = 8 * len(first.data)
            self._full_ns = max(self._full_ns, start_ns) + round(bits / rate_bps * NS_PER_S)
        self._drop(end_ns)
        return sent

    def _share(self, busy: float | None) -> float:
        """Share of the full rate at a channel busy ratio."""
        if busy is None:
            return 1.0
        low, high, least = self._config.busy_from, self._config.busy_to, self._config.least_share
        return 1.0 - (1.0 - least) * min(1.0, max(0.0, (busy - low) / (high - low)))

    def _drop(self, t_ns: int) -> None:
        late = [each for each in self._waiting if t_ns - each.t_ns > self._patience_ns]
        for each in late:
            self._waiting.remove(each)
            self._dropped(each)

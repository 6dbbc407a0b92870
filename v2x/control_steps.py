"""The control steps inside a step of the traffic: vehicles of platoons speak, hear what was said just now, and move."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from v2x.links.simulated import SimulatedMedium
from v2x.messages.frame import Frames
from v2x.platooning.platoons import Platoons
from v2x.relay import Relay
from v2x.scenario.model_platoon import CONTROL_STEP_NS
from v2x.traffic.base import Snapshot
from v2x.traffic.steered import Steered


class ControlSteps:
    """Takes them.

    Parameters
    ----------
    platoons
        The vehicles.
    medium
        What carries their messages and those of others.
    relay
        Their connections over Uu, if they use them.
    broadcast
        Hands frames to the medium, and has it run up to a time.
    hold_ns
        From the antenna of a receiver to its controller.
    """

    def __init__(
        self,
        platoons: Platoons,
        medium: SimulatedMedium,
        relay: Relay | None,
        broadcast: Callable[[Frames, int], None],
        hold_ns: int,
    ) -> None:
        self._platoons, self._medium, self._relay = platoons, medium, relay
        self._broadcast, self._hold_ns = broadcast, hold_ns
        # what is sent over Uu is asked for in the next control step
        self._ahead_ns = medium.lookahead_ns if relay is None else None
        self._traffic: Steered | None = None

    def begin(self, traffic: Steered) -> None:
        """Put the vehicles on the road, between the traffic's ``start`` and its first step; it moves as they do."""
        self._traffic = traffic
        self._platoons.place(traffic)

    def take(self, snapshot: Snapshot, until_ns: int, frames: Frames) -> None:
        """All of one step.

        Parameters
        ----------
        snapshot, until_ns
            Begin and end of the step.
        frames
            What others say over PC5 in it, in order of time.
        """
        platoons, traffic = self._platoons, self._traffic
        assert traffic is not None
        platoons.see(snapshot, traffic)
        starts = range(snapshot.t_ns, until_ns, CONTROL_STEP_NS)
        ends = np.searchsorted(frames.t_ns, [*starts[1:], np.iinfo(np.int64).max]).tolist()
        done = 0
        for start_ns, end in zip(starts, ends, strict=True):
            platoons.say(start_ns)
            if start_ns == starts[-1] or self._awaited(start_ns):
                said = platoons.said()
                over_pc5 = said if platoons.over_pc5 else []
                self._broadcast(Frames.merge([frames.cut(done, end), *over_pc5]), start_ns + CONTROL_STEP_NS)
                done = end
                if self._relay is not None and said:
                    self._relay.up(Frames.merge(said))
            arrivals = self._medium.urgent(start_ns, self._hold_ns)
            platoons.hear(start_ns, arrivals if self._relay is None else self._relay.down(arrivals))
            platoons.drive(start_ns)
        traffic.move(platoons.moves())

    def _awaited(self, t_ns: int) -> bool:
        """Whether what has not been handed over yet could be due."""
        if self._ahead_ns is None:
            return True
        since_ns = self._platoons.waiting_since_ns
        return since_ns is not None and since_ns + self._ahead_ns + self._hold_ns <= t_ns

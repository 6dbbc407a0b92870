"""The vehicles that a scenario's ``platoon`` is about: who they are, and where they begin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.control.build import members_of, settled
from v2x.control.leader import initial_speed_mps
from v2x.control.platoon_string import PlatoonString
from v2x.control.steady import steady_gap_m
from v2x.errors import TrafficError
from v2x.messages.model_cooperation import PlatoonManagement
from v2x.messages.profile import Profile
from v2x.scenario.model_platoon import Member, Platoon
from v2x.traffic.steered import Convoy, Road, Steered

I64 = NDArray[np.int64]

#: Nobody begins closer to one of another platoon, m: what laws and guard leave at standstill (assumed).
LEAST_M = 2.0
#: Distance from the tail of a platoon to the next one's leader at the start, seconds, and at least, metres (assumed).
APART_S, APART_M = 3.0, 10.0


@dataclass(frozen=True)
class Crew:
    """All vehicles, platoon by platoon from the leader backwards, then those that begin in none; arrays (n,).

    Attributes
    ----------
    names
        What the traffic calls them.
    platoon, place
        Number of the platoon in which each begins, and its place there. Singles count on from the last platoon.
    settings
        What each is, with nothing left open but the gaps.
    speed_mps
        At the start.
    platoons
        How many platoons there are, without the singles.
    """

    names: tuple[str, ...]
    platoon: I64
    place: I64
    settings: tuple[Member, ...]
    speed_mps: NDArray[np.float64]
    platoons: int

    @classmethod
    def of(cls, config: Platoon) -> Crew:
        """Of a scenario."""
        size, singles = config.followers + 1, len(config.singles)
        whole = config.count * size
        return cls(
            names=names_of(config),
            platoon=np.r_[np.arange(whole) // size, config.count + np.arange(singles)],
            place=np.r_[np.arange(whole) % size, np.zeros(singles, np.int64)],
            settings=(*members_of(config) * config.count, *(settled(config, each) for each in config.singles)),
            speed_mps=np.r_[
                np.full(whole, initial_speed_mps(config.leader)), [each.speed_mps for each in config.singles]
            ],
            platoons=config.count,
        )

    def rows(self, platoon: int) -> list[int]:
        """Rows of those who begin in a platoon, from the leader backwards."""
        return np.flatnonzero(self.platoon == platoon).tolist()

    def put(self, config: Platoon, string: PlatoonString, traffic: Steered) -> None:
        """Have the traffic place them: platoons with the gaps that their laws ask for at their speed.

        Raises
        ------
        TrafficError
            As of `v2x.traffic.steered.Steered.place`, with the number of the member or single.
        """
        laws = [str(each.controller) for each in self.settings]
        by_law = {name: steady_gap_m(name, string.gains[name], self.speed_mps[None])[0] for name in set(laws)}
        gaps_m = [float(by_law[name][row]) for row, name in enumerate(laws)]
        convoys = [self._convoy(self.rows(number), gaps_m) for number in range(self.platoons)]
        road = Road(config.route, config.lane, config.start_at_m)
        traffic.place(convoys, road, max(APART_S * float(self.speed_mps[0]), APART_M))
        for number, single in enumerate(config.singles):
            alone = self._convoy(self.rows(self.platoons + number), gaps_m)
            traffic.place([alone], Road(single.route, single.lane, single.start_at_m, f"platoon.singles.{number}"), 0.0)

    def check_apart(self, ahead: NDArray[np.object_], gap_m: NDArray[np.float64]) -> None:
        """Refuse a begin right behind one of another platoon.

        Parameters
        ----------
        ahead, gap_m
            As in `v2x.traffic.steered.Sights`, (n,).

        Raises
        ------
        TrafficError
            With the place of the later one of the two.
        """
        rows = {name: row for row, name in enumerate(self.names)}
        for row in np.flatnonzero(gap_m < LEAST_M).tolist():
            other = rows.get(str(ahead[row]), row)
            if self.platoon[row] == self.platoon[other]:
                continue
            single = max(int(self.platoon[row]), int(self.platoon[other])) - self.platoons
            place = f"platoon.singles.{single}" if single >= 0 else "platoon"
            pair = f"'{self.names[row]}' begins {gap_m[row]:.2f} m behind '{self.names[other]}'"
            reason = f"{pair}, must be at least {LEAST_M:g}"
            raise TrafficError(reason, path=f"{place}.start_at_m")

    def _convoy(self, rows: list[int], gaps_m: list[float]) -> Convoy:
        return Convoy(
            names=tuple(self.names[row] for row in rows),
            kinds=tuple(str(self.settings[row].kind) for row in rows),
            gaps_m=tuple(gaps_m[row] for row in rows[1:]),
            speed_mps=float(self.speed_mps[rows[0]]),
            ways=tuple(self.settings[row].route for row in rows),
        )


def names_of(config: Platoon) -> tuple[str, ...]:
    """Names of all vehicles of a scenario, in the order of `Crew`."""
    members = (f"platoon{number}.{place}" for number in range(config.count) for place in range(config.followers + 1))
    return (*members, *(f"single{number}" for number in range(len(config.singles))))


def urgent_types(config: Platoon, profile: Profile) -> frozenset[str]:
    """Types of messages that vehicles use as they come: how they move, and what they negotiate."""
    control = profile.control if config.quantised else profile.fine_control
    return frozenset({control.type_name, profile.type_of(PlatoonManagement)})

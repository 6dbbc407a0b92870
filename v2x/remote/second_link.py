"""A second connection beside the first: another network carries a copy of every packet, and the sooner one counts.

The second network is of the same kind with draws of its own: on the same sites, but with another shadowing and other
people's load. What both have in common, such as a mast or a fibre, is put in as in the beta-factor model of common
causes (Fleming 1975; IEC 61508-6 annex D; both from memory): in each spell of time the second meets what the first
meets, with chance rho, and else what its own draws say. For two networks of one law any measure of a packet's fate then
has the correlation rho, and a packet that each loses with chance p is lost with chance p (rho + (1 - rho) p).
"""

from __future__ import annotations

import numpy as np

from v2x.clock import to_ns
from v2x.links.base import I64, Direction, LinkNote, PointLink, Stations, Transmissions
from v2x.remote.wire import LOST_NS, arrivals_ns, outages_of
from v2x.rng import Stream
from v2x.scenario.model_remote import SecondLink as Config


def seed_of_second(seed: int) -> int:
    """Seed of the second network's draws in a run."""
    return int(Stream(seed, "remote.second").bits(0)[0] >> np.uint64(1))


class SecondLink:
    """The copy's way.

    Parameters
    ----------
    config
        Correlation and outages.
    link
        The second network, made with `seed_of_second`.
    seed
        Seed of the run.
    """

    def __init__(self, config: Config, link: PointLink, seed: int) -> None:
        self._link, self._outages_ns = link, outages_of(config.outages_s)
        self._correlation, self._spell_ns = config.correlation, to_ns(config.spell_s)
        self._common = Stream(seed, "remote.second.common")

    def move(self, t_ns: int, modem: Stations) -> list[LinkNote]:
        """Where the vehicle is from ``t_ns`` on; what has happened to the connection since the last call."""
        self._link.move(t_ns, modem)
        return self._link.notes()

    def sooner_ns(self, packets: Transmissions, direction: Direction, first_ns: I64) -> I64:
        """When the first copy arrives, (n,), given when the first network's does; `LOST_NS` if neither."""
        own_ns = arrivals_ns(self._link.carry, self._outages_ns, packets, direction)
        own_ns = np.where(self._common.uniform(packets.t_ns // self._spell_ns) < self._correlation, first_ns, own_ns)
        own = (first_ns == LOST_NS) | ((own_ns != LOST_NS) & (own_ns < first_ns))
        return np.where(own, own_ns, first_ns)

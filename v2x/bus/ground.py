"""What the live service plays."""

from __future__ import annotations

from dataclasses import dataclass

from v2x.geo import Plane
from v2x.messages.profile import Profile
from v2x.remote.external import Cockpit


@dataclass(frozen=True)
class Ground:
    """What is being played.

    Attributes
    ----------
    profile, plane
        Of the run.
    step_ns, start_utc_ns
        Its clock.
    units
        Roadside units that take orders.
    listens
        Whether guests can take part: a recorded run does not listen.
    cockpit
        Of the vehicle that somebody outside drives from afar, None if nobody does.
    """

    profile: Profile
    plane: Plane
    step_ns: int
    start_utc_ns: int
    units: tuple[str, ...]
    listens: bool = True
    cockpit: Cockpit | None = None

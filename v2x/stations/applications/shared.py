"""Figures that several applications use, from the row ``shared`` of ``scenarios/common/applications.yaml``."""

from __future__ import annotations

from dataclasses import dataclass

from v2x.scenario.use_cases import use_case


@dataclass(frozen=True)
class Shared:
    """What the applications make of the world. Sources: the file.

    Attributes
    ----------
    max_age_s
        A state older than this is not used.
    straight_dps
        A smaller turn rate counts as straight on.
    brake_slack_mps2
        A driver who brakes by this less than needed still brakes enough.
    lane_m
        Width of a lane where no MAP tells one.
    lane_share
        A vehicle is taken to be in a lane of a MAP if that is at least so probable.
    wander_m
        One sigma of how far from its middle a vehicle drives in a lane.
    same_way_deg, lane_way_deg
        Headings that differ by less go the same way: of two vehicles, of a vehicle and its lane.
    signal_age_s, notice_age_s
        A SPAT, a notice that was not heard for so long is forgotten.
    """

    max_age_s: float
    straight_dps: float
    brake_slack_mps2: float
    lane_m: float
    lane_share: float
    wander_m: float
    same_way_deg: float
    lane_way_deg: float
    signal_age_s: float
    notice_age_s: float


SHARED = use_case("shared").settings(Shared)

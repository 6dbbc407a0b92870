"""Why the roadside warns: the names that scenarios, messages and stations share."""

from __future__ import annotations

from typing import Final

#: Causes of a notice. Each message profile maps them to its own codes (ITIS for J2735, GB/T 29100 events and
#: GB 5768.2 signs for T/CSAE 53).
NOTICE_CAUSES: Final = (
    "accident",
    "congestion",
    "fog",
    "obstacle",
    "pedestrian",
    "roadworks",
    "slippery",
    "speed_limit",
    "stopped_vehicle",
)

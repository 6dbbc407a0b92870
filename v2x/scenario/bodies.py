"""How high road users are, and where their antennas sit, by kind.

TR 37.885 Table 6.1.2-1 (from memory; the heights are checked against ns-3): vehicles of type 2 (cars) are 1.6 m high
with the antenna on the roof, those of type 3 (buses and trucks) 3 m. That two-wheelers and walkers let rays pass, and
where they carry a radio of their own, is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Height to which a road user stands in a ray's way, metres; 0 where it does not.
BODY_HEIGHT_M: Mapping[str, float] = {
    "car": 1.6,
    "bus": 3.0,
    "truck": 3.0,
    "ebike": 0.0,
    "bicycle": 0.0,
    "pedestrian": 0.0,
}

#: Height of the antenna above the ground, metres.
ANTENNA_HEIGHT_M: Mapping[str, float] = {
    "car": 1.6,
    "bus": 3.0,
    "truck": 3.0,
    "ebike": 1.2,
    "bicycle": 1.2,
    "pedestrian": 1.2,
}

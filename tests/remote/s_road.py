"""The road of the reference prototype: bends of 60 and 80 m radius to either side, and straight parts between them."""

from __future__ import annotations

from math import cos, radians, sin

from v2x.remote.course import Course

#: Radius (m, to the left positive) and angle (degrees) of bends; 0 and the length (m) of straight parts.
PARTS = ((0, 80), (60, 90), (0, 40), (-60, 120), (0, 40), (80, 60), (-80, 60), (0, 120))
#: The prototype begins with its front bumper at 60 m, 3.6 m before its rear axle, and ends 30 m before the road does.
START_M, END_M = 56.4, 30.0


def s_road(before_m: int = 0) -> Course:
    """The road as the prototype draws it, in steps of 1 m, with a straight part before it."""
    x_m = y_m = heading_rad = 0.0
    points = [(x_m, y_m)]
    for radius_m, extent in ((0, before_m), *PARTS):
        for _ in range(int(abs(radius_m) * radians(extent)) if radius_m else extent):
            heading_rad += 1.0 / radius_m if radius_m else 0.0
            x_m, y_m = x_m + cos(heading_rad), y_m + sin(heading_rad)
            points.append((x_m, y_m))
    return Course(points)

"""For tests of converters: messages of the model to a frame and back, and how far off they may be."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass

from hypothesis import strategies as st
from messages_kit import NOW_NS

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.messages.profile import get_profile

IDENTITIES = st.integers(0, 2**64 - 1)
#: Field -> how far off it may come back: half a step on the air of T/CSAE 53 and 157.
HALF_STEPS = {
    **{"lat_deg": 0.5e-7, "lon_deg": 0.5e-7, "elevation_m": 0.05, "speed_mps": 0.01, "heading_deg": 0.00625},
    **{"accel_long_mps2": 0.005, "accel_lat_mps2": 0.005, "yaw_rate_dps": 0.005, "kind_confidence": 0.0025},
    **{"width_m": 0.005, "length_m": 0.005, "height_m": 0.025, "radius_m": 0.05},
    **{"semi_major_m": 0.025, "semi_minor_m": 0.025, "orientation_deg": 180 / 65535, "duration_s": 0.005},
    "utc_ns": NS_PER_MS // 2,
    "arrive_utc_ns": 6 * NS_PER_MS,  # half a step and the rounding of the message's time
}
TURNS = ("heading_deg", "orientation_deg")


def assert_close(sent, got, steps=HALF_STEPS, skip=()):
    """Field by field, also of what is inside."""
    for field in fields(sent):
        was, is_, step = getattr(sent, field.name), getattr(got, field.name), steps.get(field.name)
        if field.name in skip:
            continue
        if isinstance(was, tuple) and was and is_dataclass(was[0]):
            for one, other in zip(was, is_, strict=True):
                assert_close(one, other, steps, skip)
        elif was is None or step is None or math.isnan(was):
            assert is_ == was or (math.isnan(was) and math.isnan(is_)), field.name
        else:
            off = abs(is_ - was)
            assert min(off, 360 - off if field.name in TURNS else off) <= step * (1 + 1e-6), field.name


def on_the_air(message, type_name, name="csae-b"):
    """The ASN.1 value that a message is sent as."""
    profile = get_profile(name)
    return profile.codec.decode(profile.encode(message, type_name)[1])[1]


def round_trip(message, type_name, name="csae-b"):
    """The message after a journey that takes three seconds."""
    profile = get_profile(name)
    sent_as, data = profile.encode(message, type_name)
    assert sent_as == type_name
    assert profile.codec.encode(*profile.codec.decode(data)) == data
    read_as, got = profile.decode(data, NOW_NS + 3 * NS_PER_S)
    assert read_as == type_name
    return got

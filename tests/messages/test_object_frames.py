"""Columns of perceived objects as frames: what they say is what the ordinary way says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from v2x.errors import CodecError
from v2x.geo import Plane
from v2x.messages.model_perception import PerceivedObject, PerceivedObjects
from v2x.messages.object_frames import KINDS, MOST_IN_FRAME, SOURCES, ObjectColumns, ObjectFrames
from v2x.messages.profile import get_profile

LAT, LON, SENDER = 39.0812345, 117.3612345, 77
UTC = 1_770_000_123_456_000_000


def columns(seed: int, count: int, reach_m: float = 150.0) -> ObjectColumns:
    rng = np.random.default_rng(seed)
    return ObjectColumns(
        id=rng.integers(1, 65536, count),
        kind=rng.integers(0, len(KINDS), count),
        kind_confidence=rng.uniform(0.01, 1.0, count),
        source=rng.integers(0, len(SOURCES), count),
        temporary_id=rng.integers(0, 2**32, count).astype(np.uint64),
        named=rng.uniform(size=count) < 0.4,
        east_m=rng.uniform(-reach_m, reach_m, count),
        north_m=rng.uniform(-reach_m, reach_m, count),
        position_confidence_m=10 ** rng.uniform(-2, 2.6, count),
        speed_mps=rng.uniform(0.0, 30.0, count),
        speed_confidence_mps=10 ** rng.uniform(-2, 2, count),
        heading_deg=rng.uniform(0.0, 360.0, count),
        heading_confidence_deg=10 ** rng.uniform(-2, 1, count),
        width_m=rng.uniform(0.3, 3.0, count),
        length_m=rng.uniform(0.3, 18.0, count),
    )


def as_objects(objects: ObjectColumns) -> dict[int, PerceivedObject]:
    lon, lat = Plane.tangent(LON, LAT).to_lonlat(objects.east_m, objects.north_m)
    return {
        int(objects.id[i]): PerceivedObject(
            id=int(objects.id[i]),
            kind=KINDS[objects.kind[i]],
            utc_ns=UTC,
            lat_deg=float(lat[i]),
            lon_deg=float(lon[i]),
            speed_mps=float(objects.speed_mps[i]),
            heading_deg=float(objects.heading_deg[i]),
            kind_confidence=float(objects.kind_confidence[i]),
            source=SOURCES[objects.source[i]],
            temporary_id=int(objects.temporary_id[i]) if objects.named[i] else None,
            position_confidence_m=float(objects.position_confidence_m[i]),
            speed_confidence_mps=float(objects.speed_confidence_mps[i]),
            heading_confidence_deg=float(objects.heading_confidence_deg[i]),
            width_m=float(objects.width_m[i]),
            length_m=float(objects.length_m[i]),
        )
        for i in range(len(objects))
    }


@pytest.mark.parametrize("name", ["csae-a", "csae-b", "j2735", "j2735-2016"])
def test_columns_say_what_the_ordinary_encoder_says(name: str) -> None:
    profile = get_profile(name)
    frames = ObjectFrames(profile, SENDER, LAT, LON)
    for seed in range(MOST_IN_FRAME):
        objects = columns(seed, 1 + seed % MOST_IN_FRAME, reach_m=30.0 * (1 + seed % 7))
        (data,) = frames.encode(seed, UTC, objects)
        kind, heard = profile.decode(data, UTC)
        message = PerceivedObjects(
            seed, UTC, SENDER, "roadside", LAT, LON, float("nan"), tuple(as_objects(objects).values())
        )
        expected = profile.decode(profile.encode(message, frames.type)[1], UTC)[1]
        assert kind == frames.type and isinstance(heard, PerceivedObjects) and isinstance(expected, PerceivedObjects)
        assert repr(replace(heard, objects=())) == repr(replace(expected, objects=()))  # repr: NaN is NaN
        others = {each.id: each for each in expected.objects}
        for each in heard.objects:
            other = others[each.id]
            # the point that SDSM's decimetres count from is rounded to 1e-7 degrees in the ordinary way
            assert each.lat_deg == pytest.approx(other.lat_deg, abs=1.1e-6)
            assert each.lon_deg == pytest.approx(other.lon_deg, abs=1.4e-6)
            assert repr(replace(each, lat_deg=0, lon_deg=0)) == repr(replace(other, lat_deg=0, lon_deg=0))


def test_rsm_frames_of_one_form_are_the_ordinary_ones_bit_for_bit() -> None:
    profile = get_profile("csae-a")
    frames = ObjectFrames(profile, SENDER, LAT, LON)
    for seed in range(5):
        objects = columns(seed, 12, reach_m=15.0)  # the first form reaches 17 m
        objects = objects.take(np.argsort(objects.named, kind="stable"))
        message = PerceivedObjects(
            5, UTC, SENDER, "roadside", LAT, LON, float("nan"), tuple(as_objects(objects).values())
        )
        assert frames.encode(5, UTC, objects) == [profile.encode(message, "RSM")[1]]


def test_many_objects_fill_frames_in_order() -> None:
    profile = get_profile("csae-a")
    frames = ObjectFrames(profile, SENDER, LAT, LON)
    objects = replace(columns(3, 40), id=np.arange(40))
    heard = [profile.decode(data, UTC)[1] for data in frames.encode(126, UTC, objects)]
    said = [(m.msg_count, sorted(each.id for each in m.objects)) for m in heard if isinstance(m, PerceivedObjects)]
    assert said == [(126, list(range(16))), (127, list(range(16, 32))), (0, list(range(32, 40)))]
    assert frames.encode(0, UTC, objects.take(slice(0, 0))) == []


def test_what_cannot_be_said_is_named() -> None:
    frames = ObjectFrames(get_profile("csae-a"), SENDER, LAT, LON)
    with pytest.raises(CodecError, match="speed_mps"):
        frames.encode(0, UTC, replace(columns(1, 3), speed_mps=np.array([1.0, 2.0, 400.0])))

"""SPATs are joined with the MAPs of their sender."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from v2x.clock import NS_PER_S, utc_ns
from v2x.errors import CodecError
from v2x.messages.codec import Codec
from v2x.messages.model import Connection, Intersection, Lane, MapData, SignalGroup, SignalPhases, SignalState
from v2x.messages.profile import PROFILES, Profile, get_profile
from v2x.record.writer import RunWriter
from v2x_analysis import Run
from v2x_analysis.metrics import consistency
from v2x_analysis.metrics.consistency import map_spat

START = datetime(2026, 3, 2, 1, tzinfo=UTC)


def lane(number: int, group: int | None, ingress: bool = True) -> Lane:
    points = np.array([[0.0, 5.0], [0.0, 60.0]])
    to = () if group is None else (Connection("straight", 9, group),)
    return Lane(number, "vehicle", ingress, points, 3.5, link=f"{ingress}{number}", connections=to)


LANES = (lane(1, 1), lane(2, 2), lane(9, None, ingress=False))
PLACE = Intersection(1, 22, "J22", 39.06, 117.05, 3.0, LANES)


def write(folder: Path, profile: Profile, sent: list[tuple[float, MapData | SignalPhases | tuple[str, bytes]]]) -> Run:
    """A run in which one roadside unit says these messages."""
    start_ns, t_ns, rows = utc_ns(START), [], []
    for t_s, message in sent:
        t_ns.append(int(t_s * NS_PER_S))
        said = message if isinstance(message, tuple) else profile.encode(replace(message, utc_ns=start_ns + t_ns[-1]))
        rows.append(said)
    manifest = {"start_utc": START.isoformat(), "duration_s": 100.0, "seed": 1}
    with RunWriter(folder, manifest) as writer:
        columns = {"station": "RSU", "profile": profile.name, "air_bytes": 1, "channel": "pc5"}
        writer.append(
            "tx",
            {
                "t_ns": np.array(t_ns),
                "tx_id": np.arange(len(rows)),
                "type": np.array([kind for kind, _ in rows], object),
                "bytes": [data for _, data in rows],
                **columns,
            },
        )
        writer.flush(100 * NS_PER_S)
        writer.finish("complete")
    return Run(folder)


def spat(*groups: int, revision: int = 1, intersection: int = 22) -> SignalPhases:
    states = (SignalState("red", None, None),)
    return SignalPhases(0, 0, 1, intersection, revision, tuple(SignalGroup(group, states) for group in groups))


def geometry(revision: int, *lanes: Lane) -> MapData:
    return MapData(revision, 0, revision, (replace(PLACE, lanes=lanes or LANES),))


@pytest.mark.parametrize(("name", "faults"), [("j2735", 3), ("csae-a", 2)])
def test_what_receivers_cannot_join_is_counted(name: str, faults: int, tmp_path: Path) -> None:
    sent = [
        (0.0, spat(1, 2)),  # before any MAP: nothing to compare with
        (1.0, geometry(1)),
        (2.0, spat(1, 2)),
        (3.0, spat(1, 2, 3)),
        (4.0, spat(1)),
        (5.0, spat(1, 2, revision=2)),  # T/CSAE 53 does not say the revision
        (6.0, spat(7, intersection=23)),  # an intersection of which there is no MAP
    ]
    found = map_spat(write(tmp_path / "run", get_profile(name), sent))["message.map_spat_faults"]
    assert (found.value, found.n) == (faults, 4)


@pytest.mark.parametrize("in_columns", [True, False])
def test_the_newest_map_counts_and_fragments_make_one(
    in_columns: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the frames are decoded: which shapes are known depends on what the process saw before."""
    profile = PROFILES.load("j2735")()
    if not in_columns:
        monkeypatch.setattr(Codec, "layout", Mock(side_effect=CodecError("not measured")))
    monkeypatch.setattr(consistency, "get_profile", lambda _: profile)
    first, second = geometry(2, LANES[0], LANES[2]), geometry(2, LANES[1])
    sent = [
        (1.0, geometry(1, LANES[0], LANES[2])),
        (2.0, spat(1)),
        (3.0, replace(first, fragment=(1, 2))),
        (3.1, replace(second, fragment=(2, 2))),
        (4.0, spat(1, 2, revision=2)),
        (5.0, spat(1)),
    ]
    found = map_spat(write(tmp_path / "run", profile, sent))["message.map_spat_faults"]
    assert (found.value, found.n) == (1, 3)


def test_what_the_model_cannot_hold_is_left_out(tmp_path: Path) -> None:
    """Broken bytes, and a SPAT of two intersections: valid, but the model has one."""
    profile = get_profile("j2735")
    _, value = profile.codec.decode(profile.encode(replace(spat(1, 2), utc_ns=utc_ns(START)))[1])
    two = profile.codec.encode("SPAT", {**value, "intersections": value["intersections"] * 2})
    sent = [(1.0, geometry(1)), (1.5, ("MAP", b"\x00\x12\x00")), (2.0, ("SPAT", two)), (3.0, spat(1, 2))]
    found = map_spat(write(tmp_path / "run", profile, sent))["message.map_spat_faults"]
    assert (found.value, found.n) == (0, 1)


def test_a_run_without_roadside_has_nothing_to_compare(run_folder: Path) -> None:
    found = map_spat(Run(run_folder))["message.map_spat_faults"]
    assert (found.value, found.n) == (0, 0)

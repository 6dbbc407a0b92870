"""What takes part from outside: asked in order, heard over the modelled channel; looking alone changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from v2x.engine import Outcome, Simulation
from v2x.links.waiting import Arrival
from v2x.messages.frame import Frames, Outgoing
from v2x.messages.model import NAN, Intersection, Lane, MapData
from v2x.messages.profile import get_profile
from v2x.outside import Guest, Nobody, Together
from v2x.record.writer import RunWriter
from v2x.remote.external import Look, Word
from v2x.rng import key_of
from v2x.scenario.model import Scenario
from v2x.traffic.base import SignalHead, Snapshot

ORIGIN = {"crs": "wgs84", "lon_deg": 117.05, "lat_deg": 39.05}
SCENARIO = {
    "schema_version": 1,
    "name": "outside",
    "start_utc": "2026-03-02T00:59:58Z",
    "duration_s": 1.0,
    "profile": "j2735",
    "traffic": {"kind": "synthetic", "vehicles": 3, "speed_mps": 12.0, "accel_mps2": 0.0, "origin": ORIGIN},
    "stations": {"subjects": [{"vehicle": "veh*1"}], "server": {"enabled": False}},
    "links": {"pc5": {"kind": "ideal"}},
    "test": {"id": "t", "standard": "none", "clause": "none", "edition": "none", "stage": "virtual"},
}
LANE = Lane(1, "vehicle", True, np.array([[0.0, 0.0], [0.0, 50.0]]), 3.5)
STEP_NS = 100_000_000
NEAR = Guest("guest.obu", key_of("guest.obu"), 8.6, 11.1, 1.5)


class Onlooker(Nobody):
    """Looks at everything, says nothing."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []
        self.frames: list[tuple[str, str]] = []
        self.events: list[tuple[int, str, str]] = []

    def begin(self, t_ns: int) -> Sequence[Guest]:
        self.calls.append(("begin", t_ns))
        return ()

    def seen(self, snapshot: Snapshot, heads: Sequence[SignalHead]) -> None:
        self.calls.append(("seen", snapshot.t_ns))

    def aired(self, frames: Frames, channel: str) -> None:
        self.calls.append(("aired", -1))
        self.frames += [(channel, name) for name in frames.station.tolist()]

    def noted(self, t_ns: int, station: str, kind: str, fields: dict[str, Any]) -> None:
        self.events.append((t_ns, station, kind))


class Visitor(Onlooker):
    """A guest that says one message in every step, and hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Arrival] = []
        said = MapData(0, 1_772_413_198_000_000_000, 1, (Intersection(3, 22, "x", 39.05, 117.05, NAN, (LANE,)),))
        self._type, self._data = get_profile("j2735").encode(said)

    def begin(self, t_ns: int) -> Sequence[Guest]:
        return [NEAR]

    def arrived(self, arrivals: Sequence[Arrival]) -> None:
        self.heard += arrivals

    def spoken(self, start_ns: int, end_ns: int) -> Sequence[tuple[Guest, Outgoing]]:
        return [(NEAR, Outgoing(start_ns + 1, self._type, self._data))]


def run(folder: Path, outside: Nobody | None) -> Outcome:
    scenario = Scenario.model_validate(SCENARIO)
    with RunWriter(folder, {"seed": scenario.seed}, scenario=scenario.model_dump(mode="json")) as writer:
        outcome = Simulation(scenario, None, writer, outside=outside).run()
        writer.finish("complete", digest=outcome.digest)
    return outcome


def test_looking_changes_nothing(tmp_path: Path) -> None:
    onlooker = Onlooker()
    assert run(tmp_path / "a", onlooker).digest == run(tmp_path / "b", None).digest
    assert onlooker.calls == [
        call for step in range(10) for call in (("begin", step * STEP_NS), ("seen", step * STEP_NS), ("aired", -1))
    ]
    assert len(onlooker.frames) == 30 and ("pc5", "veh00002") in onlooker.frames
    assert (0, "veh00001", "subject.start") in onlooker.events


def test_a_guest_hears_and_is_heard(tmp_path: Path) -> None:
    from v2x_analysis import Run

    visitor = Visitor()
    changed = run(tmp_path / "a", visitor)
    assert changed.digest != run(tmp_path / "b", None).digest
    assert {arrival.receiver for arrival in visitor.heard} == {"guest.obu"}
    assert len(visitor.heard) >= 25  # three vehicles, ten times a second, but for what is under way at the end
    rx, tx = Run(tmp_path / "a").rx, Run(tmp_path / "a").tx
    from_guest = tx.loc[tx["station"] == "guest.obu", "tx_id"]
    assert len(from_guest) == 10
    told = rx[rx["tx_id"].isin(from_guest) & (rx["receiver"] == "veh00001")]
    assert told["cause"].isna().all() and told["t_used_ns"].notna().sum() >= 8


def test_the_same_visit_gives_the_same_digest(tmp_path: Path) -> None:
    assert run(tmp_path / "a", Visitor()).digest == run(tmp_path / "b", Visitor()).digest


class Driving(Nobody):
    """Says one word, and keeps what it is shown."""

    def __init__(self) -> None:
        self.looks: list[Look] = []

    def words(self, end_ns: int) -> Sequence[Word]:
        return [Word(end_ns - 1, 1, 0.1, 0.0)]

    def shown(self, looks: Sequence[Look]) -> None:
        self.looks += looks


def test_who_looks_on_neither_drives_nor_is_shown_the_operators_screen() -> None:
    driver, onlooker = Driving(), Driving()
    both = Together(driver, onlooker)
    assert both.words(10) == [Word(9, 1, 0.1, 0.0)]
    both.shown([Look(5, None)])
    assert (driver.looks, onlooker.looks) == ([Look(5, None)], [])

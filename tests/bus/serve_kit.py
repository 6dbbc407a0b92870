"""A small field to serve: synthetic traffic, one roadside unit, an ideal link; and peers that talk to the service."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import zmq

from v2x.bus.address import Address
from v2x.bus.ground import Ground
from v2x.bus.live import Live
from v2x.bus.publisher import DatagramExport
from v2x.bus.settings import Addresses, Bounds, Form, Keys, Terms
from v2x.bus.units import unit_places
from v2x.clock import NS_PER_MS, to_ns, utc_ns
from v2x.engine import Outcome, Simulation
from v2x.messages.model import NAN, Intersection, Lane, MapData
from v2x.messages.profile import get_profile
from v2x.record.writer import RunWriter
from v2x.remote.external import Cockpit
from v2x.scenario.model import Scenario
from v2x.traffic.build import plane_of

ORIGIN = {"crs": "wgs84", "lon_deg": 117.05, "lat_deg": 39.05}
AT = {"lon_deg": 117.0501, "lat_deg": 39.0501}
STEP_NS = 100 * NS_PER_MS
NOTICE = {"id": 1, "cause": "roadworks", "at": {**ORIGIN}, "radius_m": 50, "via": ["rsu"]}
TCP, UDP = Address("tcp", "127.0.0.1", 0), Address("udp", "127.0.0.1", 0)
HERE = Addresses(TCP, TCP, TCP, UDP)
LANE = Lane(1, "vehicle", True, np.array([[0.0, 0.0], [0.0, 50.0]]), 3.5)
SAID = MapData(0, 1_772_413_198_000_000_000, 1, (Intersection(3, 22, "x", 39.05, 117.05, NAN, (LANE,)),))
_, MAP = get_profile("j2735").encode(SAID)
PATIENCE_MS = 20_000


def scenario(duration_s: float = 1.0, profile: str = "j2735", **links: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "schema_version": 1,
            "name": "served",
            "start_utc": "2026-03-02T00:59:58Z",
            "duration_s": duration_s,
            "profile": profile,
            "traffic": {"kind": "synthetic", "vehicles": 3, "speed_mps": 12.0, "accel_mps2": 0.0, "origin": ORIGIN},
            "stations": {
                "subjects": [{"vehicle": "veh*1"}],
                "server": {"enabled": False},
                "extra_rsu": [{"id": "RSU-T", "at": ORIGIN}],
            },
            "links": {"pc5": {"kind": "ideal"}},
            "notices": [NOTICE],
            "test": {"id": "t", "standard": "none", "clause": "none", "edition": "none", "stage": "virtual"},
        }
    )


def live(
    played: Scenario,
    terms: Terms,
    *,
    bounds: Bounds | None = None,
    keys: Keys | None = None,
    addresses: Addresses = HERE,
    form: Form = "rsu41",
    cockpit: Cockpit | None = None,
) -> Live:
    profile, plane = get_profile(played.profile), plane_of(played, None)
    start_utc_ns = utc_ns(played.start_utc)
    units = tuple(unit_places(played, None, plane))
    ground = Ground(profile, plane, to_ns(played.step_s), start_utc_ns, units, cockpit=cockpit)
    export = None
    if addresses.udp_out is not None:
        export = DatagramExport(units, form, profile, played.security, played.seed, start_utc_ns)
    return Live(ground, terms, addresses, bounds or Bounds(), keys, export)


class Serving(threading.Thread):
    """A run with a service, in a thread of its own; the test is the peers."""

    def __init__(self, folder: Path, played: Scenario, service: Live) -> None:
        super().__init__(daemon=True)
        self._folder, self._played, self.live = folder, played, service
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with RunWriter(
                self._folder, {"seed": self._played.seed}, scenario=self._played.model_dump(mode="json")
            ) as to:
                self.outcome = Simulation(self._played, None, to, outside=self.live).run()
                to.finish("complete", digest=self.outcome.digest)
            self.live.close(hurry=False)
        except BaseException as error:
            self.error = error

    def digest(self) -> str:
        self.join(PATIENCE_MS / 1000)
        if self.error is not None:
            raise self.error
        assert self.outcome is not None
        return self.outcome.digest


@contextmanager
def serving(folder: Path, played: Scenario, terms: Terms, **options: Any) -> Iterator[Serving]:
    with live(played, terms, **options) as service:
        run = Serving(folder, played, service)
        run.start()
        yield run
        run.digest()


def headless(folder: Path, played: Scenario) -> str:
    with RunWriter(folder, {"seed": played.seed}, scenario=played.model_dump(mode="json")) as writer:
        outcome = Simulation(played, None, writer).run()
        writer.finish("complete", digest=outcome.digest)
    return outcome.digest


class Peer:
    """One socket of somebody outside."""

    def __init__(self, kind: int, address: Address | str, **options: Any) -> None:
        self._context = zmq.Context()
        self.socket = self._context.socket(kind)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVTIMEO, PATIENCE_MS)
        for name, value in options.items():
            self.socket.setsockopt(getattr(zmq, name), value)
        if kind == zmq.SUB:
            self.socket.setsockopt(zmq.SUBSCRIBE, b"")
        self.socket.connect(str(address))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.destroy(0)

    def tell(self, header: dict[str, Any] | bytes, *payload: bytes) -> None:
        self.socket.send_multipart([header if isinstance(header, bytes) else json.dumps(header).encode(), *payload])

    def hear(self) -> tuple[dict[str, Any], bytes]:
        parts = self.socket.recv_multipart()
        return json.loads(parts[0]), parts[1] if len(parts) > 1 else b""

    def ask(self, header: dict[str, Any], *payload: bytes) -> dict[str, Any]:
        """Tell, and the answer to it; what else comes meanwhile is dropped."""
        self.tell(header, *payload)
        while True:
            answer, _ = self.hear()
            if "do" not in answer:
                return answer


def drained(peer: Peer, until_seq: int | None = None) -> list[tuple[str, dict[str, Any], bytes]]:
    """All frames of a subscription up to one, or to the end of the run."""
    frames: list[tuple[str, dict[str, Any], bytes]] = []
    while not frames or frames[-1][1]["seq"] != until_seq:
        topic, text, payload = peer.socket.recv_multipart()
        header = json.loads(text)
        if topic != b"status":
            frames.append((topic.decode(), header, payload))
        elif header["ended"]:
            break
    return frames


def grant_all(peer: Peer, stride_ns: int = STEP_NS) -> list[int]:
    """Grant stride by stride to the end, as ``rig``; the times answered."""
    until_ns, times = 0, []
    while True:
        answer = peer.ask({"peer": "rig", "until_ns": until_ns})
        times.append(answer["now_ns"])
        if "ended" in answer:
            return times
        until_ns += stride_ns


def gaps(frames: Sequence[tuple[str, dict[str, Any], bytes]]) -> int:
    """Frames that are missing among some."""
    numbers = [header["seq"] for _, header, _ in frames]
    return numbers[-1] - len(numbers)

"""The server as members of platoons use it: what one sends up goes down to the others of its circle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_scene import snapshot

import v2x.relay
from v2x.links.waiting import Arrival, Arrivals
from v2x.messages.frame import Frames, Outgoing
from v2x.relay import Relay
from v2x.stations.server import Server


class Medium:
    """Remembers what it is given."""

    def __init__(self) -> None:
        self.calls: list[tuple[Frames, str, Any, list[str]]] = []

    def unicast(self, frames: Frames, direction: str, mobiles: Any, to: list[str], *, urgent: bool) -> None:
        assert urgent
        self.calls.append((frames, direction, mobiles, to))


def relay() -> tuple[Relay, Medium, dict[str, int]]:
    now, medium = snapshot(), Medium()
    names = now.id.tolist()[:3]
    each = Relay(medium, dict.fromkeys(names, 0) | {"elsewhere": 0}, lambda _frames, _channel: None)  # type: ignore[arg-type]
    assert len(each.connect(now, besides=())) == 3
    return each, medium, {name: int(now.key[row]) for row, name in enumerate(names)}


def up(each: Relay, name: str, key: int, data: bytes) -> None:
    each.up(Frames.by([(Outgoing(5, "PCM", data), (name, key, 0.0, 0.0))]))


def arrived(data: bytes, receiver: str = Server.name) -> Arrival:
    return Arrival(30, 7, receiver, "uu", "PCM", data, 25, float("nan"))


def test_what_arrives_at_the_server_goes_to_the_others() -> None:
    each, medium, keys = relay()
    name = next(iter(keys))
    up(each, name, keys[name], b"a")
    own = arrived(b"b", receiver=name)
    assert each.down(Arrivals.of([arrived(b"a"), own])).data.tolist() == [own.data]
    (_, way_up, modem, to), (down, way_down, modems, others) = medium.calls
    assert (way_up, way_down, to) == ("uplink", "downlink", [Server.name])
    assert modem.key.tolist() == [keys[name]]
    assert others == [other for other in keys if other != name]
    assert modems.key.tolist() == [keys[other] for other in others]
    assert down.t_ns.tolist() == [30, 30]
    assert down.data == [b"a", b"a"]


def test_frames_under_way_are_known_however_many_were_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(v2x.relay, "_MOST", 4)
    each, medium, keys = relay()
    name = next(iter(keys))
    for number in range(10):
        up(each, name, keys[name], bytes([number]))
    each.connect(snapshot(), besides=())
    each.down(Arrivals.of([arrived(bytes([9]))]))
    assert len(medium.calls) == 11
    assert np.unique(medium.calls[-1][0].station).tolist() == [Server.name]

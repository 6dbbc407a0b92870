"""A step over the network: who sends up and down, and in which order."""

from __future__ import annotations

from typing import Any

from test_scene import snapshot, units

from v2x.cloud import Cloud
from v2x.messages.frame import Frames, Outgoing


class Server:
    """Hands up all that it is shown, and sends two notices to everybody."""

    def uplinked(self, said: Frames, _online: Any) -> Frames:
        return said

    def poll(self, start_ns: int, _until_ns: int) -> list[Outgoing]:
        return [Outgoing(start_ns + 5, "RSI", b"a"), Outgoing(start_ns + 7, "RSI", b"b")]


class Medium:
    """Remembers what it is given."""

    def __init__(self) -> None:
        self.calls: list[tuple[Frames, str, Any, list[str]]] = []

    def unicast(self, frames: Frames, direction: str, mobiles: Any, to: list[str]) -> None:
        self.calls.append((frames, direction, mobiles, to))


def test_vehicles_and_units_go_up_together_in_the_order_of_time() -> None:
    now, medium, sent = snapshot(), Medium(), []
    placed = units(5.0, 6.5)
    for each in placed:
        each.unit.uplinks = True  # type: ignore[misc]
    cloud = Cloud(Server(), medium, placed, lambda frames, channel: sent.append(channel))  # type: ignore[arg-type]
    online = {name: row for row, name in enumerate(now.id.tolist()) if name in ("car", "bus")}
    senders = {name: (name, int(now.key[row]), 0.0, 0.0) for name, row in online.items()}
    said = Frames.by([(Outgoing(90, "BSM", b"1"), senders["bus"]), (Outgoing(30, "BSM", b"2"), senders["car"])])
    unit = placed[1].unit
    forwarded = [(Outgoing(60, "PSM", b"3"), (unit.name, unit.key, 10.0, 20.0))]
    modems = cloud.connect(now, online)
    cloud.exchange(now.t_ns, now.t_ns + 100, said, forwarded)
    (up, way_up, senders_up, _), (down, way_down, receivers, to) = medium.calls
    assert (way_up, way_down, sent) == ("uplink", "downlink", ["uu_uplink", "uu_downlink"])
    assert up.t_ns.tolist() == [30, 60, 90] and up.station.tolist() == ["car", unit.name, "bus"]
    assert senders_up.key.tolist() == up.key.tolist()
    assert to == [*online] * 2 and receivers.key.tolist() == [int(now.key[online[name]]) for name in to]
    assert down.t_ns.tolist() == [now.t_ns + 5] * 2 + [now.t_ns + 7] * 2
    assert modems.key.tolist() == [*(now.key[row] for row in online.values()), *(u.unit.key for u in placed)]

"""``v2x rsu impair``: a modelled link between two programs that talk over UDP or ZeroMQ."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from math import isnan
from pathlib import Path
from types import FrameType
from typing import Any, get_args

import click

from v2x.bus.address import Address, parse_address, require_consent
from v2x.bus.curve import peer_keys, public_key, server_keys
from v2x.bus.impairment import Impairment, uu_impairment
from v2x.bus.impairment_pc5 import pc5_impairment
from v2x.bus.link_option import read_pc5, read_uu
from v2x.bus.proxy import Proxy, ProxySettings
from v2x.bus.release import Order
from v2x.bus.udp_wire import UdpWire
from v2x.bus.wire import Wire
from v2x.bus.zmq_wire import Curve, ZmqWire
from v2x.cli import options
from v2x.clock import to_ns
from v2x.errors import InputError
from v2x.links.base import Direction
from v2x.scenario.model import PresetUu, TraceUu

_DEFAULTS = ProxySettings()
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


def _number(_: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """Refuse what no range refuses: not a number."""
    if value is not None and isnan(value):
        raise click.BadParameter(f"{value} is not a number", param=option)
    return value


@click.command(name="impair")
@click.option("--from", "source", required=True, metavar="URL", help="udp: where to listen; tcp: whose PUB to hear.")
@click.option("--to", "target", required=True, metavar="URL", help="udp: where to send; tcp: where to publish.")
@click.option("--uu", metavar="MODEL", help="5G: weak_n8 or another preset, or links.uu of a scenario as {kind: ...}.")
@click.option("--pc5", metavar="MODEL", help="Sidelink: links.pc5 of a scenario as {kind: ...}.")
@click.option("--direction", type=click.Choice(get_args(Direction)), default="uplink", show_default=True, help="Of Uu.")
@click.option(
    "--distance-m",
    type=click.FloatRange(0.0, 1e6),
    callback=_number,
    default=100.0,
    show_default=True,
    help="Between the two ends of the sidelink.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of all luck.")
@click.option(
    "--order",
    type=click.Choice(get_args(Order)),
    default=_DEFAULTS.order,
    show_default=True,
    help="fifo: no datagram overtakes one of its flow.",
)
@click.option(
    "--flow",
    type=click.Choice(["source", "none"]),
    default="source",
    show_default=True,
    help="What has luck and order of its own: each sender (udp: host and port; tcp: last part of the topic), or all.",
)
@click.option(
    "--duration",
    "duration_s",
    type=click.FloatRange(0.0, 1e9, min_open=True),
    callback=_number,
    help="Seconds; default: for ever.",
)
@click.option(
    "--queue", type=click.IntRange(1, 1_000_000), default=_DEFAULTS.queue, show_default=True, help="Most that may wait."
)
@click.option(
    "--max-bytes",
    type=click.IntRange(1, 65_535),
    default=_DEFAULTS.max_bytes,
    show_default=True,
    help="A longer datagram is dropped.",
)
@click.option(
    "--spin-us",
    type=click.IntRange(0, 10_000),
    default=_DEFAULTS.spin_ns // 1000,
    show_default=True,
    help="Last time before a release that is waited out busily.",
)
@click.option("--bind", is_flag=True, help="Allow addresses beyond this machine; tcp needs keys there.")
@click.option("--curve-key", type=_FILE, metavar="FILE", help="tcp: our own NAME.key_secret (see v2x rsu keys).")
@click.option("--curve-publisher", type=_FILE, metavar="FILE", help="tcp: NAME.key of the publisher in --from.")
@click.option("--curve-peers", type=_FOLDER, metavar="DIR", help="tcp: NAME.key files of who may subscribe.")
@options.as_json
def command(
    source: str,
    target: str,
    uu: str | None,
    pc5: str | None,
    direction: Direction,
    distance_m: float,
    seed: int,
    order: Order,
    flow: str,
    duration_s: float | None,
    queue: int,
    max_bytes: int,
    spin_us: int,
    bind: bool,
    curve_key: Path | None,
    curve_publisher: Path | None,
    curve_peers: Path | None,
    as_json: bool,
) -> None:
    """Put a link model on live traffic, one way, from one address to another.

    Ctrl-C ends it; then it says what became of everything it received.
    """
    impairment, in_order = _impairment(uu, pc5, seed, direction, distance_m)
    if in_order and order == "free":
        raise InputError("nothing overtakes with transport tcp: leave it away, or take fifo", file="--order")
    settings = ProxySettings(order, flow == "source", queue, max_bytes, spin_ns=1000 * spin_us)
    curve = _curve(curve_key, curve_publisher, curve_peers)
    wire, route = _wire(*_addresses(source, target, curve, bind=bind), max_bytes, curve)
    with closing(wire), _asked_to_stop() as asked:
        proxy = Proxy(wire, impairment, settings)
        click.echo(f"{route}; Ctrl-C ends it", err=True)
        proxy.run(asked, None if duration_s is None else to_ns(duration_s))
    _report(proxy.statistics(), as_json=as_json)


def _impairment(
    uu: str | None, pc5: str | None, seed: int, direction: Direction, distance_m: float
) -> tuple[Impairment, bool]:
    """The link model, and whether it is one that keeps the order by itself."""
    if uu is not None and pc5 is None:
        config = read_uu(uu, "--uu")
        in_order = isinstance(config, PresetUu | TraceUu) and config.transport == "tcp"
        return uu_impairment(config, seed, direction), in_order
    if pc5 is not None and uu is None:
        return pc5_impairment(read_pc5(pc5, "--pc5"), seed, distance_m), False
    raise click.UsageError("exactly one of --uu and --pc5 is needed")


def _curve(own: Path | None, publisher: Path | None, peers: Path | None) -> Curve | None:
    """The keys, None without any."""
    if own is None and publisher is None and peers is None:
        return None
    if own is None or (publisher is None and peers is None):
        raise click.UsageError("--curve-key goes with --curve-publisher, --curve-peers or both")
    return Curve(
        server_keys(own),
        publisher=None if publisher is None else public_key(publisher),
        subscribers=None if peers is None else peer_keys(peers),
    )


def _addresses(source: str, target: str, curve: Curve | None, *, bind: bool) -> tuple[Address, Address]:
    # UDP listens where things come from, a ZeroMQ publisher where they go to
    start = parse_address(source, "--from", listens=source.startswith("udp"))
    end = parse_address(target, "--to", listens=target.startswith("tcp"))
    if start.scheme != end.scheme:
        raise InputError(f"expected {start.scheme}:// as in --from, got '{target}'", file="--to")
    if curve is not None and start.scheme == "udp":
        raise InputError("UDP cannot be encrypted", file="--curve-key")
    require_consent(start, "--from", bind=bind, curve=curve is not None and curve.publisher is not None)
    require_consent(end, "--to", bind=bind, curve=curve is not None and curve.subscribers is not None)
    return start, end


def _wire(start: Address, end: Address, max_bytes: int, curve: Curve | None) -> tuple[Wire, str]:
    """The two ends, and what to tell about them: the port may be the system's choice."""
    if start.scheme == "udp":
        udp = UdpWire(start, end, max_bytes)
        return udp, f"listening on {udp.listens}, sending to {end}"
    zmq = ZmqWire(start, end, curve)
    return zmq, f"subscribed to {start}, publishing on {zmq.publishes}"


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Whether the user has asked for the end, by Ctrl-C or by ``kill``: both are the regular way to end it."""
    asked: list[int] = []

    def ask(number: int, _: FrameType | None) -> None:
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _report(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(figures, indent=1))
        return
    lateness = figures.pop("lateness_ms")
    for name, figure in figures.items():
        text = "  ".join(f"{cause} {count}" for cause, count in figure.items()) if isinstance(figure, dict) else figure
        click.echo(f"{name:<24} {text or 0}")
    late = "  ".join(f"{name} {lateness[name]:.3f}" for name in ("p50", "p95", "p99", "max") if figures["forwarded"])
    click.echo(f"{'lateness_ms':<24} {late or '-'}")

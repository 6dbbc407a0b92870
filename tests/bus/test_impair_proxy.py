"""The proxy: nothing unaccounted for, bounds kept, both kinds of wire, figures at the end."""

from __future__ import annotations

import errno
import signal
import socket
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import zmq
from bus_kit import LiveProxy, ScriptedWire, accounted, until
from click.testing import CliRunner

from v2x.bus.address import Address
from v2x.bus.curve import public_key, secure, server_keys, write_keys
from v2x.bus.impairment import Impairment, uu_impairment
from v2x.bus.link_option import read_uu
from v2x.bus.proxy import Proxy, ProxySettings
from v2x.bus.udp_wire import UdpWire
from v2x.bus.wire import Arrived
from v2x.cli.main import cli
from v2x.errors import InputError, RunError

MS = 10**6
LOOPBACK = "127.0.0.1"


def impairment(text: str = "{kind: ideal}") -> Impairment:
    return uu_impairment(read_uu(text, "--uu"), 1, "uplink")


@pytest.fixture
def readable() -> Iterator[int]:
    """A descriptor that `select` always finds readable."""
    one, other = socket.socketpair()
    with one, other:
        other.send(b"x")
        yield one.fileno()


def now(source: str, *parts: bytes) -> Arrived:
    return Arrived(source, parts, time.monotonic_ns())


def work(wire: ScriptedWire, model: Impairment, settings: ProxySettings, duration_ns: int = 60 * MS) -> Proxy:
    proxy = Proxy(wire, model, settings)
    proxy.run(lambda: False, duration_ns)
    assert accounted(proxy.statistics()) == proxy.statistics()["received"]
    return proxy


def test_each_datagram_is_in_exactly_one_count(readable: int) -> None:
    lossy = impairment("{kind: constant, delay_ms: 700, loss: 0.3}")
    wire = ScriptedWire([now(f"sender {number % 5}", bytes(number % 40)) for number in range(400)], readable)
    figures = work(wire, lossy, ProxySettings(queue=100, max_bytes=30, max_flows=4), 1000 * MS).statistics()
    assert (figures["received"], figures["flows"]) == (400, 4)
    assert figures["too_many_flows"] == 80
    assert figures["oversize"] == sum(number % 5 != 4 and number % 40 > 30 for number in range(400))
    assert figures["queue_full"] > 0
    assert figures["lost"]["random"] > 0
    assert figures["forwarded"] == len(wire.sent) == 100
    assert figures["lateness_ms"]["p50"] <= figures["lateness_ms"]["p99"] <= figures["lateness_ms"]["max"]


def test_what_still_waits_is_told(readable: int) -> None:
    wire = ScriptedWire([now("a", b"x")], readable)
    figures = work(wire, impairment("{kind: constant, delay_ms: 10000}"), ProxySettings()).statistics()
    assert (figures["waiting"], figures["forwarded"], wire.sent) == (1, 0, [])
    assert figures["lateness_ms"]["p99"] is None


def test_send_errors_are_counted_by_name(readable: int) -> None:
    wire = ScriptedWire([now("a", b"x")] * 7, readable, OSError(errno.ENETUNREACH, "no way"))
    figures = work(wire, impairment(), ProxySettings()).statistics()
    assert figures["send_errors"] == {"ENETUNREACH": 7}


def test_our_own_drops_do_not_shift_the_luck_of_others(readable: int) -> None:
    """Which of the equal datagrams are lost stays the same when some of them are too long to be taken."""
    lossy = impairment("{kind: constant, delay_ms: 1, loss: 0.5}")
    wire, partly = (
        ScriptedWire(
            [now("a", f"{number:03}".encode() + bytes(pad * (number % 3 == 0))) for number in range(90)], readable
        )
        for pad in (0, 50)
    )
    work(wire, lossy, ProxySettings(max_bytes=20))
    work(partly, lossy, ProxySettings(max_bytes=20))
    assert 20 < len(wire.sent) < 70
    assert partly.sent == [data for data in wire.sent if int(data[:3]) % 3]


@pytest.mark.parametrize(("by_source", "flows"), [(True, 3), (False, 1)])
def test_one_flow_or_one_a_sender(readable: int, by_source: bool, flows: int) -> None:
    arrivals = [now(f"sender {number % 3}", bytes([number % 3, number // 3])) for number in range(120)]
    wire = ScriptedWire(arrivals, readable)
    figures = work(wire, impairment("weak_n8"), ProxySettings(by_source=by_source)).statistics()
    assert figures["flows"] == flows
    by_sender = defaultdict(list)
    for data in wire.sent:
        by_sender[data[0]].append(data[1])
    assert all(numbers == sorted(numbers) for numbers in by_sender.values())
    if not by_source:
        assert [(data[1], data[0]) for data in wire.sent] == sorted((data[1], data[0]) for data in wire.sent)


def test_free_order_overtakes(readable: int) -> None:
    wire = ScriptedWire([now("a", bytes([number])) for number in range(100)], readable)
    work(wire, impairment("sa_trial"), ProxySettings(order="free"))
    assert sorted(wire.sent) == [bytes([number]) for number in range(100)] != wire.sent


def udp_pair(max_bytes: int = 100) -> tuple[UdpWire, socket.socket]:
    """A wire, and a socket that is both its sender and its target."""
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind((LOOPBACK, 0))
    peer.settimeout(5.0)
    return UdpWire(Address("udp", LOOPBACK, 0), Address("udp", *peer.getsockname()), max_bytes), peer


def test_udp_tells_who_when_and_how_long() -> None:
    wire, peer = udp_pair()
    with peer:
        before_ns = time.monotonic_ns()
        peer.sendto(bytes(100), (LOOPBACK, wire.listens.port))
        after_ns = time.monotonic_ns()
        peer.sendto(bytes(5000), (LOOPBACK, wire.listens.port))
        time.sleep(0.05)  # it has arrived long ago when it is read
        first, cut = wire.receive(9)
        assert wire.receive(9) == []
        assert (first.source, len(first.parts[0]), len(cut.parts[0])) == (
            f"{LOOPBACK}:{peer.getsockname()[1]}",
            100,
            101,
        )
        assert before_ns - MS <= first.t_ns <= after_ns + 20 * MS
        wire.send((b"on",))
        assert peer.recv(10) == b"on"
        with pytest.raises(RunError, match="cannot listen on udp://"):
            UdpWire(wire.listens, wire.listens, 1)
    wire.close()


def test_udp_counts_what_the_kernel_dropped() -> None:
    wire, peer = udp_pair(max_bytes=60_000)
    with peer:
        for _ in range(200):
            peer.sendto(bytes(50_000), (LOOPBACK, wire.listens.port))
        read = len(wire.receive(200))
        peer.sendto(b"the count comes with the next one", (LOOPBACK, wire.listens.port))
        assert len(wire.receive(1)) == 1
        assert 0 < wire.overflowed == 200 - read
    wire.close()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_its_figures(ending: signal.Signals) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind((LOOPBACK, 0))
        sink.settimeout(10.0)
        target = f"udp://{LOOPBACK}:{sink.getsockname()[1]}"
        model = "{kind: constant, delay_ms: 30}"
        with LiveProxy("--from", f"udp://{LOOPBACK}:0", "--to", target, "--uu", model) as proxy:
            began_ns = time.monotonic_ns()
            for number in range(20):
                sink.sendto(bytes([number]), proxy.address)
            sink.sendto(bytes(9000), proxy.address)
            assert [sink.recv(10) for _ in range(20)] == [bytes([number]) for number in range(20)]
            assert time.monotonic_ns() - began_ns >= 30 * MS
            figures = proxy.finish(ending)
    assert (figures["received"], figures["forwarded"], figures["oversize"]) == (21, 20, 1)
    assert figures["lateness_ms"]["p50"] > 0.0


def passed_on(count: int, pause_s: float) -> list[int]:
    """Which of the same datagrams, from the same address, a fresh proxy lets through."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.77.1.1", 20_078))
        peer.settimeout(10.0)
        target = "udp://127.77.1.1:20078"
        with LiveProxy("--from", f"udp://{LOOPBACK}:0", "--to", target, "--uu", "{kind: constant, loss: 0.5}") as proxy:
            for number in range(count):
                peer.sendto(bytes([number]), proxy.address)
                time.sleep(pause_s)
            heard: list[int] = []
            while not heard or heard[-1] < count - 1:  # the last one is sent until it comes through
                peer.sendto(bytes([count - 1]), proxy.address)
                heard.append(peer.recv(10)[0])
    return [number for number in heard if number < count - 1]


def test_the_same_datagrams_have_the_same_luck_again() -> None:
    first = passed_on(100, 0.0)
    assert 25 < len(first) < 75
    assert passed_on(100, 0.003) == first


def test_zeromq_messages_stay_whole() -> None:
    context = zmq.Context()
    source, sink = context.socket(zmq.PUB), context.socket(zmq.SUB)
    sink.setsockopt(zmq.SUBSCRIBE, b"")
    port = source.bind_to_random_port(f"tcp://{LOOPBACK}")
    model = "{kind: constant, delay_ms: 2}"
    try:
        with LiveProxy("--from", f"tcp://{LOOPBACK}:{port}", "--to", f"tcp://{LOOPBACK}:0", "--uu", model) as proxy:
            sink.connect(f"tcp://{LOOPBACK}:{proxy.address[1]}")
            said = 0

            def joined() -> bool:  # subscriptions take effect when they do: say it until it is heard
                nonlocal said
                source.send(b"hello/x/none")
                said += 1
                return bool(sink.poll(20))

            until(joined)
            messages = [[f"pc5/BSM/obu{number % 2}".encode(), b"{}", bytes([number])] for number in range(50)]
            for message in messages:
                source.send_multipart(message)
            source.send_multipart([b"pc5/BSM/obu0", bytes(9000)])
            heard = []
            while len(heard) < 50:
                assert sink.poll(5000)
                parts = sink.recv_multipart()
                heard += [parts] if len(parts) == 3 else []
            assert heard == messages
            figures = proxy.finish(signal.SIGINT)
    finally:
        context.destroy(0)
    assert figures["flows"] == 3
    assert figures["oversize"] == 1
    assert accounted(figures) == figures["received"] <= said + 51


def test_with_keys_only_who_is_known_may_subscribe(tmp_path: Path) -> None:
    for name in ("publisher", "proxy", "stranger"):
        write_keys(tmp_path, name)
    write_keys(tmp_path / "admitted", "friend")
    context = zmq.Context()
    source = context.socket(zmq.PUB)
    secure(source, server_keys(tmp_path / "publisher.key_secret"))
    sinks = []
    for keys in (tmp_path / "admitted" / "friend", tmp_path / "stranger", None):
        sink = context.socket(zmq.SUB)
        sink.setsockopt(zmq.SUBSCRIBE, b"")
        if keys is not None:
            public, secret = server_keys(keys.with_suffix(".key_secret"))
            sink.setsockopt(zmq.CURVE_SERVERKEY, public_key(tmp_path / "proxy.key"))
            sink.setsockopt(zmq.CURVE_PUBLICKEY, public)
            sink.setsockopt(zmq.CURVE_SECRETKEY, secret)
        sinks.append(sink)
    ends = (
        "--from",
        f"tcp://{LOOPBACK}:{source.bind_to_random_port(f'tcp://{LOOPBACK}')}",
        "--to",
        f"tcp://{LOOPBACK}:0",
    )
    keys = ("--curve-key", "proxy.key_secret", "--curve-publisher", "publisher.key", "--curve-peers", "admitted")
    found = [word if word.startswith("--") else str(tmp_path / word) for word in keys]
    try:
        with LiveProxy(*ends, "--uu", "{kind: ideal}", *found) as proxy:
            for sink in sinks:
                sink.connect(f"tcp://{LOOPBACK}:{proxy.address[1]}")

            def heard() -> bool:
                source.send(b"pc5/BSM/obu1")
                return bool(sinks[0].poll(20))

            until(heard)
            for _ in range(20):
                heard()
            assert [bool(sink.poll(50)) for sink in sinks] == [True, False, False]
    finally:
        context.destroy(0)


def impair(*arguments: str) -> tuple[int, str, BaseException | None]:
    given = {"--from": f"udp://{LOOPBACK}:0", "--to": f"udp://{LOOPBACK}:9", "--uu": "weak_n8", "--duration": "0.05"}
    given |= dict(zip(arguments[::2], arguments[1::2], strict=True))
    result = CliRunner().invoke(cli, ["rsu", "impair", *(word for pair in given.items() if pair[1] for word in pair)])
    return result.exit_code, result.output, result.exception


def test_a_table_for_people() -> None:
    handler = signal.getsignal(signal.SIGINT)
    code, output, _ = impair()
    assert code == 0
    assert signal.getsignal(signal.SIGINT) is handler
    assert "listening on udp://127.0.0.1:" in output
    assert "received                 0" in output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--from", "udp://192.0.2.1:0"), "--from: udp://192.0.2.1:0 is beyond this machine"),
        (("--to", "udp://192.0.2.1:9"), "--to: udp://192.0.2.1:9 is beyond this machine"),
        (("--to", "tcp://127.0.0.1:9"), "--to: expected udp:// as in --from"),
        (("--to", "udp://127.0.0.1:0"), "only an end that listens"),
        (
            ("--from", "tcp://192.0.2.1:9", "--to", "tcp://127.0.0.1:0"),
            "--from: tcp://192.0.2.1:9 is beyond this machine",
        ),
        (("--curve-key", "KEY", "--curve-publisher", "KEY"), "UDP cannot be encrypted"),
        (("--uu", "{kind: preset, transport: tcp}", "--order", "free"), "nothing overtakes with transport tcp"),
    ],
)
def test_what_does_not_go_together(arguments: tuple[str, ...], complaint: str, tmp_path: Path) -> None:
    _, secret = write_keys(tmp_path, "proxy")
    _, _, error = impair(*(str(secret) if word == "KEY" else word for word in arguments))
    assert isinstance(error, InputError)  # `v2x.cli.main` prints it and exits with 2
    assert complaint in str(error)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--pc5", "{kind: ideal}"), "exactly one of --uu and --pc5"),
        (("--uu", ""), "exactly one of --uu and --pc5"),
        (("--duration", "nan"), "not a number"),
        (("--duration", "inf"), "not in the range"),
        (("--distance-m", "nan"), "not a number"),
        (("--queue", "0"), "not in the range"),
        (("--curve-peers", "."), "--curve-key goes with"),
        (("--curve-key", __file__), "--curve-key goes with"),
    ],
)
def test_bad_options(arguments: tuple[str, ...], complaint: str) -> None:
    code, output, _ = impair(*arguments)
    assert code == 2
    assert complaint in output


def test_lateness_of_an_idle_link_is_small() -> None:
    """An ideal link: all that is seen is the proxy itself; the bar is loose, for machines with other things to do."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind((LOOPBACK, 0))
        sink.settimeout(10.0)
        target = f"udp://{LOOPBACK}:{sink.getsockname()[1]}"
        with LiveProxy("--from", f"udp://{LOOPBACK}:0", "--to", target, "--uu", "{kind: ideal}") as proxy:
            delays_ms = []
            for number in range(100):
                began_ns = time.monotonic_ns()
                sink.sendto(bytes([number]), proxy.address)
                sink.recv(10)
                delays_ms.append((time.monotonic_ns() - began_ns) / 1e6)
            figures = proxy.finish(signal.SIGINT)
    assert figures["forwarded"] == 100
    assert np.median(delays_ms) < 5.0
    assert figures["lateness_ms"]["p50"] <= np.max(delays_ms) * (1 + 1 / 32)

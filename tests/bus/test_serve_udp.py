"""UDP: RSU 4.1 text in and out, WSMP packets that Wireshark dissects, and the example."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
import zmq
from serve_kit import HERE, MAP, STEP_NS, Peer, Serving, grant_all, scenario, serving
from serve_process import EXAMPLES, program

from v2x.bus.address import Address
from v2x.bus.settings import Terms
from v2x.messages.envelope import capture, rsu41, wsmp
from v2x.messages.envelope.pcap import write_pcap
from v2x_analysis import Run

RIG = Terms(speed=None, peers=("rig",))


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listener() -> tuple[socket.socket, Address]:
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.bind(("127.0.0.1", 0))
    own.settimeout(5.0)
    return own, Address("udp", "127.0.0.1", own.getsockname()[1])


def received(own: socket.socket) -> list[bytes]:
    own.settimeout(0.3)
    found = []
    try:
        while True:
            found.append(own.recv(65_535))
    except TimeoutError:
        return found


def until_taken(run: Serving, count: int) -> None:
    until_s = time.monotonic() + 5.0
    while run.live.statistics()["in"]["udp"]["taken"] < count and time.monotonic() < until_s:
        time.sleep(0.01)


def test_text_goes_in_and_out(tmp_path: Path) -> None:
    own, out = listener()
    with (
        own,
        serving(tmp_path / "live", scenario(), RIG, addresses=replace(HERE, udp_out=out)) as run,
        Peer(zmq.REQ, run.live.listens.grant) as rig,
    ):
        to = run.live.listens.udp.host, run.live.listens.udp.port
        own.sendto(b"Version=0.7", to)
        own.sendto(rsu41.write(rsu41.Forward("MAP", 0x204097, MAP, interval_ms=300)).encode(), to)
        until_taken(run, 2)
        grant_all(rig, 10 * STEP_NS)
        said = [rsu41.read(text.decode()) for text in received(own)]
    tx = Run(tmp_path / "live").tx
    from_unit = tx[tx["station"] == "RSU-T"]
    assert [(message.type, message.payload) for message in said] == list(
        zip(from_unit["type"], from_unit["bytes"], strict=True)
    )
    ordered = from_unit[from_unit["type"] == "MAP"]
    assert len(ordered) == 4 and set(ordered["bytes"]) == {MAP}
    figures = run.live.statistics()
    assert figures["run"]["orders"] == 1 and figures["run"]["bad_orders"] == 1
    assert figures["out"]["datagrams"] == len(from_unit)


def test_tshark_dissects_the_wsmp_packets(tmp_path: Path) -> None:
    own, out = listener()
    options = {"addresses": replace(HERE, udp_out=out), "form": "wsmp"}
    with (
        own,
        serving(tmp_path / "live", scenario(), RIG, **options) as run,
        Peer(zmq.REQ, run.live.listens.grant) as rig,
    ):
        grant_all(rig, 10 * STEP_NS)
        packets = received(own)
    assert packets and all(wsmp.decode(packet).psid == 0x83 for packet in packets)
    if shutil.which("tshark") is None:
        pytest.skip("tshark absent")
    path = tmp_path / "units.pcap"
    with path.open("wb") as file:
        write_pcap(file, capture.ETHERNET, ((number, capture.ethernet(data, 1)) for number, data in enumerate(packets)))
    fields = ["-T", "fields", "-e", "wsmp.psid", "-e", "_ws.malformed"]
    done = subprocess.run(["tshark", "-r", str(path), *fields], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(packets) and {line.strip() for line in lines} == {"0x00000083"}


def test_twenty_lines_of_socket_code_send_and_receive_text(tmp_path: Path) -> None:
    port = free_port()
    with (
        serving(
            tmp_path / "live", scenario(), RIG, addresses=replace(HERE, udp_out=Address("udp", "127.0.0.1", port))
        ) as run,
        program(EXAMPLES / "rsu41_peer.py", str(run.live.listens.udp.port), str(port), MAP.hex(), "MAP") as peer,
        Peer(zmq.REQ, run.live.listens.grant) as rig,
    ):
        until_taken(run, 1)
        grant_all(rig, 10 * STEP_NS)
        assert peer.stdout is not None
        lines = [peer.stdout.readline().split() for _ in range(2)]
    assert ["MAP", MAP.hex().upper()] in lines

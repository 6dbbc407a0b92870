"""Frames of a run that has ended, sent once more: to a capture, by datagram, over ZeroMQ."""

from __future__ import annotations

import socket
import struct
import threading
from pathlib import Path

import numpy as np
import pytest
import zmq
from outside_kit import SCENARIO

from v2x.cli.replay import command
from v2x.clock import utc_ns
from v2x.engine import Simulation
from v2x.errors import InputError
from v2x.messages.envelope.pcap import read_pcap
from v2x.record.reading import read_table
from v2x.record.writer import RunWriter
from v2x.scenario.model import Scenario


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replay") / "run"
    scenario = Scenario.model_validate(SCENARIO)
    with RunWriter(folder, {"start_utc": SCENARIO["start_utc"]}, scenario=scenario.model_dump(mode="json")) as writer:
        Simulation(scenario, None, writer).run()
        writer.finish("complete")
    return folder


def replay(*arguments: object) -> None:
    command.main([str(argument) for argument in arguments], standalone_mode=False)


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.mark.parametrize("speed", [1, 4])
def test_a_capture_has_the_frames_of_some_at_any_speed(made: Path, tmp_path: Path, speed: int) -> None:
    replay(made, "--to", tmp_path / "out.pcap", "--from", "veh0000[12]", "--speed", speed)
    sent = [row for row in read_table(made, "tx").to_pylist() if row["station"] in ("veh00001", "veh00002")]
    packets = list(read_pcap(tmp_path / "out.pcap"))
    assert [packet.frame for packet in packets] == [row["bytes"] for row in sent] and len(packets) == 20
    start_ns = utc_ns(Scenario.model_validate(SCENARIO).start_utc)
    assert [packet.t_ns - start_ns for packet in packets] == [round(row["t_ns"] / speed) for row in sent]


def test_a_capture_that_is_there_stays(made: Path, tmp_path: Path) -> None:
    there = tmp_path / "out.pcap"
    there.write_text("mine")
    with pytest.raises(InputError, match="something in it"):
        replay(made, "--to", there)
    assert there.read_text() == "mine" and list(tmp_path.iterdir()) == [there]
    replay(made, "--to", there, "--force")
    assert len(list(read_pcap(there))) == 30


def test_datagrams_are_bare_frames_at_their_times(made: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10.0)
        # the kernel stamps them, whenever we get to read
        receiver.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        port = receiver.getsockname()[1]
        sender = threading.Thread(target=replay, args=(made, "--to", f"udp://127.0.0.1:{port}", "--speed", 2))
        sender.start()
        got = [receiver.recvmsg(4096, 64) for _ in range(30)]
        sender.join()
    sent = read_table(made, "tx", ["t_ns", "bytes"]).to_pylist()
    assert [data for data, *_ in got] == [row["bytes"] for row in sent]
    stamps = [struct.unpack("qq", ancillary[0][2]) for _, ancillary, *_ in got]
    came_s = np.array([seconds + nanos / 1e9 for seconds, nanos in stamps])
    planned_s = np.array([row["t_ns"] for row in sent]) / 1e9 / 2
    late_s = (came_s - came_s[0]) - (planned_s - planned_s[0])
    assert np.median(np.abs(late_s)) < 0.05


def test_subscribers_get_what_the_live_service_publishes(made: Path) -> None:
    port = free_port(socket.SOCK_STREAM)
    with zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
        subscriber.subscribe(b"")
        subscriber.setsockopt(zmq.RECONNECT_IVL, 10)
        subscriber.setsockopt(zmq.RCVTIMEO, 20_000)
        subscriber.connect(f"tcp://127.0.0.1:{port}")
        sender = threading.Thread(target=replay, args=(made, "--to", f"tcp://127.0.0.1:{port}", "--speed", 0.5))
        sender.start()
        last = read_table(made, "tx", ["bytes"]).to_pylist()[-1]["bytes"]
        while last not in subscriber.recv_multipart():
            pass
        sender.join()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--to", "tcp://0.0.0.0:5600"], "bind"),
        (["--to", "udp://127.0.0.1:0"], "port"),
        (["--to", "a.pcap", "--to", "b.pcap"], "one target of a kind"),
        (["--to", "nowhere/a.pcap"], "cannot be written"),
        (["--to", "udp://127.0.0.1:5000", "--speed", "fast"], "factor"),
        (["--view", "--speed", "max"], "factor"),
    ],
)
def test_what_cannot_be_is_told(made: Path, arguments: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        replay(made, *arguments)

"""The sockets' own process: what the run hears of it, what becomes of it, and that nothing piles up."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import zmq
from serve_kit import HERE, PATIENCE_MS, Peer, live, scenario
from serve_process import service

from v2x.bus.address import Address
from v2x.bus.exchange import AT_ONCE, Answer, Inbound, Request, Route
from v2x.bus.pacing import Timetable
from v2x.bus.settings import Addresses, Bounds, Terms
from v2x.bus.socket_process import SocketProcess
from v2x.errors import RunError

NOW = Timetable(None, holds=False)
PROGRAM = "v2x.bus.socket_process"


def children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if PROGRAM in line]


def until(happened: Callable[[], bool]) -> None:
    limit_s = time.monotonic() + PATIENCE_MS / 1000
    while not happened():
        assert time.monotonic() < limit_s
        time.sleep(0.01)


def test_what_peers_say_arrives_and_what_the_run_says_leaves() -> None:
    process = SocketProcess(HERE, Bounds(), None, NOW)
    with Peer(zmq.DEALER, process.listens.intake, IDENTITY=b"me") as peer:
        peer.tell({"do": "x"}, b"payload")
        arrived: list[Inbound] = []
        until(lambda: bool(arrived.extend(process.take(0.1)) or arrived))
        (request,) = arrived
        assert isinstance(request, Request) and (request.header, request.payload) == ({"do": "x"}, b"payload")
        process.send([Answer(AT_ONCE, Route("intake", b"me"), {"re": "x"}, b"back")])
        assert peer.hear() == ({"re": "x"}, b"back")
        peer.tell({"do": "too late"})
        time.sleep(0.5)  # by then it has arrived, and nobody has taken it
        left = process.end(hurry=False)
        assert [item.header for item in left if isinstance(item, Request)] == [{"do": "too late"}]
    assert process.counts["in"]["intake"]["taken"] == 2 and process.counts["out"]["answers"] == 1


def test_an_address_that_is_taken_is_told_and_leaves_no_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = Address("tcp", "127.0.0.1", other.getsockname()[1])
        with pytest.raises(RunError, match=f"cannot listen on {taken}"):
            SocketProcess(Addresses(HERE.publish, taken, HERE.grant, HERE.udp), Bounds(), None, NOW)
    assert not children(os.getpid())


def test_the_run_hears_that_the_sockets_have_died(tmp_path: Path) -> None:
    with live(scenario(60.0), Terms(speed=1.0, peers=())) as served, pytest.raises(RunError, match="has ended with -9"):
        (child,) = children(os.getpid())
        os.kill(child, signal.SIGKILL)
        while True:
            served.begin(0)


def test_the_sockets_end_with_the_run_whatever_ended_it(tmp_path: Path) -> None:
    path = tmp_path / "served.yaml"
    path.write_text(scenario(600.0).model_dump_json())
    with service(path, "--out", str(tmp_path / "run")) as served:
        (child,) = children(served.process.pid)
        served.process.kill()
        served.process.wait()
        until(lambda: not Path(f"/proc/{child}").exists())


def test_what_the_run_does_not_take_is_bounded_and_counted() -> None:
    """More than fits into the waiting room and the line."""
    process = SocketProcess(HERE, Bounds(1e6, 10**6), None, NOW)
    with Peer(zmq.DEALER, process.listens.intake) as peer:
        for number in range(60_000):
            peer.tell({"do": number})
        assert peer.hear()[0] == {"error": "too much to do"}
    handed = [item.header["do"] for item in process.end(hurry=False) if isinstance(item, Request)]
    counts = process.counts["in"]["intake"]
    assert handed == sorted(handed) and len(handed) == counts["taken"] < 60_000
    assert counts["taken"] + counts["queue_full"] == counts["received"]


#: Reads one message of a peer, answers more than that reads, and reads on only when told to; prints how many there are.
UNREAD = """
import sys, zmq
from v2x.bus.address import Address
from v2x.bus.endpoints import bound, drain, listening
socket = listening(zmq.Context().socket(zmq.ROUTER), Address("tcp", "127.0.0.1", 0))
print(bound(socket), flush=True)
peer, _ = socket.recv_multipart()
for _ in range(5000):
    socket.send_multipart([peer, bytes(10_000)], zmq.NOBLOCK)
sys.stdin.readline()
print(len(drain(socket, 10**6)), flush=True)
"""


def test_a_peer_that_fills_the_queue_and_hangs_up_is_survived() -> None:
    command = [sys.executable, "-c", UNREAD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        with Peer(zmq.DEALER, other.stdout.readline().strip(), SNDHWM=5000, RCVHWM=1) as peer:
            for _ in range(5000):
                peer.tell({})
            time.sleep(0.5)
        time.sleep(6.0)  # longer than the library's period, if it looked for signs of life
        read, _ = other.communicate("\n", timeout=20.0)
        assert other.returncode == 0 and int(read) > 900


def test_who_subscribes_before_there_is_a_status_gets_the_first_one() -> None:
    process = SocketProcess(HERE, Bounds(), None, NOW)
    with Peer(zmq.SUB, process.listens.publish) as peer:
        time.sleep(0.5)  # the subscription is there
        process.show_status({"ended": False})
        topic, header, _ = peer.socket.recv_multipart()
        assert topic == b"status" and b'"ended"' in header
    process.end(hurry=True)

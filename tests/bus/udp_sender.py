"""A program that sends numbered datagrams: ``udp_sender.py PORT FLOWS COUNT RATE_HZ``.

It tells when it sent each, as int64 on stdout: of those that are lost nobody else knows. The flows take turns. Flow n
sends from 127.77.0.(n + 1), an address that nobody else on the machine is likely to have taken, so that its name, and
with it its luck, is the same in every run.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from array import array

#: Flow and number in the flow, padded to the size of a BSM with its headers.
STAMP = struct.Struct("<II192x")
SENDER_PORT = 20_077
#: The last time before a datagram is waited out busily.
_SPIN_NS = 200_000


def sender_of(flow: int) -> str:
    """Address of a flow's sender."""
    return f"127.77.0.{flow + 1}"


def main(port: int, flows: int, count: int, rate_hz: int) -> None:
    """Send ``count`` datagrams in all."""
    sockets = []
    for flow in range(flows):
        sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        sockets[-1].bind((sender_of(flow), SENDER_PORT))
    sent_ns = array("q")
    began_ns = time.monotonic_ns()
    for number in range(count):
        at_ns = began_ns + number * 1_000_000_000 // rate_hz
        while (left_ns := at_ns - time.monotonic_ns()) > 0:
            if left_ns > _SPIN_NS:
                time.sleep((left_ns - _SPIN_NS) / 1e9)
        flow = number % flows
        sent_ns.append(time.monotonic_ns())
        sockets[flow].sendto(STAMP.pack(flow, number // flows), ("127.0.0.1", port))
    sys.stdout.buffer.write(sent_ns.tobytes())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

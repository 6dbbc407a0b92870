"""Loopback peers of a service, for so many seconds: well-behaved guests, senders of nonsense, a stalled subscriber.

Arguments: intake URL, UDP port, pub URL, seconds, valid frames a second, malformed ones a second. Says as JSON what it
sent and what a subscriber saw.
"""

from __future__ import annotations

import json
import random
import socket
import sys
import time
from dataclasses import fields

import numpy as np
import zmq

from v2x.messages.model import VehicleStates
from v2x.messages.profile import get_profile

GUESTS, FOOLS, TICK_S = 10, 10, 0.01
#: Only then, simulated time: the first steps take longer than all others.
STARTED_NS = 1_000_000_000
START_UTC_NS = 1_772_442_000_000_000_000
BAD_TEXT = b"Version=0.7\nType=MAP\nPSID=0x82\nPayload=00"


def frames() -> list[bytes]:
    """Different valid frames: basic safety messages, as on-board units say them."""
    rows = np.arange(200)
    known = {"msg_count": rows % 128, "temporary_id": rows, "utc_ns": START_UTC_NS + rows * 100_000_000}
    known |= {"lat_deg": 39.085 + 1e-6 * rows, "lon_deg": 117.36 + 1e-6 * rows}
    known |= {"width_m": np.full(200, 1.8), "length_m": np.full(200, 4.6)}
    states = VehicleStates(
        **{
            name: np.asarray(known.get(name, np.zeros(200)), getattr(VehicleStates.none(), name).dtype)
            for name in (each.name for each in fields(VehicleStates))
        }
    )
    return get_profile("j2735").encode_vehicle_states(states)


def main() -> None:
    intake, udp_port, pub, seconds, valid_hz, bad_hz = sys.argv[1:4] + [float(text) for text in sys.argv[4:7]]
    rng, good, context = random.Random(1), frames(), zmq.Context()
    peers = [context.socket(zmq.DEALER) for _ in range(GUESTS + FOOLS)]
    for peer in peers:
        peer.setsockopt(zmq.LINGER, 2000)
        peer.connect(intake)
    stalled, subscriber = context.socket(zmq.SUB), context.socket(zmq.SUB)
    stalled.setsockopt(zmq.RCVHWM, 10)
    for one in (stalled, subscriber):
        one.connect(pub)
        one.subscribe("")
    sources = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(FOOLS)]
    while status(subscriber)["now_ns"] < STARTED_NS:
        pass
    for number, guest in enumerate(peers[:GUESTS]):
        place = {"lon_deg": 117.355 + 0.001 * number, "lat_deg": 39.085}
        guest.send_json({"do": "join", "station": f"soak{number}", **place})
    sent = {"intake": GUESTS, "udp": 0, "valid": 0, "malformed": 0}
    seen = {"first": 0, "last": 0, "frames": 0, "heard": 0, "errors": 0}
    fools = (
        lambda peer: peer.send(rng.randbytes(40)),
        lambda peer: peer.send_multipart([b'{"do": "say"}', rng.randbytes(60)]),
        lambda peer: peer.send(b'{"do": "dance"}'),
    )
    begin_s = time.monotonic()
    while (now_s := time.monotonic() - begin_s) < float(seconds):
        while sent["valid"] < now_s * valid_hz:
            peers[sent["valid"] % GUESTS].send_multipart([b'{"do": "say"}', good[rng.randrange(len(good))]])
            sent["valid"] += 1
            sent["intake"] += 1
        while sent["malformed"] < now_s * bad_hz:
            number = sent["malformed"]
            if number % 4 == 3:
                sources[number // 4 % FOOLS].sendto(BAD_TEXT, ("127.0.0.1", int(udp_port)))
                sent["udp"] += 1
            else:
                # a guest utters bad frames, too
                kind, who = number % 4, GUESTS + number % FOOLS if number % 4 != 1 else number % GUESTS
                fools[kind](peers[who])
                sent["intake"] += 1
            sent["malformed"] += 1
        read(peers, subscriber, seen)
        time.sleep(TICK_S)
    time.sleep(1.0)
    read(peers, subscriber, seen)
    sys.stdout.write(json.dumps({**sent, **seen}) + "\n")
    context.destroy()


def status(subscriber: zmq.Socket[bytes]) -> dict[str, int]:
    """The next status of the service."""
    while True:
        topic, text, _ = subscriber.recv_multipart()
        if topic == b"status":
            found: dict[str, int] = json.loads(text)
            return found


def read(peers: list[zmq.Socket[bytes]], subscriber: zmq.Socket[bytes], seen: dict[str, int]) -> None:
    for peer in peers:
        while peer.poll(0):
            header = json.loads(peer.recv_multipart()[0])
            seen["heard"] += header.get("do") == "heard"
            seen["errors"] += "error" in header
    while subscriber.poll(0):
        topic, text, _ = subscriber.recv_multipart()
        if topic != b"status":
            seen["last"] = json.loads(text)["seq"]
            seen["first"] = seen["first"] or seen["last"]
            seen["frames"] += 1


if __name__ == "__main__":
    main()

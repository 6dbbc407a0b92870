"""Prints the signals that a live service sends: v2x rsu serve dongli-citizen. Needs pyzmq, and v2x for decoding."""

import json
import sys

import zmq

from v2x.messages.profile import get_profile

socket = zmq.Context().socket(zmq.SUB)
socket.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5600")
socket.subscribe("pc5/SPAT/")  # topics are channel/type/station
while True:
    topic, text, payload = socket.recv_multipart()
    header = json.loads(text)
    _, spat = get_profile(header["profile"]).codec.decode(payload)
    print(f"{header['t_ns'] / 1e9:9.3f} s {topic.decode()} {spat}", flush=True)

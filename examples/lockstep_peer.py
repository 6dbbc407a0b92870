"""Takes part in lock step and counts frames: v2x rsu serve dongli-citizen --peer rig. Plain pyzmq."""

import collections
import json
import sys

import zmq

pub, grant = sys.argv[1:3] if len(sys.argv) > 2 else ("tcp://127.0.0.1:5600", "tcp://127.0.0.1:5602")
context = zmq.Context()
frames, grants = context.socket(zmq.SUB), context.socket(zmq.REQ)
frames.connect(pub)
grants.connect(grant)
frames.subscribe("")
frames.recv_multipart()  # the first "status": the subscription has reached the service
answer, until_ns, seq, counts = {}, 100_000_000, 0, collections.Counter()
while "ended" not in answer:
    grants.send_json({"peer": "rig", "until_ns": until_ns})
    answer = grants.recv_json()  # all before now_ns has happened; seq frames have been published
    until_ns = answer["now_ns"] + 100_000_000
    while seq < answer["seq"]:
        topic, text, payload = frames.recv_multipart()
        if topic != b"status":
            seq = json.loads(text)["seq"]
            counts[topic.split(b"/")[1].decode()] += 1
print(json.dumps(counts))

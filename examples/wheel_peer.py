"""Drives from afar: v2x rsu serve wangwenzhuang-remote-slalom --set remote.operator=external --peer wheel. Plain pyzmq.

Without --peer (real time) give "real" as a second argument. Here pure pursuit stands for a steering wheel.
"""

import json
import math
import sys

import zmq

real, told, word = sys.argv[2:] == ["real"], {}, None
seat = zmq.Context().socket(zmq.DEALER)
seat.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5601")
seat.send_json({"do": "sit"})
car = json.loads(seat.recv_multipart()[0])
turn_rad = car["max_steer_rad"]
if not real:
    seat.send_json({"do": "grant", "peer": "wheel", "until_ns": 0})
while told.get("do") != "end":
    told = json.loads(seat.recv_multipart()[0]) if not real or seat.poll(20) else {}
    if told.get("do") == "picture":
        ahead, speed_mps = told["ahead"], told["speed_mps"]
        point = next(k for k, far_m in enumerate(ahead["distance_m"]) if far_m >= max(4, 1.2 * speed_mps))
        forward_m, left_m = ahead["forward_m"][point], ahead["left_m"][point]
        steer_rad = math.atan(2 * car["wheelbase_m"] * left_m / (forward_m**2 + left_m**2))
        free_m = min(told[name] for name in ("gap_m", "stop_m", "end_m") if told[name] is not None) - 2
        limit_mps = min(car["speed_mps"], *ahead["limit_mps"][:15], told["cap_mps"] or 99, max(0, 3 * free_m) ** 0.5)
        word = {"captured_ns": told["captured_ns"], "steer_rad": max(-turn_rad, min(turn_rad, steer_rad))}
        word["accel_mps2"] = max(-3, min(1, limit_mps - speed_mps))
    elif told.get("do") == "blank":
        word["accel_mps2"] = -2
    if word and (real or told.get("re") == "grant"):  # a step, or 20 ms, without a picture: the same again
        seat.send_json({"do": "drive", **word})
    if told.get("re") == "grant" and "ended" not in told:
        seat.send_json({"do": "grant", "peer": "wheel", "until_ns": told["now_ns"] + 1})

"""Sends RSU 4.1 text to a live service and prints what its units send: v2x rsu serve ... --udp-out 127.0.0.1:1517."""

import socket
import sys

to_port, own_port, payload = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]  # such as 1516 1517 0013...
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.bind(("127.0.0.1", own_port))
lines = {"Version": "0.7", "Type": sys.argv[4], "PSID": "0x83", "Priority": 7, "TxMode": "CONT", "TxChannel": 183,
         "TxInterval": 0, "DeliveryStart": "", "DeliveryStop": "", "Signature": "False", "Encryption": "False",
         "Payload": payload}  # fmt: skip
text = "".join(f"{key}={value}\n" for key, value in lines.items())
own.sendto(text.encode(), ("127.0.0.1", to_port))
while True:
    received = dict(line.split("=", 1) for line in own.recv(65_535).decode().splitlines())
    print(received["Type"], received["Payload"], flush=True)

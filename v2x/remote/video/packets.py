"""Frames as packets, with repair packets beside them, and how likely it is that a frame is lost.

A frame is cut into k packets of data; m repair packets go with them, so that any k of the n = k + m bring it back: an
ideal erasure code (maximum distance separable, such as Reed-Solomon). The XOR parity of FlexFEC (RFC 8627) is weaker.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Frame:
    """A picture on its way, as the headers of its packets tell of it.

    Attributes
    ----------
    number
        Of the picture, from 0, without gaps.
    captured_ns
        Middle of its exposure: the instant of which it tells.
    sent_ns
        When its packets, all at once, are handed to the network.
    intra
        Whether it can be decoded without any other.
    data_bytes
        Its size.
    data_packets, repair_packets
        k and m. Packets have the indexes 0 to k + m - 1, those with data first.
    first_packet
        Sequence number of its first packet in the stream; the others follow on.
    """

    number: int
    captured_ns: int
    sent_ns: int
    intra: bool
    data_bytes: int
    data_packets: int
    repair_packets: int
    first_packet: int

    @property
    def packets(self) -> int:
        """Number of its packets, n."""
        return self.data_packets + self.repair_packets


@dataclass(frozen=True)
class Packing:
    """How a frame is cut.

    Attributes
    ----------
    payload_bytes
        Most data in a packet. 1200 is what libwebrtc takes, and the example of draft-ietf-rmcat-gcc-02 section 5.5.
    header_bytes
        IPv4 20 (RFC 791), UDP 8 (RFC 768), RTP 12 (RFC 3550), in each packet.
    repair_share
        Repair packets for each packet of data, rounded up for each frame: the overhead. Up to 0.3 is offered in
        products (Zixi).
    """

    payload_bytes: int = 1200
    header_bytes: int = 40
    repair_share: float = 0.0

    def data_packets(self, data_bytes: int) -> int:
        """Packets that hold so much."""
        return -(-data_bytes // self.payload_bytes)

    def repair_packets(self, data_packets: int) -> int:
        """Repair packets beside them."""
        return ceil(self.repair_share * data_packets - 1e-9)  # 0.1 * 30 may be a little more than 3

    def sizes_bytes(self, frame: Frame) -> I64:
        """Size of each packet of a frame with its headers, (n,): a repair packet is as long as the longest."""
        sizes = np.full(frame.packets, min(self.payload_bytes, frame.data_bytes), np.int64)
        sizes[frame.data_packets - 1] = frame.data_bytes - (frame.data_packets - 1) * self.payload_bytes
        return sizes + self.header_bytes


def frame_loss(data_packets: int, repair_packets: int, packet_loss: float) -> float:
    """Chance that a frame is lost when each packet is lost by itself: that more than m of k + m are.

    Without repair packets that is 1 - (1 - p)^k. Losses of real links come in bursts and spare more frames than this
    says, but take several repair packets at once.
    """
    return float(bdtrc(repair_packets, data_packets + repair_packets, packet_loss))

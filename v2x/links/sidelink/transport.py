"""How many sub-channels a packet takes: transport blocks of the LTE sidelink, and the rule that both radios share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from v2x.errors import InputError

#: Highest MCS of the LTE sidelink without 64QAM (Release 14).
LTE_HIGHEST_MCS = 20
#: Resource blocks of the control channel beside its data (TS 36.213 clause 14.1.1.4C).
CONTROL_BLOCKS = 2


@dataclass(frozen=True)
class Headers:
    """Bytes that layer 2 puts before a packet and before each transport block. From memory of the clauses named.

    A length field of the MAC is not counted: it is there only where padding leaves room for it.
    """

    packet: int
    block: int


#: PDCP 5 bytes (TS 36.323 clause 6.2.10: SDU type, PGK index, PTK identity, 16-bit number); RLC UM with a 5-bit number
#: 1 (TS 36.322 clause 6.2.1.3); MAC 1 + 7 (TS 36.321 clause 6.1.6: a subheader, version, 24-bit source, destination).
LTE_HEADERS = Headers(packet=5, block=9)
NO_HEADERS = Headers(packet=0, block=0)


@dataclass(frozen=True)
class Block:
    """A transport block of some MCS and width.

    Attributes
    ----------
    bits
        Its size.
    resource_blocks
        Those that carry data.
    modulation_bits
        Bits a symbol: 2, 4 or 6.
    noise_share
        Noise that the data has to stand against, as a share of the noise in all sub-channels taken while the packet's
        whole power counts as signal: control takes some of both.
    """

    bits: int
    resource_blocks: int
    modulation_bits: int
    noise_share: float

    @property
    def efficiency(self) -> float:
        """Bits / (180 x resource blocks): bit/s/Hz of the slot."""
        return self.bits / (180.0 * self.resource_blocks)


class Shapes(Protocol):
    """What blocks a radio can make."""

    @property
    def subchannels(self) -> int:
        """Most sub-channels that a block can take."""

    @property
    def headers(self) -> Headers:
        """Overhead of layer 2."""

    def block(self, mcs: int, subchannels: int) -> Block:
        """The block of an MCS over so many sub-channels."""


@dataclass(frozen=True)
class Allocation:
    """How a packet is sent.

    Attributes
    ----------
    subchannels
        Width of each block.
    mcs
        Modulation and coding scheme.
    segments
        Number of blocks, all of which are needed; 0: the packet cannot be sent (`Cause.OVERSIZE`).
    block
        What each of them is.
    """

    subchannels: int
    mcs: int
    segments: int
    block: Block


def allocate(shapes: Shapes, air_bytes: int, mcs: int, highest_mcs: int, most_segments: int = 1) -> Allocation:
    """Fewest sub-channels at the preferred MCS, else at a higher one, else fewest segments (at the highest).

    Parameters
    ----------
    shapes
        Blocks of the radio.
    air_bytes
        Packet as layer 2 gets it: message, envelope and network header.
    mcs, highest_mcs
        Preferred, and highest allowed.
    most_segments
        More are refused.
    """
    content = air_bytes + shapes.headers.packet
    for index in range(mcs, highest_mcs + 1):
        width = _width(shapes, index, content)
        if width is not None:
            return Allocation(width, index, 1, shapes.block(index, width))
    largest = shapes.block(highest_mcs, shapes.subchannels)
    room = largest.bits // 8 - shapes.headers.block
    segments = -(-content // room) if room > 0 else most_segments + 1
    if segments > most_segments:
        return Allocation(shapes.subchannels, highest_mcs, 0, largest)
    width = _width(shapes, highest_mcs, -(-content // segments)) or shapes.subchannels
    return Allocation(width, highest_mcs, segments, shapes.block(highest_mcs, width))


def block_within(
    shapes: Shapes, air_bytes: int, segments: int, mcs: int, highest_mcs: int, subchannels: int
) -> Block | None:
    """The block that takes a segment of a packet in so many sub-channels, at the preferred MCS or the next that does.

    That is how resources chosen for another size are used: they are given up only for a packet that they cannot take at
    the highest MCS (TS 36.321 clause 5.14.1.1). None: they cannot.
    """
    bits = 8 * (-(-(air_bytes + shapes.headers.packet) // segments) + shapes.headers.block)
    blocks = (shapes.block(index, subchannels) for index in range(mcs, highest_mcs + 1))
    return next((block for block in blocks if block.bits >= bits), None)


def _width(shapes: Shapes, mcs: int, content: int) -> int | None:
    """Fewest sub-channels whose block takes so many bytes behind its header."""
    widths = range(1, shapes.subchannels + 1)
    bits = 8 * (content + shapes.headers.block)
    return next((width for width in widths if shapes.block(mcs, width).bits >= bits), None)


@cache
def _table() -> NDArray[np.int64]:
    """TS 36.213 table 7.1.7.2.1-1: bits by (I_TBS 0..19, resource blocks - 1)."""
    return np.loadtxt(Path(__file__).with_name("lte_tbs.csv"), np.int64, delimiter=",")


def lte_block_bits(mcs: int, resource_blocks: int) -> int:
    """Size of an LTE sidelink block (TS 36.213 tables 8.6.1-1 and 7.1.7.2.1-1), bits.

    Raises
    ------
    InputError
        If there is no such MCS or number of resource blocks.
    """
    if not (0 <= mcs <= LTE_HIGHEST_MCS and 1 <= resource_blocks <= _table().shape[1]):
        raise InputError(f"no LTE sidelink block of MCS {mcs} and {resource_blocks} resource blocks")
    return int(_table()[mcs if mcs <= 10 else mcs - 1, resource_blocks - 1])


def usable_blocks(most: int) -> int:
    """Largest number up to ``most`` whose prime factors are 2, 3 and 5 (TS 36.213 clause 14.1.1.4C, DFT of SC-FDMA)."""
    for number in range(most, 0, -1):
        rest = number
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return number
    return 0


@dataclass(frozen=True)
class LteShapes:
    """LTE sidelink: each block takes the largest usable number of resource blocks beside its two of control.

    Attributes
    ----------
    size
        Resource blocks of a sub-channel.
    subchannels
        How many a block can take at most.
    headers
        Overhead of layer 2.
    control_power
        Whether control, sent 3 dB stronger (TS 36.213 clause 14.1.1.5), takes its part of the power. Studies that know
        no control channel put the whole power into the sub-channels: False.
    """

    size: int
    subchannels: int
    headers: Headers = LTE_HEADERS
    control_power: bool = True

    def block(self, mcs: int, subchannels: int) -> Block:
        """The block of an MCS over so many sub-channels."""
        taken = subchannels * self.size
        data = usable_blocks(taken - CONTROL_BLOCKS)
        # Data and control share the power as M : 2 x 2, so a data block gets 1 / (M + 4) of it.
        share = (data + 2 * CONTROL_BLOCKS) / taken if self.control_power else 1.0
        return Block(lte_block_bits(mcs, data), data, 2 if mcs <= 10 else 4, share)

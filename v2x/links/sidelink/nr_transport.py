"""Transport blocks of the NR sidelink: TS 38.214 clauses 8.1.3.2 and 5.1.3.2.

Formulas read in WiLabV2Xsim (findTBS_5G.m, fTBS_5G.m) and srsRAN (ra_nr.c); tables compared with both. How the slot is
laid out is configuration: the defaults of `NrShapes` are assumed.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import ceil, floor, log2

from v2x.errors import InputError
from v2x.links.sidelink.transport import Block, Headers

#: Highest MCS of the table below.
NR_HIGHEST_MCS = 28
#: SDAP 1 byte, PDCP with a 12-bit number 2 (TS 38.323); RLC UM 3 as if segmented (TS 38.322), MAC 2 + 4 (TS 38.321
#: clause 6.1.6: the rest of the addresses is in the control information). From memory.
NR_HEADERS = Headers(packet=3, block=9)

#: (bits a symbol, 1024 x code rate) by MCS: TS 38.214 table 5.1.3.1-1.
NR_MCS = (
    *((2, rate) for rate in (120, 157, 193, 251, 308, 379, 449, 526, 602, 679)),
    *((4, rate) for rate in (340, 378, 434, 490, 553, 616, 658)),
    *((6, rate) for rate in (438, 466, 517, 567, 616, 666, 719, 772, 822, 873, 910, 948)),
)

# TS 38.214 table 5.1.3.2-1: block sizes up to 3824 bits.
_SMALL: tuple[int, ...] = (
    *range(24, 193, 8),
    *range(208, 385, 16),
    *range(408, 553, 24),
    *range(576, 769, 32),
    *(
        808,
        848,
        888,
        928,
        984,
        1032,
        1064,
        1128,
        1160,
        1192,
        1224,
        1256,
        1288,
        1320,
        1352,
        1416,
        1480,
        1544,
        1608,
        1672,
    ),
    *(1736, 1800, 1864, 1928, 2024, 2088, 2152, 2216, 2280, 2408, 2472, 2536, 2600, 2664, 2728, 2792, 2856, 2976, 3104),
    *(3240, 3368, 3496, 3624, 3752, 3824),
)


def block_bits(information: float, code_rate: float) -> int:
    """Block size for so many information bits (TS 38.214 clause 5.1.3.2 steps 2 to 4), bits."""
    if information <= _SMALL[-1]:
        step = 1 << max(3, floor(log2(information)) - 6)
        return _SMALL[bisect_left(_SMALL, max(_SMALL[0], step * floor(information / step)))]
    step = 1 << (floor(log2(information - 24)) - 5)
    rounded = max(3840, step * floor((information - 24) / step + 0.5))
    # A block longer than a code block of its base graph is cut into equal ones, each with a check sum.
    longest = 3816 if code_rate <= 0.25 else 8424
    pieces = ceil((rounded + 24) / longest) if code_rate <= 0.25 or rounded > longest else 1
    return 8 * pieces * ceil((rounded + 24) / (8 * pieces)) - 24


@dataclass(frozen=True)
class NrShapes:
    """NR sidelink: data fills its sub-channels; control lies within them.

    Attributes
    ----------
    size
        Resource blocks of a sub-channel.
    subchannels
        How many a block can take at most.
    headers
        Overhead of layer 2.
    symbols
        Of a slot, less the first (gain control) and the last (gap).
    feedback_symbols
        Taken by the feedback channel PSFCH and its gaps: 3 where there is one, else 0.
    reference_elements
        Resource elements of reference signals in a resource block (TS 38.214 table 8.1.3.2-1: 12 to 24). Assumed.
    control_symbols, control_blocks
        Symbols and resource blocks of the control channel, stage 1. Assumed.
    stage2_bits
        Control information, stage 2: format 2-B 48 bits, and its check sum 24.
    """

    size: int
    subchannels: int
    headers: Headers = NR_HEADERS
    symbols: int = 12
    feedback_symbols: int = 0
    reference_elements: int = 18
    control_symbols: int = 3
    control_blocks: int = 10
    stage2_bits: int = 48 + 24

    def block(self, mcs: int, subchannels: int) -> Block:
        """The block of an MCS over so many sub-channels.

        Raises
        ------
        InputError
            If there is no such MCS.
        """
        if not 0 <= mcs <= NR_HIGHEST_MCS:
            raise InputError(f"no NR MCS {mcs}: 0 to {NR_HIGHEST_MCS}")
        modulation_bits, rate = NR_MCS[mcs][0], NR_MCS[mcs][1] / 1024.0
        taken = subchannels * self.size
        elements = taken * (12 * (self.symbols - self.feedback_symbols) - self.reference_elements)
        # TS 38.212 clause 8.4.4 with beta offset 1.125 and scaling 0.5 (assumed); stage 2 is QPSK.
        stage2 = min(ceil(self.stage2_bits * 1.125 / (2 * rate)), ceil(0.5 * elements))
        data = elements - 12 * self.control_symbols * self.control_blocks - stage2
        return Block(block_bits(data * rate * modulation_bits, rate), taken, modulation_bits, 1.0)

"""Transport blocks: table entries, sizes of studies, the NR formula by hand, and how packets are put into blocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.errors import InputError
from v2x.links.sidelink.nr_transport import NR_MCS, NrShapes, block_bits
from v2x.links.sidelink.transport import (
    NO_HEADERS,
    LteShapes,
    Shapes,
    allocate,
    lte_block_bits,
    usable_blocks,
)
from v2x.scenario.model_sidelink import SUBCHANNEL_BLOCKS


def fewest(mcs: int, payload_bytes: int) -> int:
    return next(blocks for blocks in range(1, 101) if lte_block_bits(mcs, blocks) >= 8 * payload_bytes)


@pytest.mark.parametrize(
    ("mcs", "blocks", "bits"),
    [
        (0, 1, 16),
        (6, 1, 328),
        (6, 2, 176),
        (9, 10, 1544),
        (10, 10, 1736),
        (11, 10, 1736),
        (20, 100, 43816),
        (5, 50, 4392),
    ],
)
def test_entries_of_the_table(mcs: int, blocks: int, bits: int) -> None:
    """TS 36.213: I_TBS is the MCS with QPSK and one less with 16QAM; MCS 6 in one block is the table's odd one out."""
    assert lte_block_bits(mcs, blocks) == bits


def test_table_grows_both_ways() -> None:
    for mcs in range(21):
        row = [lte_block_bits(mcs, blocks) for blocks in range(2, 101)]
        assert row == sorted(row)
    for blocks in range(2, 101):
        column = [lte_block_bits(mcs, blocks) for mcs in range(21)]
        assert column == sorted(column)


@pytest.mark.parametrize(("mcs", "blocks"), [(21, 10), (-1, 10), (5, 0), (5, 101)])
def test_no_such_block(mcs: int, blocks: int) -> None:
    with pytest.raises(InputError, match="no LTE sidelink block"):
        lte_block_bits(mcs, blocks)


@pytest.mark.parametrize(("mcs", "payload_bytes", "blocks"), [(9, 190, 10), (7, 300, 20), (7, 350, 24), (11, 350, 17)])
def test_published_numbers_of_resource_blocks(mcs: int, payload_bytes: int, blocks: int) -> None:
    """190 B with QPSK r = 0.7 and 300 B with r = 0.5 (R1-160284), 350 B of WiLabV2Xsim."""
    assert fewest(mcs, payload_bytes) == blocks


@pytest.mark.parametrize(
    ("size", "mcs", "payload_bytes", "subchannels"), [(12, 9, 190, 1), (10, 7, 350, 3), (10, 11, 350, 2)]
)
def test_published_numbers_of_subchannels(size: int, mcs: int, payload_bytes: int, subchannels: int) -> None:
    packet = allocate(LteShapes(size, 4, NO_HEADERS), payload_bytes, mcs, mcs)
    assert (packet.subchannels, packet.segments, packet.mcs) == (subchannels, 1, mcs)


def test_code_rates_of_the_studies() -> None:
    """Ten blocks carry 10 x 12 x 9 data symbols: four of the 14 are reference signals, one is the gap."""
    assert (lte_block_bits(9, 10) + 24) / (10 * 12 * 9 * 2) == pytest.approx(0.7, abs=0.03)
    assert (lte_block_bits(7, 20) + 24) / (20 * 12 * 9 * 2) == pytest.approx(0.5, abs=0.08)


def test_usable_numbers_of_blocks() -> None:
    assert [usable_blocks(most) for most in (1, 7, 11, 13, 23, 28, 48, 98)] == [1, 6, 10, 12, 20, 27, 48, 96]
    assert usable_blocks(0) == 0


def test_control_takes_its_part_of_power_and_blocks() -> None:
    """Data in 18 of 20 blocks; at +3 dB the two control blocks weigh as four: 1/22 of the power for each data block."""
    block = LteShapes(10, 5).block(11, 2)
    assert (block.resource_blocks, block.modulation_bits) == (18, 4)
    signal_to_noise_of_data = (1 / 22) / 1.0
    assert (1 / 20) / block.noise_share == pytest.approx(signal_to_noise_of_data)
    assert LteShapes(10, 5, control_power=False).block(11, 2).noise_share == 1.0


def test_layer_two_counts() -> None:
    """193 B are MCS 9 in ten blocks exactly (1544 bits); 14 B of headers go from that."""
    bare, headed = LteShapes(12, 4, NO_HEADERS), LteShapes(12, 4)
    assert allocate(bare, 193, 9, 9).subchannels == 1
    assert allocate(bare, 194, 9, 9).subchannels == 2
    assert allocate(headed, 193 - 14, 9, 9).subchannels == 1
    assert allocate(headed, 193 - 13, 9, 9).subchannels == 2


def test_too_big_for_the_preferred_code_then_for_one_block_then_for_all() -> None:
    shapes = LteShapes(10, 5)
    assert allocate(shapes, 600, 7, 11, 4).mcs == 7
    higher = allocate(shapes, 1000, 7, 11, 4)
    assert (higher.mcs, higher.segments, higher.subchannels) == (10, 1, 5)
    parted = allocate(shapes, 1200, 7, 11, 4)
    assert (parted.mcs, parted.segments, parted.subchannels) == (11, 2, 4)  # halves need not be as wide as the whole
    assert allocate(shapes, 1200, 7, 11, 1).segments == 0
    assert allocate(shapes, 5000, 7, 11, 4).segments == 0


def test_blocks_without_room_carry_nothing() -> None:
    """Four blocks less two of control, MCS 0: 32 bits, fewer than the headers."""
    assert allocate(LteShapes(4, 1), 1, 0, 0, 8).segments == 0


SHAPES: tuple[Shapes, ...] = (LteShapes(10, 5), LteShapes(25, 2), LteShapes(5, 20), NrShapes(10, 5), NrShapes(25, 4))


@given(st.sampled_from(SHAPES), st.integers(1, 3000), st.integers(0, 15), st.integers(0, 5), st.integers(1, 6))
def test_all_segments_together_hold_the_packet(
    shapes: Shapes, air_bytes: int, mcs: int, more: int, most_segments: int
) -> None:
    packet = allocate(shapes, air_bytes, mcs, mcs + more, most_segments)
    assert mcs <= packet.mcs <= mcs + more
    assert packet.block == shapes.block(packet.mcs, packet.subchannels)
    room = packet.segments * (packet.block.bits // 8 - shapes.headers.block) - shapes.headers.packet
    if packet.segments:
        assert room >= air_bytes
        assert packet.segments <= most_segments
    else:
        largest = shapes.block(mcs + more, shapes.subchannels)
        assert most_segments * (largest.bits // 8 - shapes.headers.block) - shapes.headers.packet < air_bytes


@given(st.sampled_from(SHAPES), st.integers(1, 500), st.integers(0, 15))
def test_one_subchannel_less_would_not_do(shapes: Shapes, air_bytes: int, mcs: int) -> None:
    packet = allocate(shapes, air_bytes, mcs, mcs)
    if packet.segments and packet.subchannels > 1:
        narrower = shapes.block(mcs, packet.subchannels - 1)
        assert narrower.bits < 8 * (air_bytes + shapes.headers.packet + shapes.headers.block)


@pytest.mark.parametrize(
    ("information", "code_rate", "bits"),
    [
        (10.0, 0.5, 24),  # the least
        (843.4, 0.51, 848),  # steps of 8: 840, next in the table 848
        (3824.0, 0.5, 3824),
        (5000.0, 0.5, 4992),  # steps of 128: 39 of them; 8 ceil(5016 / 8) - 24
        (5000.0, 0.2, 5000),  # base graph 2: two code blocks of at most 3816; 16 ceil(5016 / 16) - 24
        (10000.0, 0.5, 9992),  # two code blocks of at most 8424; steps of 256: 39; 16 ceil(10008 / 16) - 24
    ],
)
def test_nr_sizes_by_hand(information: float, code_rate: float, bits: int) -> None:
    assert block_bits(information, code_rate) == bits


@given(st.floats(24.0, 1e5), st.sampled_from([rate / 1024 for _, rate in NR_MCS]))
def test_nr_size_is_near_the_information(information: float, code_rate: float) -> None:
    bits = block_bits(information, code_rate)
    assert bits % 8 == 0
    # steps are at most a 32nd of the information; the table and check sums add 24 bits and a byte for each code block
    assert abs(bits - information) <= information / 32 + 32 + 8 * (information // 3816)


def test_nr_block_by_hand() -> None:
    """Ten blocks, MCS 7 (QPSK, 526/1024): 10 x (144 - 18) elements less 360 of stage 1 and 79 of stage 2 = 821."""
    block = NrShapes(10, 5).block(7, 1)  # 821 x 2 x 526 / 1024 = 843.4 bits: 840, then 848
    assert (block.bits, block.resource_blocks, block.modulation_bits, block.noise_share) == (848, 10, 2, 1.0)


def test_feedback_takes_symbols() -> None:
    assert NrShapes(10, 5, feedback_symbols=3).block(7, 2).bits < NrShapes(10, 5).block(7, 2).bits


def test_every_size_of_subchannel_holds_a_block() -> None:
    for size in SUBCHANNEL_BLOCKS["lte4"]:
        assert LteShapes(size, 1).block(20, 1).bits > 0
    for size in SUBCHANNEL_BLOCKS["nr2"]:
        assert NrShapes(size, 1, feedback_symbols=3).block(0, 1).bits >= 24
    with pytest.raises(InputError, match="no NR MCS 29"):
        NrShapes(10, 5).block(29, 1)

"""What the medium remembers of frames that a link decides later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from links_kit import frames

from v2x.links.base import Transmissions
from v2x.links.under_way import PATIENCE_NS, UnderWay


def numbered(first: int, t_ns: list[int]) -> tuple[Transmissions, list[bytes]]:
    """Frames of stations called as they are numbered, and bytes that say the number."""
    tx_id = first + np.arange(len(t_ns))
    return replace(frames(tx_id, t_ns), tx_id=tx_id), [str(number).encode() for number in tx_id.tolist()]


def test_numbers_have_gaps_and_are_asked_for_in_any_order() -> None:
    kept = UnderWay()
    kept.add(*numbered(3, [50, 60]))
    kept.add(*numbered(5, []))
    kept.add(*numbered(8, [100, 105, 190]))  # 5 to 7 went over another link
    got = kept.rows(np.array([10, 4, 3, 8, 9, 3]))
    assert kept.sent.tx_id[got].tolist() == kept.sent.sender[got].tolist() == [10, 4, 3, 8, 9, 3]
    assert kept.sent.t_ns[got].tolist() == [190, 60, 50, 100, 105, 50]
    assert [kept.data[row] for row in got] == [b"10", b"4", b"3", b"8", b"9", b"3"]
    assert len(kept.rows(np.zeros(0, np.int64))) == 0


def test_a_frame_is_kept_for_as_long_as_a_link_may_take_and_then_forgotten() -> None:
    kept = UnderWay()
    kept.add(*numbered(0, [0, 40]))
    kept.add(*numbered(2, [PATIENCE_NS + 40]))
    (row,) = kept.rows(np.array([1]))
    assert (kept.sent.t_ns[row], kept.data[row]) == (40, b"1")
    with pytest.raises(KeyError, match="transmission 0,"):
        kept.rows(np.array([1, 0]))
    kept.add(*numbered(7, [3 * PATIENCE_NS]))
    assert kept.data == [b"7"]
    assert kept.rows(np.array([7])).tolist() == [0]
    with pytest.raises(KeyError, match="transmission 2,"):
        kept.rows(np.array([2, 7]))


@pytest.mark.parametrize("unknown", [-1, 2, 5, 99])
def test_a_number_that_was_never_sent_is_an_error(unknown: int) -> None:
    kept = UnderWay()
    with pytest.raises(KeyError, match=f"transmission {unknown},"):
        kept.rows(np.array([unknown]))
    kept.add(*numbered(0, [0, 1]))
    kept.add(*numbered(6, [2]))
    with pytest.raises(KeyError, match=f"transmission {unknown},"):
        kept.rows(np.array([0, unknown, 6]))

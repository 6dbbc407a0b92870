from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.scales import Scale, ScaleTable

ALL = {name: scale for name, scale in vars(scales).items() if isinstance(scale, Scale)}


@pytest.mark.parametrize("name", ALL)
def test_every_integer_survives_the_way_to_si_and_back(name):
    scale = ALL[name]
    raw = np.unique(np.linspace(scale.low, scale.high, 2001).astype(np.int64))
    assert (scale.to_raw(name, ScaleTable({name: scale}).to_si(raw[np.newaxis])[0]) == raw).all()


@pytest.mark.parametrize("name", ALL)
def test_unavailable_is_nan_and_nothing_else(name):
    scale = ALL[name]
    if scale.unavailable is None:
        with pytest.raises(CodecError, match="nan"):
            scale.one("field", float("nan"))
    else:
        assert scale.one("field", float("nan")) == scale.unavailable
        assert np.isnan(scale.si(scale.unavailable))
        assert not np.isnan(scale.si(scale.low))


@pytest.mark.parametrize("name", ALL)
def test_beyond_the_range_is_an_error_unless_the_standard_says_or_more(name):
    scale = ALL[name]
    above = (scale.high + 1) * scale.lsb
    if scale.saturates:
        assert scale.one("field", above) == scale.high
    elif scale.period is None:
        with pytest.raises(CodecError, match="field: cannot express"):
            scale.one("field", above)
    if scale.half_open:
        assert scale.one("field", (scale.low - 1) * scale.lsb) == scale.high
    elif not (scale.saturates and scale.low < 0):
        with pytest.raises(CodecError):
            scale.one("field", (scale.low - 1) * scale.lsb)
    with nullcontext() if scale.saturates else pytest.raises(CodecError):
        assert scale.one("field", float("inf")) == scale.high


def test_the_error_names_row_and_value():
    with pytest.raises(CodecError) as caught:
        scales.SPEED.to_raw("speed_mps", np.array([1.0, 170.0]))
    assert str(caught.value) == "speed_mps: cannot express 170.0 m/s in row 1, range 0 to 163.8"


@given(st.floats(0, 360, allow_nan=False))
def test_headings_close_the_circle(heading_deg):
    back = scales.HEADING.si(scales.HEADING.one("heading_deg", heading_deg))
    turn = abs(heading_deg - back)
    assert 0 <= back < 360
    assert min(turn, 360 - turn) <= 0.0125 / 2 + 1e-9


def test_headings_beyond_a_turn_are_not_folded():
    with pytest.raises(CodecError):
        scales.HEADING.one("heading_deg", 400.0)


def test_the_date_line_is_sent_as_plus_180():
    assert scales.LONGITUDE.to_raw("lon_deg", np.array([-180.0, 180.0, -179.9999999])).tolist() == [
        1_800_000_000,
        1_800_000_000,
        -1_799_999_999,
    ]


def test_identities_that_do_not_fit_are_refused():
    assert scales.identity("id", 258, 2) == b"\x01\x02"
    for number in (-1, 65536):
        with pytest.raises(CodecError, match="id"):
            scales.identity("id", number, 2)

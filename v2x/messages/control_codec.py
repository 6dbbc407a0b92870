"""Control messages of a family: `ControlStates` to frames, and back from frames that were decoded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.messages.batch import BatchEncoder
from v2x.messages.batch_decode import DecodedFrames
from v2x.messages.codec import Codec, within
from v2x.messages.control import ControlColumns, ControlForm
from v2x.messages.model_control import ControlStates
from v2x.messages.timemark import from_ms_of_minute, times_of


class ControlCodec:
    """The control messages of a profile; see `v2x.messages.profile.Profile` for what its methods do.

    Parameters
    ----------
    codec
        The strict codec.
    plain, fine
        Their forms, without and with further digits.
    id_bits
        How many of an identity's low bits the family carries.

    Attributes
    ----------
    types
        Types that are read as control messages; those with further digits serve also for a message without any.
    """

    def __init__(self, codec: Codec, plain: ControlForm, fine: ControlForm, id_bits: int) -> None:
        forms = (plain, fine)
        columns = [ControlColumns(form, id_bits) for form in forms]
        encoders = [BatchEncoder(codec, form.type_name, form.form) for form in forms]
        self._ways = tuple(zip(forms, columns, encoders, strict=True))
        self.types = {form.type_name: each for form, each in zip(forms, columns, strict=True)}

    def encode(self, states: ControlStates, *, fine: bool) -> tuple[str, list[bytes]]:
        """Their type and the frames, one a row."""
        form, columns, encoder = self._ways[fine]
        raw = within(form.type_name, columns.raw, states)
        return form.type_name, within(form.type_name, encoder.encode, raw)

    def states_in(self, found: DecodedFrames, near_utc_ns: NDArray[np.int64]) -> tuple[ControlStates, NDArray[np.intp]]:
        """Those that say their time, and the numbers of their frames."""
        parts: list[ControlStates] = []
        rows: list[NDArray[np.intp]] = []
        for type_name, columns in self.types.items():
            if not found.has(type_name):
                continue
            messages = found.messages(type_name)
            raw = messages.pick(columns.wanted)
            utc_ns, timed = times_of(columns.column(raw, "sec_mark"), near_utc_ns[messages.rows])
            parts.append(columns.states(raw, utc_ns))
            rows.append(messages.rows)
            if np.count_nonzero(timed) < len(timed):
                parts[-1], rows[-1] = parts[-1].take(np.flatnonzero(timed)), messages.rows[timed]
        if len(parts) == 1:
            return parts[0], rows[0]
        every = np.concatenate([np.zeros(0, np.intp), *rows])
        order = np.argsort(every)
        return ControlStates.joined([ControlStates.none(), *parts]).take(order), every[order]

    def only(self, found: DecodedFrames, near_utc_ns: int) -> tuple[str, ControlStates]:
        """The only frame, a control message; `CodecError` where it is not valid or says no time."""
        for error in found.errors.values():
            raise error
        (type_name,) = found.types()
        columns = self.types[type_name]
        raw = found.messages(type_name).pick(columns.wanted)
        utc_ns = within(type_name, from_ms_of_minute, columns.column(raw, "sec_mark"), near_utc_ns)
        return type_name, columns.states(raw, utc_ns)

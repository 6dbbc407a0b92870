"""Profiles: a message family and its dialect, from SI messages to MessageFrame bytes and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages.batch import BatchEncoder, Form
from v2x.messages.batch_decode import BatchDecoder, DecodedFrames, Frames
from v2x.messages.codec import Codec, Value, within
from v2x.messages.columnar import Layout
from v2x.messages.control import ControlForm
from v2x.messages.control_codec import ControlCodec
from v2x.messages.model import MapData, Message, VehicleStates
from v2x.messages.model_control import ControlStates
from v2x.messages.motion import SEC_MARK, raw_columns, states_of, wanted
from v2x.messages.shapes import Wanted
from v2x.messages.split import fragments
from v2x.messages.standing import Shapes, Stamps, Standing
from v2x.messages.timemark import from_ms_of_minute, times_of
from v2x.registry import did_you_mean
from v2x.scenario.known import PROFILES


@dataclass(frozen=True)
class Converter:
    """How one type of message gets from SI to ASN.1 and back.

    Attributes
    ----------
    model
        Class of `v2x.messages.model` that it converts.
    to_asn1
        Message -> ASN.1 value; `CodecError` for what cannot be expressed.
    from_asn1
        (ASN.1 value, reference time UTC ns) -> message.
    stamps
        What changes from one sending of the same content to the next, for messages that stand (`Profile.standing`).
    """

    model: type[Any]
    to_asn1: Callable[[Any], Value]
    from_asn1: Callable[[Value, int], Any]
    stamps: Stamps | None = None


@dataclass(frozen=True)
class VehicleStateConverter:
    """The same for vehicle states, which are columns: one row is one message of type ``BSM``.

    Attributes
    ----------
    form
        The message, with columns of `v2x.messages.motion.raw_columns` in its blanks.
    leaves
        Name of a column that `v2x.messages.motion.states_of` needs -> paths of the leaves that it is read from.
    """

    form: Form
    leaves: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Profile:
    """A message family as a station speaks it.

    Attributes
    ----------
    name
        ``j2735``, ``j2735-2016``, ``csae-a``, ``csae-b``.
    family
        ``j2735`` or ``csae``: qualifies message types, ``j2735.BSM``.
    codec
        The strict codec: ASN.1 values and bytes.
    temporary_id_bits
        Width of ``VehicleStates.temporary_id`` on the air; higher bits are dropped.
    vehicle_states
        Converter of BSMs.
    control
        What control messages are: CCM, PCM, or a BSM where the family has neither.
    fine_control
        The same with further digits: PCM.
    converters
        Converters of the other types in the model, by type.
    """

    name: str
    family: str
    codec: Codec
    temporary_id_bits: int
    vehicle_states: VehicleStateConverter
    control: ControlForm
    fine_control: ControlForm
    converters: Mapping[str, Converter]

    @property
    def type_names(self) -> tuple[str, ...]:
        """Message types that the codec knows."""
        return self.codec.type_names

    def resolve(self, type_name: str) -> str:
        """A bare or qualified type name (``BSM``, ``j2735.BSM``) as the bare one; `CodecError` if it is not ours."""
        family, _, bare = type_name.rpartition(".")
        if family in ("", self.family) and bare in self.type_names:
            return bare
        known = [f"{self.family}.{name}" for name in self.type_names]
        raise CodecError(f"unknown message type '{type_name}', {did_you_mean(type_name, known)}")

    def with_modules(self, path: Path) -> Profile:
        """The same profile on the user's own ASN.1 modules (`Codec.with_modules`)."""
        return replace(self, codec=self.codec.with_modules(path))

    def model_of(self, type_name: str) -> type[Any]:
        """Class of the SI model that holds messages of a type; `CodecError` for a type outside the model."""
        if type_name == "BSM":
            return VehicleStates
        if type_name in self._control.types:
            return ControlStates
        if type_name not in self.converters:
            known = ", ".join(dict.fromkeys(["BSM", *self._control.types, *self.converters]))
            raise CodecError(f"{type_name} is not in the physical model (there are {known})")
        return self.converters[type_name].model

    def type_of(self, model: type[Any]) -> str:
        """Type in which messages of a class of the SI model go; `CodecError` if there is none."""
        for type_name, converter in self.converters.items():
            if converter.model is model:
                return type_name
        raise CodecError(f"{self.name} has no message for {model.__name__}")

    def encode(self, message: Message, type_name: str | None = None) -> tuple[str, bytes]:
        """A message as (type, bytes of its MessageFrame).

        Parameters
        ----------
        message
            The message.
        type_name
            As what to send it where more types than one carry its class (T/CSAE: perceived objects are an SSM or an
            RSM); without, the first of `converters`.

        Raises
        ------
        CodecError
            Names the field that cannot be expressed. A `VehicleStates` or `ControlStates` must have one row.
        """
        if isinstance(message, VehicleStates) and type_name in (None, "BSM"):
            _one_row(message, "BSM", "encode_vehicle_states")
            return "BSM", self.encode_vehicle_states(message)[0]
        if isinstance(message, ControlStates) and type_name in (None, *self._control.types):
            sent_as, frames = self.encode_control(message, fine=type_name not in (None, self.control.type_name))
            _one_row(message, sent_as, "encode_control")
            return sent_as, frames[0]
        type_name, converter = self._converter_of(message, type_name)
        return type_name, self.codec.encode(type_name, within(type_name, converter.to_asn1, message))

    def fitting(self, message: MapData, limit_bytes: int) -> tuple[MapData, ...]:
        """A MAP as parts whose frames are no longer than a limit; `CodecError` where that cannot be."""
        return fragments(message, lambda part: len(self.encode(part)[1]) <= limit_bytes)

    def standing(self, message: Message) -> Standing:
        """A message to be sent again and again, encoded once: its ``at(utc_ns, msg_count)`` gives what `encode` would.

        Raises
        ------
        CodecError
            As `encode`; for a message of which more than stamps changes.
        """
        type_name, converter = self._converter_of(message)
        if converter.stamps is None:
            raise CodecError("such a message does not stand: encode each for itself", path=type_name)

        shapes = self._shapes.setdefault(type_name, Shapes(self.codec, type_name))

        def encode(message: Message) -> tuple[bytes, Layout]:
            return shapes.encode(within(type_name, converter.to_asn1, message))

        return Standing(type_name, message, converter.stamps, encode)

    @cached_property
    def _shapes(self) -> dict[str, Shapes]:
        return {}

    def _converter_of(self, message: Message, wanted: str | None = None) -> tuple[str, Converter]:
        for type_name, converter in self.converters.items():
            if isinstance(message, converter.model) and wanted in (None, type_name):
                return type_name, converter
        what = "a message of the model" if wanted is None else f"what {wanted} carries"
        raise CodecError(f"{type(message).__name__} is not {what}")

    def encode_vehicle_states(self, states: VehicleStates) -> list[bytes]:
        """BSM frames of vehicle states, one a row; `CodecError` names the field and the row."""
        raw = within("BSM", raw_columns, states, self.temporary_id_bits)
        frames: list[bytes] = within("BSM", self._bsm.encode, raw)
        return frames

    @cached_property
    def _bsm(self) -> BatchEncoder:
        return BatchEncoder(self.codec, "BSM", self.vehicle_states.form)

    def decode(self, data: bytes, near_utc_ns: int, *, proven: bool = False) -> tuple[str, Message | Value]:
        """The bytes of a frame as (type, message), completing its times with a reference.

        Parameters
        ----------
        data
            A MessageFrame.
        near_utc_ns
            When it arrived, UTC: BSMs name only the millisecond of a minute.
        proven
            See `Codec.decode`.

        Returns
        -------
        tuple
            The type and the message in SI; for a type outside the model its ASN.1 value.

        Raises
        ------
        CodecError
            Not a valid frame, or a valid one that says what the model cannot hold.
        """
        if self.codec.peek(data) == "BSM":
            return "BSM", self.decode_vehicle_states([data], near_utc_ns)
        if self.codec.peek(data) in self._control.types:
            return self._control.only(self.decode_frames([data]), near_utc_ns)
        type_name, value = self.codec.decode(data, proven=proven)
        if type_name not in self.converters:
            return type_name, value
        message: Message = within(type_name, self.converters[type_name].from_asn1, value, near_utc_ns)
        return type_name, message

    def decode_vehicle_states(self, frames: Frames, near_utc_ns: int) -> VehicleStates:
        """Vehicle states of BSM frames that arrived at about the same time, one row a frame.

        Raises
        ------
        CodecError
            For the first frame that is not valid, or not a BSM, or says no time.
        """
        found = self.decode_frames(frames)
        for error in found.errors.values():
            raise error
        bsms = found.messages("BSM")
        if len(bsms.rows) < len(frames):
            other = next(name for name in found.types() if name != "BSM")
            raise CodecError(f"expected a BSM, got {other}")
        columns = bsms.pick(self._bsm_columns)
        return states_of(columns, within("BSM", from_ms_of_minute, columns[SEC_MARK], near_utc_ns))

    def decode_frames(self, frames: Frames) -> DecodedFrames:
        """Frames of any types as columns, with the verdict of the strict codec on each."""
        return self._decoder.decode(frames)

    def vehicle_states_in(
        self, found: DecodedFrames, near_utc_ns: NDArray[np.int64]
    ) -> tuple[VehicleStates, NDArray[np.bool_]]:
        """The BSMs among decoded frames.

        Parameters
        ----------
        found
            What `decode_frames` made of n frames.
        near_utc_ns
            (n,) when each arrived, UTC.

        Returns
        -------
        tuple
            One row a BSM, in the order of ``found.messages("BSM").rows``, and whether it says its time; without, its
            ``utc_ns`` is that of arrival.
        """
        messages = found.messages("BSM")
        columns = messages.pick(self._bsm_columns)
        utc_ns, timed = times_of(columns[SEC_MARK], near_utc_ns[messages.rows])
        return states_of(columns, utc_ns), timed

    def encode_control(self, states: ControlStates, *, fine: bool = False) -> tuple[str, list[bytes]]:
        """Control messages, one a row.

        Parameters
        ----------
        states
            n vehicles.
        fine
            With further digits: 1e-6 m/s and m/s^2, 1e-11 degrees of latitude and longitude, 1 ns.

        Returns
        -------
        tuple
            Their type (CCM, PCM, or BSM where the family has neither: then without ``desired_accel_mps2``, ``mode``,
            ``target_id``, ``separation_m`` and ``heavy``) and the frames.

        Raises
        ------
        CodecError
            Names the field and the row.
        """
        return self._control.encode(states, fine=fine)

    def control_states_in(
        self, found: DecodedFrames, near_utc_ns: NDArray[np.int64]
    ) -> tuple[ControlStates, NDArray[np.intp]]:
        """The control messages among decoded frames, but for those that do not say their time.

        Parameters
        ----------
        found
            What `decode_frames` made of n frames.
        near_utc_ns
            (n,) when each arrived, UTC.

        Returns
        -------
        tuple
            One row a message, and the numbers of their frames, ascending.
        """
        return self._control.states_in(found, near_utc_ns)

    @cached_property
    def _control(self) -> ControlCodec:
        return ControlCodec(self.codec, self.control, self.fine_control, self.temporary_id_bits)

    @cached_property
    def _decoder(self) -> BatchDecoder:
        return BatchDecoder(self.codec)

    @cached_property
    def _bsm_columns(self) -> Wanted:
        return wanted(self.vehicle_states.leaves)


def _one_row(message: VehicleStates | ControlStates, type_name: str, instead: str) -> None:
    if len(message) != 1:
        raise CodecError(f"{len(message)} rows, a frame holds one: use {instead}", path=type_name)


def get_profile(name: str) -> Profile:
    """The profile of a name, made once per process; `InputError` with the nearest name if unknown."""
    return _made(PROFILES.load(name))


@cache
def _made(factory: Callable[[], Profile]) -> Profile:
    """One profile, whatever names it goes by: its modules are compiled, and its shapes measured, once."""
    return factory()

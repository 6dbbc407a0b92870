"""Profiles: a message family and its dialect, from SI messages to MessageFrame bytes and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from v2x.errors import CodecError
from v2x.messages.batch import BatchEncoder, Form
from v2x.messages.codec import Codec, Value
from v2x.messages.model import Message, VehicleStates
from v2x.messages.motion import raw_columns
from v2x.registry import Registry, did_you_mean

#: Profile name -> factory. ``csae`` is dialect A, the one seen on the air for the day-1 messages.
PROFILES = Registry(
    "v2x.profiles",
    {
        "j2735": "v2x.messages.j2735.profile:j2735",
        "csae": "v2x.messages.csae.profile:csae_a",
        "csae-a": "v2x.messages.csae.profile:csae_a",
        "csae-b": "v2x.messages.csae.profile:csae_b",
    },
)


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
    """

    model: type[Any]
    to_asn1: Callable[[Any], Value]
    from_asn1: Callable[[Value, int], Any]


@dataclass(frozen=True)
class VehicleStateConverter:
    """The same for vehicle states, which are columns: one row is one message of type ``BSM``.

    Attributes
    ----------
    form
        The message, with columns of `v2x.messages.motion.raw_columns` in its blanks.
    from_asn1
        (ASN.1 values, reference time UTC ns) -> vehicle states.
    """

    form: Form
    from_asn1: Callable[[Sequence[Value], int], VehicleStates]


@dataclass(frozen=True)
class Profile:
    """A message family as a station speaks it.

    Attributes
    ----------
    name
        ``j2735``, ``csae-a``, ``csae-b``.
    family
        ``j2735`` or ``csae``: qualifies message types, ``j2735.BSM``.
    codec
        The strict codec: ASN.1 values and bytes.
    temporary_id_bits
        Width of ``VehicleStates.temporary_id`` on the air; higher bits are dropped.
    overhead_bytes
        Security envelope and network headers around a frame (assumed, see `v2x.messages.overhead`).
    vehicle_states
        Converter of BSMs.
    converters
        Converters of the other types in the model, by type.
    """

    name: str
    family: str
    codec: Codec
    temporary_id_bits: int
    overhead_bytes: int
    vehicle_states: VehicleStateConverter
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

    def air_bytes(self, frame_bytes: int) -> int:
        """Size on the air of a MessageFrame of that many bytes."""
        return frame_bytes + self.overhead_bytes

    def encode(self, message: Message) -> tuple[str, bytes]:
        """A message as (type, bytes of its MessageFrame).

        Raises
        ------
        CodecError
            Names the field that cannot be expressed. A `VehicleStates` must have one row.
        """
        if isinstance(message, VehicleStates):
            if len(message) != 1:
                raise CodecError(f"{len(message)} rows, a frame holds one: use encode_vehicle_states", path="BSM")
            return "BSM", self.encode_vehicle_states(message)[0]
        for type_name, converter in self.converters.items():
            if isinstance(message, converter.model):
                return type_name, self.codec.encode(type_name, _within(type_name, converter.to_asn1, message))
        raise CodecError(f"{type(message).__name__} is not a message of the model")

    def encode_vehicle_states(self, states: VehicleStates) -> list[bytes]:
        """BSM frames of vehicle states, one a row; `CodecError` names the field and the row."""
        raw = _within("BSM", raw_columns, states, self.temporary_id_bits)
        frames: list[bytes] = _within("BSM", self._bsm.encode, raw)
        return frames

    @cached_property
    def _bsm(self) -> BatchEncoder:
        return BatchEncoder(self.codec, "BSM", self.vehicle_states.form)

    def decode(self, data: bytes, near_utc_ns: int) -> tuple[str, Message | Value]:
        """The bytes of a frame as (type, message), completing its times with a reference.

        Parameters
        ----------
        data
            A MessageFrame.
        near_utc_ns
            When it arrived, UTC: BSMs name only the millisecond of a minute.

        Returns
        -------
        tuple
            The type and the message in SI; for a type outside the model its ASN.1 value.

        Raises
        ------
        CodecError
            Not a valid frame, or a valid one that says what the model cannot hold.
        """
        type_name, value = self.codec.decode(data)
        if type_name == "BSM":
            states: VehicleStates = _within("BSM", self.vehicle_states.from_asn1, [value], near_utc_ns)
            return type_name, states
        if type_name not in self.converters:
            return type_name, value
        message: Message = _within(type_name, self.converters[type_name].from_asn1, value, near_utc_ns)
        return type_name, message

    def decode_vehicle_states(self, frames: Sequence[bytes], near_utc_ns: int) -> VehicleStates:
        """Vehicle states of BSM frames that arrived at about the same time, one row a frame."""
        values = []
        for data in frames:
            type_name, value = self.codec.decode(data)
            if type_name != "BSM":
                raise CodecError(f"expected a BSM, got {type_name}")
            values.append(value)
        states: VehicleStates = _within("BSM", self.vehicle_states.from_asn1, values, near_utc_ns)
        return states


def _within(type_name: str, convert: Callable[..., Any], *arguments: Any) -> Any:
    """Run a converter; put the message type before the path of its errors."""
    try:
        return convert(*arguments)
    except CodecError as error:
        path = ".".join(part for part in (type_name, error.path) if part)
        raise CodecError(error.reason, path=path) from error


@cache
def get_profile(name: str) -> Profile:
    """The profile of a name, made once per process; `InputError` with the nearest name if unknown."""
    factory: Callable[[], Profile] = PROFILES.load(name)
    return factory()

"""Standing messages: MAP and SPAT are sent again and again while next to nothing in them changes.

A second message of the same content differs from the first by its stamps: times and counters, each a leaf at a fixed
bit. So the message is encoded once, and for each sending the stamps are written into the bits of the first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from v2x.errors import CodecError
from v2x.messages.codec import Codec, Value
from v2x.messages.columnar import Layout, frame_words

#: A message with the fields ``utc_ns`` and ``msg_count``.
_Message = Any
#: (``utc_ns``, ``msg_count``) -> raw integer of a leaf.
Stamp = Callable[[int, int], int]


@dataclass(frozen=True)
class Stamps:
    """What time and count change in a message.

    Attributes
    ----------
    leaves
        Message -> path of each leaf that they decide, and how; what is always equal has one stamp, asked once.
    until_utc_ns
        Message -> until when nothing else changes as time goes on from the message's own; None: it never does.
    """

    leaves: Callable[[_Message], Mapping[str, Stamp]]
    until_utc_ns: Callable[[_Message], int | None]


#: Shapes of one type that are kept: a signal plan returns to the same few, and a field has some dozen junctions.
_KEPT_SHAPES = 256


class Shapes:
    """Layouts of messages of one type, each measured once (see `v2x.messages.batch_decode` for what makes a shape)."""

    def __init__(self, codec: Codec, type_name: str) -> None:
        self._codec, self._type_name = codec, type_name
        self._known: deque[Layout] = deque(maxlen=_KEPT_SHAPES)

    def encode(self, value: Value) -> tuple[bytes, Layout]:
        """The frame of a message, and where its leaves lie; `CodecError` as `Codec.layout`."""
        data = self._codec.encode(self._type_name, value)
        words = frame_words([data], len(data))
        for layout in self._known:
            if layout.frame_bytes == len(data) and layout.matches(words)[0]:
                return data, layout
        self._known.append(self._codec.layout(self._type_name, value))
        return data, self._known[-1]


class Standing:
    """One message, to be sent at many times. What it sends is bit for bit what the codec would.

    Parameters
    ----------
    type_name
        Message type.
    message
        As it is first sent.
    stamps
        What changes.
    encode
        Message -> its frame, and the layout of its shape; `CodecError` if it cannot be expressed.

    Attributes
    ----------
    type
        Message type.
    """

    def __init__(
        self, type_name: str, message: _Message, stamps: Stamps, encode: Callable[[_Message], tuple[bytes, Layout]]
    ) -> None:
        self.type = type_name
        self._stamps, self._encode = stamps, encode
        self._measure(message)

    def at(self, utc_ns: int, msg_count: int) -> bytes:
        """Its frame as sent at ``utc_ns`` as number ``msg_count``; `CodecError` if that cannot be expressed."""
        if utc_ns < self._message.utc_ns or (self._until_utc_ns is not None and utc_ns >= self._until_utc_ns):
            self._measure(replace(self._message, utc_ns=utc_ns, msg_count=msg_count))
        number = self._blank
        for (stamp, minimum, maximum), (path, ones) in self._places.items():
            raw = stamp(utc_ns, msg_count)
            if not minimum <= raw <= maximum:
                reason = f"cannot express {raw}, range {minimum} to {maximum}"
                raise CodecError(reason, path=f"{self.type}.{path}")
            number |= (raw - minimum) * ones
        return number.to_bytes(self._frame_bytes)

    def _measure(self, message: _Message) -> None:
        """Encode the message and find its stamps."""
        data, layout = self._encode(message)
        self._message, self._until_utc_ns = message, self._stamps.until_utc_ns(message)
        self._frame_bytes = len(data)
        #: Stamp and range of leaves that are always equal -> path of the first, and the lowest bit of each.
        self._places: dict[tuple[Stamp, int, int], tuple[str, int]] = {}
        self._blank = int.from_bytes(data)
        for path, stamp in self._stamps.leaves(message).items():
            leaf = layout.leaves[path]
            shift = 8 * self._frame_bytes - leaf.offset - leaf.width
            first, ones = self._places.get((stamp, leaf.minimum, leaf.maximum), (path, 0))
            self._places[stamp, leaf.minimum, leaf.maximum] = first, ones | 1 << shift
            self._blank &= ~((1 << leaf.width) - 1 << shift)

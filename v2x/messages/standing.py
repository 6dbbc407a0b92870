"""Standing messages: MAP and SPAT are sent again and again while next to nothing in them changes.

A second message of the same content differs from the first by its stamps: times and counters, each a leaf at a fixed
bit. So the message is encoded once, and for each sending the stamps are written into the bits of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from v2x.errors import CodecError
from v2x.messages.columnar import Layout
from v2x.messages.leaves import Leaf

#: A message with the fields ``utc_ns`` and ``msg_count``.
_Message = Any


@dataclass(frozen=True)
class Stamps:
    """What time and count change in a message.

    Attributes
    ----------
    leaves
        Message -> path and raw integer of each leaf that they decide.
    until_utc_ns
        Message -> until when nothing else changes as time goes on from the message's own; None: it never does.
    """

    leaves: Callable[[_Message], Mapping[str, int]]
    until_utc_ns: Callable[[_Message], int | None]


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
    layout
        Message -> layout with that message as exemplar; `CodecError` if it cannot be expressed.

    Attributes
    ----------
    type
        Message type.
    """

    def __init__(self, type_name: str, message: _Message, stamps: Stamps, layout: Callable[[_Message], Layout]) -> None:
        self.type = type_name
        self._stamps, self._layout = stamps, layout
        self._measure(message)

    def at(self, utc_ns: int, msg_count: int) -> bytes:
        """Its frame as sent at ``utc_ns`` as number ``msg_count``; `CodecError` if that cannot be expressed."""
        message = replace(self._message, utc_ns=utc_ns, msg_count=msg_count)
        if utc_ns < self._message.utc_ns or (self._until_utc_ns is not None and utc_ns >= self._until_utc_ns):
            self._measure(message)
        number = self._blank
        for path, raw in self._stamps.leaves(message).items():
            leaf, shift = self._places[path]
            if not leaf.minimum <= raw <= leaf.maximum:
                reason = f"cannot express {raw}, range {leaf.minimum} to {leaf.maximum}"
                raise CodecError(reason, path=f"{self.type}.{path}")
            number |= raw - leaf.minimum << shift
        return number.to_bytes(self._frame_bytes)

    def _measure(self, message: _Message) -> None:
        """Encode the message and find its stamps."""
        layout = self._layout(message)
        self._message, self._until_utc_ns = message, self._stamps.until_utc_ns(message)
        self._frame_bytes = layout.frame_bytes
        self._places: dict[str, tuple[Leaf, int]] = {}
        self._blank = int.from_bytes(layout.encode({}, np.zeros(1, np.intp)).tobytes())
        for path in self._stamps.leaves(message):
            leaf = layout.leaves[path]
            shift = 8 * self._frame_bytes - leaf.offset - leaf.width
            self._places[path] = leaf, shift
            self._blank &= ~((1 << leaf.width) - 1 << shift)

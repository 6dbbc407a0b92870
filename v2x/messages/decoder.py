"""Decoding once per transmission, however many stations receive it.

Every frame of a run has passed the strict codec: stations encode with it, and the frames of guests and of orders are
checked before they are let in. So it is not asked again.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from v2x.errors import CodecError
from v2x.messages.model import Message
from v2x.messages.profile import Profile

#: Transmissions remembered; more than are under way at a time in any run.
_KEPT = 8192


class Decoder:
    """Remembers what the newest transmissions say."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._known: OrderedDict[int, Message | dict[str, Any] | CodecError] = OrderedDict()

    def decode(self, tx_id: int, data: bytes, near_utc_ns: int) -> Message | dict[str, Any]:
        """The message in a frame; `CodecError` for what is not one, at every call."""
        if tx_id not in self._known:
            try:
                self._known[tx_id] = self._profile.decode(data, near_utc_ns, proven=True)[1]
            except CodecError as error:
                self._known[tx_id] = error
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        found = self._known[tx_id]
        if isinstance(found, CodecError):
            raise found
        return found

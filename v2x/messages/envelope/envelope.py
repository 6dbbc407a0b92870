"""The envelope of a run: how large each message is on the air, and the packets themselves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError, InputError
from v2x.messages.envelope.identities import Identities
from v2x.messages.envelope.ieee1609dot2 import Header
from v2x.messages.envelope.schedule import CertificateSchedule
from v2x.messages.envelope.stack import Csae, Ieee1609, Stack
from v2x.messages.envelope.timescale import time64
from v2x.messages.frame import Frames
from v2x.messages.profile import Profile
from v2x.rng import key_of
from v2x.scenario.model_security import Security

I64 = NDArray[np.int64]

#: Over Uu a data unit travels in UDP over IPv4 (RFC 768, RFC 791), assumed.
UDP_IPV4_BYTES = 28


class Envelope:
    """What a run puts around its messages.

    Sizes are those of data units that are really built, once for each message type and length.

    Parameters
    ----------
    profile
        Message family.
    security
        How messages are secured.
    seed, start_utc_ns
        Of the run: keys and schedule come from the seed, certificates are valid from the start.

    Raises
    ------
    InputError
        If there is no message type of a name in ``security.application_ids``, or messages of the family cannot be
        signed.
    """

    def __init__(self, profile: Profile, security: Security, seed: int, start_utc_ns: int) -> None:
        if security.mode == "signed" and profile.family != "j2735":
            raise InputError(f"messages of {profile.name} cannot be signed: there is no SM2 here", path="security.mode")
        ids = application_ids(profile, security.application_ids)
        self._stack: Stack = Ieee1609(ids) if profile.family == "j2735" else Csae(ids)
        self._start_utc_ns = start_utc_ns
        secured = security.mode != "none"
        self._schedule = CertificateSchedule(security.certificate_interval_ms, seed) if secured else None
        self._identities = Identities(seed, start_utc_ns) if security.mode == "signed" else None
        self._size, self._kind = cache(self._size_of_one), cache(key_of)

    def air_bytes(self, frames: Frames, channel: str) -> I64:
        """Size of each message on the air, bytes, (n,): all that the radio gets to carry as payload.

        Parameters
        ----------
        frames
            Messages; those of one station and type ascend in time, over all calls.
        channel
            ``pc5``, ``uu_uplink`` or ``uu_downlink``. Over Uu the signer is always the digest: both ends know each
            other (project choice).
        """
        if self._identities is not None:
            return np.array([len(packet) for packet in self.packets(frames, channel)], np.int64)
        each = zip(frames.type.tolist(), map(len, frames.data), self._attach(frames, channel), strict=True)
        return np.array([self._size(*one, channel == "pc5") for one in each], np.int64)

    def packets(self, frames: Frames, channel: str) -> list[bytes]:
        """The messages as on the air, as `air_bytes` counts them; unless signed, with zeros for signatures.

        On PC5 the first octet is the family (`v2x.messages.envelope.pc5`). Over Uu zeros stand in the place of the IP
        headers, behind the data unit.
        """
        over_pc5 = channel == "pc5"
        return [self._wrap(frames, row, attach, over_pc5) for row, attach in enumerate(self._attach(frames, channel))]

    def _attach(self, frames: Frames, channel: str) -> list[bool]:
        """Whether each message carries the certificate."""
        if self._schedule is None or channel != "pc5":
            return [False] * len(frames)
        kinds, which = frames.kinds
        kind = np.array([self._kind(kind) for kind in kinds], np.uint64)[which]
        attach: list[bool] = self._schedule.attach(kind, frames.key, frames.t_ns).tolist()
        return attach

    def _wrap(self, frames: Frames, row: int, attach: bool, over_pc5: bool) -> bytes:
        kind, payload = frames.type[row], frames.data[row]
        if self._identities is None:
            unit = self._unsigned(payload, kind, attach)
        else:
            header = Header(self._stack.application(kind), time64(self._start_utc_ns + int(frames.t_ns[row])))
            identity = self._identities.of(int(frames.key[row]), header.psid)
            unit = identity.sign(payload, header, attach=attach)
        return self._stack.packet(unit, kind) if over_pc5 else unit + bytes(UDP_IPV4_BYTES)

    def _unsigned(self, payload: bytes, kind: str, attach: bool) -> bytes:
        if self._schedule is None:
            return self._stack.unsecured(payload)
        return self._stack.sized(payload, kind, attach=attach)

    def _size_of_one(self, kind: str, length: int, attach: bool, over_pc5: bool) -> int:
        unit = self._unsigned(bytes(length), kind, attach)
        return len(self._stack.packet(unit, kind)) if over_pc5 else len(unit) + UDP_IPV4_BYTES


def application_ids(profile: Profile, numbers: Mapping[str, int]) -> dict[str, int]:
    """The user's identifiers by bare message type; `InputError` with its path for a type that is none."""
    found = {}
    for kind, number in numbers.items():
        try:
            found[profile.resolve(kind)] = number
        except CodecError as error:
            raise InputError(error.reason, path=f"security.application_ids.{kind}") from error
    return found

"""The layers around a message, family by family: which application it belongs to, security, network header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from v2x.errors import CodecError
from v2x.messages.envelope import dsmp, ieee1609dot2, pc5, wsmp, ydt3957
from v2x.messages.envelope.oer import Value
from v2x.messages.envelope.signing import VALID_HOURS

#: PSIDs of SAE J2735 messages: ISO 5345 registry of ITS-AIDs (which IEEE shares). Its entries name applications, most
#: of them with their message or standard; that RSM, RSA and ICA belong where they stand here is **assumed**. PCM and
#: PMM, which are this project's own, go with the CCM.
PSIDS = {
    "BSM": 0x20, "PSM": 0x27, "RTCM": 0x80, "SPAT": 0x82, "ICA": 0x82, "TIM": 0x83, "RSA": 0x83, "RSM": 0x83,
    "EVA": 0x85, "CCM": 0x8E, "PCM": 0x8E, "PMM": 0x8E, "SDSM": 0x90, "SSM": 0x204095, "SRM": 0x204096, "MAP": 0x204097,
}  # fmt: skip

#: AIDs of T/CSAE messages. **Unverified**: 111 is reported for ordinary BSMs; no public table names the others, which
#: are placeholders from the range of two bytes, where a vendor's stack has its own (3616 to 3626).
AIDS = {
    "BSM": 111, "MAP": 3618, "SPAT": 3619, "RSI": 3620, "RSM": 3621, "RTCM": 3622, "RSC": 3622, "SSM": 3622,
    "VIR": 3622, "PAM": 3622, "PSM": 3622, "CLPMM": 3622, "PCM": 3622, "VPM": 3622, "test": 3624,
}  # fmt: skip


class Stack(Protocol):
    """The layers of one family."""

    def application(self, kind: str) -> int:
        """PSID or AID of a message type; `CodecError` if none is known."""

    def unsecured(self, payload: bytes) -> bytes:
        """A data unit without security."""

    def sized(self, payload: bytes, kind: str, *, attach: bool) -> bytes:
        """A data unit of the size of a signed one, with or without the certificate; the signature is zeros."""

    def packet(self, unit: bytes, kind: str) -> bytes:
        """A data unit with all headers that PC5 counts as payload."""


@dataclass(frozen=True)
class _Applications:
    """Identifiers by message type, some of them the user's."""

    own: Mapping[str, int]

    def _find(self, kind: str, table: Mapping[str, int]) -> int:
        number = self.own.get(kind, table.get(kind))
        if number is None:
            raise CodecError(f"no application identifier is known for {kind}: set security.application_ids.{kind}")
        return number


@dataclass(frozen=True)
class Ieee1609(_Applications):
    """SAE J2735 in IEEE 1609.2 in WSMP."""

    def application(self, kind: str) -> int:
        """PSID."""
        return self._find(kind, PSIDS)

    def unsecured(self, payload: bytes) -> bytes:
        """Unsecured data."""
        return ieee1609dot2.unsecured(payload)

    def sized(self, payload: bytes, kind: str, *, attach: bool) -> bytes:
        """Signed data with zeros for the signature, signer and key."""
        psid = self.application(kind)
        tbs = ieee1609dot2.to_be_signed(payload, ieee1609dot2.Header(psid, generation_time=0))
        signer = [_blank_certificate(psid)] if attach else bytes(8)
        return ieee1609dot2.signed(tbs, signer, _BLANK)

    def packet(self, unit: bytes, kind: str) -> bytes:
        """WSMP without information elements, behind the octet of its family."""
        return pc5.encode(pc5.IEEE_1609, wsmp.Wsm(self.application(kind), unit).encode())


@dataclass(frozen=True)
class Csae(_Applications):
    """T/CSAE messages in YD/T 3957 in DSMP."""

    def application(self, kind: str) -> int:
        """AID."""
        return self._find(kind, AIDS)

    def unsecured(self, payload: bytes) -> bytes:
        """Unsecured data."""
        return ydt3957.unsecured(payload)

    def sized(self, payload: bytes, kind: str, *, attach: bool) -> bytes:
        """Signed data with zeros for what SM2 would give."""
        return ydt3957.sized(payload, self.application(kind), 0, attach=attach)

    def packet(self, unit: bytes, kind: str) -> bytes:
        """DSMP behind the octet of its family."""
        return pc5.encode(pc5.CCSA, dsmp.Dsm(self.application(kind), unit).encode())


_BLANK = bytes(32), bytes(32)


def _blank_certificate(psid: int) -> Value:
    """As long as those of `v2x.messages.envelope.signing.issue`."""
    key = ("verificationKey", ("ecdsaNistP256", ("compressed-y-0", bytes(32))))
    return {
        "version": 3,
        "type": "explicit",
        "issuer": ("sha256AndDigest", bytes(8)),
        "toBeSigned": {
            "id": ("none", None),
            "cracaId": bytes(3),
            "crlSeries": 0,
            "validityPeriod": {"start": 0, "duration": ("hours", VALID_HOURS)},
            "appPermissions": [{"psid": psid}],
            "verifyKeyIndicator": key,
        },
        "signature": ieee1609dot2.signature_value(_BLANK),
    }

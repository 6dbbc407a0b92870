"""ECDSA P-256 over IEEE 1609.2 data units, with the package `cryptography`; and the project's own two certificates.

A root signs itself and one certificate for each station and application. That is a chain that a verifier can follow,
and no more: no security credential management system, no pseudonym change, no butterfly keys, no implicit certificates,
no revocation, no service specific permissions. Keys come from the run's seed, so that a run can be repeated: they
protect nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from v2x.errors import CodecError
from v2x.messages.envelope import ieee1609dot2
from v2x.messages.envelope.ieee1609dot2 import Header, Signature, Unit, encode_part
from v2x.messages.envelope.oer import Value

#: Order of the group of NIST P-256 (FIPS 186-4 D.1.2.3).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
#: RFC 6979: the same message and key give the same signature, and a run its digest.
_ALGORITHM = ec.ECDSA(SHA256(), deterministic_signing=True)

#: A certificate of the project is valid for so long from the start of its run: a day on each side of any test.
VALID_HOURS = 48


@dataclass(frozen=True)
class Certificate:
    """An explicit certificate as its ASN.1 value."""

    value: Value

    @cached_property
    def data(self) -> bytes:
        """Its bytes."""
        return encode_part("Certificate", self.value)

    @cached_property
    def digest(self) -> bytes:
        """Last eight bytes of the SHA-256 hash: how others name it (HashedId8)."""
        return hashlib.sha256(self.data).digest()[-8:]

    @cached_property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Its P-256 key; `CodecError` if it has none that can be used."""
        kind, key = self.value["toBeSigned"]["verifyKeyIndicator"]
        if kind != "verificationKey" or key[0] != "ecdsaNistP256":
            raise CodecError("no P-256 verification key", path="Certificate.toBeSigned.verifyKeyIndicator")
        form, x = key[1]
        signs = {"compressed-y-0": b"\x02", "compressed-y-1": b"\x03"}
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), signs[form] + x)
        except (KeyError, ValueError) as error:
            raise CodecError("not a compressed point of P-256", path="Certificate.toBeSigned") from error

    def permits(self, psid: int) -> bool:
        """Whether it may sign for an application."""
        return any(each["psid"] == psid for each in self.value["toBeSigned"].get("appPermissions", ()))


@dataclass(frozen=True)
class Identity:
    """A certificate and the key that it vouches for."""

    certificate: Certificate
    key: ec.EllipticCurvePrivateKey

    def sign(self, payload: bytes, header: Header, *, attach: bool) -> bytes:
        """A signed unit; with the full certificate if ``attach``, else with its digest."""
        tbs = ieee1609dot2.to_be_signed(payload, header)
        signature = _sign(self.key, encode_part("ToBeSignedData", tbs), self.certificate.data)
        signer = [self.certificate.value] if attach else self.certificate.digest
        return ieee1609dot2.signed(tbs, signer, signature)


def key_from(number: int) -> ec.EllipticCurvePrivateKey:
    """The private key of a random number of at least 320 bits (FIPS 186-4 B.4.1: 64 more than the order)."""
    return ec.derive_private_key(number % (_ORDER - 1) + 1, ec.SECP256R1())


def make_root(key: ec.EllipticCurvePrivateKey, start_time32: int) -> Identity:
    """A root that signs itself and may issue for every application."""
    issuing = {"subjectPermissions": ("all", None)}
    tbs = _tbs(key, start_time32, {"certIssuePermissions": [issuing]}, ("name", "v2x test field root"))
    value = {"version": 3, "type": "explicit", "issuer": ("self", "sha256"), "toBeSigned": tbs}
    return Identity(_signed_certificate(value, key, b""), key)


def issue(root: Identity, key: ec.EllipticCurvePrivateKey, psid: int, start_time32: int) -> Identity:
    """A certificate of the root for one application of one station."""
    tbs = _tbs(key, start_time32, {"appPermissions": [{"psid": psid}]}, ("none", None))
    issuer = ("sha256AndDigest", root.certificate.digest)
    value = {"version": 3, "type": "explicit", "issuer": issuer, "toBeSigned": tbs}
    return Identity(_signed_certificate(value, root.key, root.certificate.data), key)


class Verifier:
    """Checks signed units against one root, learning certificates as they are sent.

    Parameters
    ----------
    root
        Whom to believe.
    known
        Certificates known from elsewhere.
    """

    def __init__(self, root: Certificate, known: Iterable[Certificate] = ()) -> None:
        self._root = root
        self._known = {certificate.digest: certificate for certificate in known}

    def verify(self, unit: Unit) -> Certificate:
        """The signer's certificate.

        Raises
        ------
        CodecError
            Unsecured; signed by a certificate that is not known, not of this root, not for this application or not
            for this time; or the signature is wrong.
        """
        if unit.header is None:
            raise CodecError("not signed")
        certificate = self._signer(unit)
        if not certificate.permits(unit.header.psid):
            raise CodecError(f"the certificate does not permit application {unit.header.psid:#x}")
        _within_validity(certificate, unit.header)
        content = unit.value["content"][1]
        tbs = encode_part("ToBeSignedData", content["tbsData"])
        _verify(certificate.public_key, _signature_of(content["signature"]), tbs, certificate.data)
        return certificate

    def _signer(self, unit: Unit) -> Certificate:
        if isinstance(unit.signer, bytes):
            if unit.signer not in self._known:
                raise CodecError(f"signed with an unknown certificate {unit.signer.hex() or '(self)'}")
            return self._known[unit.signer]
        if len(unit.signer) != 1:
            raise CodecError(f"{len(unit.signer)} certificates, expected the signer's alone")
        certificate = Certificate(unit.signer[0])
        if certificate.digest not in self._known:
            self._check_issuer(certificate)
            self._known[certificate.digest] = certificate
        return certificate

    def _check_issuer(self, certificate: Certificate) -> None:
        if certificate.value["issuer"] != ("sha256AndDigest", self._root.digest):
            raise CodecError("the certificate has another issuer", path="Certificate.issuer")
        if "signature" not in certificate.value:
            raise CodecError("an implicit certificate, these are not supported", path="Certificate.type")
        tbs = encode_part("ToBeSignedCertificate", certificate.value["toBeSigned"])
        _verify(self._root.public_key, _signature_of(certificate.value["signature"]), tbs, self._root.data)


def _within_validity(certificate: Certificate, header: Header) -> None:
    if header.generation_time is None:
        raise CodecError("no time of generation")
    period = certificate.value["toBeSigned"]["validityPeriod"]
    unit, amount = period["duration"]
    seconds = {"seconds": 1, "minutes": 60, "hours": 3600, "sixtyHours": 216_000, "years": 31_556_952}
    if unit not in seconds:
        raise CodecError(f"a validity in {unit}")
    if not 0 <= header.generation_time // 1_000_000 - period["start"] < amount * seconds[unit]:
        raise CodecError("generated outside the validity of the certificate")


def _tbs(key: ec.EllipticCurvePrivateKey, start: int, permissions: Value, name: tuple[str, str | None]) -> Value:
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return {
        "id": name,
        "cracaId": bytes(3),  # no revocation: IEEE 1609.2 wants zeros
        "crlSeries": 0,
        "validityPeriod": {"start": start, "duration": ("hours", VALID_HOURS)},
        **permissions,
        "verifyKeyIndicator": ("verificationKey", ("ecdsaNistP256", (f"compressed-y-{point[0] & 1}", point[1:]))),
    }


def _signed_certificate(value: Value, key: ec.EllipticCurvePrivateKey, issuer: bytes) -> Certificate:
    signature = _sign(key, encode_part("ToBeSignedCertificate", value["toBeSigned"]), issuer)
    return Certificate({**value, "signature": ieee1609dot2.signature_value(signature)})


def _input(tbs: bytes, signer: bytes) -> bytes:
    """What ECDSA hashes (IEEE 1609.2 5.3.1.2.2): hashes of the data and of the signer's certificate (empty: self)."""
    return hashlib.sha256(tbs).digest() + hashlib.sha256(signer).digest()


def _sign(key: ec.EllipticCurvePrivateKey, tbs: bytes, signer: bytes) -> Signature:
    r, s = decode_dss_signature(key.sign(_input(tbs, signer), _ALGORITHM))
    return r.to_bytes(32), s.to_bytes(32)


def _verify(key: ec.EllipticCurvePublicKey, signature: Signature, tbs: bytes, signer: bytes) -> None:
    r, s = (int.from_bytes(part) for part in signature)
    try:
        key.verify(encode_dss_signature(r, s), _input(tbs, signer), ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise CodecError("the signature is wrong") from None


def _signature_of(value: tuple[str, Value]) -> Signature:
    """The two numbers; a point given compressed has the same r as one given by its x."""
    kind, parts = value
    form, r = parts.get("rSig", ("", b""))
    if kind != "ecdsaNistP256Signature" or not form.startswith(("x-only", "compressed")):
        raise CodecError(f"a signature of kind {kind}, only ECDSA P-256 is verified")
    return r, parts["sSig"]

"""CURVE keys of ZeroMQ, and who may connect with which: the ZAP handler of the service (RFC 26 and 27 of ZeroMQ)."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import zmq
import zmq.auth

from v2x.errors import InputError

_ZAP = "inproc://zeromq.zap.01"
_SECRET_MODE = 0o600
_PUBLIC_MODE = 0o644


def write_keys(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a key pair: ``NAME.key`` to give away, and ``NAME.key_secret``, which only the owner can read.

    Raises
    ------
    InputError
        The name is no file name, there is such a file already, or the folder cannot be written to.
    """
    if not name or Path(name).name != name:
        raise InputError(f"'{name}' is no name for a file")
    public, secret = (key.decode() for key in zmq.curve_keypair())
    paths = folder / f"{name}.key", folder / f"{name}.key_secret"
    pair = f'metadata\ncurve\n    public-key = "{public}"\n', f'    secret-key = "{secret}"\n'
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_new(paths[1], pair[0] + pair[1], _SECRET_MODE)
        _write_new(paths[0], pair[0], _PUBLIC_MODE)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file=error.filename or folder) from error
    return paths


def server_keys(path: Path) -> tuple[bytes, bytes]:
    """Public and secret key of a secret key file; `InputError` if it is none, or others can read it."""
    public, secret = _load(path)
    if secret is None:
        raise InputError("holds no secret key; give the file NAME.key_secret", file=path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise InputError("others can read this secret key: chmod 600", file=path)
    return public, secret


def peer_keys(folder: Path) -> frozenset[bytes]:
    """Public keys of all ``*.key`` files of a folder; `InputError` if there are none or one is no key."""
    files = sorted(folder.glob("*.key"))
    if not files:
        raise InputError("no *.key files here: nobody could connect", file=folder)
    return frozenset(_load(path)[0] for path in files)


def public_key(path: Path) -> bytes:
    """Public key of a key file; `InputError` if it is none."""
    return _load(path)[0]


def secure(socket: zmq.Socket[bytes], keys: tuple[bytes, bytes]) -> None:
    """Let only peers that the handler admits connect to a socket; before it is bound."""
    socket.setsockopt(zmq.CURVE_SERVER, 1)
    socket.setsockopt(zmq.CURVE_PUBLICKEY, keys[0])
    socket.setsockopt(zmq.CURVE_SECRETKEY, keys[1])
    socket.setsockopt(zmq.ZAP_DOMAIN, b"v2x")


class ZapHandler:
    """Answers the library's question who may connect; to be made before any socket is bound.

    Parameters
    ----------
    context
        That of the sockets.
    admitted
        Public keys of the peers.

    Attributes
    ----------
    socket
        To be polled; `answer` when it is readable.
    refused
        Connections turned away for their key. Peers without CURVE do not get as far as the question.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], admitted: Collection[bytes]) -> None:
        self._admitted = {zmq.utils.z85.decode(key) for key in admitted}
        self.refused = 0
        self.socket = context.socket(zmq.REP)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.bind(_ZAP)

    def answer(self) -> None:
        """Answer one question."""
        version, number, _domain, _address, _identity, mechanism, *credentials = self.socket.recv_multipart()
        admitted = mechanism == b"CURVE" and credentials[:1] and credentials[0] in self._admitted
        self.refused += not admitted
        status = (b"200", b"OK") if admitted else (b"400", b"this key is not admitted")
        self.socket.send_multipart([version, number, *status, b"", b""])


def _load(path: Path) -> tuple[bytes, bytes | None]:
    try:
        return zmq.auth.load_certificate(path)
    except (OSError, ValueError) as error:
        raise InputError(f"not a key file: {error}", file=path) from error


def _write_new(path: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)

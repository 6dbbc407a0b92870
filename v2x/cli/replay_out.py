"""``v2x replay RUN --to``: the frames of a run with their timing, for whoever listens."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

import click
import numpy as np

from v2x.bus.address import Address, parse_address, require_consent
from v2x.bus.live import Live
from v2x.bus.playback import play
from v2x.bus.publisher import DatagramExport
from v2x.bus.settings import Addresses, Bounds, Form, Terms
from v2x.cli.live_source import Source, open_source
from v2x.clock import utc_ns
from v2x.errors import InputError
from v2x.messages.envelope.capture import USER0
from v2x.messages.envelope.pcap import PcapWriter
from v2x.messages.frame import Frames
from v2x.messages.profile import get_profile
from v2x.outside import Nobody, Outside
from v2x.record.folder import draft_path

#: Sockets of the service that a replay has no use for are where the system likes, on this machine.
_NOWHERE = {scheme: Address(scheme, "127.0.0.1", 0) for scheme in ("tcp", "udp")}


def send(
    run: Path,
    targets: Sequence[str],
    senders: Sequence[str],
    form: Form,
    speed: float | None,
    *,
    bind: bool,
    force: bool,
) -> None:
    """Play a run to sockets and captures until its end.

    Parameters
    ----------
    run
        A run that has ended.
    targets
        ``tcp://HOST:PORT``, ``udp://HOST:PORT``, or captures to write; one of each at most.
    senders
        Patterns of stations; none is all.
    form
        Of datagrams.
    speed
        Simulated seconds a second, None for as fast as it goes. In a capture the time between packets is divided by
        it.
    bind, force
        Whether sockets may reach beyond this machine, and captures that are there may be replaced.

    Raises
    ------
    InputError
        If a target cannot be used.
    """
    played = open_source(str(run), (), None, None)
    sockets = [target for target in targets if "://" in target]
    captures = [Path(target) for target in targets if target not in sockets]
    addresses = [_address(target, bind=bind) for target in sockets]
    if len(captures) > 1 or len({address.scheme for address in addresses}) < len(addresses):
        raise InputError("one target of a kind at most", file="--to")
    with ExitStack() as open_things:
        sinks: list[Outside] = []
        for path in captures:
            sinks.append(open_things.enter_context(_Capture(path, utc_ns(played.scenario.start_utc), speed, force)))
        if addresses:
            live = open_things.enter_context(_service(played, addresses, form, speed))
            click.echo(f"{run}: publishing on {live.listens.publish}; Ctrl-C ends it", err=True)
            sinks.insert(0, live)  # it keeps time
        chosen = _Chosen(senders, sinks)
        play(run, played.scenario.step_s, played.places, chosen)
    click.echo(f"{chosen.count} frames of {run} played", err=True)


def _address(target: str, *, bind: bool) -> Address:
    address = parse_address(target, "--to", listens=target.startswith("tcp:"))
    require_consent(address, "--to", bind=bind, curve=False)
    return address


def _service(played: Source, addresses: Sequence[Address], form: Form, speed: float | None) -> Live:
    """The live service with nothing to take in."""
    scenario, wanted = played.scenario, {address.scheme: address for address in addresses}
    profile, export = get_profile(scenario.profile), None
    if "udp" in wanted:
        export = DatagramExport(None, form, profile, scenario.security, scenario.seed, utc_ns(scenario.start_utc))
    publish = wanted.get("tcp", _NOWHERE["tcp"])
    sockets = Addresses(publish, _NOWHERE["tcp"], _NOWHERE["tcp"], _NOWHERE["udp"], wanted.get("udp"))
    return Live(played.ground(()), Terms(speed), sockets, Bounds(), None, export)


class _Chosen(Nobody):
    """Hands what some stations say to all sinks; the first of them keeps time."""

    def __init__(self, senders: Sequence[str], sinks: Sequence[Outside]) -> None:
        self._senders, self._sinks, self.count = tuple(senders), tuple(sinks), 0

    def begin(self, t_ns: int) -> tuple[()]:
        """When all are ready."""
        for sink in self._sinks:
            sink.begin(t_ns)
        return ()

    def aired(self, frames: Frames, channel: str) -> None:
        """Those that were asked for."""
        if self._senders:
            names = enumerate(frames.station.tolist())
            frames = frames.take([row for row, name in names if any(fnmatchcase(name, each) for each in self._senders)])
        if len(frames):
            self.count += len(frames)
            for sink in self._sinks:
                sink.aired(frames, channel)


class _Capture(Nobody):
    """Writes what goes over PC5 into a capture of bare MessageFrames; the file is there once it is whole."""

    def __init__(self, path: Path, start_utc_ns: int, speed: float | None, force: bool) -> None:
        if path.exists() and path.stat().st_size and not force:
            raise InputError("there is something in it; give another file, or --force to replace it", file=path)
        self._path, self._start_utc_ns, self._speed = path, start_utc_ns, speed or 1.0
        self._file: BinaryIO

    def __enter__(self) -> _Capture:
        try:
            self._file = draft_path(self._path).open("wb")
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", file=self._path) from error
        self._writer = PcapWriter(self._file, USER0)
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()
        if exc[0] is None:
            draft_path(self._path).replace(self._path)
        else:
            draft_path(self._path).unlink()

    def aired(self, frames: Frames, channel: str) -> None:
        """Packets at their times."""
        if channel == "pc5":
            times = self._start_utc_ns + np.rint(frames.t_ns / self._speed).astype(np.int64)
            for t_ns, data in zip(times.tolist(), frames.data, strict=True):
                self._writer.write(t_ns, data)

"""Frames of a run as what leaves the sockets: messages of the PUB socket, and datagrams."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from v2x.bus.exchange import Aired, Datagram, Outbound
from v2x.bus.settings import Form
from v2x.errors import InputError
from v2x.geo import Plane
from v2x.messages.envelope import rsu41
from v2x.messages.envelope.envelope import Envelope, application_ids
from v2x.messages.envelope.stack import Csae, Ieee1609, Stack
from v2x.messages.frame import Frames
from v2x.messages.profile import Profile
from v2x.scenario.model_security import Security


def publication(frames: Frames, channel: str, profile: str, plane: Plane) -> list[Outbound]:
    """Frames for the PUB socket, in their order; a sender without a place has null for it."""
    lon_deg, lat_deg = plane.to_lonlat(frames.x_m, frames.y_m)
    known = np.isfinite(frames.x_m + frames.y_m).tolist()
    places = zip(np.round(lon_deg, 7).tolist(), np.round(lat_deg, 7).tolist(), known, strict=True)
    place = [(lon, lat) if here else (None, None) for lon, lat, here in places]
    times = frames.t_ns.tolist()
    return [
        Aired(
            times[row],
            channel,
            frames.type[row],
            frames.station[row],
            {"t_ns": times[row], "profile": profile, "lon_deg": place[row][0], "lat_deg": place[row][1]},
            frames.data[row],
        )
        for row in range(len(frames))
    ]


class DatagramExport:
    """What stations say over PC5, as datagrams.

    Parameters
    ----------
    stations
        Their names; None is all.
    form
        How.
    profile, security, seed, start_utc_ns
        Of the run; with ``wsmp`` a run of sized messages is signed, as in an exported capture.

    Raises
    ------
    InputError
        There is no WSMP for messages of the profile.
    """

    def __init__(
        self,
        stations: Collection[str] | None,
        form: Form,
        profile: Profile,
        security: Security,
        seed: int,
        start_utc_ns: int,
    ) -> None:
        self._stations, self._form = None if stations is None else frozenset(stations), form
        ids = application_ids(profile, security.application_ids)
        self._stack: Stack = Ieee1609(ids) if profile.family == "j2735" else Csae(ids)
        self._envelope: Envelope | None = None
        if form == "wsmp":
            if profile.family != "j2735":
                raise InputError(f"messages of {profile.name} do not travel in WSMP; take rsu41", file="--udp-format")
            if security.mode == "sized":
                security = security.model_copy(update={"mode": "signed"})
            self._envelope = Envelope(profile, security, seed, start_utc_ns)

    def datagrams(self, frames: Frames, channel: str) -> list[Outbound]:
        """The stations' frames among some, in their order."""
        if channel != "pc5":
            return []
        own = frames
        if self._stations is not None:
            own = frames.take([row for row, name in enumerate(frames.station.tolist()) if name in self._stations])
        said = own.data if self._form == "raw" else self._packets(own) if self._envelope else self._texts(own)
        return [Datagram(t_ns, data) for t_ns, data in zip(own.t_ns.tolist(), said, strict=True)]

    def _packets(self, frames: Frames) -> list[bytes]:
        if self._envelope is None or not len(frames):
            return []
        return [packet[1:] for packet in self._envelope.packets(frames, "pc5")]  # without the octet of PC5's family

    def _texts(self, frames: Frames) -> list[bytes]:
        return [
            rsu41.write(rsu41.Forward(kind, self._stack.application(kind), data)).encode("ascii")
            for kind, data in zip(frames.type.tolist(), frames.data, strict=True)
        ]

"""A camera and its encoder: when pictures are taken, how large they become, and when their packets leave.

A picture tells of the middle of its exposure. From the end of the exposure it is encoded, which takes a time of its
own for each picture, and then all of its packets are handed to the network at once, never before those of the picture
before. The encoder works on several pictures at a time if it must: encoding is a latency and not an occupancy
(assumed). Read-out and image processing are counted as part of encoding.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from v2x.clock import NS_PER_MS
from v2x.remote.beat import Beat
from v2x.remote.video.coding import Coding, GroupOfPictures
from v2x.remote.video.durations import Durations, LogNormal
from v2x.remote.video.packets import Frame, Packing
from v2x.rng import Stream


@dataclass(frozen=True)
class Camera:
    """Figures of a camera and its encoder.

    Attributes
    ----------
    fps
        Pictures in a second.
    exposure_ms
        How long each is exposed; 5 to 10 ms (roboticscenter.ai, table of teleoperation latencies).
    encode
        15 to 30 ms with H.264 or VP8 in hardware (same table), read as the middle 95 %: the spread is assumed.
    rate_bps
        Everything that is sent but for headers: pictures and repair packets. 8 Mbit/s a camera: 3GPP TR 22.856.
    coding
        Which pictures need which.
    packing
        How they are cut into packets.
    """

    fps: int = 30
    exposure_ms: float = 8.0
    encode: LogNormal = field(default_factory=lambda: LogNormal(21.2, 0.17))
    rate_bps: float = 8e6
    coding: Coding = field(default_factory=GroupOfPictures)
    packing: Packing = field(default_factory=Packing)


class Source:
    """One camera of one vehicle.

    Parameters
    ----------
    camera
        Its figures.
    seed
        Seed of the run.
    station
        Key of the vehicle (`v2x.rng.key_of`).
    number
        Of the camera on the vehicle.

    Attributes
    ----------
    rate_bps
        Rate in force for pictures that are taken from now on; set by rate control.
    beat
        When pictures are taken: the middle of their exposures.
    """

    def __init__(self, camera: Camera, seed: int, station: int, number: int = 0) -> None:
        self._camera = camera
        self._encode = Durations(camera.encode, Stream(seed, "remote.video.encode"), station, number)
        self._after_ns = round(camera.exposure_ms * NS_PER_MS / 2.0)
        self._next, self._next_packet, self._sent_ns = 0, 0, 0
        self.rate_bps = camera.rate_bps
        self.beat = Beat.drawn(camera.fps, Stream(seed, "remote.video.camera"), station, number)

    def take(self, until_ns: int) -> list[Frame]:
        """Pictures that are taken before ``until_ns`` and after the last call; their packets leave later."""
        frames = []
        while self.beat.at_ns(self._next) < until_ns:
            frames.append(self._frame(self._next))
            self._next += 1
        return frames

    def _frame(self, number: int) -> Frame:
        camera, packing = self._camera, self._camera.packing
        captured_ns = self.beat.at_ns(number)
        self._sent_ns = max(self._sent_ns, captured_ns + self._after_ns + self._encode.of(number))
        mean_bytes = self.rate_bps / (1.0 + packing.repair_share) / camera.fps / 8.0
        data_bytes = max(1, round(camera.coding.share(number) * mean_bytes))
        data_packets = packing.data_packets(data_bytes)
        repair_packets = packing.repair_packets(data_packets)
        first = self._next_packet
        self._next_packet += data_packets + repair_packets
        intra = camera.coding.intra(number)
        return Frame(number, captured_ns, self._sent_ns, intra, data_bytes, data_packets, repair_packets, first)

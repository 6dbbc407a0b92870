"""The pictures of a vehicle's cameras on their way to its operator's screens, all over one connection."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.remote.video.desk import Desk, Story
from v2x.remote.video.packets import Frame
from v2x.remote.video.rate import RateControl, Report, Reporter
from v2x.remote.video.screen import Shown
from v2x.remote.video.source import Camera, Source
from v2x.remote.wire import LOST_NS, Wire

#: Of a report of the receiver with its headers (RTCP over UDP; assumed).
REPORT_BYTES = 100
#: Longer than packets of a picture are under way (assumed; 5 s of it may be `RemoteNetwork.extra_one_way_ms`).
_UNDER_WAY_NS = 8 * NS_PER_S


class Feed:
    """One camera and the screen that shows it.

    Parameters
    ----------
    camera
        Its figures.
    source, desk
        Both ends.
    control
        Of the rate, None for a constant one.
    report_ms
        Between reports to it.
    """

    def __init__(
        self, camera: Camera, source: Source, desk: Desk, control: RateControl | None, report_ms: float
    ) -> None:
        self.camera, self.source, self.desk = camera, source, desk
        self.control, self.reporter = control, Reporter()
        self.report_ns, self.next_report_ns = round(report_ms * NS_PER_MS), round(report_ms * NS_PER_MS)
        self.waiting: deque[Frame] = deque()
        self.lost: dict[int, int] = {}  # packets, by number of the picture
        self.kept: deque[Frame] = deque()  # of which no row has been written

    def taken(self, until_ns: int) -> list[Frame]:
        """Pictures whose packets leave before ``until_ns``."""
        fresh = self.source.take(until_ns)
        self.waiting.extend(fresh)
        self.kept.extend(fresh)
        left = []
        while self.waiting and self.waiting[0].sent_ns < until_ns:
            left.append(self.waiting.popleft())
        return left


class Uplink:
    """All cameras of one vehicle.

    Parameters
    ----------
    feeds
        Its cameras; the operator drives by the first.
    wire
        The connection.
    longest_ns
        What becomes of a picture besides its packets' way, coding, waiting and play-out, takes no longer than this.
    """

    def __init__(self, feeds: list[Feed], wire: Wire, longest_ns: int) -> None:
        self._feeds, self._wire, self._settled_ns = feeds, wire, _UNDER_WAY_NS + longest_ns
        self._coming: list[tuple[int, int, int, int, Frame]] = []  # heap: arrival, camera, picture, packets
        self._reports: list[tuple[int, int, Report]] = []  # heap: arrival, camera, report
        self._now: Shown | None = None

    def send(self, until_ns: int) -> None:
        """Hand over all packets that leave before ``until_ns``."""
        leaving = [
            (frame.sent_ns, camera, frame) for camera, feed in enumerate(self._feeds) for frame in feed.taken(until_ns)
        ]
        if not leaving:
            return
        leaving.sort(key=lambda each: each[:2])
        sizes = [self._feeds[camera].camera.packing.sizes_bytes(frame) for _, camera, frame in leaving]
        packets = [len(each) for each in sizes]
        sent_ns = np.repeat([at_ns for at_ns, *_ in leaving], packets)
        arrived_ns = self._wire.send("uplink", sent_ns, np.concatenate(sizes))
        for (_, camera, frame), its_ns in zip(leaving, np.split(arrived_ns, np.cumsum(packets)[:-1]), strict=True):
            self._expect(camera, frame, its_ns)

    def _expect(self, camera: int, frame: Frame, at_ns: NDArray[np.int64]) -> None:
        """Keep a picture's packets until they come.

        Between the first, which tells of the picture, and the one that completes it none makes a difference to who
        only puts pictures together; a reporter counts each.
        """
        feed, came = self._feeds[camera], (at_ns != LOST_NS).nonzero()[0]
        if len(came) < frame.packets:
            feed.lost[frame.number] = frame.packets - len(came)
        came = came[np.argsort(at_ns[came], kind="stable")].tolist()
        first, rest = came[:1], came[1 : frame.data_packets]
        for together in (first, rest) if feed.control is None else zip(came):
            if together:
                bits = sum(1 << index for index in together)
                heappush(self._coming, (int(at_ns[together[-1]]), camera, frame.number, bits, frame))

    def look(self, t_ns: int) -> Shown | None:
        """What the operator sees on the first screen, None if it is blank; asked in order of time."""
        while self._coming and self._coming[0][0] <= t_ns:
            at_ns, camera, _, bits, frame = heappop(self._coming)
            feed = self._feeds[camera]
            feed.desk.arrive(at_ns, frame, bits)
            if feed.control is not None:
                number = frame.first_packet + bits.bit_length() - 1
                feed.reporter.arrive(at_ns, number, frame.sent_ns, feed.camera.packing.payload_bytes)
        self._now, *_ = [feed.desk.look(t_ns) for feed in self._feeds]
        return self._now

    @property
    def seen(self) -> Shown | None:
        """What the operator saw when the screen was last looked at."""
        return self._now

    def adapt(self, t_ns: int) -> None:
        """Send receivers' reports that are due, and heed those that have come."""
        for camera, feed in enumerate(self._feeds):
            if feed.control is not None and t_ns >= feed.next_report_ns:
                feed.next_report_ns += feed.report_ns
                report = feed.reporter.report(t_ns)
                if report is not None:
                    at_ns = int(self._wire.send("downlink", np.array([t_ns]), np.array([REPORT_BYTES]))[0])
                    if at_ns != LOST_NS:
                        heappush(self._reports, (at_ns, camera, report))
        while self._reports and self._reports[0][0] <= t_ns:
            _, camera, heard = heappop(self._reports)
            feed = self._feeds[camera]
            if feed.control is not None:
                feed.source.rate_bps = feed.control.hear(heard)

    def rows(self, t_ns: int) -> list[dict[str, Any]]:
        """Rows of ``remote_frames``, but for the station, of pictures of which nothing more can become at ``t_ns``."""
        rows = []
        for camera, feed in enumerate(self._feeds):
            while feed.kept and feed.kept[0].captured_ns < t_ns - self._settled_ns:
                frame = feed.kept.popleft()
                rows.append(_row(camera, frame, feed.lost.pop(frame.number, 0), feed.desk.story(frame.number)))
        return rows


def _row(camera: int, frame: Frame, lost: int, story: Story) -> dict[str, Any]:
    shown = story.shown
    return {
        "t_ns": frame.captured_ns,
        "camera": camera,
        "number": frame.number,
        "intra": frame.intra,
        "bytes": frame.data_bytes,
        "packets": frame.packets,
        "lost": lost,
        "sent_ns": frame.sent_ns,
        "ready_ns": story.ready_ns,
        "play_ns": None if shown is None else shown.play_ns,
        "decoded_ns": None if shown is None else shown.decoded_ns,
        "shown_ns": None if shown is None else shown.shown_ns,
        "fate": None if story.fate is None else story.fate.value,
    }

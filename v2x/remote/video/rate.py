"""Adaptive rate: what the receiver reports, and the rate that the encoder is told.

Slow growth and a sharp fall on delay and loss, as in Google congestion control (draft-ietf-rmcat-gcc-02), simplified:

    standing queue > target, or loss > 10 %   fall: 0.85 of the rate received, or (1 - loss / 2) of the own rate
    standing queue > half of it, or loss > 2 %   hold
    else   grow by 8 % a second, up to 1.5 times the rate received

The draft keeps two estimates, one by delay and one by loss, and takes the smaller; here there is one. The draft sees a
queue by the gradient of the delay through a Kalman filter; here it is the delay above its least in the last seconds,
with a target of 0.1 s as in SCReAM (RFC 8298, QDELAY_TARGET_LO). It is the least delay between two
reports, since the packets of one picture queue behind each other even where nothing else does (as in CoDel, RFC 8289).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from v2x.clock import NS_PER_MS, NS_PER_S


@dataclass(frozen=True)
class Report:
    """What came between two reports; sent back over the downlink.

    Attributes
    ----------
    t_ns, span_ns
        When it is made, and the time that it is about.
    received_bps
        Payload of packets that came, in bits over that time.
    loss
        Share of packets that did not come, of those that should have by their numbers.
    least_delay_ns
        Least one-way delay, by two clocks: only differences count.
    """

    t_ns: int
    span_ns: int
    received_bps: float
    loss: float
    least_delay_ns: int


class Reporter:
    """The receiver's side.

    Parameters
    ----------
    start_ns
        When the first span begins.
    """

    def __init__(self, start_ns: int = 0) -> None:
        self._since_ns = start_ns
        self._highest = self._reported = -1
        self._packets = self._bytes = 0
        self._least_ns: int | None = None

    def arrive(self, at_ns: int, number: int, sent_ns: int, payload_bytes: int) -> None:
        """A packet has come: its number in the stream, when it was sent, its size."""
        self._highest = max(self._highest, number)
        self._packets += 1
        self._bytes += payload_bytes
        delay_ns = at_ns - sent_ns
        self._least_ns = delay_ns if self._least_ns is None else min(self._least_ns, delay_ns)

    def report(self, t_ns: int) -> Report | None:
        """All since the last report; None if nothing came: then the span goes on.

        Loss is what RFC 3550 appendix A.3 says: one less received over expected by the highest numbers, not below 0.
        """
        if self._least_ns is None:
            return None
        span_ns, expected = t_ns - self._since_ns, self._highest - self._reported
        loss = max(0.0, 1.0 - self._packets / expected) if expected else 0.0
        report = Report(t_ns, span_ns, 8.0 * self._bytes * NS_PER_S / span_ns, loss, self._least_ns)
        self._since_ns, self._reported = t_ns, self._highest
        self._packets = self._bytes = 0
        self._least_ns = None
        return report


@dataclass(frozen=True)
class Adaptive:
    """Figures of the rate control.

    Attributes
    ----------
    least_bps, most_bps
        Bounds of the rate. 0.5 Mbit/s was no longer as good to drive by, in a study with 25 drivers (arXiv
        2605.15952); 8 Mbit/s a camera is what 3GPP TR 22.856 has.
    report_ms
        Between reports: the shorter of the windows of the draft, section 5.5, in which the rate received is measured.
    queue_ms
        Target of the standing queue.
    hold_share
        Share of that target above which the rate does not grow. Assumed.
    memory_s
        How long a least delay counts as the path's own. Assumed.
    fall, grow_per_s, headroom
        The draft, section 5.5: beta, the base of eta, and the rate over that received.
    loss_hold, loss_fall
        The draft, section 6.
    """

    least_bps: float = 0.5e6
    most_bps: float = 8e6
    report_ms: float = 500.0
    queue_ms: float = 100.0
    hold_share: float = 0.5
    memory_s: float = 10.0
    fall: float = 0.85
    grow_per_s: float = 1.08
    headroom: float = 1.5
    loss_hold: float = 0.02
    loss_fall: float = 0.10


class RateControl:
    """The sender's side.

    Parameters
    ----------
    figures
        Of the law.
    rate_bps
        To begin with.

    Attributes
    ----------
    rate_bps
        The rate in force.
    """

    def __init__(self, figures: Adaptive, rate_bps: float) -> None:
        self._figures, self.rate_bps = figures, rate_bps
        self._memory_ns = round(figures.memory_s * NS_PER_S)
        self._least: deque[tuple[int, int]] = deque()  # time and least delay, for delays that grow

    def hear(self, report: Report) -> float:
        """A report has come; gives the rate from now on."""
        figures = self._figures
        queue = self._queue_ns(report) / (figures.queue_ms * NS_PER_MS)
        rate = self.rate_bps
        if queue > 1.0 or report.loss > figures.loss_fall:
            if report.loss > figures.loss_fall:
                rate *= 1.0 - report.loss / 2.0
            if queue > 1.0:
                rate = min(rate, figures.fall * report.received_bps)
        elif queue <= figures.hold_share and report.loss <= figures.loss_hold:
            grown = rate * figures.grow_per_s ** min(report.span_ns / NS_PER_S, 1.0)
            rate = max(rate, min(grown, figures.headroom * report.received_bps))
        self.rate_bps = min(max(rate, figures.least_bps), figures.most_bps)
        return self.rate_bps

    def _queue_ns(self, report: Report) -> int:
        """How far the delay is above its least in the last seconds."""
        while self._least and self._least[-1][1] >= report.least_delay_ns:
            self._least.pop()
        self._least.append((report.t_ns, report.least_delay_ns))
        while self._least[0][0] < report.t_ns - self._memory_ns:
            self._least.popleft()
        return report.least_delay_ns - self._least[0][1]

"""Traffic jam warning: the tail of a queue on the way (RSI, TIM)."""

from __future__ import annotations

from v2x.stations.applications.notice_ahead import NoticeAhead
from v2x.stations.base import EventSink

#: Cause of a notice about a queue.
QUEUE = "congestion"


class TrafficJam(NoticeAhead):
    """Warns before the tail, which is where the notice's path begins."""

    def __init__(self, event: EventSink) -> None:  # noqa: ARG002
        super().__init__("tjw", lambda cause: cause == QUEUE)

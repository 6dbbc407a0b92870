"""Hazardous location warning: roadworks, obstacles, slippery road and the like on the way (RSI, TIM)."""

from __future__ import annotations

from v2x.messages.causes import SPEED_LIMIT
from v2x.stations.applications.notice_ahead import NoticeAhead
from v2x.stations.applications.tjw import QUEUE
from v2x.stations.base import EventSink


class HazardousLocation(NoticeAhead):
    """Minds every notice that is neither a sign nor a queue."""

    def __init__(self, event: EventSink) -> None:  # noqa: ARG002
        super().__init__("hlw", lambda cause: cause not in (SPEED_LIMIT, QUEUE) and not cause.startswith("sign_"))

"""SPAT of SAE J2735. Table of fields: docs/messages.md.

Not carried: ``msg_count`` (the message has none). ``revision`` is that of the MAP.
"""

from __future__ import annotations

import numpy as np

from v2x.errors import CodecError
from v2x.messages.codec import Value
from v2x.messages.lanes import ascii_name
from v2x.messages.model import Light, SignalGroup, SignalPhases, SignalState
from v2x.messages.standing import Stamp, Stamps
from v2x.messages.timemark import (
    NS_PER_HOUR,
    NS_PER_TENTH,
    SLACK_NS,
    TIME_MARK_UNKNOWN,
    from_time_mark,
    minute_and_ms,
    minute_stamp,
    ms_stamp,
    stamp,
    to_time_mark,
)

# DE_MovementPhaseState. A flashing green has none, it is a CodecError.
_PHASES: dict[Light, str] = {
    "unavailable": "unavailable",
    "off": "dark",
    "flashing_red": "stop-Then-Proceed",
    "red": "stop-And-Remain",
    "red_yellow": "pre-Movement",
    "permissive_green": "permissive-Movement-Allowed",
    "green": "protected-Movement-Allowed",
    "yellow": "protected-clearance",
    "flashing_yellow": "caution-Conflicting-Traffic",
}
_LIGHTS: dict[str, Light] = {phase: light for light, phase in _PHASES.items()} | {"permissive-clearance": "yellow"}

#: DE_TimeIntervalConfidence 0..15 as probabilities x. The table is from memory of the standard; it agrees with the
#: formula that the standard gives for it, code = 10^(x / 82.5 %) - 1.3.
CONFIDENCE = np.array([0.21, 0.36, 0.47, 0.56, 0.62, 0.68, 0.73, 0.77, 0.81, 0.85, 0.88, 0.91, 0.94, 0.96, 0.98, 1.0])
_NO_STATUS = (b"\x00\x00", 16)
#: A TimeMark cannot say that the present state is older than this: its start is left out then.
_START_REACH_NS = NS_PER_HOUR - SLACK_NS - NS_PER_TENTH


def to_asn1(message: SignalPhases, edition: int = 2020) -> Value:
    """ASN.1 value of a SPAT; `CodecError` names what cannot be expressed."""
    minute, ms = minute_and_ms(message.utc_ns)
    state: Value = {
        "id": {"region": message.region, "id": message.intersection},
        "revision": message.revision,
        "status": _NO_STATUS,
        "moy": minute,
        "timeStamp": ms,
        "states": [_group(group, message.utc_ns, edition) for group in message.groups],
    }
    state.update(ascii_name("name", message.name))
    return {"timeStamp": minute, "intersections": [state]}


def _group(group: SignalGroup, now_ns: int, edition: int) -> Value:
    place = f"groups[{group.id}]"
    return {
        "signalGroup": group.id,
        "state-time-speed": [
            _event(f"{place}.states[{i}]", state, now_ns, edition, present=i == 0)
            for i, state in enumerate(group.states)
        ],
    }


def _event(place: str, state: SignalState, now_ns: int, edition: int, present: bool) -> Value:
    phase = _PHASES.get(state.light)
    if phase is None:
        raise CodecError(f"'{state.light}' has no counterpart, expected one of {', '.join(_PHASES)}", path=place)
    timing: Value = {"minEndTime": TIME_MARK_UNKNOWN[edition]}
    if state.min_end_utc_ns is not None:
        timing["minEndTime"] = to_time_mark(f"{place}.min_end_utc_ns", state.min_end_utc_ns, now_ns)
    start_ns = state.start_utc_ns
    if start_ns is not None and not (present and start_ns < now_ns - _START_REACH_NS):
        timing["startTime"] = to_time_mark(f"{place}.start_utc_ns", start_ns, now_ns, past=present)
    for member, moment in (
        ("maxEndTime", state.max_end_utc_ns),
        ("likelyTime", state.likely_end_utc_ns),
        ("nextTime", state.next_start_utc_ns),
    ):
        if moment is not None:
            timing[member] = to_time_mark(f"{place}.{member}", moment, now_ns)
    if state.confidence is not None:
        timing["confidence"] = _confidence_code(place, state.confidence)
    return {"eventState": phase, "timing": timing}


def _confidence_code(place: str, confidence: float) -> int:
    """The nearest entry of the table; what lies below the lowest by more than half a step cannot be said."""
    if not 0.135 <= confidence <= 1.0:
        raise CodecError(f"cannot express {confidence!r}, range 0.135 to 1", path=f"{place}.confidence")
    return int(np.abs(CONFIDENCE - confidence).argmin())


def _stamp_leaves(_: SignalPhases) -> dict[str, Stamp]:
    return {
        "timeStamp": minute_stamp,
        "intersections[0].moy": minute_stamp,
        "intersections[0].timeStamp": ms_stamp,
    }


def _stamps_until_ns(message: SignalPhases) -> int | None:
    """A TimeMark stays as it is until the instant is past, a start until it is too old to be said."""
    instants = []
    for group in message.groups:
        for i, state in enumerate(group.states):
            instants += [state.min_end_utc_ns, state.max_end_utc_ns, state.likely_end_utc_ns, state.next_start_utc_ns]
            start_ns = state.start_utc_ns
            if i or start_ns is None:
                instants.append(start_ns)
            elif start_ns >= message.utc_ns - _START_REACH_NS:
                instants.append(start_ns + _START_REACH_NS + 1)
    return min((instant for instant in instants if instant is not None), default=None)


#: What changes when the same phases are sent again.
STAMPS = Stamps(_stamp_leaves, _stamps_until_ns)


def from_asn1(value: Value, near_utc_ns: int, edition: int = 2020) -> SignalPhases:
    """SPAT of a decoded message; `CodecError` unless it is about one intersection (the model has one)."""
    if len(value["intersections"]) != 1:
        raise CodecError(f"{len(value['intersections'])} intersections, the model has one", path="intersections")
    (state,) = value["intersections"]
    now_ns = stamp(state.get("moy", value.get("timeStamp")), state.get("timeStamp"), near_utc_ns)
    return SignalPhases(
        msg_count=0,
        utc_ns=now_ns,
        region=state["id"].get("region", 0),
        intersection=state["id"]["id"],
        revision=state["revision"],
        groups=tuple(
            SignalGroup(
                id=group["signalGroup"],
                states=tuple(
                    _read_event(event, now_ns, edition, present=i == 0)
                    for i, event in enumerate(group["state-time-speed"])
                ),
            )
            for group in state["states"]
        ),
        name=state.get("name", value.get("name", "")),
    )


def _read_event(value: Value, now_ns: int, edition: int, present: bool) -> SignalState:
    timing = value.get("timing", {})

    def moment(member: str, past: bool = False) -> int | None:
        mark = timing.get(member)
        return None if mark is None else from_time_mark(mark, now_ns, past=past, edition=edition)

    code = timing.get("confidence")
    return SignalState(
        light=_LIGHTS[value["eventState"]],
        start_utc_ns=moment("startTime", past=present),
        min_end_utc_ns=moment("minEndTime"),
        max_end_utc_ns=moment("maxEndTime"),
        likely_end_utc_ns=moment("likelyTime"),
        next_start_utc_ns=moment("nextTime"),
        confidence=None if code is None else float(CONFIDENCE[code]),
    )

"""SPAT of T/CSAE 53. Table of fields: docs/messages.md.

Times are sent as ``counting`` (tenths of a second from the message's own time stamp), the form seen on the air. Not
carried: ``revision``.
"""

from __future__ import annotations

from functools import partial

from v2x.errors import CodecError
from v2x.messages.codec import Value
from v2x.messages.lanes import ascii_name
from v2x.messages.model import Light, SignalGroup, SignalPhases, SignalState
from v2x.messages.standing import Stamp, Stamps
from v2x.messages.timemark import (
    TIME_MARK_UNKNOWN,
    from_counting,
    from_time_mark,
    minute_and_ms,
    minute_stamp,
    ms_stamp,
    stamp,
    to_counting,
)

# DE_LightState. Red with yellow has none, it is a CodecError.
_STATES: dict[Light, str] = {
    "unavailable": "unavailable",
    "off": "dark",
    "flashing_red": "flashing-red",
    "red": "red",
    "flashing_green": "flashing-green",
    "permissive_green": "permissive-green",
    "green": "protected-green",
    "yellow": "yellow",
    "flashing_yellow": "flashing-yellow",
}
_LIGHTS: dict[str, Light] = {state: light for light, state in _STATES.items()}
_UNKNOWN = TIME_MARK_UNKNOWN[2016]
_EDITION = 2016  # the TimeMark of T/CSAE 53 is that of SAE J2735-2016
_NO_STATUS = (b"\x00\x00", 16)
_PER_CONFIDENCE = 200


def to_asn1(message: SignalPhases) -> Value:
    """ASN.1 value of a SPAT; `CodecError` names what cannot be expressed."""
    minute, ms = minute_and_ms(message.utc_ns)
    return {
        "msgCnt": message.msg_count,
        "moy": minute,
        "timeStamp": ms,
        **ascii_name("name", message.name),
        "intersections": [
            {
                "intersectionId": {"region": message.region, "id": message.intersection},
                "status": _NO_STATUS,
                "moy": minute,
                "timeStamp": ms,
                "phases": [_phase(group, message.utc_ns) for group in message.groups],
            }
        ],
    }


def _phase(group: SignalGroup, now_ns: int) -> Value:
    place = f"groups[{group.id}]"
    return {
        "id": group.id,
        "phaseStates": [
            _state(f"{place}.states[{i}]", state, now_ns, present=i == 0) for i, state in enumerate(group.states)
        ],
    }


def _state(place: str, state: SignalState, now_ns: int, present: bool) -> Value:
    light = _STATES.get(state.light)
    if light is None:
        raise CodecError(f"'{state.light}' has no counterpart, expected one of {', '.join(_STATES)}", path=place)
    counting: Value = _counts(state, now_ns, present)
    if state.confidence is not None:
        if not 0.0 <= state.confidence <= 1.0:
            raise CodecError(f"cannot express {state.confidence!r}, range 0 to 1", path=f"{place}.confidence")
        counting["timeConfidence"] = round(state.confidence * _PER_CONFIDENCE)
    return {"light": light, "timing": ("counting", counting)}


def _counts(state: SignalState, now_ns: int, present: bool) -> dict[str, int]:
    """The members of ``counting`` that are counts; the standard's start of a state that has begun is 0."""
    moments = _moments(state, present)
    counts = {member: _UNKNOWN if at is None else to_counting(at, now_ns) for member, at in moments.items()}
    return {"startTime": 0} | counts if present else counts


def _moments(state: SignalState, present: bool) -> dict[str, int | None]:
    """Members of ``counting`` -> the instant that each counts down to, None where it is not known."""
    likely = next(
        (t for t in (state.likely_end_utc_ns, state.min_end_utc_ns, state.max_end_utc_ns) if t is not None), None
    )
    moments = {} if present else {"startTime": state.start_utc_ns}
    moments["likelyEndTime"] = likely
    for member, moment in (
        ("minEndTime", state.min_end_utc_ns),
        ("maxEndTime", state.max_end_utc_ns),
        ("nextStartTime", state.next_start_utc_ns),
    ):
        if moment is not None:
            moments[member] = moment
    return moments


def _stamp_leaves(message: SignalPhases) -> dict[str, Stamp]:
    leaves: dict[str, Stamp] = {"msgCnt": lambda _, msg_count: msg_count}
    for place in ("", "intersections[0]."):
        leaves |= {f"{place}moy": minute_stamp, f"{place}timeStamp": ms_stamp}
    counts = dict[int, Stamp]()
    for i, group in enumerate(message.groups):
        for j, state in enumerate(group.states):
            place = f"intersections[0].phases[{i}].phaseStates[{j}].timing.counting"
            for member, moment in _moments(state, present=j == 0).items():
                if moment is not None:
                    leaves[f"{place}.{member}"] = counts.setdefault(moment, partial(_count, moment))
    return leaves


def _count(moment: int, utc_ns: int, _msg_count: int) -> int:
    return to_counting(moment, utc_ns)


#: What changes when the same phases are sent again: every count runs down, and stops at 0.
STAMPS = Stamps(_stamp_leaves, lambda _: None)


def from_asn1(value: Value, near_utc_ns: int) -> SignalPhases:
    """SPAT of a decoded message; `CodecError` unless it is about one intersection (the model has one)."""
    if len(value["intersections"]) != 1:
        raise CodecError(f"{len(value['intersections'])} intersections, the model has one", path="intersections")
    (state,) = value["intersections"]
    minute, ms = state.get("moy", value.get("moy")), state.get("timeStamp", value.get("timeStamp"))
    now_ns = stamp(minute, ms, near_utc_ns)
    return SignalPhases(
        msg_count=value["msgCnt"],
        utc_ns=now_ns,
        region=state["intersectionId"].get("region", 0),
        intersection=state["intersectionId"]["id"],
        revision=0,
        groups=tuple(
            SignalGroup(
                phase["id"],
                tuple(_read_state(each, now_ns, present=i == 0) for i, each in enumerate(phase["phaseStates"])),
            )
            for phase in state["phases"]
        ),
        name=value.get("name", ""),
    )


def _read_state(value: Value, now_ns: int, present: bool) -> SignalState:
    form, timing = value.get("timing", ("counting", {}))
    infix = "UTC" if form == "utcTiming" else ""

    def moment(member: str, past: bool = False) -> int | None:
        mark = timing.get(f"{member}{infix}Time")
        if mark is None:
            return None
        return from_time_mark(mark, now_ns, past=past, edition=_EDITION) if infix else from_counting(mark, now_ns)

    # a count of 0 says that the state has begun, not when
    begun = not infix and timing.get("startTime") == 0
    confidence = timing.get("timeConfidence")
    return SignalState(
        light=_LIGHTS[value["light"]],
        start_utc_ns=None if begun and present else moment("start", past=present),
        min_end_utc_ns=moment("minEnd"),
        max_end_utc_ns=moment("maxEnd"),
        likely_end_utc_ns=moment("likelyEnd"),
        next_start_utc_ns=moment("nextStart"),
        confidence=None if confidence is None else confidence / _PER_CONFIDENCE,
    )

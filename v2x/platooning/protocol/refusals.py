"""Wishes that cannot be: by where the vehicle itself stands there is no way to begin them.

What a vehicle is busy with may bring it to where it can, so that others wait, `ask_s` at most.
"""

from __future__ import annotations

from typing import Literal

from v2x.platooning.protocol.mind import Mind
from v2x.platooning.protocol.states import State

_Kinds = tuple[Literal["join", "leave", "split", "merge", "hand_over", "dissolve"], ...]

_IN_COMPANY: _Kinds = ("leave", "split", "merge", "hand_over", "dissolve")
#: In which states no such wish can be begun, nor will be from there, and why.
_NEVER: tuple[tuple[tuple[State, ...], _Kinds, str], ...] = (
    ((State.FREE, State.PULLING_OUT), _IN_COMPANY, "it is in no platoon"),
    ((State.DISSOLVING, State.DISMISSED), _IN_COMPANY, "its platoon dissolves"),
    ((State.FOLLOWING, State.CUT_OFF), ("merge", "hand_over", "dissolve"), "it does not lead"),
    ((State.FOLLOWING, State.CUT_OFF, State.LEADING), ("join",), "it is in a platoon"),
    ((State.LEADING,), ("split",), "it leads, and has nobody ahead to part from"),
)


def refusal(mind: Mind) -> str | None:
    """Why what the vehicle wants cannot be begun, now that it has not been; None if it may wait."""
    wish = mind.wish
    if wish is None:
        return None
    if wish.kind == "merge" and mind.state is State.LEADING and wish.target in mind.own.members:
        return "that is its own platoon"
    return next((why for states, kinds, why in _NEVER if mind.state in states and wish.kind in kinds), None)

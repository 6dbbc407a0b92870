"""PCM, the platoon control message of this project, in either family. Table of fields: docs/messages.md."""

from __future__ import annotations

from v2x.messages.batch import Column, Form
from v2x.messages.control import DIGITS, PARTS, ControlForm
from v2x.messages.scales import Scale

_SEPARATION = Scale("m", 0.01, 0, 65534, 65535, saturates=True)
#: Leaf -> column, the same names in front of and behind the point.
_MOTION = {
    "lat": "lat_deg",
    "long": "lon_deg",
    "speed": "speed_mps",
    "heading": "heading_deg",
    "accel": "accel_mps2",
    "desiredAccel": "desired_accel_mps2",
}
_LEAF_OF = {column: leaf for leaf, column in _MOTION.items()} | {"utc_ns": "time"}


def pcm(id_bits: int, *, further: bool) -> ControlForm:
    """The form of a family with identities of so many bits, with further digits or without."""
    identity = bytes(id_bits // 8)
    message = {
        "msgCnt": Column("msg_count"),
        "id": Column("id", identity),
        "secMark": Column("sec_mark"),
        **{leaf: Column(column) for leaf, column in _MOTION.items()},
        "length": Column("length_m"),
        "kind": Column("kind", "unknown"),
        "mode": Column("mode", "unavailable"),
        "target": Column("target", identity),
        "separation": Column("separation_m"),
    }
    digits = {_LEAF_OF[of]: Column(name) for name, of in DIGITS.items()}
    leaves = {column: (path,) for path, column in Form(message | {"further": digits}).columns.items()}
    form = Form(message | {"further": digits} if further else message)
    return ControlForm("PCM", form, leaves | {PARTS[0]: ("kind",)}, _SEPARATION, further)

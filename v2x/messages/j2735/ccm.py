"""CCM of SAE J2945/6, and what a BSM can say instead of it. Table of fields: docs/messages.md."""

from __future__ import annotations

from v2x.messages.batch import Column, Form
from v2x.messages.codec import Value
from v2x.messages.control import PARTS, ControlForm
from v2x.messages.elements import to_accuracy
from v2x.messages.model import NAN
from v2x.messages.scales import Scale

#: That the last two values of DE_SeparationDistance mean "or more" and unavailable is assumed, as in DE_Acceleration.
_SEPARATION = Scale("m", 0.1, 0, 2000, 2001, saturates=True)

# elevation, accuracy, brakes and what else of the motion is not for control is in the sender's BSM
_CORE: Value = {
    "msgCnt": Column("msg_count"),
    "id": Column("id", bytes(4)),
    "secMark": Column("sec_mark"),
    "lat": Column("lat_deg"),
    "long": Column("lon_deg"),
    "elev": -4096,
    "accuracy": to_accuracy(NAN, NAN, NAN),
    "transmission": "unavailable",
    "speed": Column("speed_mps"),
    "heading": Column("heading_deg"),
    "angle": 127,
    "accelSet": {"long": Column("accel_mps2"), "lat": 2001, "vert": -127, "yaw": 0},
    "brakes": {
        "wheelBrakes": (b"\x80", 5),
        **dict.fromkeys(("traction", "abs", "scs", "brakeBoost", "auxBrakes"), "unavailable"),
    },
    "size": {"width": 0, "length": Column("length_m")},
}
_CONTROL = {"longCntrlState": Column("mode", "unavailable"), "targetId": Column("target", bytes(4))}
# accelForecast of light vehicles is read as the desired acceleration; what the names mean is from memory
_LIGHT = _CONTROL | {"accelForecast": Column("desired_accel_mps2"), "seperationDist": Column("separation_m")}
_HEAVY = _CONTROL | {"desiredAccel": Column("desired_accel_mps2"), "separationDist": Column("separation_m")}

_BSM = Form({"coreData": _CORE})
_CCM = Form(
    {
        "coreData": _CORE,
        "partII": [
            {"partII-Id": 1, "partII-Value": _LIGHT},
            {"partII-Id": 2, "partII-Value": _HEAVY},
        ],
    },
    optional={
        "partII[0]": "is_light",
        "partII[1]": "is_heavy",
        "partII[0].partII-Value.targetId": "has_target",
        "partII[1].partII-Value.targetId": "has_target",
    },
)

_CORE_LEAVES = {name: (path,) for path, name in _BSM.columns.items()}
# a sender may put the parts, up to eight, in any order
_PART_LEAVES = {
    name: tuple(f"partII[{i}].partII-Value.{leaf}" for i in range(len(PARTS)) for leaf in leaves)
    for name, leaves in {
        "mode": ("longCntrlState",),
        "target": ("targetId",),
        "desired_accel_mps2": ("accelForecast", "desiredAccel"),
        "separation_m": ("seperationDist", "separationDist"),
    }.items()
}
_PARTS = {name: (f"partII[{i}].partII-Id",) for i, name in enumerate(PARTS)}

CCM = ControlForm("CCM", _CCM, _CORE_LEAVES | _PART_LEAVES | _PARTS, _SEPARATION)
#: Motion alone, for an edition without CCM: desired acceleration, mode and target are not told.
BSM = ControlForm("BSM", _BSM, _CORE_LEAVES, _SEPARATION)

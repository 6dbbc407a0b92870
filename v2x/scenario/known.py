"""Names of plug-ins that a scenario may mention: text only, so that checking a scenario imports none of them."""

from __future__ import annotations

from v2x.registry import Registry

_PACKAGE = "v2x.stations.applications"

#: Applications a subject can run; docs/applications.md tells what each does.
APPLICATIONS = Registry(
    "v2x.applications",
    {
        "awareness": f"{_PACKAGE}.awareness:Awareness",
        "ebw": f"{_PACKAGE}.ebw:EmergencyBrake",
        "evp": f"{_PACKAGE}.evp:Priority",
        "evw": f"{_PACKAGE}.evw:EmergencyVehicle",
        "fcw": f"{_PACKAGE}.fcw:ForwardCollision",
        "glosa": f"{_PACKAGE}.glosa:GreenSpeed",
        "hlw": f"{_PACKAGE}.hlw:HazardousLocation",
        "ivs": f"{_PACKAGE}.ivs:Signage",
        "rlvw": f"{_PACKAGE}.rlvw:RedLight",
        "slw": f"{_PACKAGE}.slw:SpeedLimit",
        "tjw": f"{_PACKAGE}.tjw:TrafficJam",
        "vrucw": f"{_PACKAGE}.vrucw:VulnerableUser",
    },
)

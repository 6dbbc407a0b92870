"""Names of plug-ins that a scenario may mention: text only, so that checking a scenario imports none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_after_validator_function

from v2x.registry import Registry, did_you_mean

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

#: Profile name -> factory. ``csae`` is dialect A, the one seen on the air for the day-1 messages; the editions of 2020
#: and 2024 are one profile, ``j2735``.
PROFILES = Registry(
    "v2x.profiles",
    {
        "j2735": "v2x.messages.j2735.profile:j2735",
        "j2735-2016": "v2x.messages.j2735.profile:j2735_2016",
        "j2735-2020": "v2x.messages.j2735.profile:j2735",
        "j2735-2024": "v2x.messages.j2735.profile:j2735",
        "csae": "v2x.messages.csae.profile:csae_a",
        "csae-a": "v2x.messages.csae.profile:csae_a",
        "csae-b": "v2x.messages.csae.profile:csae_b",
    },
)

#: Control laws of followers; docs/platooning.md tells what each does.
CONTROLLERS = Registry(
    "v2x.law",
    {
        "acc": "v2x.control.laws.acc:ACC",
        "path": "v2x.control.laws.path:PATH",
        "ploeg": "v2x.control.laws.ploeg:PLOEG",
        "consensus": "v2x.control.laws.consensus:CONSENSUS",
        "flatbed": "v2x.control.laws.flatbed:FLATBED",
        "degraded": "v2x.control.laws.degraded:DEGRADED",
    },
)

#: Ways to steer from afar; docs/remote.md tells what each does.
OPERATORS = Registry(
    "v2x.operator",
    {
        "two_level": "v2x.remote.operators.two_level:TwoLevel",
        "two_point": "v2x.remote.operators.two_point:TwoPoint",
        "stanley": "v2x.remote.operators.stanley:Stanley",
        "pure_pursuit": "v2x.remote.operators.pure_pursuit:PurePursuit",
        "crossover": "v2x.remote.operators.crossover:Crossover",
    },
)

#: Kind -> callable ``(config, seed, field)`` that makes a `v2x.links.base.BroadcastLink`; of one that another package
#: adds the config is its settings, a mapping.
PC5 = Registry(
    "v2x.pc5",
    {
        "ideal": "v2x.links.pc5_constant:ideal_pc5",
        "constant": "v2x.links.pc5_constant:ConstantPc5",
        "statistical": "v2x.links.pc5_statistical:StatisticalPc5",
        "geometric": "v2x.links.sidelink.geometric:geometric_pc5",
        "sensing": "v2x.links.sidelink.sensing:SensingPc5",
    },
)

#: Kind -> callable ``(config, seed, duration_ns, field)`` that makes a `v2x.links.base.PointLink`; as above.
UU = Registry(
    "v2x.uu",
    {
        "ideal": "v2x.links.uu_constant:ideal_uu",
        "constant": "v2x.links.uu_constant:ConstantUu",
        "preset": "v2x.links.uu_preset:PresetUu",
        "trace": "v2x.links.cellular.trace:TraceUu",
        "geometric": "v2x.links.cellular.geometric:GeometricUu",
    },
)


@dataclass(frozen=True)
class Known:
    """Annotation of a text in the scenario model: it must be a name of the table.

    Attributes
    ----------
    table
        Where it must be.
    besides
        Names that are none of the table and mean something else.
    added
        Only names that other packages have added.
    """

    table: Registry
    besides: tuple[str, ...] = ()
    added: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        names = self._names()
        return {**handler(schema), **({"enum": names} if names else {})}

    def _names(self) -> list[str]:
        return self.table.added() if self.added else [*self.table.names(), *self.besides]

    def _check(self, name: str) -> str:
        names = self._names()
        if name not in names:
            tail = did_you_mean(name, names) if names else "no package adds one"
            reason = f"unknown value '{name}', {tail}"
            raise PydanticCustomError("refused", "{reason}", {"reason": reason, "at": ""})
        return name

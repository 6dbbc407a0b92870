"""The stages of a scenario, each with what makes it perfect: ``v2x explain`` plays a run with some of them idealised.

A stage is a part that an error, a delay or a loss can come from. A new one is a function and a line in `STAGES`. Parts
of a stage are named ``stage.part``; the stage itself is idealised as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from v2x.scenario import stages_control as control
from v2x.scenario import stages_links as links
from v2x.scenario import stages_sensors as sensors
from v2x.scenario.model import Scenario

#: Value by dotted path, as after ``--set``; empty where a scenario has nothing of the kind, or it is perfect already.
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Stage:
    """A part of a scenario that can be made perfect.

    Attributes
    ----------
    name
        Short name; of a part of another stage, ``stage.part``.
    title
        What it is, for people.
    ideal
        What makes a scenario perfect in this. No two stages set the same path, but for parts and their stage.
    """

    name: str
    title: str
    ideal: Callable[[Scenario], Settings]

    @property
    def whole(self) -> str | None:
        """The stage that this is a part of."""
        stage, dot, _ = self.name.partition(".")
        return stage if dot else None


STAGES = (
    Stage("gnss", "satellite positioning", sensors.gnss),
    Stage("motion", "speed, heading and acceleration as the vehicle measures them", sensors.motion),
    Stage("clock", "clocks of the stations", sensors.clock),
    Stage("delays", "delays inside the stations", sensors.delays),
    Stage("radar", "radars of vehicles", sensors.radar),
    Stage("perception", "sensors of roadside units", sensors.perception),
    Stage("controller_wire", "wire from signal controllers to roadside units", sensors.controller_wire),
    Stage("security", "what surrounds messages on the air", links.security),
    Stage("resolution", "resolution of control messages", links.resolution),
    Stage("pc5", "sidelink", links.pc5),
    Stage("pc5.delay", "delay", links.pc5_delay),
    Stage("pc5.half_duplex", "receivers that send themselves", links.pc5_half_duplex),
    Stage("pc5.propagation", "signals too weak or lost to noise", links.pc5_propagation),
    Stage("pc5.collision", "collisions with others' packets", links.pc5_collision),
    Stage("pc5.congestion_control", "congestion control", links.pc5_congestion_control),
    Stage("pc5.random", "drawn losses and bursts", links.pc5_random),
    Stage("uu", "5G network", links.uu),
    Stage("uu.delay", "constant delay", links.uu_delay),
    Stage("uu.random", "drawn losses", links.uu_random),
    Stage("uu.extra", "delay added to the network", links.uu_extra),
    Stage("uu.cuts", "outages that the scenario plans", links.uu_cuts),
    Stage("uu.outage", "places without coverage", links.uu_outage),
    Stage("uu.handover", "changes of the cell", links.uu_handover),
    Stage("uu.queue", "queue and sending at the cell", links.uu_queue),
    Stage("uu.radio", "radio access", links.uu_radio),
    Stage("uu.transport", "way from the cell to the core", links.uu_transport),
    Stage("uu.core", "core network", links.uu_core),
    Stage("uu.internet", "internet", links.uu_internet),
    Stage("uu.server", "server", links.uu_server),
    Stage("video", "camera, encoder and decoder", control.video),
    Stage("operator", "operator of remote driving", control.operator),
    Stage("driver", "drivers' reaction to alerts", control.driver),
    Stage("controller", "engine, brakes and steering: lag, dead time, limits", control.controller),
)

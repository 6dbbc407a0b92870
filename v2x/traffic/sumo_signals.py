"""SUMO's signal controllers: what they show and plan, when they leave their plan, and what they make of wishes.

SUMO repeats programmes; ours decide how long each phase is (`v2x.traffic.signal_control`) and tell SUMO so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from v2x.clock import NS_PER_S, to_ns
from v2x.errors import TrafficError
from v2x.field.model import Junction
from v2x.scenario.model_signals import SignalChange, Signals
from v2x.traffic.base import SignalCommand, SignalHead
from v2x.traffic.signal_control import SignalControl
from v2x.traffic.signal_plan import SignalPlan

#: SUMO's name of a controller that is switched off: flashing yellow where drivers must give way, else dark.
OFF = "off"


class SumoSignals:
    """All signalled junctions of a field.

    Parameters
    ----------
    api
        libsumo or traci, started.
    junctions
        Those of the field.
    warmup_ns
        SUMO's time at the run's time 0.
    config
        Limits, and when plans jump.

    Raises
    ------
    TrafficError
        If a change names a junction or a programme that there is not.
    """

    def __init__(self, api: Any, junctions: Sequence[Junction], warmup_ns: int, config: Signals) -> None:
        self._api, self._warmup_ns, self._config = api, warmup_ns, config
        self._controllers = {
            junction.id: _Controller(api.trafficlight, junction, config, warmup_ns)
            for junction in sorted(junctions, key=lambda junction: junction.id)
            if junction.signal_groups
        }
        for row, change in enumerate(config.changes):
            self._check(change, f"traffic.signals.changes.{row}")
        self._changes = sorted(config.changes, key=lambda change: change.at_s)

    def _check(self, change: SignalChange, path: str) -> None:
        if change.junction not in self._controllers:
            raise TrafficError(f"no signals at '{change.junction}'", path=f"{path}.junction")
        if change.program is not None:
            self._controllers[change.junction].check(change.program, f"{path}.program")

    def heads(self) -> list[SignalHead]:
        """What they show, sorted by junction; recomputed only when something changes."""
        t_ns = self._now_ns()
        while self._changes and to_ns(self._changes[0].at_s) <= t_ns:
            change = self._changes.pop(0)
            self._controllers[change.junction].change(t_ns, change)
        return [controller.step(t_ns) for controller in self._controllers.values()]

    def obey(self, command: SignalCommand) -> None:
        """Pass a wish on to its controller, which does what it can."""
        if command.junction in self._controllers:
            self._controllers[command.junction].obey(self._now_ns(), command)

    def _now_ns(self) -> int:
        return to_ns(self._api.simulation.getTime()) - self._warmup_ns


class _Controller:
    """One junction's controller, in step with SUMO's."""

    def __init__(self, lights: Any, junction: Junction, config: Signals, warmup_ns: int) -> None:
        self._lights, self._id, self._groups, self._warmup_ns = lights, junction.id, junction.signal_groups, warmup_ns
        self._limits_ns = to_ns(config.min_green_s), to_ns(config.max_extension_s)
        self._plans: dict[str, SignalPlan] = {}
        self._program = ""
        self._wanted: str | None = None
        self._control: SignalControl | None = None
        self._dark: SignalHead | None = None
        self._until_ns = 0

    def check(self, program: str, path: str) -> None:
        """`TrafficError` unless the junction can change to a programme, and from its own."""
        known = [logic.programID for logic in self._lights.getAllProgramLogics(self._id)]
        if program not in (OFF, *known):
            raise TrafficError(f"no programme '{program}' at {self._id}, there are {', '.join(known)}, off", path=path)
        for name in {program, self._lights.getProgram(self._id)} - {OFF}:
            if self._plan(name).all_red is None:
                raise TrafficError(f"programme '{name}' has no all-red, in which it could be changed", path=path)

    def change(self, t_ns: int, change: SignalChange) -> None:
        """Leave the plan; a controller that is off has none."""
        control = self._follow()
        if change.program is not None:
            self._wanted = change.program
        elif change.hold_s is not None and control is not None:
            control.hold(t_ns, to_ns(change.hold_s))
        elif change.skip_s is not None and control is not None:
            control.skip(t_ns, to_ns(change.skip_s))

    def obey(self, t_ns: int, command: SignalCommand) -> None:
        """Take up a wish, if it can."""
        from_ns = t_ns + command.in_ns
        if self._control is not None and self._control.wish(t_ns, command.group, from_ns, from_ns + command.for_ns):
            self._tell(t_ns, self._control)

    def step(self, t_ns: int) -> SignalHead:
        """What it shows now; a change of programme waits for all-red."""
        control = self._follow()
        if self._wanted is not None and (control is None or control.in_all_red):
            control = self._start(self._wanted)
        if control is None:
            self._dark = self._dark or self._unlit(t_ns)
            return self._dark
        control.at(t_ns)
        self._tell(t_ns, control)
        return control.head()

    def _follow(self) -> SignalControl | None:
        """The control, in the phase in which SUMO is; None while the signals are off."""
        program = self._lights.getProgram(self._id)
        if program == OFF:
            self._program, self._control = program, None
            return None
        phase, end_ns = self._lights.getPhase(self._id), to_ns(self._lights.getNextSwitch(self._id)) - self._warmup_ns
        plan = self._plan(program)
        begin_ns = end_ns - plan.durations_ns[phase]
        if self._control is None or program != self._program:
            self._program = program
            before = self._control.head() if self._control is not None else self._dark
            self._control, self._dark = SignalControl(plan, phase, begin_ns, *self._limits_ns, before), None
        elif phase != self._control.phase or end_ns != self._until_ns:  # SUMO gives each phase the length of its plan
            self._control.begin(phase, begin_ns)
        self._until_ns = end_ns
        return self._control

    def _start(self, program: str) -> SignalControl | None:
        """Change to a programme, in an all-red of its own."""
        self._wanted = None
        self._lights.setProgram(self._id, program)
        if program != OFF:
            self._lights.setPhase(self._id, self._plan(program).all_red)
        return self._follow()

    def _tell(self, t_ns: int, control: SignalControl) -> None:
        """Have SUMO end the phase when the control does."""
        if control.end_ns != self._until_ns:
            self._lights.setPhaseDuration(self._id, (control.end_ns - t_ns) / NS_PER_S)
            self._until_ns = control.end_ns

    def _unlit(self, t_ns: int) -> SignalHead:
        """What a controller shows that is off, with no end in sight."""
        shown = SignalPlan.of(self._id, [(0, self._lights.getRedYellowGreenState(self._id))], self._groups)
        return SignalControl(shown, 0, t_ns).head()

    def _plan(self, program: str) -> SignalPlan:
        if program not in self._plans:
            logics = self._lights.getAllProgramLogics(self._id)
            logic = next(each for each in logics if each.programID == program)
            phases = [(to_ns(phase.duration), phase.state) for phase in logic.phases]
            self._plans[program] = SignalPlan.of(self._id, phases, self._groups)
        return self._plans[program]

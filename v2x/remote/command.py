"""Commands on their way to the vehicle, and the watchdog that notices when they stay away.

The vehicle goes by the newest command that has come: one that comes after a newer one changes nothing and does not feed
the watchdog. The watchdog trips when the time since such a command came, by the vehicle's own clock, reaches the
time-out; no sooner, once in an outage, and not before the first command has come at all. The vehicle notices at its
next control step, even if a command comes before it.
"""

from __future__ import annotations

from dataclasses import dataclass

from v2x.clock import NS_PER_MS
from v2x.remote.beat import Beat
from v2x.rng import Stream


@dataclass(frozen=True)
class CommandLink:
    """Figures of commands and of the watchdog.

    Attributes
    ----------
    rate_hz
        Commands in a second, 20 to 100; 50 is the interval of 20 ms of 3GPP TS 22.156.
    payload_bytes
        Of a command; 3GPP has up to 8 kbit, which is the default, headers aside.
    timeout_ms
        Of the watchdog. Sources differ: 150 ms for a tow truck at 5 km/h (VALU3S UC2_R_2), 500 ms in an open-source
        example (LiveKit), which rides through gaps of 0.2 s.
    """

    rate_hz: int = 50
    payload_bytes: int = 1000
    timeout_ms: float = 500.0

    def beat(self, seed: int, station: int) -> Beat:
        """When commands to a vehicle are sent; their numbers are the sequence numbers."""
        return Beat.drawn(self.rate_hz, Stream(seed, "remote.command"), station)


@dataclass(frozen=True)
class Command:
    """What the operator asks for.

    Attributes
    ----------
    number
        Sequence number.
    sent_ns
        When it leaves the operator's desk.
    captured_ns
        Of the picture that the operator goes by.
    steer_rad, accel_mps2
        Angle of the front wheels, to the left, and acceleration.
    """

    number: int
    sent_ns: int
    captured_ns: int
    steer_rad: float
    accel_mps2: float


@dataclass(frozen=True)
class Trip:
    """The watchdog has tripped: when the time-out was reached, and at which control step that was noticed."""

    at_ns: int
    noticed_ns: int


@dataclass(frozen=True)
class InForce:
    """What a vehicle knows at a control step.

    Attributes
    ----------
    command
        The newest that has come, None before the first.
    fresh
        Whether it is the first control step with it.
    trips
        Of the watchdog, noticed now.
    """

    command: Command | None
    fresh: bool
    trips: list[Trip]


class CommandReceiver:
    """The vehicle's side. Times are by its clock.

    Parameters
    ----------
    link
        Figures.
    """

    def __init__(self, link: CommandLink) -> None:
        self._timeout_ns = round(link.timeout_ms * NS_PER_MS)
        self._command: Command | None = None
        self._fresh = self._tripped = False
        self._came_ns = 0
        self._due: list[int] = []  # trips that the vehicle has not noticed

    def arrive(self, at_ns: int, command: Command) -> None:
        """A command has come; calls are in order of time, before the control step that is to use it."""
        if self._command is not None and command.number <= self._command.number:
            return
        self._watch(at_ns)
        self._command, self._came_ns = command, at_ns
        self._fresh, self._tripped = True, False

    def step(self, t_ns: int) -> InForce:
        """What is in force at a control step."""
        self._watch(t_ns)
        now = InForce(self._command, self._fresh, [Trip(at_ns, t_ns) for at_ns in self._due])
        self._fresh, self._due = False, []
        return now

    @property
    def silent(self) -> bool:
        """Whether no command has come since the watchdog tripped."""
        return self._tripped

    def _watch(self, t_ns: int) -> None:
        expires_ns = self._came_ns + self._timeout_ns
        if self._command is not None and not self._tripped and t_ns >= expires_ns:
            self._tripped = True
            self._due.append(expires_ns)

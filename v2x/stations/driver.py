"""The human at the wheel of a subject: what alerts and advice make of the way it is driven."""

from __future__ import annotations

from collections.abc import Sequence

from v2x.clock import NS_PER_S, to_ns
from v2x.rng import Stream, key_of
from v2x.scenario.model_driver import Driver as Config
from v2x.stations.base import Alert
from v2x.traffic.base import DriveCommand


class Driver:
    """Reacts to alerts, late, and keeps to advice. Its clock is the vehicle's.

    A reaction time after the first alert that it heeds, the driver brakes, looks up, and minds everything; the brake is
    let go when all such alerts have been over for a while. The reaction time is drawn once a driver from a normal
    distribution, none below 0.

    Parameters
    ----------
    config
        What kind of driver it is.
    vehicle
        Id of the road user.
    seed
        Seed of the run.
    start_utc_ns
        UTC of the run's time 0, which distractions count from.
    """

    def __init__(self, config: Config, vehicle: str, seed: int, start_utc_ns: int) -> None:
        self._config, self._vehicle, self._start_utc_ns = config, vehicle, start_utc_ns
        spread_s = config.reaction_spread_s * float(Stream(seed, "driver.reaction").normal([key_of(vehicle)])[0])
        self.reaction_s = max(config.reaction_s + spread_s, 0.0)
        self._alerted_ns: int | None = None
        self._braking_until_ns: int | None = None
        self._attentive_until_ns: int | None = None
        self._steered = False

    def on_step(self, clock_ns: int, alerts: Sequence[Alert], advised_mps: float | None) -> DriveCommand | None:
        """Called once a step with what the vehicle tells.

        Returns
        -------
        DriveCommand or None
            How the vehicle is driven, at every step at which the driver makes a difference, and once more when that is
            over; None while the vehicle is left to itself.
        """
        brakes = self._brakes(clock_ns, any(self._heeds(alert) for alert in alerts))
        command = DriveCommand(
            self._vehicle,
            cap_mps=advised_mps if self._config.follows_advice else None,
            brake_mps2=self._config.brake_mps2 if brakes else None,
            overlooks=self._overlooks(clock_ns),
        )
        steers = command != DriveCommand(self._vehicle)
        steered, self._steered = self._steered, steers
        return command if steers or steered else None

    def _heeds(self, alert: Alert) -> bool:
        return self._config.heeds == "all" or alert.application in self._config.heeds

    def _brakes(self, clock_ns: int, alerted: bool) -> bool:
        """Whether the foot is on the brake, given whether there is an alert now."""
        if not alerted:
            self._alerted_ns = None
        elif self._alerted_ns is None:
            self._alerted_ns = clock_ns
        foot_down = self._braking_until_ns is not None and clock_ns < self._braking_until_ns
        if self._alerted_ns is not None and (foot_down or clock_ns - self._alerted_ns >= to_ns(self.reaction_s)):
            self._braking_until_ns = clock_ns + to_ns(self._config.hold_s)
            self._attentive_until_ns = clock_ns + to_ns(self._config.attentive_s)
            return True
        return foot_down

    def _overlooks(self, clock_ns: int) -> frozenset[str]:
        if self._attentive_until_ns is not None and clock_ns < self._attentive_until_ns:
            return frozenset()
        t_s = (clock_ns - self._start_utc_ns) / NS_PER_S
        return frozenset(
            each.what
            for each in self._config.distracted
            if each.start_s <= t_s and (each.end_s is None or t_s < each.end_s)
        )

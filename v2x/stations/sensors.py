"""What stands between the truth and a station: position, motion, clock and delays behind one door."""

from __future__ import annotations

from v2x.clock import NS_PER_MS
from v2x.scenario.model import Delays, Gnss, Motion, StationClock
from v2x.scenario.model import Sensors as SensorsConfig
from v2x.stations.clocks import StationClocks
from v2x.stations.gnss import GnssModel
from v2x.stations.motion import MotionModel


class Sensors:
    """The sensors and clocks of all stations of a run.

    Every error is a pure function of seed, station key and time. A part named in ``config.ideal`` has exactly no error
    or no delay, and states an accuracy of 0.

    Attributes
    ----------
    gnss, motion, clocks
        Error models, in columns over stations.
    transmit_ns
        From the finished frame to the radio.
    receive_ns
        From the radio to the decoded message.
    processing_ns
        From the decoded message to its use by an application.

    Parameters
    ----------
    config
        The scenario's ``sensors``.
    seed
        Seed of the run.
    """

    def __init__(self, config: SensorsConfig, seed: int) -> None:
        exact = config.ideal
        self.gnss = GnssModel(Gnss(kind="ideal") if "gnss" in exact else config.gnss, seed)
        still = Motion(heading_sigma_deg=0.0, speed_sigma_mps=0.0, accel_sigma_mps2=0.0, yaw_rate_sigma_dps=0.0)
        self.motion = MotionModel(still if "motion" in exact else config.motion, seed)
        true = StationClock(offset_sigma_ms=0.0, drift_sigma_ppm=0.0)
        self.clocks = StationClocks(true if "clock" in exact else config.clock, seed)
        none = Delays(transmit_ms=0.0, receive_ms=0.0, processing_ms=0.0)
        delays = none if "delays" in exact else config.delays
        self.transmit_ns = round(delays.transmit_ms * NS_PER_MS)
        self.receive_ns = round(delays.receive_ms * NS_PER_MS)
        self.processing_ns = round(delays.processing_ms * NS_PER_MS)

    @property
    def hold_ns(self) -> int:
        """From the antenna of a receiver to the application that uses the message."""
        return self.receive_ns + self.processing_ns

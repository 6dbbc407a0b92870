from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_S
from v2x.rng import Stream
from v2x.scenario.model import Gnss
from v2x.scenario.model import Sensors as SensorsConfig
from v2x.stations.sensors import Sensors

KEYS = Stream(1, "test.keys").bits(np.arange(500))
T_NS = 20 * NS_PER_S


def _facts(sensors: Sensors) -> dict[str, bool]:
    """Which parts have any error, stated uncertainty or delay."""
    fix, motion = sensors.gnss.measure(KEYS, T_NS), sensors.motion.measure(KEYS, T_NS)
    return {
        "gnss": bool(np.any([fix.east_m, fix.north_m, fix.semi_major_m, fix.semi_minor_m])),
        "motion": bool(np.any([motion.heading_deg, motion.speed_mps, motion.heading_sigma_deg])),
        "clock": bool((sensors.clocks.read_ns(KEYS, T_NS) != T_NS).any()),
        "delays": bool(sensors.transmit_ns or sensors.receive_ns or sensors.processing_ns or sensors.hold_ns),
    }


def test_nothing_is_ideal_by_default() -> None:
    assert all(_facts(Sensors(SensorsConfig(), 1)).values())


def test_each_switch_makes_its_part_exact_and_only_that() -> None:
    for part in ("gnss", "motion", "clock", "delays"):
        config = SensorsConfig(gnss=Gnss(kind="outage"), ideal=frozenset({part}))
        assert _facts(Sensors(config, 1)) == {name: name != part for name in ("gnss", "motion", "clock", "delays")}


def test_default_delays_in_nanoseconds() -> None:
    sensors = Sensors(SensorsConfig(), 1)
    assert (sensors.transmit_ns, sensors.receive_ns, sensors.processing_ns) == (2_000_000, 2_000_000, 5_000_000)
    assert sensors.hold_ns == 7_000_000


def test_the_seed_decides() -> None:
    def east(seed: int) -> list[float]:
        return Sensors(SensorsConfig(), seed).gnss.measure(KEYS, T_NS).east_m.tolist()

    assert east(1) == east(1) != east(2)

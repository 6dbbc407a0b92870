"""Fuel that a vehicle burns, from speed and acceleration: the fit to HBEFA 3.1 that Eclipse SUMO uses.

A polynomial of speed and acceleration, in grams an hour (SUMO's ``HelpersHBEFA3``; its source was read for the figures
of the classes, and a test compares the results with SUMO's own tool). An engine that would have to be driven by the
wheels burns nothing; where SUMO cuts the fuel a little earlier, by the coasting of a vehicle type, we do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from v2x_analysis.measurement import F64

#: Grams an hour to grams a second.
_PER_S = 1.0 / 3600.0


@dataclass(frozen=True)
class Engine:
    """Coefficients of one emission class: grams an hour by powers of speed (m/s), and by speed times acceleration.

    ``density_g_per_l`` is that of the fuel, as SUMO takes it.
    """

    idle: float
    speed: float
    speed2: float
    speed_accel: float
    density_g_per_l: float


#: Kind of road user -> its engine: a car with petrol (PC_G_EU4, SUMO's default), a bus and a heavy goods vehicle with
#: diesel (Bus, HDV). Two-wheelers of these fields are electric.
ENGINES = {
    "car": Engine(3014.0, -149.0, 9.014, 299.3, 742.0),
    "bus": Engine(6016.0, 656.6, 0.0, 2049.0, 836.0),
    "truck": Engine(8358.0, 551.4, 0.0, 2226.0, 836.0),
}


def fuel_ml_per_s(engine: Engine, speed_mps: F64, accel_mps2: F64) -> F64:
    """Millilitres a second at each speed and acceleration."""
    hourly_g = (
        engine.idle
        + engine.speed * speed_mps
        + engine.speed2 * speed_mps**2
        + engine.speed_accel * speed_mps * accel_mps2
    )
    return np.asarray(np.maximum(hourly_g, 0.0) * 1e3 * _PER_S / engine.density_g_per_l)

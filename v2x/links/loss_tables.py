"""Published delivery ratios of the PC5 sidelink by distance and reason of loss: the data of the statistical model.

Setting of all three tables: LTE-V2X mode 4 on a straight road, 190 B at 10 Hz and 20 dBm in a 10 MHz channel, after
M. Gonzalez-Martin, M. Sepulcre, R. Molina-Masegosa, J. Gozalvez, "Analytical Models of the Performance of C-V2X Mode 4
Vehicular Communications", IEEE Trans. Veh. Technol. 68(2), 2019 (arXiv:1807.06508). The figures are those of their
Veins simulations, read from their repository (github.com/msepulcre/C-V2X, commit 71d4c25) and rounded to 1e-4; the
channel busy ratios are those of their analytic model in the same setting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from v2x.links.base import F64, Cause


@dataclass(frozen=True)
class LossTable:
    """Loss by distance, linear between the knots.

    Attributes
    ----------
    distance_m
        Ascending knots, shape (k,). Below the first the first holds; beyond the last nothing is heard.
    causes
        What the columns of ``loss`` stand for.
    loss
        Share of frames lost, shape (k, c).
    """

    distance_m: F64
    causes: tuple[Cause, ...]
    loss: F64

    @classmethod
    def from_pdr(cls, rows: tuple[tuple[float, float], ...]) -> LossTable:
        """Table of ``(distance_m, delivery ratio)`` rows, as a scenario gives it; the reason is not told apart."""
        distance_m, pdr = np.array(rows, np.float64).T
        return cls(distance_m, (Cause.PROPAGATION,), 1.0 - pdr[:, None])

    @property
    def pdr(self) -> F64:
        """Delivery ratio at the knots, shape (k,)."""
        ratio: F64 = 1.0 - self.loss.sum(axis=1)
        return ratio


def _published(text: str) -> LossTable:
    loss = np.array([line.split() for line in text.strip().splitlines()], np.float64)
    causes = (Cause.HALF_DUPLEX, Cause.BELOW_SENSITIVITY, Cause.PROPAGATION, Cause.COLLISION)
    return LossTable(np.arange(0.0, 25.0 * len(loss), 25.0), causes, loss)


#: Name -> table. Columns half duplex, below sensitivity, propagation, collision; rows 0, 25 ... 500 m.
LOSS_TABLES = {
    # 100 vehicles/km, 4 sub-channels: channel busy ratio 0.229
    "light": _published("""
        0.0082 0.0000 0.0003 0.0008
        0.0078 0.0000 0.0003 0.0035
        0.0077 0.0000 0.0003 0.0065
        0.0080 0.0000 0.0003 0.0098
        0.0079 0.0000 0.0003 0.0115
        0.0082 0.0000 0.0003 0.0140
        0.0077 0.0000 0.0003 0.0158
        0.0081 0.0000 0.0003 0.0187
        0.0080 0.0000 0.0003 0.0238
        0.0078 0.0000 0.0003 0.0322
        0.0082 0.0001 0.0004 0.0435
        0.0077 0.0010 0.0006 0.0560
        0.0079 0.0049 0.0009 0.0701
        0.0082 0.0162 0.0014 0.0833
        0.0080 0.0428 0.0022 0.0965
        0.0082 0.0927 0.0029 0.1019
        0.0080 0.1694 0.0034 0.1043
        0.0081 0.2680 0.0037 0.0985
        0.0078 0.3922 0.0036 0.0882
        0.0086 0.5112 0.0034 0.0736
        0.0091 0.5943 0.0029 0.0632
    """),
    # 200 vehicles/km, 4 sub-channels: channel busy ratio 0.439
    "medium": _published("""
        0.0095 0.0000 0.0003 0.0042
        0.0080 0.0000 0.0003 0.0153
        0.0083 0.0000 0.0003 0.0291
        0.0084 0.0000 0.0003 0.0396
        0.0081 0.0000 0.0003 0.0471
        0.0083 0.0000 0.0003 0.0547
        0.0082 0.0000 0.0003 0.0606
        0.0085 0.0000 0.0003 0.0688
        0.0085 0.0000 0.0003 0.0853
        0.0086 0.0000 0.0003 0.1082
        0.0078 0.0001 0.0004 0.1376
        0.0081 0.0010 0.0006 0.1696
        0.0080 0.0045 0.0009 0.2024
        0.0079 0.0157 0.0014 0.2326
        0.0080 0.0423 0.0022 0.2555
        0.0083 0.0917 0.0029 0.2645
        0.0083 0.1689 0.0034 0.2610
        0.0090 0.2705 0.0037 0.2412
        0.0093 0.3900 0.0036 0.2112
        0.0092 0.5086 0.0034 0.1747
        0.0089 0.5949 0.0028 0.1465
    """),
    # 200 vehicles/km, 2 sub-channels: channel busy ratio 0.735
    "dense": _published("""
        0.0054 0.0000 0.0010 0.0036
        0.0069 0.0000 0.0010 0.0172
        0.0069 0.0000 0.0010 0.0329
        0.0066 0.0000 0.0010 0.0461
        0.0064 0.0000 0.0010 0.0578
        0.0066 0.0000 0.0010 0.0710
        0.0065 0.0000 0.0010 0.0869
        0.0063 0.0000 0.0009 0.1063
        0.0071 0.0000 0.0009 0.1424
        0.0059 0.0000 0.0010 0.1871
        0.0065 0.0001 0.0010 0.2374
        0.0066 0.0010 0.0011 0.2873
        0.0065 0.0044 0.0014 0.3345
        0.0071 0.0158 0.0017 0.3730
        0.0076 0.0427 0.0022 0.4023
        0.0082 0.0922 0.0026 0.4109
        0.0089 0.1687 0.0029 0.4004
        0.0095 0.2688 0.0029 0.3703
        0.0104 0.3883 0.0029 0.3220
        0.0102 0.5071 0.0025 0.2661
        0.0111 0.5965 0.0023 0.2222
    """),
}

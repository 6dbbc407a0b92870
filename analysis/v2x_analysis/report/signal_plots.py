"""Plot of what SPAT predicted of the lights against what they did."""

from __future__ import annotations

import numpy as np

from v2x_analysis.metrics.spat import LEADS_S, predicted
from v2x_analysis.report.curves import legend_above, log_time, share_longer
from v2x_analysis.report.style import MUTED, SERIES, axes, svg_of
from v2x_analysis.run import Run

#: Smaller errors are drawn as this, seconds: a tenth of what SPAT can express.
_LEAST_S = 0.01
#: What SPAT can express, seconds.
_RESOLUTION_S = 0.1


def prediction_error(run: Run) -> str | None:
    """How often a light ended earlier or later than its likely end by more than x, by lead time."""
    rows = run.derived(predicted)
    if rows.empty:
        return None
    with axes() as (figure, (plot,)):
        lowest = 1.0
        for colour, (low_s, high_s) in zip(SERIES, LEADS_S, strict=False):
            error_s = rows.loc[(rows["lead_s"] >= low_s) & (rows["lead_s"] < high_s), "error_s"].abs()
            if len(error_s):
                lead = f"over {low_s:g} s ahead" if np.isinf(high_s) else f"{low_s:g} to {high_s:g} s ahead"
                values = np.maximum(error_s.to_numpy(np.float64), _LEAST_S)
                lowest = min(lowest, share_longer(plot, values, colour, lead))
        log_time(plot)
        plot.axvline(_RESOLUTION_S, color=MUTED, linewidth=1.0, linestyle=(0, (3, 3)))
        plot.set(xlabel="error of the likely end, s", ylabel="share larger", ylim=(lowest, 1.2))
        legend_above(plot, 2)
        return svg_of(figure, "spat", "Complementary distribution of the error of SPAT's likely ends, by lead time")

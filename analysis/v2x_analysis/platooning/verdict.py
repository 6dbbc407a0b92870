"""String stability: what the gains of a run say of it, and what theory says of the frequencies that were not tried.

A string is stable if no frequency is amplified from a vehicle to the next: Ploeg et al., *Lp string stability of
cascaded systems*, IEEE Trans. Control Systems Technology 22 (2014; from memory). A run tries one frequency. One that
is amplified is enough for *not stable*; one that is not leaves the others, of which theory knows.
"""

from __future__ import annotations

import numpy as np

from v2x_analysis.measurement import Measured, Measurement, absent, count
from v2x_analysis.platooning.expected import Outlook, outlook
from v2x_analysis.platooning.grid import grid
from v2x_analysis.platooning.stability import AUDIBLE_MPS, Gains, gains, responses, unheard, usual_age_ms
from v2x_analysis.run import Run


def figures(run: Run) -> dict[str, Measured]:
    """``platoon.string_stable``."""
    found = run.derived(gains)
    told = absent("1", unheard(run)) if found is None else verdict(run, found)
    return {"platoon.string_stable": told}


def verdict(run: Run, found: Gains) -> Measurement:
    """0 if a gain exceeds one; 1 if none does, nor any by theory; None if theory objects or intervals leave it open.

    The remark says for what it holds.
    """
    asked = ~np.isnan(found.audible)
    n = int(asked.sum())
    if not n:
        return absent("1", f"the leader swings by less than {AUDIBLE_MPS:g} m/s")
    worst = int(np.nanargmax(found.audible))
    words = (
        f"at {found.frequency_hz:g} Hz, {len(found.mean)} followers, {_delay(run)}: largest gain "
        f"{found.mean[worst]:.4f} ({found.low[worst]:.4f} … {found.high[worst]:.4f}) at follower {worst + 1}, "
        f"head to tail {found.head_to_tail.mean():.4f}{_caveats(run)}"
    )
    known = run.derived(outlook)
    theory = "; theory has no word on it" if known is None else f"; by theory {_at_all(known)}"
    if (found.low[asked] > 1.0).any():
        return count(0.0, n=n, remark=f"not string stable {words}{theory}")
    if (found.high[asked] > 1.0).any():
        return absent("1", f"open {words}{theory}")
    if known is not None and not known.stable:
        return absent("1", f"not string stable by theory, {_at_all(known)}; what was tried is not amplified, {words}")
    return count(1.0, n=n, remark=f"string stable {words}{theory}")


def _at_all(known: Outlook) -> str:
    """What theory says of all frequencies."""
    worst = f"largest gain at any frequency {known.worst_gain:.4f}, at {known.at_hz:.3g} Hz"
    if not np.isfinite(known.margin_s):
        return worst
    return (
        f"{worst}; time gap {known.time_gap_s:.3f} s, smallest stable {known.smallest_s:.3f} s: {known.margin_s:+.3f} s"
    )


def _caveats(run: Run) -> str:
    """What makes a string other than linear, in words; empty if nothing did."""
    whole, fitted = run.derived(grid), run.derived(responses)
    if whole is None:
        return ""
    rows = slice(*np.searchsorted(whole.t_s, [fitted[0].from_s - 1e-6, fitted[0].until_s - 1e-6]))
    present = max(int(whole.present[rows].sum()), 1)
    at_limit = int(whole.flags("limited")[rows].sum()) / present
    overridden = int((whole.texts("override")[0][rows] >= 0).sum()) / present
    parts = ((at_limit, "at the vehicles' limits"), (overridden, "overridden by a safety layer"))
    return "".join(f"; {share:.2%} of the steps {words}" for share, words in parts if share > 0.0)


def _delay(run: Run) -> str:
    age_ms = run.derived(usual_age_ms)
    return "no messages" if age_ms is None else f"messages {age_ms:.0f} ms old in the mean"

"""What an explanation comes to, in sentences."""

from __future__ import annotations

from v2x_analysis.blame.explanation import Blame, Estimate, Explanation, Pair
from v2x_analysis.judging import Bound
from v2x_analysis.report.wording import change_text, value_text

#: Shares of the way to the ideal run from which on an interaction is worth a word, and a rest a line. Assumed.
_A_WORD, _A_LINE = 0.1, 0.001


def conclusion(blame: Blame, explanation: Explanation) -> list[str]:
    """Who is to blame, what would help, and where stages interact, as sentences."""
    return [said for said in (_who(blame, explanation), _cure(blame), _interaction(blame), _rest(blame)) if said]


def telling(blame: Blame) -> list[Pair]:
    """Pairs whose interaction is worth a word, the strongest first."""
    return [pair for pair in blame.pairs if _reaches(_A_WORD, pair.beyond, blame)]


def rest_of(blame: Blame) -> Estimate | None:
    """What contributions leave, if it is more than rounding and what was left out as negligible."""
    return blame.rest if blame.rest is not None and _reaches(_A_LINE, blame.rest, blame) else None


def _who(blame: Blame, explanation: Explanation) -> str:
    if not blame.shares:
        return "No stage changes this figure: it is the scenario's own."
    if not blame.culprits:
        return "No stage makes this figure better by being ideal."
    named = ", ".join(f"{name} ({explanation.stages[name]})" for name in blame.culprits)
    if blame.bound is None:
        return f"Most is changed by {named}."
    begin = "To blame" if blame.verdict == "FAIL" else "Costs most"
    return f"{begin}{', equally' if len(blame.culprits) > 1 else ''}: {named}."


def _cure(blame: Blame) -> str:
    if blame.bound is None or blame.verdict == "PASS":
        return ""
    if not blame.cures:
        value = value_text(blame.ideal.value, blame.unit)
        if _keeps(blame.bound, blame.ideal.value):
            return f"With everything ideal it keeps the bound ({value}), and more evidence is needed to show it."
        return f"Even with everything ideal it does not pass ({value}): the rest is the scenario's own."
    sets = " / ".join(" + ".join(names) for names in blame.cures)
    if len(blame.cures[0]) > 1:
        return f"No stage alone makes it pass, but these together: {sets}."
    return f"With one stage ideal alone it passes: {sets}."


def _keeps(bound: Bound, value: float | None) -> bool:
    """Whether a value by itself, without its interval, is on the right side."""
    if value is None:
        return False
    ((side, limit),) = bound.items()
    return value >= limit if side == "at_least" else value <= limit


def _interaction(blame: Blame) -> str:
    """Of the strongest pair."""
    if not (pairs := telling(blame)):
        return ""
    one, other = pairs[0].names
    together, beyond = (change_text(each.value, blame.unit) for each in (pairs[0].together, pairs[0].beyond))
    return f"{one} and {other} interact: together they change it by {together}, {beyond} beyond the sum."


def _rest(blame: Blame) -> str:
    if blame.rest is None or not _reaches(_A_WORD, blame.rest, blame):
        return ""
    return f"{change_text(blame.rest.value, blame.unit)} comes only of several stages together."


def _reaches(share: float, change: Estimate, blame: Blame) -> bool:
    """Whether a change is a share of the way to the ideal run."""
    if not change.value or blame.value.value is None or blame.ideal.value is None:
        return False
    return abs(change.value) >= share * abs(blame.ideal.value - blame.value.value)

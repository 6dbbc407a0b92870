"""A signal controller: it repeats its plan, leaves it where it is told or asked to, and finds back.

Whatever happens, phases keep their order and clearance keeps its length (yellow, all-red, pedestrians walking off), and
no green is cut below the minimum. What a change has cost or won is made up for by the greens that follow, so that the
controller is back in step with its neighbours as soon as their limits allow (a project choice: the quickest return).
"""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from v2x.clock import NS_PER_MS
from v2x.traffic.base import SignalHead
from v2x.traffic.signal_plan import GREENS, SignalPlan

#: Controllers count in tenths of a second, as TimeMark does.
TENTH_NS = 100 * NS_PER_MS


class _Wish(NamedTuple):
    """A green that somebody needs from one time to another."""

    group: int
    from_ns: int
    until_ns: int


class SignalControl:
    """The controller of one junction, from a phase of its plan on.

    Parameters
    ----------
    plan
        Its programme.
    phase, begin_ns
        The present phase, and when it began.
    min_green_ns
        A green phase is cut to no less than this, or its own length if that is less.
    max_extension_ns
        Most that a wish adds to a green.
    before
        What was shown just before, None: what the plan has.
    """

    def __init__(
        self,
        plan: SignalPlan,
        phase: int,
        begin_ns: int,
        min_green_ns: int = 0,
        max_extension_ns: int = 0,
        before: SignalHead | None = None,
    ) -> None:
        self._plan, self._max_extension_ns = plan, max_extension_ns
        self._least_ns = [plan.least_ns(each, min_green_ns) for each in range(len(plan))]
        self.phase, self._begin_ns = phase, begin_ns
        self._count = 0  # phases begun since then
        self._late_ns = 0  # of the present phase's beginning against the plan
        self._since_ns = plan.began_ns(phase, begin_ns) if before is None else _since(plan, phase, begin_ns, before)
        self._jumps: dict[int, int] = {}  # number of a phase -> by how much it was told to be longer
        self._wish: _Wish | None = None
        self._head: SignalHead | None = None
        self._plan_ahead(begin_ns)

    # ------------------------------------------------------------------ what it does

    @property
    def end_ns(self) -> int:
        """When the present phase will end."""
        return self._begin_ns + self._lengths_ns[0]

    @property
    def in_all_red(self) -> bool:
        """Whether all show red."""
        return self._plan.is_all_red(self.phase)

    def at(self, t_ns: int) -> None:
        """Time goes on: a wish that is over is forgotten."""
        if self._wish is not None and t_ns >= self._wish.until_ns:
            self._wish = None
            self._plan_ahead(t_ns)

    def begin(self, phase: int, begin_ns: int) -> None:
        """A phase has begun, the next one of the plan."""
        plan = self._plan
        self._late_ns += begin_ns - self._begin_ns - plan.durations_ns[self.phase]
        for group, lights in plan.lights.items():
            if lights[phase] != lights[self.phase]:
                self._since_ns[group] = begin_ns
        self._jumps.pop(self._count, None)
        self.phase, self._begin_ns, self._count = phase, begin_ns, self._count + 1
        self._plan_ahead(begin_ns)

    def head(self) -> SignalHead:
        """What it shows and plans, some two cycles ahead; the same object until something changes."""
        if self._head is None:
            self._head = self._make_head()
        return self._head

    def _make_head(self) -> SignalHead:
        plan, phase = self._plan, self.phase
        until: dict[int, int] = {}
        upcoming: dict[int, tuple[tuple[str, int, int], ...]] = {}
        for group in plan.lights:
            runs = plan.runs(group, phase, self._begin_ns, self._lengths_ns)
            if runs:
                until[group], upcoming[group] = runs[0][2], tuple(runs[1:])
        present = {group: lights[phase] for group, lights in plan.lights.items()}
        return SignalHead(plan.junction, present, dict(self._since_ns), until, upcoming)

    # ------------------------------------------------------------------ what it is told and asked

    def hold(self, t_ns: int, for_ns: int) -> None:
        """The present green, or else the next one, goes on for longer."""
        ahead = next((k for k, phase in enumerate(self._phases) if self._plan.steady[phase]), None)
        self._jump(t_ns, ahead, for_ns)

    def skip(self, t_ns: int, by_ns: int) -> None:
        """The present green, or else the next one that can, is cut by up to ``by_ns``."""
        for ahead in range(len(self._phases)):
            spare_ns = self._spare_ns(ahead, t_ns)
            if spare_ns > 0:
                self._jump(t_ns, ahead, -min(by_ns, spare_ns))
                return

    def wish(self, t_ns: int, group: int, from_ns: int, until_ns: int) -> bool:
        """Somebody needs a green; one that is over by then withdraws what was asked for the group.

        Returns
        -------
        bool
            Whether it is taken up: there is such a group, and nobody is served who wants another. How far it is
            fulfilled, the lights show.
        """
        if group not in self._plan.lights or (self._wish is not None and self._wish.group != group):
            return False
        self._wish = _Wish(group, _tenths(from_ns), _tenths(until_ns)) if until_ns > max(t_ns, from_ns) else None
        self._plan_ahead(t_ns)
        return True

    def _jump(self, t_ns: int, ahead: int | None, by_ns: int) -> None:
        if ahead is not None:
            number = self._count + ahead
            self._jumps[number] = self._jumps.get(number, 0) + _tenths(by_ns)
            self._plan_ahead(t_ns)

    # ------------------------------------------------------------------ planning

    @property
    def _phases(self) -> list[int]:
        """The present phase and those of the next two cycles."""
        return [(self.phase + ahead) % len(self._plan) for ahead in range(2 * len(self._plan) + 1)]

    def _plan_ahead(self, t_ns: int) -> None:
        """How long the present phase and those after it will be."""
        self._head = None
        durations_ns = self._plan.durations_ns
        self._lengths_ns = [
            max(durations_ns[phase] + self._jumps.get(self._count + ahead, 0), self._least_ns[phase])
            for ahead, phase in enumerate(self._phases)
        ]
        self._lengths_ns[0] = max(self._lengths_ns[0], t_ns - self._begin_ns)  # what has been shown was shown
        settled = self._serve(self._wish, t_ns) if self._wish is not None else -1
        self._return(max([settled, *(number - self._count for number in self._jumps)]), t_ns)

    def _spare_ns(self, ahead: int, t_ns: int) -> int:
        """By how much a phase may be cut."""
        least_ns = self._least_ns[self._phases[ahead]]
        if ahead == 0:
            least_ns = max(least_ns, t_ns - self._begin_ns)
        return self._lengths_ns[ahead] - least_ns

    def _return(self, settled: int, t_ns: int) -> None:
        """Get back to the plan in the phases after one."""
        phases, lengths_ns, durations_ns = self._phases, self._lengths_ns, self._plan.durations_ns
        late_ns = self._late_ns + sum(
            lengths_ns[ahead] - durations_ns[phases[ahead]] for ahead in range(min(settled + 1, len(phases)))
        )
        for ahead in range(settled + 1, len(phases)):
            if late_ns > 0:
                change_ns = -min(late_ns, max(self._spare_ns(ahead, t_ns), 0))
            elif self._plan.opens(phases[ahead]):  # a green that was cut does not get back what it has lost
                change_ns = min(-late_ns, durations_ns[phases[ahead]])  # at most doubled
            else:
                continue
            lengths_ns[ahead] += change_ns
            late_ns += change_ns

    def _serve(self, wish: _Wish, t_ns: int) -> int:
        """Extend a green or bring one early, whichever changes less; the last phase that must stay as it is now."""
        begins_ns = list(accumulate(self._lengths_ns, initial=self._begin_ns))
        greens = self._greens(wish.group)
        from_ns = max(wish.from_ns, t_ns)
        present = [(first, last) for first, last in greens if begins_ns[first] <= from_ns]
        coming = [(first, last) for first, last in greens if begins_ns[first] > from_ns]
        early_ns = begins_ns[coming[0][0]] - from_ns if coming else None
        if present:
            first, last = present[-1]
            lacking_ns = wish.until_ns - begins_ns[last + 1]
            if lacking_ns <= 0:
                return last
            if lacking_ns <= self._max_extension_ns and (early_ns is None or lacking_ns <= early_ns):
                return self._extend(first, last, lacking_ns)
        if not coming or early_ns is None:
            return -1
        first, last = coming[0]
        for ahead in range(first - 1, -1, -1):  # the latest first: a wish that is withdrawn has changed less
            cut_ns = min(early_ns, max(self._spare_ns(ahead, t_ns), 0))
            self._lengths_ns[ahead] -= cut_ns
            early_ns -= cut_ns
        end_ns = self._begin_ns + sum(self._lengths_ns[: last + 1])
        if wish.until_ns > end_ns:
            return self._extend(first, last, min(wish.until_ns - end_ns, self._max_extension_ns))
        return first - 1

    def _extend(self, first: int, last: int, by_ns: int) -> int:
        """Make a green longer, in its last phase that can be."""
        steady = [ahead for ahead in range(first, last + 1) if self._plan.steady[self._phases[ahead]]]
        if steady:
            self._lengths_ns[steady[-1]] += by_ns
        return last

    def _greens(self, group: int) -> list[tuple[int, int]]:
        """First and last phase ahead of each green of a group."""
        lights = self._plan.lights[group]
        greens: list[tuple[int, int]] = []
        for ahead, phase in enumerate(self._phases):
            if lights[phase] not in GREENS:
                continue
            if greens and greens[-1][1] == ahead - 1:
                greens[-1] = greens[-1][0], ahead
            else:
                greens.append((ahead, ahead))
        return greens


def _since(plan: SignalPlan, phase: int, begin_ns: int, before: SignalHead) -> dict[int, int]:
    """Since when each group shows its light in a phase that follows another plan."""
    return {
        group: before.since_ns[group] if before.groups[group] == lights[phase] else begin_ns
        for group, lights in plan.lights.items()
    }


def _tenths(t_ns: int) -> int:
    return (t_ns + TENTH_NS // 2) // TENTH_NS * TENTH_NS

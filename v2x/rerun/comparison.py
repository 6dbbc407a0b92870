"""Two tellings of one run: what stations said and did then, and what they say and do now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Differences that are kept to be shown; all are counted.
SHOWN = 20


@dataclass(frozen=True)
class Difference:
    """One place at which the tellings part.

    Attributes
    ----------
    t_ns
        When.
    station
        Whose.
    what
        Type of the frame with its channel, or kind of the event.
    recorded, now
        The frame in hexadecimal or the fields of the event; None: there is none.
    detail
        In which part they differ, as far as that can be told.
    """

    t_ns: int
    station: str
    what: str
    recorded: str | None
    now: str | None
    detail: str = ""


@dataclass
class Tally:
    """How many things were compared, and what became of them.

    Attributes
    ----------
    same
        In both tellings.
    different
        In both at the same time, with other content.
    missing, added
        Only recorded; only now.
    first
        The earliest differences.
    by
        Station -> differences of all sorts.
    """

    same: int = 0
    different: int = 0
    missing: int = 0
    added: int = 0
    first: list[Difference] = field(default_factory=list)
    by: Counter[str] = field(default_factory=Counter)

    @property
    def differences(self) -> int:
        """Of all sorts."""
        return self.different + self.missing + self.added


#: Time, station, what it is: what two tellings have in common of the same thing.
Place = tuple[int, str, str]


class Comparison:
    """Compares piece by piece, as time goes on.

    Parameters
    ----------
    show
        How content is written down.
    explain
        What differs between the recorded and the present content.
    """

    def __init__(self, show: Callable[[Any], str], explain: Callable[[Any, Any], str]) -> None:
        self.tally = Tally()
        self._show, self._explain = show, explain

    def take(self, recorded: Iterable[tuple[Place, Hashable]], now: Iterable[tuple[Place, Hashable]]) -> None:
        """All that there is of some span of time, in any order; of one place in order."""
        then, present = _by_place(recorded), _by_place(now)
        for place in sorted(then.keys() | present.keys()):
            ours, theirs = present.get(place, []), then.get(place, [])
            if ours == theirs:
                self.tally.same += len(ours)
                continue
            for row in range(max(len(ours), len(theirs))):
                self._one(place, theirs[row] if row < len(theirs) else None, ours[row] if row < len(ours) else None)

    def _one(self, place: Place, recorded: Any, now: Any) -> None:
        tally = self.tally
        if recorded == now:
            tally.same += 1
            return
        tally.missing += now is None
        tally.added += recorded is None
        tally.different += recorded is not None and now is not None
        t_ns, station, what = place
        tally.by[station] += 1
        if len(tally.first) < SHOWN:
            both = recorded is not None and now is not None
            then, present = (None if each is None else self._show(each) for each in (recorded, now))
            detail = self._explain(recorded, now) if both else ""
            tally.first.append(Difference(t_ns, station, what, then, present, detail))


def _by_place(rows: Iterable[tuple[Place, Hashable]]) -> Mapping[Place, list[Hashable]]:
    found: dict[Place, list[Hashable]] = {}
    for place, content in rows:
        found.setdefault(place, []).append(content)
    return found

"""Manoeuvres that the scenario alone rules out, whatever becomes of the others.

What depends on that is for the vehicles to refuse at its time: `v2x.platooning.protocol.refusals`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from v2x.scenario.model_manoeuvres import Manoeuvre, PlatoonProtocol

#: What nobody can do who is in no platoon.
_IN_COMPANY = ("leave", "split", "merge", "hand_over", "dissolve")
#: After these a platoon may be smaller than it began, for a while or for good.
_SHRINKS = ("leave", "split", "hand_over", "dissolve", "cut_in")


def impossible(
    manoeuvres: Sequence[Manoeuvre], sizes: Sequence[int], platoons: int, protocol: PlatoonProtocol
) -> Iterator[tuple[str, str]]:
    """Path of the key, below ``platoon``, and what is wrong with it.

    Parameters
    ----------
    sizes
        Vehicles of each platoon at the start, and then 1 for each single.
    platoons
        How many of these are platoons.
    """
    for row, each in enumerate(manoeuvres):
        before = [other for other in manoeuvres if other is not each and other.at_s <= each.at_s]
        found = (
            _nobody(each, sizes)
            or _not_for_it(each, platoons)
            or _alone(each, before, platoons)
            or _closed(each, protocol)
            or _full(each, before, sizes, protocol.capacity)
        )
        if found:
            key, reason = found
            yield f"manoeuvres.{row}.{key}", reason


def _nobody(each: Manoeuvre, sizes: Sequence[int]) -> tuple[str, str] | None:
    for key, number in (("platoon", each.platoon), ("into", each.into or 0)):
        if number >= len(sizes):
            return key, f"no such platoon, they are 0 to {len(sizes) - 1} with singles"
    if each.who >= sizes[each.platoon]:
        return "who", f"no such vehicle, those of platoon {each.platoon} are 0 to {sizes[each.platoon] - 1}"
    return None


def _not_for_it(each: Manoeuvre, platoons: int) -> tuple[str, str] | None:
    single = each.platoon >= platoons
    if each.kind == "join" and single and each.into in (None, each.platoon):
        return "into", "a single joins another platoon"
    if each.kind == "cut_in" and not single:
        return "platoon", f"only singles cut in: {platoons} and above"
    if each.kind == "cut_in" and (each.into or 0) >= platoons:
        return "into", "between two vehicles of a platoon, and that is a single"
    return None


def _alone(each: Manoeuvre, before: Sequence[Manoeuvre], platoons: int) -> tuple[str, str] | None:
    """A single that nobody has joined with until then."""
    joined = any(other.kind in ("join", "merge") and each.platoon in (other.platoon, other.into) for other in before)
    if each.platoon >= platoons and each.kind in _IN_COMPANY and not joined:
        return "kind", "a single is in no platoon before a join or merge of it, or into it"
    return None


def _closed(each: Manoeuvre, protocol: PlatoonProtocol) -> tuple[str, str] | None:
    if each.kind in ("join", "merge") and not protocol.open_to_join:
        return "kind", "nobody is let in, protocol.open_to_join is false"
    return None


def _full(each: Manoeuvre, before: Sequence[Manoeuvre], sizes: Sequence[int], capacity: int) -> tuple[str, str] | None:
    """More vehicles than a platoon may have, where nothing has made one of the two smaller."""
    if each.kind not in ("join", "merge") or each.into in (None, each.platoon):
        return None
    host, party = each.into or 0, sizes[each.platoon] if each.kind == "merge" else 1
    whole = {host, each.platoon} if each.kind == "merge" else {host}
    smaller = any(other.kind in _SHRINKS and {other.platoon, other.into} & whole for other in before)
    if sizes[host] + party > capacity and not smaller:
        return "into", f"{sizes[host]} vehicles and {party} are more than protocol.capacity, {capacity}"
    return None

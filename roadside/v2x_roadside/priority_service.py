"""Priority at signals: SRM or VIR in, a wish to the controller, SSM or RSC out.

The unit asks only for what its own limits allow, and says *granted* only once the controller's reports show the green
where it was asked for; what the controller makes of a wish is up to the controller.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan

from v2x.clock import NS_PER_S, to_ns
from v2x.messages.model import NAN, Intersection, VehicleStates
from v2x.messages.model_cooperation import (
    PriorityRequest,
    RequesterRole,
    RequestStatus,
    RequestVerdict,
    SignalRequest,
    SignalRequestStatus,
)
from v2x.scenario.model_signals import Priority
from v2x.stations.controller import SignalReport, SignalWish
from v2x.stations.roadside import Inputs, Said, Spoken, UnitSite
from v2x_roadside.forecast import ClockDifference
from v2x_roadside.movements import group_of

#: Answers are waited for (project choice: between what moves and SPAT).
PRIORITY = 5
#: A green is needed for so long if the request does not say (assumed: a truck from the stop line over a crossing).
DEFAULT_NEED_NS = 5 * NS_PER_S
#: By how much a green may miss what was asked for and still count, and a request may move without being asked anew.
SLACK_NS = NS_PER_S // 2
#: A controller whose reports do not show the green after this long has refused it (assumed).
ANSWER_NS = 3 * NS_PER_S
#: An open answer is said again after this long, and a decided one kept up this long (project choice).
REPEAT_NS, KEEP_NS = NS_PER_S, 3 * NS_PER_S
#: BasicVehicleClass of emergency vehicles and of buses in transit service (SAE J2735; from memory).
_EMERGENCY_CLASSES, _BUS_CLASSES = range(60, 70), range(50, 58)
#: Verdicts that T/CSAE 157 can express.
_DECIDED = ("granted", "rejected")
#: Most requests at a time: what one answer can hold (T/CSAE 157; SAE J2735 holds twice as many). Others get none.
MOST_CASES = 16
_GREENS = ("green", "permissive")


@dataclass
class _Case:
    """One request and what has become of it; times are of the unit's timers."""

    asked: PriorityRequest
    requester_id: int
    count: int
    group: int
    from_ns: int
    until_ns: int
    verdict: RequestVerdict = "requested"
    wished_ns: int | None = None  # when the controller was asked
    closed_ns: int | None = None  # when it was decided for good, or was over


class PriorityService:
    """Requests at the unit's own intersection, one at a time with its controller.

    Parameters
    ----------
    site
        The unit's installation.
    intersection
        Its geometry: which lights govern which movement.
    config
        Whom it honours, and how far.
    """

    hears = frozenset({"SRM", "VIR", "BSM"})

    def __init__(self, site: UnitSite, intersection: Intersection, config: Priority) -> None:
        self._profile, self._read_clock, self._event = site.profile, site.read_clock, site.event
        self._intersection, self._config = intersection, config
        self._clock = ClockDifference(site.config.controller)
        self._report: SignalReport | None = None
        self._roles: dict[int, RequesterRole] = {}
        self._cases: dict[tuple[int, int], _Case] = {}
        self._said_ns, self._count = 0, 0

    @classmethod
    def at(cls, site: UnitSite) -> PriorityService | None:
        """The service of a site, None where nobody is honoured or there is no signal."""
        config = site.config.priority
        if config is None or site.spat is None or site.intersection is None:
            return None
        return cls(site, site.intersection, config)

    def step(self, start_ns: int, end_ns: int, inputs: Inputs) -> Spoken:  # noqa: ARG002
        """See `v2x.stations.roadside.Service`."""
        spoken = Spoken()
        for report in inputs.reports:
            self._clock.learn(report)
            self._report = report
        self._know(inputs.inbox.states)
        before = self._verdicts()
        for received in inputs.inbox.received:
            if isinstance(received.message, SignalRequest):
                self._hear(received.message, start_ns, spoken.wishes)
        for case in list(self._cases.values()):
            self._go_on(case, start_ns, spoken.wishes)
        due = self._cases and start_ns >= self._said_ns + REPEAT_NS
        if due or any(before.get(key) != verdict for key, verdict in self._verdicts().items()):
            self._answer(start_ns, spoken)
        self._forget(start_ns)
        return spoken

    # ------------------------------------------------------------------ requests

    def _know(self, states: VehicleStates) -> None:
        """Roles that vehicles show in their BSMs, for requests that do not name one."""
        rows = zip(states.temporary_id.tolist(), states.vehicle_class.tolist(), states.emergency.tolist(), strict=True)
        for identity, vehicle_class, emergency in rows:
            if emergency == 1 or vehicle_class in _EMERGENCY_CLASSES:
                self._roles[identity] = "emergency"
            elif vehicle_class in _BUS_CLASSES:
                self._roles[identity] = "bus"

    def _hear(self, message: SignalRequest, t_ns: int, wishes: list[SignalWish]) -> None:
        here = (self._intersection.region, self._intersection.id)
        for asked in message.requests:
            if (asked.region, asked.intersection) != here:
                continue
            key = message.requester_id, asked.id
            case = self._cases.get(key)
            if asked.action == "cancel":
                if case is not None and case.closed_ns is None:
                    self._close(case, t_ns, "cancelled", wishes)
            elif case.closed_ns is None if case is not None else len(self._cases) < MOST_CASES:
                self._take(key, case, asked, message, t_ns)

    def _take(
        self, key: tuple[int, int], case: _Case | None, asked: PriorityRequest, message: SignalRequest, t_ns: int
    ) -> None:
        """A request that is new, or says other times for one that is open."""
        arrive_utc_ns, now_utc_ns = asked.arrive_utc_ns, self._read_clock(t_ns)
        arrive_ns = t_ns if arrive_utc_ns is None else arrive_utc_ns - now_utc_ns + t_ns
        until_ns = arrive_ns + (DEFAULT_NEED_NS if isnan(asked.duration_s) else to_ns(asked.duration_s))
        from_ns = max(t_ns, arrive_ns)
        if until_ns <= t_ns:
            return  # over and done with; saying it again must not hold the light
        if case is not None:
            case.count = message.msg_count
            if max(abs(from_ns - case.from_ns), abs(until_ns - case.until_ns)) > SLACK_NS:
                case.from_ns, case.until_ns, case.wished_ns = from_ns, until_ns, None
            return
        role = message.role if message.role != "unknown" else self._roles.get(message.requester_id, "unknown")
        group = group_of(self._intersection, asked, message)
        case = _Case(asked, message.requester_id, message.msg_count, group or 0, from_ns, until_ns)
        self._cases[key] = case
        fields = {"requester": message.requester_id, "request": asked.id, "role": role, "group": group}
        self._event("priority.request", fields | {"in_s": round((from_ns - t_ns) / NS_PER_S, 1)})
        if role not in self._config.roles:
            self._reject(case, t_ns, f"no priority for role '{role}'")
        elif group is None:
            self._reject(case, t_ns, "no signal group for that movement")

    def _go_on(self, case: _Case, t_ns: int, wishes: list[SignalWish]) -> None:
        """What the reports show by now, and what there is to ask."""
        if case.closed_ns is not None:
            return
        if t_ns >= case.until_ns:
            self._close(case, t_ns, "passed" if case.verdict == "granted" else "missed", wishes)
        elif self._is_green(case, t_ns):
            if case.verdict != "granted":
                case.verdict = "granted"
                self._event("priority.granted", self._fields(case) | {"wished": case.wished_ns is not None})
        elif case.wished_ns is None or case.verdict == "granted":  # new, at another time, or no longer shown
            self._ask(case, t_ns, wishes)
        elif t_ns > case.wished_ns + ANSWER_NS:
            self._reject(case, t_ns, "the controller does not show it")
            self._withdraw(case, wishes)

    def _ask(self, case: _Case, t_ns: int, wishes: list[SignalWish]) -> None:
        """Ask the controller, if nobody else is being served and the change is within the limits."""
        others = (each for each in self._cases.values() if each is not case and each.closed_ns is None)
        if any(each.wished_ns is not None and each.group != case.group for each in others):
            case.verdict = "requested"
            return
        if not self._within_limits(case, t_ns):
            if case.verdict in ("processing", "granted"):  # what was asked for another time is not wanted any more
                wishes.append(SignalWish(case.group, 0, 0))
            self._reject(case, t_ns, "more than the unit may ask for")
            return
        from_ns = max(case.from_ns, t_ns + self._clock.delay_ns)
        wishes.append(SignalWish(case.group, from_ns - t_ns - self._clock.delay_ns, max(case.until_ns - from_ns, 0)))
        case.verdict, case.wished_ns = "processing", t_ns

    def _withdraw(self, case: _Case, wishes: list[SignalWish]) -> None:
        if case.wished_ns is not None:
            wishes.append(SignalWish(case.group, 0, 0))
            case.wished_ns = None

    def _close(self, case: _Case, t_ns: int, why: str, wishes: list[SignalWish]) -> None:
        case.closed_ns = t_ns - KEEP_NS  # there is nothing to say of it any more
        self._withdraw(case, wishes)
        self._event("priority.done", self._fields(case) | {"reason": why})

    def _reject(self, case: _Case, t_ns: int, why: str) -> None:
        case.verdict, case.closed_ns = "rejected", t_ns
        self._event("priority.done", self._fields(case) | {"reason": why})

    @staticmethod
    def _fields(case: _Case) -> dict[str, int]:
        return {"requester": case.requester_id, "request": case.asked.id, "group": case.group}

    # ------------------------------------------------------------------ reports

    def _greens(self, group: int) -> list[tuple[int, int]]:
        """When the group will be green, by the last report; an open end is taken for no promise."""
        if self._report is None or self._clock.ns is None:
            return []
        greens: list[tuple[int, int]] = []
        for light, start_ns, end_ns in self._report.groups.get(group, ()):
            if light not in _GREENS or end_ns is None:
                continue
            start_ns, end_ns = start_ns + self._clock.ns, end_ns + self._clock.ns
            if greens and greens[-1][1] == start_ns:
                greens[-1] = greens[-1][0], end_ns
            else:
                greens.append((start_ns, end_ns))
        return greens

    def _is_green(self, case: _Case, t_ns: int) -> bool:
        from_ns = max(case.from_ns, t_ns)
        return any(
            start_ns <= from_ns + SLACK_NS and end_ns >= case.until_ns - SLACK_NS
            for start_ns, end_ns in self._greens(case.group)
        )

    def _within_limits(self, case: _Case, t_ns: int) -> bool:
        """Whether a green need not be extended or brought early by more than the unit may ask for."""
        from_ns = max(case.from_ns, t_ns)
        greens = self._greens(case.group)
        longer_ns = [case.until_ns - end_ns for start_ns, end_ns in greens if start_ns <= from_ns and end_ns > t_ns]
        early_ns = [start_ns - from_ns for start_ns, _ in greens if start_ns > from_ns]
        extends = longer_ns[-1:] and longer_ns[-1] <= to_ns(self._config.max_extension_s)
        return bool(extends or (early_ns and early_ns[0] <= to_ns(self._config.max_advance_s)))

    # ------------------------------------------------------------------ answers

    def _verdicts(self) -> dict[tuple[int, int], RequestVerdict]:
        return {key: case.verdict for key, case in self._cases.items()}

    def _answer(self, t_ns: int, spoken: Spoken) -> None:
        """SSM or RSC of all cases, as far as the family can say it."""
        open_ = [case for case in self._cases.values() if case.closed_ns is None or t_ns < case.closed_ns + KEEP_NS]
        cases = [case for case in open_ if self._profile.family == "j2735" or case.verdict in _DECIDED]
        self._said_ns = t_ns
        if not cases:
            return
        here, clock_ns = self._intersection, self._read_clock(t_ns)
        statuses = tuple(self._status(case, clock_ns - t_ns) for case in cases)
        message = SignalRequestStatus(self._count % 128, clock_ns, here.region, here.id, statuses)
        self._count += 1
        spoken.pc5.append(Said(t_ns, *self._profile.encode(message), PRIORITY))

    @staticmethod
    def _status(case: _Case, shift_ns: int) -> RequestStatus:
        return RequestStatus(
            requester_id=case.requester_id,
            request_id=case.asked.id,
            verdict=case.verdict,
            request_count=case.count,
            in_lane=case.asked.in_lane,
            out_lane=case.asked.out_lane,
            arrive_utc_ns=case.from_ns + shift_ns,
            duration_s=NAN if case.verdict == "rejected" else (case.until_ns - case.from_ns) / NS_PER_S,
        )

    def _forget(self, t_ns: int) -> None:
        self._cases = dict(_kept(self._cases.items(), t_ns))


def _kept(cases: Iterable[tuple[tuple[int, int], _Case]], t_ns: int) -> Iterable[tuple[tuple[int, int], _Case]]:
    return ((key, case) for key, case in cases if case.closed_ns is None or t_ns < case.closed_ns + KEEP_NS)

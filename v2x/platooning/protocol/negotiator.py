"""The protocol of one vehicle: statements and senses in, statements and intents out; no clock, no radio of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from v2x.clock import to_ns
from v2x.messages.model_cooperation import PlatoonManagement
from v2x.platooning.protocol.braking import BRAKES
from v2x.platooning.protocol.heard import Heard
from v2x.platooning.protocol.intents import intent_of, speaks, statement
from v2x.platooning.protocol.leading import number_taken, tend
from v2x.platooning.protocol.mind import Mind
from v2x.platooning.protocol.refusals import refusal
from v2x.platooning.protocol.roster import Roster
from v2x.platooning.protocol.states import LEADERS, Intent, Log, Senses, State, Wish
from v2x.platooning.protocol.transitions import TABLE, Row, label
from v2x.scenario.model_manoeuvres import PlatoonProtocol

_ROWS: dict[State, tuple[Row, ...]] = {state: tuple(r for r in TABLE if state in r.sources) for state in State}
#: Transitions in one step. Each waits for something told or sensed, so a chain is short.
_MOST = 4


def _nobody(kind: str, fields: Mapping[str, object]) -> None:
    """A log that nobody reads."""


class Negotiator:
    """Negotiates with other vehicles about platoons. The order of calls in a step: `hear`, `step`, `statement`.

    Parameters
    ----------
    identity
        Temporary identity that all its messages carry.
    config
        Times and limits.
    clock_ns
        Own clock, UTC.
    log
        Told of transitions (``state``, ``brake``), changes of leader (``led_by``, ``number``), members given up
        (``struck_off``) and wishes that could not be begun, and why (``wish``). ``age_ms`` is the age, by the own
        clock, of the newest statement of the one on whom it turned: leader, asker or host.
    """

    def __init__(self, identity: int, config: PlatoonProtocol, clock_ns: int, log: Log = _nobody) -> None:
        heard, senses = Heard(to_ns(config.forget_s)), Senses(clock_ns)
        self._mind = Mind(identity, config, log, heard, senses, since_ns=clock_ns)
        self._count = 0

    @property
    def state(self) -> State:
        """Where it stands."""
        return self._mind.state

    @property
    def company(self) -> tuple[int, ...]:
        """Those whose lane is its lane, or is to be: of its platoon, and while it wants into another, of that."""
        mind = self._mind
        platoon = mind.platoon if mind.host is None else mind.host
        target = mind.taken.target if mind.taken else None
        if platoon is not None:
            return tuple(each for each in platoon.arrived if each != mind.me)
        return () if target is None else (target,)

    def start_in(self, members: tuple[int, ...], number: int) -> None:
        """Begin as a member of a platoon that has formed and agreed before, or as its leader: first of ``members``."""
        mind = self._mind
        mind.roster = Roster(members[0], number, members, utc_ns=mind.now_ns)
        mind.agreed_with, mind.agreed_ns = mind.predecessor(), mind.now_ns
        mind.state = State.LEADING if members[0] == mind.me else State.FOLLOWING
        mind.believed_ns = dict.fromkeys(members, mind.now_ns)

    def want(self, wish: Wish) -> None:
        """Set out to do something; what was wanted before and is not begun is dropped."""
        mind = self._mind
        if wish.kind == "brake":
            mind.brake_until_ns = mind.now_ns + wish.for_ns
            return
        self._give_up("it wants something else")
        mind.wish, mind.wished_ns = wish, mind.now_ns

    def hear(self, message: PlatoonManagement, clock_ns: int) -> None:
        """Take in a decoded message, at this instant by the own clock."""
        if message.temporary_id != self._mind.me:
            self._mind.heard.take(message, clock_ns)

    def step(self, senses: Senses) -> Intent:
        """Think anew; a step longer than half a statement period makes others wait."""
        mind = self._mind
        mind.senses = senses
        mind.heard.prune(senses.clock_ns)
        mind.follow()
        tend(mind)
        self._renumber()
        for _ in range(_MOST):
            row = next((row for row in _ROWS[mind.state] if row.when(mind)), None)
            if row is None:
                break
            self._go(row)
        late = mind.for_s(mind.wished_ns) > mind.config.ask_s
        self._give_up("time-out" if late else refusal(mind))
        self._brake()
        mind.look_ahead()
        return intent_of(mind)

    def statement(self, clock_ns: int) -> PlatoonManagement | None:
        """The message to send now, None if there is nothing to say; to be asked for ``rate_hz`` times a second.

        Its instant is cut to whole milliseconds, which is what goes on the air.
        """
        if not speaks(self._mind):
            return None
        self._count = (self._count + 1) % 128
        return statement(self._mind, self._count, clock_ns // 1_000_000 * 1_000_000)

    def _go(self, row: Row) -> None:
        mind = self._mind
        before, taken, leader = mind.state, mind.taken, mind.roster.leader if mind.roster else None
        if row.do is not None:
            row.do(mind)
        mind.state = row.target
        wish = taken or mind.taken
        other = mind.partner if before in LEADERS or mind.leads else leader or (wish.target if wish else None)
        fields = {
            "before": before.value,
            "after": row.target.value,
            "why": label(row.when),
            "ends": row.ends,
            "wish": wish.kind if wish else None,
            "age_ms": mind.age_ms(other),
        }
        if not row.keeps_clock:
            mind.since_ns = mind.now_ns
        if row.ends:
            mind.taken = None
        mind.log("state", fields)

    def _give_up(self, why: str | None) -> None:
        """Drop a wish that has not been begun, if there is one and a reason to."""
        mind = self._mind
        if mind.wish is not None and why is not None:
            mind.log("wish", {"wish": mind.wish.kind, "ends": "undone", "why": why})
            mind.wish = None

    def _brake(self) -> None:
        mind = self._mind
        for _ in BRAKES:
            found = next((row for row in BRAKES if row[0] is mind.brake and row[1](mind)), None)
            if found is None:
                return
            leader = mind.roster.leader if mind.roster else None
            mind.brake, mind.brake_since_ns = found[2], mind.now_ns
            why = {"before": found[0].value, "after": found[2].value, "why": label(found[1])}
            mind.log("brake", {**why, "age_ms": mind.age_ms(leader)})

    def _renumber(self) -> None:
        mind = self._mind
        if mind.leads and number_taken(mind):
            mind.log("number", {"before": mind.own.number, "after": mind.me})
            mind.roster = replace(mind.own, number=mind.me)

"""Scenario model, parts ``platoon.protocol`` and ``platoon.manoeuvres``: how platoons form, change and end.

The states, and what each time-out bounds, are drawn in docs/platooning-protocol.md. All defaults are assumed:
T/CSAE 157 gives fields and no times. A wait is bounded by the length of what it waits for, and silence counts only when
it has lasted longer than the 5 s outages that the fallback of the controllers is tried with.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, model_validator

from v2x.scenario.model_base import Model, refusal


class PlatoonProtocol(Model):
    """Times and limits of the platooning protocol; ages count from the instant that a statement tells of."""

    enabled: bool = False
    """Whether vehicles negotiate; without it platoons are as they begin, and nobody says more than control messages."""
    rate_hz: Annotated[float, Field(ge=2, le=10)] = 5.0
    """Statements per second and vehicle; each repetition is the retry of what it asks for."""
    capacity: Annotated[int, Field(ge=2, le=32)] = 16
    """Most vehicles of a platoon; T/CSAE 157 lists up to 32."""
    open_to_join: bool = True
    """Whether leaders take in those who ask."""
    fresh_s: PositiveFloat = 1.0
    """Older statements allow no gap to be closed, and no driving at a cooperative gap."""
    answer_s: PositiveFloat = 3.0
    """How long a leader waits for the one who is to take over, and bears a member that says it is none."""
    ask_s: PositiveFloat = 60.0
    """How long a vehicle asks, or waits until it can; the leader may have another manoeuvre in hand."""
    join_s: PositiveFloat = 45.0
    """From being let in to having arrived."""
    leave_s: PositiveFloat = 30.0
    """From being let go to having left the lane."""
    dissolve_s: PositiveFloat = 20.0
    """After which a platoon that dissolves is none, however small the gaps still are."""
    cut_in_s: PositiveFloat = 20.0
    """How long a stranger may drive between two members until the rear ones part."""
    silence_s: PositiveFloat = 6.0
    """After which a silent leader is succeeded by the next one."""
    succession_s: PositiveFloat = 1.0
    """How much longer each further member waits: those ahead of it go first."""
    forget_s: PositiveFloat = 12.0
    """After which a leader strikes a silent member off its list; longer than succession, so that a leader that was
    only away for a while finds its platoon again."""
    open_gap_m: PositiveFloat = 20.0
    """By how much the gap grows for one who comes in or goes out: a car, and half of that before and behind it."""
    hard_mps2: PositiveFloat = 3.92
    """Braking at least this hard is an emergency: 0.4 g, the hard-braking event of SAE J2945/1 (from memory)."""
    brake_mps2: PositiveFloat = 6.0
    """How hard a platoon then brakes together, as far as each vehicle can."""
    brake_wait_s: NonNegativeFloat = 0.0
    """Longest wait of a coordinated braking for those behind to begin; 0: all brake when they hear of it."""

    @model_validator(mode="after")
    def _in_order(self) -> PlatoonProtocol:
        if self.fresh_s < 2 / self.rate_hz:
            raise refusal("must be at least two statements long", at="fresh_s")
        if self.silence_s <= self.fresh_s:
            raise refusal("must be longer than fresh_s", at="silence_s")
        if self.forget_s <= self.silence_s:
            raise refusal("must be longer than silence_s", at="forget_s")
        return self

    def settle_s(self, vehicles: int) -> float:
        """Longest time to one opinion among so many vehicles once all statements arrive again.

        The last of them to succeed a silent leader begins by then, or a leader has struck off who is gone; and those
        who hold another opinion have been borne with.
        """
        return max(self.silence_s + vehicles * self.succession_s, self.forget_s) + self.answer_s + 2 * self.fresh_s


class Manoeuvre(Model):
    """Something that a vehicle sets out to do; others must agree, and it may come to nothing."""

    at_s: NonNegativeFloat
    """When, before the end of the run. Where the command line shortens a run, what its file has later is left out."""
    kind: Literal["join", "leave", "split", "merge", "hand_over", "dissolve", "brake", "cut_in"]
    """What. Who hands over leaves the lead to the next vehicle and joins again at the tail; who cuts in asks nobody."""
    platoon: NonNegativeInt = 0
    """Number of the platoon that the vehicle belonged to at the start, in which it is found by ``who``; singles count
    on from the last platoon."""
    who: NonNegativeInt = 0
    """Its place there at the start, 0 led. In a split it is the one that leads the rear part."""
    into: NonNegativeInt | None = None
    """Platoon to join, to merge into or to cut into; null is its own."""
    where: Literal["here", "tail", "middle", "front"] = "here"
    """Where a joiner goes before it asks; it is let in at the place that it is abreast of."""
    for_s: PositiveFloat = 5.0
    """How long a braking lasts, or one who cuts in stays."""
    within_s: PositiveFloat = 60.0
    """How long one who cuts in looks for a place between two of the platoon; then it gives up. Assumed."""

    @model_validator(mode="after")
    def _possible(self) -> Manoeuvre:
        if self.kind in ("merge", "cut_in") and self.into in (None, self.platoon):
            raise refusal(f"a {self.kind} needs another platoon", at="into")
        if self.kind == "split" and self.who == 0:
            raise refusal("a split needs somebody ahead: who leads has nobody to part from", at="who")
        return self

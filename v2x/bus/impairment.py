"""The link models of a run, for datagrams whose times nobody knows beforehand.

A run keys its draws by station and time. On a live link the time of a datagram is never twice the same, so here what is
luck of the single datagram (its delay, an independent loss) is keyed by (seed, flow, number in the flow), and only what
is state of the path (a stall, a burst, a row of a trace) is a function of time: the time since the flow's first
datagram, in whole milliseconds. Laws, figures and processes are those of `v2x.links`; docs/impairment.md says what is
the same when the same datagrams are sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS
from v2x.errors import InputError
from v2x.links.base import I64, U64, Cause, Direction, PointLink, Transmissions
from v2x.links.build import build_uu
from v2x.links.uu_presets import UU_PRESETS
from v2x.links.uu_stalls import Stalls
from v2x.rng import Stream
from v2x.scenario.model import ConstantLink, IdealLink, PresetUu, TraceUu, Uu

_Value = TypeVar("_Value")

#: Numbers that are worked out together: numpy takes little longer for so many than for one. In milliseconds they are a
#: second, so that a block lasts for ten datagrams of a station that sends at 10 Hz.
_AHEAD = 1024


@dataclass(frozen=True)
class Fate:
    """What the link does to one datagram.

    Attributes
    ----------
    arrival_ns
        When it would come out by itself, on the clock of the time it was asked for; also for a lost one.
    cause
        Why it is lost, or `Cause.DELIVERED`.
    """

    arrival_ns: int
    cause: Cause


class Path(Protocol):
    """The link as one flow meets it."""

    def fate(self, number: int, t_ns: int) -> Fate:
        """Fate of the flow's datagram ``number`` (from 0), sent ``t_ns`` after its first; depends on nothing else."""


#: Makes the path of a flow, named by its key (`v2x.rng.key_of`).
Impairment = Callable[[int], Path]


class Ahead(Generic[_Value]):
    """A pure function of whole numbers that are asked for roughly in ascending order, worked out in blocks.

    Parameters
    ----------
    law
        Numbers (n,) -> values (n,), or (n, k) for values that are lists of k.
    """

    def __init__(self, law: Callable[[I64], NDArray[Any]]) -> None:
        self._law = law
        self._block = -1
        self._values: NDArray[Any] = np.empty(0)

    def at(self, number: int) -> _Value:
        """The function's value."""
        block, place = divmod(number, _AHEAD)
        if block != self._block:
            self._values = self._law(np.arange(block * _AHEAD, (block + 1) * _AHEAD))
            self._block = block
        value: _Value = self._values[place].tolist()
        return value


def repeated(key: int, numbers: I64) -> U64:
    """A flow's key as a column beside some numbers."""
    return np.full(len(numbers), key, np.uint64)


class ConstantPath:
    """Fixed delay, independent loss."""

    def __init__(self, delay_ns: int, loss: float, draws: Stream, key: int) -> None:
        self._delay_ns = delay_ns
        self._lost = Ahead[bool](lambda numbers: draws.uniform(repeated(key, numbers), numbers) < loss)

    def fate(self, number: int, t_ns: int) -> Fate:
        """Fate of a datagram."""
        return Fate(t_ns + self._delay_ns, Cause.RANDOM if self._lost.at(number) else Cause.DELIVERED)


class PresetPath:
    """Measured delay, and stalls that lose (``udp``) or hold (``tcp``) what is sent meanwhile, as in `PresetUu`."""

    def __init__(self, config: PresetUu, seed: int, direction: Direction, key: int) -> None:
        preset = UU_PRESETS[config.preset]
        law = preset.uplink if direction == "uplink" else preset.downlink
        draws = Stream(seed, f"impair.delay.{direction}")
        stalls = Stalls(preset.stalls, seed) if preset.stalls else None

        def delays_ns(numbers: I64) -> I64:
            delay_ms = law.quantile_ms(draws.uniform(repeated(key, numbers), numbers))
            return np.round(delay_ms * NS_PER_MS).astype(np.int64)

        def ends_ns(ms: I64) -> I64:
            t_ns = ms * NS_PER_MS
            return t_ns if stalls is None else stalls.end_ns(repeated(key, ms), t_ns)

        self._delay_ns = Ahead[int](delays_ns)
        self._stall_end_ns = Ahead[int](ends_ns)
        self._holds = config.transport == "tcp"

    def fate(self, number: int, t_ns: int) -> Fate:
        """Fate of a datagram."""
        arrival_ns = t_ns + self._delay_ns.at(number)
        ms = t_ns // NS_PER_MS
        stall_end_ns = self._stall_end_ns.at(ms)
        if self._holds:
            return Fate(max(arrival_ns, stall_end_ns), Cause.DELIVERED)
        return Fate(arrival_ns, Cause.OUTAGE if stall_end_ns > ms * NS_PER_MS else Cause.DELIVERED)


class TracePath:
    """A measured drive by time: there is no luck in it, so this asks the model of a run itself."""

    def __init__(self, link: PointLink, direction: Direction, key: int) -> None:
        def fates(ms: I64) -> I64:
            nowhere, nothing = np.zeros(len(ms)), np.zeros(len(ms), np.int64)
            kind = np.full(len(ms), "", object)
            frames = Transmissions(ms, ms * NS_PER_MS, repeated(key, ms), nowhere, nowhere, nothing, kind)
            carried = link.carry(frames, direction)
            return np.column_stack([carried.t_ns - frames.t_ns, carried.cause])

        self._fates = Ahead[list[int]](fates)

    def fate(self, number: int, t_ns: int) -> Fate:  # noqa: ARG002
        """Fate of a datagram."""
        delay_ns, cause = self._fates.at(t_ns // NS_PER_MS)
        return Fate(t_ns + delay_ns, Cause(cause))


def constant_impairment(config: IdealLink | ConstantLink, draws: Stream) -> Impairment:
    """Nothing at all, or a fixed delay and independent loss."""
    delay_ms, loss = (config.delay_ms, config.loss) if isinstance(config, ConstantLink) else (0.0, 0.0)
    return lambda key: ConstantPath(round(delay_ms * NS_PER_MS), loss, draws, key)


def uu_impairment(config: Uu, seed: int, direction: Direction) -> Impairment:
    """What ``links.uu`` of a scenario does to live traffic.

    Raises
    ------
    InputError
        The model needs to know where the vehicle is.
    """
    if isinstance(config, PresetUu):
        return lambda key: PresetPath(config, seed, direction, key)
    if isinstance(config, IdealLink | ConstantLink):
        return constant_impairment(config, Stream(seed, f"impair.loss.{direction}"))
    if isinstance(config, TraceUu) and config.index == "time":
        link = build_uu(config, seed, 0, None)
        return lambda key: TracePath(link, direction, key)
    raise InputError(
        f"{config.kind} looks at where a vehicle is, which a live flow does not tell; "
        "expected ideal, constant, preset, or trace by time",
        path="links.uu",
    )

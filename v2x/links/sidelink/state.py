"""What the radios of a sidelink remember, as arrays that compiled loops share.

A *seat* is the row of a station while it is there; a *flow* is what one station sends of one message type. A *packet*
is a message on its way, a *block* one transport block of it in one slot: a packet takes ``segments`` blocks, and all of
these ``attempts`` times in turn. A flow's resources have *places*, in order of time: block k of a packet goes to place
k, and all places together come again after ``interval``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from v2x.links.base import F32, F64, I8, I32, I64, U8

#: Rows of `SEAT`, `FLOW`, `PACKET` or `FATE`; compiled loops read their fields as attributes.
Rows = Any

#: Most blocks of a packet.
MAX_BLOCKS = 8
#: No slot, no packet, no flow.
NONE = -1

#: A station.
SEAT = np.dtype(
    [
        ("key", np.uint64),  # station key
        ("speaks", np.uint64),  # bits of `v2x.links.watched.Watched`: its receptions are rows where the receiver ...
        ("listens", np.uint64),  # ... has one of them here; else they are counted
        ("first_flow", np.int64),  # its newest flow; the others follow by ``next_of_seat``
        ("sending", np.int64),  # last slot in which it sent
        ("turn", np.int64),  # next slot in which a resource of its or a packet's time may be up
    ]
)

#: What a station sends of a message type.
FLOW = np.dtype(
    [
        ("seat", np.int64),
        ("next_of_seat", np.int64),  # another flow of the same station
        ("luck", np.uint64),  # key of its draws, besides the station's
        # how it sends
        ("kind", np.int64),  # number of the message type
        ("interval", np.int64),  # slots between reservations; 0: each packet takes resources of its own
        ("low", np.int64),  # first and last sub-channel that it may use
        ("high", np.int64),
        ("budget", np.int64),  # slots after a packet's arrival in which it may be sent
        ("power_mw", np.float64),  # that it is sent with
        ("pppp", np.int64),  # priority, 1 the most urgent
        ("singles", np.int64),  # 1 if now and then a packet takes a resource of its own (SAE J3161/1 one-shot)
        # its resources
        ("width", np.int64),  # sub-channels of a block
        ("code", np.int64),  # row of ``Tables.needed``
        ("places", np.int64),
        ("slot", np.int64, (MAX_BLOCKS,)),  # next slot of each place, or `NONE`
        ("sub", np.int64, (MAX_BLOCKS,)),  # its first sub-channel
        ("counter", np.int64),  # packets until it reselects
        ("staying", np.int64),  # 1 if the resources come again
        ("announced", np.int64),  # 1 if control information has told others of them
        ("used", np.int64),  # slot in which they were last used or chosen
        ("to_single", np.int64),  # packets until one leaves them for a resource of its own ...
        ("single_slot", np.int64),  # ... which is this
        ("single_sub", np.int64),
        # its packet
        ("tx_id", np.int64),  # that waits or is being sent, or `NONE`
        ("arrived", np.int64),  # slot in which it came
        ("segments", np.int64),
        ("attempts", np.int64),
        ("done", np.int64),  # blocks of it that were sent
    ]
)

#: A packet that a station hands to its radio.
PACKET = np.dtype(
    [
        ("slot", np.int64),
        ("flow", np.int64),
        ("tx_id", np.int64),
        ("width", np.int64),
        ("code", np.int64),
        ("size", np.int64),  # row of ``Tables.fitting``
        ("segments", np.int64),
        ("attempts", np.int64),
        ("refused", np.int64),  # `Cause` for which it does not even get to its flow, or 0
    ]
)

#: What became of a packet at one receiver that somebody watches.
FATE = np.dtype(
    [
        ("tx_id", np.int64),
        ("seat", np.int64),
        ("distance_m", np.float64),
        ("slot", np.int64),  # in which it was decided
        ("cause", np.int64),  # `Cause` code
    ]
)


class Rules(NamedTuple):
    """Settings of the procedure; slots count time.

    Attributes
    ----------
    slot_ns
        Length of a slot: a subframe of 1 ms in LTE.
    sensing, step
        Sensing window, and the 100 ms over which S-RSSI is averaged and after which busy ratios are taken.
    first, last
        Selection window after the packet: T1, T2.
    share
        Part of the candidates that must be left, and in mode 4 of which one is drawn.
    raise_ratio
        Factor by which the RSRP threshold is raised while fewer are left: 3 dB.
    threshold_mw
        RSRP threshold, as power in one sub-channel.
    ranking
        Whether candidates are ranked by S-RSSI: mode 4 does, mode 2 does not.
    keep
        Probability of keeping a resource when its counter has run down.
    apart, spread
        Slots that lie between two attempts of a packet of one segment, at least and at most.
    recheck
        Slots before its first use at which a selection is evaluated again; 0: never.
    sensitivity_mw
        Weakest signal that a receiver notices.
    noise_mw
        Thermal noise with the receiver's own, in one sub-channel.
    rssi_floor_mw, busy_mw
        S-RSSI below the floor counts as nothing; above ``busy_mw`` the sub-channel counts as busy.
    feedback_m
        Receivers within this distance ask for another attempt if they need one (groupcast HARQ); 0: blind attempts.
    reach_m
        Receptions are decided and counted up to this distance.
    """

    slot_ns: int
    sensing: int
    step: int
    first: int
    last: int
    share: float
    raise_ratio: float
    threshold_mw: float
    ranking: bool
    keep: float
    apart: int
    spread: int
    recheck: int
    sensitivity_mw: float
    noise_mw: float
    rssi_floor_mw: float
    busy_mw: float
    feedback_m: float
    reach_m: float


class Tables(NamedTuple):
    """Settings that are arrays.

    Attributes
    ----------
    needed
        (codes, n) linear SINR that a block needs, by its luck (`v2x.links.sidelink.bler.thresholds`).
    sci_needed
        (codes, n) the same for its control information.
    fitting
        (sizes, 1 + sub-channels) code of a block of a packet of that size in so many sub-channels, `NONE`: too big.
    leak
        (sub-channels, sub-channels) part of the power in one that appears in another; 1 in itself.
    noise_share
        (codes,) part of the noise in its sub-channels that a block has to stand against.
    carrier
        (sub-channels,) number of the carrier of each.
    limits
        (rows, 1 + priorities) upper end of a class of channel busy ratio, then the occupancy ratios allowed there.
    """

    needed: F64
    sci_needed: F64
    noise_share: F64
    fitting: I64
    leak: F64
    carrier: I64
    limits: F64


class Near(NamedTuple):
    """Who hears whom now, by seat.

    Attributes
    ----------
    begin, end
        (seats,) the neighbours of a seat are those from ``begin`` to ``end``; none for an empty seat.
    other
        Seat of the neighbour.
    distance_m, gain
        To it; received over transmitted power.
    """

    begin: I64
    end: I64
    other: I32
    distance_m: F32
    gain: F64


class Senses(NamedTuple):
    """What stations have sensed and received. Slots of the sensing window count modulo its length.

    Attributes
    ----------
    sent, urgency
        (sensing, seats) sub-channels that a station used in each slot, and PPPP of what it sent.
    used
        (priorities, seats) sum of these sub-channels by PPPP - 1.
    spoken
        (step, seats) slots in which it sent, by their place in the 100 ms.
    rssi
        (sensing, sub-channels, seats) S-RSSI, mW.
    rssi_sum
        (step, sub-channels, seats) its sum over the slots with the same place in the 100 ms, exact.
    busy, cbr
        (carriers, seats) busy sub-channels in the present 100 ms, and their share in the last (TS 36.214 5.1.30).
    heard
        (flows, seats) power in a sub-channel at which a station read the newest control information of a flow, or 0.
    got, why
        (flows, seats) segments of a packet of several blocks that a station has, as bits; `Cause` of its last miss.
    """

    sent: U8
    urgency: U8
    used: I64
    spoken: I32
    rssi: F32
    rssi_sum: F64
    busy: I64
    cbr: F64
    heard: F32
    got: U8
    why: I8


class Roots(NamedTuple):
    """Roots of the draws (`v2x.rng.Stream.root`), by what is drawn."""

    selection: np.uint64
    reception: np.uint64
    keeping: np.uint64


class Net(NamedTuple):
    """All that compiled loops work on; what the rows, ``senses`` and ``outgrown`` hold is changed in place.

    Attributes
    ----------
    seats, flows
        Rows of `SEAT` and `FLOW`.
    senses, near, rules, tables
        What stations have sensed, where they are, and how they work.
    roots
        Where the draws start.
    outgrown
        (1,) packets so far that were too big for their flow's resources.
    """

    seats: Rows
    flows: Rows
    senses: Senses
    near: Near
    rules: Rules
    tables: Tables
    roots: Roots
    outgrown: I64

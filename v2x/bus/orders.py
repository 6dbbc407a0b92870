"""RSU 4.1 text as orders to roadside units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from v2x.clock import NS_PER_MS
from v2x.errors import CodecError, InputError
from v2x.messages.envelope import rsu41
from v2x.messages.profile import Profile
from v2x.stations.roadside import Order

#: Shortest time between repetitions, milliseconds: that of a scenario's stored messages.
LEAST_INTERVAL_MS = 10
#: Orders that are kept for the next step.
MOST_ORDERS = 1000


def order_of(data: bytes, profile: Profile) -> Order:
    """The text of one datagram as an order.

    PSID, channel, mode and signature are the run's, whatever the text says: its units have one radio, and sign as the
    scenario says.

    Raises
    ------
    InputError
        It is no such text, asks for encryption or for an interval that is too short, ends before it begins, or its
        payload is no message of the profile and of its type.
    """
    try:
        message = rsu41.read(data.decode("ascii"))
    except UnicodeDecodeError as error:
        raise InputError(f"not ASCII at byte {error.start}") from error
    if message.encrypt:
        raise InputError("cannot encrypt", path="Encryption")
    if 0 < message.interval_ms < LEAST_INTERVAL_MS:
        raise InputError(f"at least {LEAST_INTERVAL_MS} ms, or 0 for once", path="TxInterval")
    start_ns, stop_ns = rsu41.utc_ns_of(message.start), rsu41.utc_ns_of(message.stop)
    if start_ns is not None and stop_ns is not None and stop_ns <= start_ns:
        raise InputError("must be after DeliveryStart", path="DeliveryStop")
    name, _ = profile.codec.decode(message.payload)
    if profile.resolve(message.type) != name:
        raise CodecError(f"the payload is {name}", path="Type")
    return Order(name, message.payload, message.priority, message.interval_ms * NS_PER_MS, start_ns, stop_ns)


class Orders:
    """Orders until the next step takes them.

    Parameters
    ----------
    profile
        Message family of the run.
    units
        Roadside units that take orders, by name.
    """

    def __init__(self, profile: Profile, units: Sequence[str]) -> None:
        self._profile, self._units = profile, tuple(units)
        self._kept: list[Order] = []

    def take(self, data: bytes) -> None:
        """Keep the order of a datagram; `InputError` as of `order_of`, or if nobody takes it."""
        if not self._units:
            raise InputError("no roadside unit takes orders")
        if len(self._kept) >= MOST_ORDERS:
            raise InputError(f"{MOST_ORDERS} orders are waiting already")
        self._kept.append(order_of(data, self._profile))

    def due(self) -> Mapping[str, tuple[Order, ...]]:
        """All orders for each unit, once."""
        orders, self._kept = tuple(self._kept), []
        return dict.fromkeys(self._units, orders) if orders else {}

"""What frames say, as a pandas table: in SI units through the model, or leaf by leaf as ASN.1 has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.errors import CodecError
from v2x.messages.batch_decode import Frames
from v2x.messages.columns import Column, Messages
from v2x.messages.model import VehicleStates
from v2x.messages.profile import Converter, Profile

Values = Literal["physical", "asn1"]

#: Equal frames sent within this time are converted once, ns. Half of a minute, the least that a message may leave out.
_SAME_NS = 30 * NS_PER_S
#: Fields that take all 64 bits in T/CSAE.
_IDENTITIES = ("temporary_id", "sender_id", "requester_id")


def message_table(
    profile: Profile,
    type_name: str,
    frames: Frames,
    near_utc_ns: int | NDArray[np.int64],
    values: Values | None = None,
) -> pd.DataFrame:
    """The messages of one type among frames.

    Parameters
    ----------
    profile
        Family and dialect of the frames.
    type_name
        ``BSM``, ``j2735.BSM``.
    frames
        n MessageFrames.
    near_utc_ns
        When they arrived, UTC, to complete their times: one instant for all, or (n,) of each.
    values
        ``physical``: fields of the type's class in `v2x.messages.model`, a row for each innermost entry of its lists,
        whose columns begin with the singular (``group_id``, ``state_light``). ``asn1``: a column for each leaf that any
        message has, by its path; integers as sent, enumerations as categories. None: physical if the profile has it.

    Returns
    -------
    DataFrame
        The index is the number of the frame. Unavailable is NaN or NA. Frames that are not valid or not of the type,
        and in SI units those that the model cannot hold, have no row.

    Raises
    ------
    CodecError
        The profile has no such type, or not in SI units.
    """
    bare = profile.resolve(type_name)
    near_ns = np.broadcast_to(near_utc_ns, len(frames))
    if values is None:
        values = "physical" if bare == "BSM" or bare in profile.converters else "asn1"
    if values == "asn1":
        return _leaf_table(profile.decode_frames(frames).messages(bare))
    if bare == "BSM":
        found = profile.decode_frames(frames)
        return _state_table(*profile.vehicle_states_in(found, near_ns), found.messages("BSM"))
    if bare not in profile.converters:
        raise CodecError(f"{profile.family}.{bare} has no form in SI units, take values='asn1'")
    return _model_table(profile, profile.converters[bare], frames, near_ns)


def _state_table(states: VehicleStates, timed: NDArray[np.bool_], messages: Messages) -> pd.DataFrame:
    columns: dict[str, Any] = {field.name: getattr(states, field.name) for field in fields(states)}
    columns["utc_ns"] = pd.arrays.IntegerArray(states.utc_ns, ~timed)
    columns["brake_applied"] = pd.arrays.BooleanArray(states.brake_applied == 1, states.brake_applied == -1)
    return pd.DataFrame(columns, index=messages.rows, copy=False)


def _leaf_table(messages: Messages) -> pd.DataFrame:
    columns = {path: _series(column) for path, column in messages.columns().items()}
    return pd.DataFrame(columns, index=messages.rows, copy=False)


def _series(column: Column) -> Any:
    """A column as pandas has it: categories, integers and booleans that may be missing, else objects."""
    values, absent = column.values, ~column.present
    if column.kind == "enumerated":
        categories = pd.CategoricalDtype(list(column.names))
        return pd.Categorical.from_codes(np.where(absent, -1, values).astype(np.int32), dtype=categories)
    if column.present.all() or values.dtype == object:
        return values
    return pd.arrays.BooleanArray(values, absent) if values.dtype == bool else pd.arrays.IntegerArray(values, absent)


def _model_table(
    profile: Profile, converter: Converter, frames: Frames, near_utc_ns: NDArray[np.int64]
) -> pd.DataFrame:
    known: dict[tuple[bytes, int], list[dict[str, Any]]] = {}
    rows: list[dict[str, Any]] = []
    index: list[int] = []
    for i, (data, near_ns) in enumerate(zip(frames, near_utc_ns.tolist(), strict=True)):
        key = (data, near_ns // _SAME_NS)
        if key not in known:
            known[key] = _entries(profile, converter, data, near_ns)
        rows += known[key]
        index += [i] * len(known[key])
    types = _types(converter.model)
    columns = {name: pd.Series([row.get(name) for row in rows], index, types[name]) for name in types}
    return pd.DataFrame(columns, index, copy=False)


def _entries(profile: Profile, converter: Converter, data: bytes, near_utc_ns: int) -> list[dict[str, Any]]:
    try:
        _, message = profile.decode(data, near_utc_ns)
    except CodecError:
        return []
    return list(_flat(message, "")) if isinstance(message, converter.model) else []


def _flat(entry: Any, prefix: str) -> Iterable[dict[str, Any]]:
    """An entry of the model as rows, one for each innermost entry of its list."""
    model: Any = type(entry)
    inner, _ = _list_of(model)
    own = {prefix + field.name: getattr(entry, field.name) for field in fields(entry) if field.name != inner}
    rows = [row for part in (getattr(entry, inner) if inner else ()) for row in _flat(part, f"{inner[:-1]}_")]
    yield from (own | row for row in rows or [{}])


@cache
def _list_of(model: Any) -> tuple[str, Any]:
    """The field that is a list of entries, and their class; an empty name if there is none."""
    for name, hint in get_type_hints(model).items():
        of = get_args(hint)
        if len(of) == 2 and of[1] is Ellipsis and is_dataclass(of[0]):
            return name, of[0]
    return "", None


def _types(model: Any, prefix: str = "") -> dict[str, str]:
    """Column -> pandas type, for a class of the model; of entries that may be missing, integers can be NA."""
    inner, element = _list_of(model)
    types: dict[str, str] = {}
    for name, hint in get_type_hints(model).items():
        of = {*get_args(hint)} - {type(None)} if isinstance(hint, UnionType) else {hint}
        nullable = bool(prefix) or isinstance(hint, UnionType)
        if name == inner:
            types |= _types(element, f"{inner[:-1]}_")
        elif of == {int}:
            whole = ("UInt64", "uint64") if name in _IDENTITIES else ("Int64", "int64")
            types[prefix + name] = whole[0] if nullable else whole[1]
        elif of == {bool}:
            types[prefix + name] = "boolean"
        elif of == {float}:
            types[prefix + name] = "float64"
        else:
            text = of == {str} or all(get_origin(part) is Literal for part in of)
            types[prefix + name] = "category" if text else "object"
    return types

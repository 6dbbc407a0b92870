"""Messages of the SI model as JSON and back, for people and scripts that do not want to see raw integers.

An object has the fields of its dataclass. NaN and None are ``null``, and what is ``null`` or has a default may be left
out. A BSM or control message is one row: its columns are scalars. Paths are lists of pairs. Times are integers,
nanoseconds of UTC.
"""

from __future__ import annotations

import math
import sys
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from v2x.errors import CodecError
from v2x.messages.checker import shortened
from v2x.messages.model import VehicleStates
from v2x.messages.model_control import ControlStates
from v2x.registry import did_you_mean

#: Messages that are columns, one row a message.
_IN_COLUMNS = (VehicleStates, ControlStates)
_LARGEST = sys.float_info.max
#: The widest number of the model is the 72 bits of a J2735 packetID; a time in nanoseconds is an int64.
_INTEGER_BITS, _TIME_BITS = 72, 63


def to_physical(message: Any) -> Any:
    """A message, or any part of one, as JSON; what is in columns must have one row."""
    if isinstance(message, _IN_COLUMNS):
        return {f.name: to_physical(getattr(message, f.name).tolist()[0]) for f in fields(message)}
    if is_dataclass(message):
        return {f.name: to_physical(getattr(message, f.name)) for f in fields(message)}
    if isinstance(message, np.ndarray):
        return message.tolist()
    if isinstance(message, tuple):
        return [to_physical(entry) for entry in message]
    return None if isinstance(message, float) and math.isnan(message) else message


def from_physical(model: type[Any], value: Any) -> Any:
    """JSON as a message of a class of the model.

    Raises
    ------
    CodecError
        With the path of an unknown key, a missing field or a value of the wrong type.
    """
    return _object(model, value, "")


def _object(model: type[Any], value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise _wrong("an object", value, path)
    hints = get_type_hints(model)
    for key in value.keys() - hints.keys():
        raise CodecError(f"unknown key '{key}', {did_you_mean(key, list(hints))}", path=path or None)
    arguments = {}
    for field in fields(model):
        place = f"{path}.{field.name}" if path else field.name
        if field.name in value:
            arguments[field.name] = _value(hints[field.name], value[field.name], place, row=model in _IN_COLUMNS)
        elif field.default is MISSING and field.default_factory is MISSING:
            unsaid = field.metadata.get("unsaid")
            arguments[field.name] = _value(hints[field.name], unsaid, place, row=model in _IN_COLUMNS)
    return model(**arguments)


def _value(hint: Any, value: Any, path: str, *, row: bool = False) -> Any:
    """A value of an annotated type; ``row``: the annotation is a column, the value its only entry."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is np.ndarray:
        return _column(hint, value, path) if row else _path(value, path)
    if origin in (Union, UnionType):
        inner = next(argument for argument in arguments if argument is not type(None))
        return None if value is None else _value(inner, value, path)
    if origin is tuple:
        if not isinstance(value, list) or (arguments[-1] is not Ellipsis and len(value) != len(arguments)):
            raise _wrong("a list" if arguments[-1] is Ellipsis else f"a list of {len(arguments)}", value, path)
        return tuple(_value(arguments[0], entry, f"{path}[{i}]") for i, entry in enumerate(value))
    if origin is Literal:
        if value not in arguments or isinstance(value, bool):
            raise _wrong(f"one of {', '.join(arguments)}", value, path)
        return value
    if is_dataclass(hint):
        return _object(hint, value, path)  # type: ignore[arg-type]
    if hint is float:
        return _number(value, path)
    if type(value) is not hint:
        raise _wrong({int: "an integer", str: "a string", bool: "true or false"}[hint], value, path)
    bits = _TIME_BITS if path.endswith("_ns") else _INTEGER_BITS
    if hint is int and not -(1 << bits) <= value < 1 << bits:
        raise _wrong(f"an integer of at most {bits} bits", value, path)
    return value


def _number(value: Any, path: str) -> float:
    if value is None:
        return math.nan
    if type(value) not in (int, float) or not -_LARGEST <= value <= _LARGEST:  # NaN is not within, either
        raise _wrong("a finite number or null", value, path)
    return float(value)


def _column(hint: Any, value: Any, path: str) -> Any:
    """The only row of a column."""
    dtype = np.dtype(get_args(get_args(hint)[1])[0])
    if dtype.kind == "f":
        return np.array([_number(value, path)])
    limits = np.iinfo(dtype)
    if type(value) is not int or not limits.min <= value <= limits.max:
        raise _wrong(f"an integer from {limits.min} to {limits.max}", value, path)
    return np.array([value], dtype)


def _path(value: Any, path: str) -> Any:
    """Points as pairs of metres."""
    if not isinstance(value, list) or not all(isinstance(point, list) and len(point) == 2 for point in value):
        raise _wrong("a list of pairs", value, path)
    numbers = [[_number(metres, f"{path}[{i}]") for metres in point] for i, point in enumerate(value)]
    points = np.array(numbers, float).reshape(-1, 2)
    if np.isnan(points).any():
        raise _wrong("points without gaps", value, path)
    return points


def _wrong(expected: str, value: Any, path: str) -> CodecError:
    return CodecError(f"expected {expected}, got {shortened(value)}", path=path or None)

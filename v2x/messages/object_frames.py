"""RSM and SDSM out of columns: what a tracker knows of many objects, ten times a second.

`Profile.encode` goes through every object field by field, which takes 0.15 ms an object. Here the objects of a message
are ordered by which optional members they have, so that few shapes occur; a shape is measured once
(`v2x.messages.columnar`), and the numbers are written into its bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.geo import displace
from v2x.messages import confidence, scales
from v2x.messages.codec import Codec, Value
from v2x.messages.j2735.elements import to_date_time
from v2x.messages.leaves import Leaf
from v2x.messages.model import NAN
from v2x.messages.model_perception import ObjectKind, PerceivedObject, PerceivedObjects, Source
from v2x.messages.profile import Profile
from v2x.messages.timemark import minute_and_ms

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
#: Message -> ASN.1 value.
ToAsn1 = Callable[[PerceivedObjects], Value]

#: Kinds and sources that columns tell apart, by code.
KINDS: tuple[ObjectKind, ...] = ("vehicle", "cyclist", "pedestrian")
SOURCES: tuple[Source, ...] = ("video", "radar", "lidar", "v2x", "fused")
#: Most objects in a frame: T/CSAE 53 ParticipantList; as many in an SDSM are some 360 bytes.
MOST_IN_FRAME = 16
#: Shapes whose layouts are kept: all that `MOST_IN_FRAME` objects with and without one optional member can have.
_KEPT_SHAPES = 192

#: Column -> where it is in a participant of an RSM; ``{}`` is the form of the offset.
_RSM = {
    "kind": "ptcType",
    "id": "ptcId",
    "source": "source",
    "temporary_id": "id",
    "ms": "secMark",
    "east": "pos.offsetLL.{}.lon",
    "north": "pos.offsetLL.{}.lat",
    "position": "posConfidence.pos",
    "speed": "speed",
    "speed_bound": "motionCfd.speedCfd",
    "heading": "heading",
    "heading_bound": "motionCfd.headingCfd",
    "width": "size.width",
    "length": "size.length",
}
#: The same for an object of an SDSM.
_SDSM = {
    "kind": "detObjCommon.objType",
    "sure": "detObjCommon.objTypeCfd",
    "id": "detObjCommon.objectID",
    "east": "detObjCommon.pos.offsetY",
    "north": "detObjCommon.pos.offsetX",
    "position": "detObjCommon.posConfidence.pos",
    "speed": "detObjCommon.speed",
    "speed_bound": "detObjCommon.speedConfidence",
    "heading": "detObjCommon.heading",
    "heading_bound": "detObjCommon.headingConf",
    "user": "detObjOptData.detVRU.basicType",
    "width": "detObjOptData.detVeh.size.width",
    "length": "detObjOptData.detVeh.size.length",
}
#: Forms of an offset in an RSM, and how far each reaches, 1e-7 degrees (T/CSAE 53 PositionOffsetLL).
_FORMS = tuple(f"position-LL{k}" for k in range(1, 7))
_REACHES = tuple(1 << bits for bits in (11, 13, 15, 17, 21, 23))
#: Members in front of the objects that differ from sender to sender or from message to message.
_HEADER = ("msgCnt", "id", "sourceID", "sDSMTimeStamp", "refPos")
#: DE_ObjectDistance of an SDSM.
_DISTANCE = scales.Scale("m", 0.1, -32767, 32767)
_PERCENT = scales.Scale("", 0.01, 1, 100)
_SCALES = scales.ScaleTable(
    {
        "speed_mps": scales.SPEED,
        "heading_deg": scales.HEADING,
        "width_m": scales.VEHICLE_WIDTH,
        "length_m": scales.VEHICLE_LENGTH,
    }
)


@dataclass(frozen=True)
class ObjectColumns:
    """Perceived objects at one instant, one row each.

    Attributes
    ----------
    id
        Number at the sender, 0 to 65535.
    kind, kind_confidence
        Index into `KINDS`, and its probability, above 0.
    source
        Index into `SOURCES`.
    temporary_id, named
        Identity in its own messages, and whether that is known.
    east_m, north_m
        Centre, true metres from the sender.
    position_confidence_m, speed_confidence_mps, heading_confidence_deg
        Bounds within which the true value lies with 95 % probability: up to 500 m, 100 m/s, 10 degrees.
    speed_mps, heading_deg, width_m, length_m
        Motion and size.
    """

    id: I64
    kind: NDArray[np.integer]
    kind_confidence: F64
    source: NDArray[np.integer]
    temporary_id: NDArray[np.uint64]
    named: NDArray[np.bool_]
    east_m: F64
    north_m: F64
    position_confidence_m: F64
    speed_mps: F64
    speed_confidence_mps: F64
    heading_deg: F64
    heading_confidence_deg: F64
    width_m: F64
    length_m: F64

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: NDArray[np.intp] | slice) -> ObjectColumns:
        """Some rows, in the given order."""
        return ObjectColumns(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


#: Name of a number, how many bits stand to the right of it, and its least value.
_Place = tuple[str, int, int]


@dataclass(frozen=True)
class _Shape:
    """Where the numbers go in a frame; within objects, bits count from the end of the object.

    Attributes
    ----------
    frame_bytes
        Length.
    blank
        The frame as one number, without the numbers that go in.
    header
        Places in front of the objects.
    bases
        How many bits stand to the right of each object.
    common, special
        Places in an object without, and with the members that not all have.
    """

    frame_bytes: int
    blank: int
    header: list[_Place]
    bases: list[int]
    common: list[_Place]
    special: list[_Place]


class ObjectFrames:
    """Frames of one sender that stays where it is.

    Parameters
    ----------
    profile
        Message family: RSM of T/CSAE 53, SDSM of SAE J3224.
    sender_id
        Its identity.
    lat_deg, lon_deg
        Where it is: the point that the objects' positions are relative to.

    Attributes
    ----------
    type
        Message type.
    """

    def __init__(self, profile: Profile, sender_id: int, lat_deg: float, lon_deg: float) -> None:
        self.type = "RSM" if profile.family == "csae" else "SDSM"
        self._shapes = _shapes_of(profile.codec, self.type, profile.converters[self.type].to_asn1)
        self._place = np.array([lon_deg]), np.array([lat_deg])
        message = PerceivedObjects(0, 0, sender_id, "roadside", lat_deg, lon_deg, NAN, ())
        self._header = _numbers(profile.converters[self.type].to_asn1(message))

    def encode(self, first_count: int, utc_ns: int, objects: ObjectColumns) -> list[bytes]:
        """Frames of any number of objects whose state holds at ``utc_ns``, the time of the message.

        Parameters
        ----------
        first_count
            Message count of the first frame; the others follow it.
        utc_ns
            UTC.
        objects
            In the order in which they fill the frames.

        Raises
        ------
        CodecError
            Names the column and the row that cannot be expressed.
        """
        if not len(objects):
            return []
        east, north, form = self._offsets(objects)
        apart = objects.named if self.type == "RSM" else objects.kind != KINDS.index("vehicle")
        ms = np.full(len(objects), minute_and_ms(utc_ns)[1])
        raw = self._shapes.raw(objects) | {"east": east, "north": north, "ms": ms}
        header = dict(self._header)
        if self.type == "SDSM":
            header |= _numbers({"sDSMTimeStamp": to_date_time(utc_ns)})
        frames: list[bytes] = []
        for begin in range(0, len(objects), MOST_IN_FRAME):
            special = apart[begin : begin + MOST_IN_FRAME]
            header["msgCnt"] = (first_count + len(frames)) % 128
            shape = self._shapes.shape(len(special), int(np.count_nonzero(special)), form)
            rows = begin + np.flatnonzero(~special), begin + np.flatnonzero(special)
            frames.append(_written(shape, header, raw, *rows))
        return frames

    def _offsets(self, objects: ObjectColumns) -> tuple[I64, I64, int]:
        """Raw offsets east and north, and the form that holds all of them."""
        if self.type == "SDSM":
            return _DISTANCE.to_raw("east_m", objects.east_m), _DISTANCE.to_raw("north_m", objects.north_m), 0
        lon, lat = self._place
        lon_deg, lat_deg = displace(lon, lat, objects.east_m, objects.north_m)  # 2 mm off at 120 m
        east = scales.LONGITUDE.to_raw("east_m", lon_deg) - self._header["refPos.long"]
        north = scales.LATITUDE.to_raw("north_m", lat_deg) - self._header["refPos.lat"]
        farthest = int(np.maximum(np.abs(east), np.abs(north)).max())
        if farthest >= _REACHES[-1]:
            raise CodecError(f"cannot express an object {farthest} x 1e-7 degrees away", path="RSM.east_m")
        return east, north, int(np.searchsorted(_REACHES, farthest, side="right"))


class _Shapes:
    """What frames of one type have in common, whoever sends them."""

    def __init__(self, codec: Codec, type_name: str, to_asn1: ToAsn1) -> None:
        self._codec, self._type, self._to_asn1 = codec, type_name, to_asn1
        self._list, self._paths = ("participants", _RSM) if type_name == "RSM" else ("objects", _SDSM)
        by_kind = [self._leaves(_sample(kind=kind, temporary_id=0)) for kind in KINDS]
        by_source = [self._leaves(_sample(source=source)) for source in SOURCES]
        self._kinds = np.array([leaves["kind"].raw for leaves in by_kind])
        self._users = np.array([leaves["user"].raw if "user" in leaves else 0 for leaves in by_kind])
        self._sources = np.array([leaves["source"].raw if "source" in leaves else 0 for leaves in by_source])
        names = {column: leaf.names for column, leaf in by_kind[0].items()}
        self._positions = confidence.POSITION.order(names["position"])
        self._speeds = confidence.SPEED.order(names["speed_bound"])
        self._headings = confidence.HEADING.order(names["heading_bound"])
        self.shape = lru_cache(_KEPT_SHAPES)(self._measure)

    def raw(self, objects: ObjectColumns) -> dict[str, NDArray[Any]]:
        """Raw integers of all columns but time and position."""
        columns = objects.speed_mps, objects.heading_deg, objects.width_m, objects.length_m
        speed, heading, width, length = _SCALES.to_raw(columns)
        return {
            "kind": self._kinds[objects.kind],
            "user": self._users[objects.kind],
            "source": self._sources[objects.source],
            "sure": _PERCENT.to_raw("kind_confidence", np.maximum(objects.kind_confidence, 0.01)),
            "id": objects.id,
            "temporary_id": objects.temporary_id,
            "position": self._positions[confidence.POSITION.ranks(objects.position_confidence_m)],
            "speed": speed,
            "speed_bound": self._speeds[confidence.SPEED.ranks(objects.speed_confidence_mps)],
            "heading": heading,
            "heading_bound": self._headings[confidence.HEADING.ranks(objects.heading_confidence_deg)],
            "width": width,
            "length": length,
        }

    def _measure(self, count: int, apart: int, form: int) -> _Shape:
        """The shape of ``count`` objects, the last ``apart`` of them with the members that not all have."""
        away_deg = (_REACHES[form] - 1) * scales.LATITUDE.lsb if self._type == "RSM" else 0.0
        common = _sample(north_deg=away_deg)
        special = _sample(north_deg=away_deg, temporary_id=0) if self._type == "RSM" else _sample(kind="pedestrian")
        layout = self._codec.layout(self._type, self._value(*[common] * (count - apart), *[special] * apart))
        bits = 8 * layout.frame_bytes
        blank = int.from_bytes(layout.encode({}, np.zeros(1, np.intp))[0])

        def cleared(leaf: Leaf) -> int:
            """Bits to the right of a leaf, which is blank from now on."""
            nonlocal blank
            shift = bits - leaf.offset - leaf.width
            blank &= ~((1 << leaf.width) - 1 << shift)
            return shift

        in_front = [leaf for path, leaf in layout.leaves.items() if path.partition(".")[0] in _HEADER and leaf.width]
        header = [(leaf.path, cleared(leaf), leaf.minimum) for leaf in in_front]
        bases, objects = [], []
        for row in range(count):
            paths = {name: f"{self._list}[{row}].{path}".format(_FORMS[form]) for name, path in self._paths.items()}
            known = {name: layout.leaves[path] for name, path in paths.items() if path in layout.leaves}
            shifts = {name: cleared(leaf) for name, leaf in known.items()}
            bases.append(min(shifts.values()))
            objects.append([(name, shifts[name] - bases[-1], known[name].minimum) for name in known])
        return _Shape(layout.frame_bytes, blank, header, bases, objects[0], objects[-1])

    def _leaves(self, sample: PerceivedObject) -> dict[str, Leaf]:
        """Leaves of a sample, by column."""
        leaves = {leaf.path: leaf for leaf in self._codec.leaves(self._type, self._value(sample))}
        paths = {name: f"{self._list}[0].{path}".format(_FORMS[0]) for name, path in self._paths.items()}
        return {name: leaves[path] for name, path in paths.items() if path in leaves}

    def _value(self, *objects: PerceivedObject) -> Value:
        """ASN.1 value of a message, by the profile's own converter."""
        return self._to_asn1(PerceivedObjects(0, 0, 0, "roadside", 0.0, 0.0, NAN, objects))


#: As many as there are profiles. Shapes depend on these three and nothing else, and are dear to measure.
_shapes_of = lru_cache(8)(_Shapes)


def _written(
    shape: _Shape,
    header: Mapping[str, int],
    raw: Mapping[str, NDArray[Any]],
    common: NDArray[np.intp],
    special: NDArray[np.intp],
) -> bytes:
    """A frame of a shape: rows ``common`` of the columns, then rows ``special``."""
    number = shape.blank
    for path, shift, minimum in shape.header:
        number |= header[path] - minimum << shift
    bases = iter(shape.bases)
    for rows, places in ((common, shape.common), (special, shape.special)):
        shifts = [shift for _, shift, _ in places]
        columns = [_above(raw[name][rows], minimum) for name, _, minimum in places]
        for values in zip(*columns, strict=True):
            body = 0
            for value, shift in zip(values, shifts, strict=True):
                body |= value << shift
            number |= body << next(bases)
    return number.to_bytes(shape.frame_bytes)


def _above(column: NDArray[Any], minimum: int) -> list[int]:
    """How far values are above the least one."""
    above: list[int] = (column - minimum if minimum else column).tolist()
    return above


def _numbers(value: Value, stem: str = "") -> dict[str, int]:
    """Path and raw integer of the numbers and identities in a value."""
    numbers: dict[str, int] = {}
    for name, member in value.items():
        if isinstance(member, dict):
            numbers |= _numbers(member, f"{stem}{name}.")
        elif isinstance(member, int | bytes):
            numbers[stem + name] = int.from_bytes(member) if isinstance(member, bytes) else member
    return numbers


def _sample(
    kind: ObjectKind = "vehicle", source: Source = "video", temporary_id: int | None = None, north_deg: float = 0.0
) -> PerceivedObject:
    """An object that says all that columns say, ``north_deg`` north of the sender."""
    return PerceivedObject(
        id=0,
        kind=kind,
        utc_ns=0,
        lat_deg=north_deg,
        lon_deg=0.0,
        speed_mps=0.0,
        heading_deg=0.0,
        kind_confidence=1.0,
        source=source,
        temporary_id=temporary_id,
        position_confidence_m=1.0,
        speed_confidence_mps=1.0,
        heading_confidence_deg=1.0,
        width_m=1.0,
        length_m=1.0,
    )

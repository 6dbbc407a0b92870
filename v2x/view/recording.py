"""A finished run as moments: any time, in any order, read from the run folder a few seconds at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from v2x.clock import NS_PER_S, to_ns, utc_ns
from v2x.errors import CodecError
from v2x.field.load import load_field
from v2x.messages.model import SignalPhases
from v2x.messages.profile import get_profile
from v2x.record.folder import read_manifest
from v2x.record.reading import read_table
from v2x.record.source import recorded_scenario
from v2x.record.tables import BIN_M, TABLES
from v2x.record.window import TableWindow
from v2x.rng import key_of
from v2x.traffic.base import KINDS, SignalHead, Snapshot
from v2x.traffic.build import plane_of
from v2x.view.feed import AlertNote, FrameNote, RsuSite, moment, still
from v2x.view.signals_heard import heads_of

#: A light is shown until its last SPAT is so old, ns.
_LIGHT_HOLD_NS = 2 * NS_PER_S
#: An alert that has ended stays in the list for so long, ns.
_ALERT_HOLD_NS = 5 * NS_PER_S
#: The longest stretch of frames that one moment may have, ns.
LONGEST_NS = 60 * NS_PER_S
#: Of the frames of roadside units that far away, this share arrives at the edge of the coverage that is drawn.
_COVERED = 0.5
#: A distance of which fewer receptions were counted says nothing.
_FEWEST = 20

_FRAME_COLUMNS = ("t_ns", "tx_id", "station", "type", "bytes", "channel")


@dataclass(frozen=True)
class _Alert:
    """An alert from its beginning to its end; ``end_ns`` is None where the run ended first."""

    note: AlertNote
    end_ns: int | None


class Recording:
    """A run folder to look at.

    Parameters
    ----------
    folder
        A run that has ended (`v2x.record.compact`).

    Attributes
    ----------
    profile
        Message family of the run.
    until_ns
        Time of the last thing that was recorded.

    Raises
    ------
    RunFolderError
        If it is no run, damaged, or its scenario is not one of this version.
    FieldError
        If its field is not installed.
    """

    def __init__(self, folder: Path) -> None:
        read_manifest(folder)  # says what is wrong with a folder that is no run
        self._scenario = recorded_scenario(folder)
        self._field = load_field(self._scenario.field) if self._scenario.field is not None else None
        self._start_utc_ns = utc_ns(self._scenario.start_utc)
        self.profile = get_profile(self._scenario.profile)
        self._folder = folder
        self._states = TableWindow(folder, "states", TABLES["states"].names)
        self._frames = TableWindow(folder, "tx", _FRAME_COLUMNS)
        self._numbered = TableWindow(folder, "tx", _FRAME_COLUMNS, by="tx_id")
        self._subjects, self._alerts = _events(folder)
        self.until_ns = max(self._states.last, self._frames.last)

    def still(self) -> dict[str, Any]:
        """What does not move (`v2x.view.feed.still`)."""
        title = self._scenario.title or self._scenario.name
        return still(self._field, self._sites(), title, self._start_utc_ns)

    def moment(self, after_ns: int, t_ns: int) -> tuple[dict[str, Any], list[int]]:
        """The moment ``t_ns`` with the frames since ``after_ns`` (`v2x.view.feed.moment`), and their ``tx_id``.

        ValueError where the stretch is longer than `LONGEST_NS` or runs backwards.
        """
        if not 0 <= t_ns - after_ns <= LONGEST_NS:
            raise ValueError(f"{t_ns - after_ns} ns of frames, at most {LONGEST_NS}")
        rows = self._frames.between(after_ns, t_ns)
        shown = moment(
            t_ns,
            self._snapshot(t_ns),
            self._heads(t_ns),
            list(_notes(rows)),
            subjects=self._subjects,
            alerts=self._alerts_at(t_ns),
        )
        return shown, rows["tx_id"].to_pylist()

    def frame(self, number: int) -> FrameNote | None:
        """The transmission with a ``tx_id``, None if there is none."""
        return next(_notes(self._numbered.between(number - 1, number)), None)

    def _snapshot(self, t_ns: int) -> Snapshot:
        """The road users of the last step."""
        rows = self._states.between(t_ns - to_ns(self._scenario.step_s), t_ns)
        columns = {name: rows[name].to_numpy() for name in rows.column_names if name != "t_ns"}
        columns["type"] = np.array([KINDS.index(kind) for kind in columns["type"]], np.int8)
        keys = np.array([key_of(name) for name in columns["id"]], np.uint64)
        return Snapshot(t_ns=t_ns, key=keys, **columns)

    def _heads(self, t_ns: int) -> list[SignalHead]:
        """What each junction's newest SPAT says."""
        rows = self._frames.between(t_ns - _LIGHT_HOLD_NS, t_ns)
        newest = {note.station: note.data for note in _notes(rows.filter(_among(rows["type"], "SPAT")))}
        said = []
        for data in newest.values():
            try:
                _, message = self.profile.decode(data, self._start_utc_ns + t_ns)
            except CodecError:  # the list of frames shows what is wrong with it
                continue
            if isinstance(message, SignalPhases):
                said.append(message)
        return heads_of(said, self._junctions(), self._start_utc_ns)

    def _junctions(self) -> dict[tuple[int, int], str]:
        if self._field is None:
            return {}
        return {(self._field.region, junction.number): junction.id for junction in self._field.junctions}

    def _alerts_at(self, t_ns: int) -> Iterator[AlertNote]:
        for alert in self._alerts:
            if alert.note.t_ns <= t_ns and (alert.end_ns is None or t_ns < alert.end_ns + _ALERT_HOLD_NS):
                yield alert.note if alert.end_ns is None or t_ns < alert.end_ns else alert.note.ended()

    def _sites(self) -> list[RsuSite]:
        """The roadside units that were up: of the field, and of the scenario alone."""
        range_m = _range_m(self._folder)
        config = self._scenario.stations
        plane = plane_of(self._scenario, self._field)
        sites = self._field.rsu if self._field else ()
        wanted = config.rsu.sites
        places = [(site.id, site.lon_deg, site.lat_deg) for site in sites if wanted == "all" or site.id in wanted]
        places += [(extra.id, *extra.at.lonlat(plane)) for extra in config.extra_rsu]
        found = []
        for name, lon_deg, lat_deg in places:
            x, y = plane.to_xy([lon_deg], [lat_deg])
            found.append(RsuSite(name, float(x[0]), float(y[0]), range_m))
        return found


def _notes(rows: pa.Table) -> Iterator[FrameNote]:
    columns = (rows[name].to_pylist() for name in ("t_ns", "channel", "type", "station", "bytes"))
    return (FrameNote(*row) for row in zip(*columns, strict=True))


def _among(texts: pa.ChunkedArray, *wanted: str) -> pa.ChunkedArray:
    """Where a column of texts has one of those wanted."""
    return pc.is_in(texts.cast(pa.string()), pa.array(wanted))


def _events(folder: Path) -> tuple[list[str], list[_Alert]]:
    """Names of the vehicles under test, and all alerts by their beginning."""
    table = read_table(folder, "events")
    wanted = table.filter(_among(table["kind"], "subject.start", "alert.start", "alert.end"))
    subjects, begun, alerts = [], dict[tuple[str, str, str], AlertNote](), list[_Alert]()
    for row in wanted.to_pylist():
        if row["kind"] == "subject.start":
            subjects.append(row["station"])
            continue
        fields = json.loads(row["fields"])
        what = row["station"], fields.pop("application", ""), fields.pop("about", "")
        if row["kind"] == "alert.start":
            begun[what] = AlertNote(row["t_ns"], *what, fields)
        elif what in begun:
            alerts.append(_Alert(begun.pop(what), row["t_ns"]))
    alerts += [_Alert(note, None) for note in begun.values()]
    return subjects, sorted(alerts, key=lambda alert: alert.note.t_ns)


def _range_m(folder: Path) -> float | None:
    """How far roadside units were heard in this run: where half of their MAPs and SPATs, over all receivers, got lost.

    None where nothing was counted. Where it never gets that bad, the farthest distance counted.
    """
    rows = read_table(folder, "link_bins")
    rows = rows.filter(pc.and_(_among(rows["type"], "MAP", "SPAT"), _among(rows["link"], "pc5")))
    bins = (rows["distance_m"].to_numpy() // BIN_M).astype(int)
    count, delivered = rows["count"].to_numpy(), rows["cause"].is_null().to_numpy()
    total, arrived = np.bincount(bins, count), np.bincount(bins, count * delivered)
    known = np.flatnonzero(total >= _FEWEST)
    poor = known[arrived[known] < _COVERED * total[known]]
    if not len(known):
        return None
    return float(BIN_M * (poor[0] if len(poor) else known[-1] + 1))

"""The programmes that run: right turn on red, and the signal groups that follow from them.

China lets right turns go on a round red light where nobody is in the way (Implementation Regulation of the Road
Traffic Safety Law, art. 38). SUMO's state for that is ``s``: stop, then go if clear. The links must stay controlled:
declaring them uncontrolled switches off netconvert's connection guessing for their edges.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from v2x.errors import FieldError
from v2x.field.net import Net, Program

#: T/CSAE 53 PhaseList holds 1..16 phases.
MAX_GROUPS = 16
PROGRAM_ID = "cn"


@dataclass(frozen=True)
class Signals:
    """What a junction's links show: by signal group number, and which of them may go on red after a stop."""

    groups: dict[int, tuple[int, ...]]
    on_red: frozenset[int]

    @classmethod
    def of(cls, program: Program, links: set[int]) -> Signals:
        """Those of a programme; `FieldError` if it has more groups than a message holds."""
        on_red = frozenset(link for link in links if any(state[link] == "s" for _, state in program.phases))
        return cls(signal_groups(program, links), on_red)


UNSIGNALLED = Signals({}, frozenset())


def running_programs(net: Net) -> dict[str, Program]:
    """The network's programmes with ``s`` for ``r`` on right-turn links, by controller."""
    rights: dict[str, set[int]] = {}
    for connection in net.connections:
        if connection.tl and connection.link_index is not None and connection.direction in "rR":
            rights.setdefault(connection.tl, set()).add(connection.link_index)
    programs = {}
    for tl, program in net.programs.items():
        phases = tuple(
            (duration_s, _stop_then_go(state, rights.get(tl, set()))) for duration_s, state in program.phases
        )
        programs[tl] = Program(tl, program.offset_s, phases)
    return programs


def _stop_then_go(state: str, rights: set[int]) -> str:
    return "".join("s" if light == "r" and i in rights else light for i, light in enumerate(state))


def programs_xml(programs: dict[str, Program]) -> ET.Element:
    """Additional file that puts the programmes in place of the network's own."""
    root = ET.Element("additional")
    for program in programs.values():
        item = ET.SubElement(root, "tlLogic", id=program.tl, type="static", programID=PROGRAM_ID)
        item.set("offset", f"{program.offset_s:g}")
        for duration_s, state in program.phases:
            ET.SubElement(item, "phase", duration=f"{duration_s:g}", state=state)
    return root


def signal_groups(program: Program, links: set[int]) -> dict[int, tuple[int, ...]]:
    """Group number (from 1) -> those of the links that show the same light in every phase; `FieldError` above 16."""
    columns: dict[str, list[int]] = {}
    for link in sorted(links):
        columns.setdefault("".join(state[link] for _, state in program.phases), []).append(link)
    if len(columns) > MAX_GROUPS:
        raise FieldError(f"signal '{program.tl}' shows {len(columns)} different lights, a message holds {MAX_GROUPS}")
    return {number: tuple(found) for number, found in enumerate(columns.values(), 1)}

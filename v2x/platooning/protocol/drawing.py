"""The state machine as text for docs/platooning-protocol.md, drawn from the tables that run it."""

from __future__ import annotations

from v2x.platooning.protocol.braking import BRAKES
from v2x.platooning.protocol.states import LEADERS, MEMBERS, State
from v2x.platooning.protocol.transitions import BOUNDS, TABLE, Row, label, time_out

_GROUPS = {MEMBERS: "any member", LEADERS: "any leader"}


def diagrams() -> str:
    """Two Mermaid diagrams, membership and braking.

    Remake the docs by putting this between the two comments of docs/platooning-protocol.md that name it.
    """
    states = ["```mermaid", "stateDiagram-v2", "    [*] --> free"]
    for row in TABLE:
        for source in [_group(row)] if row.sources in _GROUPS else [each.value for each in row.sources]:
            states.append(f"    {source} --> {row.target.value}: {label(row.when)}{_ending(row)}")
    states += [f'    state "{name}" as {name.replace(" ", "_")}' for name in _GROUPS.values()]
    brakes = ["```mermaid", "stateDiagram-v2", "    [*] --> calm"]
    brakes += [f"    {source.value} --> {target.value}: {label(when)}" for source, when, target in BRAKES]
    return "\n".join([*states, "```", "", *brakes, "```"]) + "\n"


def time_outs() -> str:
    """Markdown table of the states that wait: key of the bound, and what comes then."""
    rows = ["| state | bound | then |", "|---|---|---|"]
    for state in State:
        if state in BOUNDS:
            then = next(row for row in TABLE if row.when is time_out and state in row.sources)
            rows.append(f"| {state.value} | `{BOUNDS[state]}` | {then.target.value}{_ending(then)} |")
    return "\n".join(rows) + "\n"


def _group(row: Row) -> str:
    return _GROUPS[row.sources].replace(" ", "_")


def _ending(row: Row) -> str:
    return f" ({row.ends})" if row.ends else ""

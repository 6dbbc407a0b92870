"""The plots of a report: which there are, in which part of the page, and what to see in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from v2x_analysis.report import (
    activity_plots,
    applications,
    link_plots,
    loss_plots,
    platoon_plots,
    platoon_stability,
    radio_plots,
    signal_plots,
)
from v2x_analysis.report.language import Language
from v2x_analysis.run import Run

#: Title, what to see in it, and the function that draws it; None where the run has nothing for it.
Plot = tuple[str, str, Callable[[Run], str | None]]

#: How the run went, second by second.
OVER_TIME: tuple[Plot, ...] = (
    ("Age of information", "Of what the subjects know about their neighbours within 300 m.", link_plots.age),
    ("5G network", "Uu, one way, both directions: latency, and what was lost.", link_plots.network),
    ("Channel load", "PC5: share of the channel that stations found busy, and took.", radio_plots.channel_load),
    ("Messages on the air", "Frames per second and type, PC5 and Uu.", activity_plots.rates),
    ("Traffic", "Cars, buses and trucks: speed and number.", activity_plots.traffic),
)

#: How figures spread.
DISTRIBUTIONS: tuple[Plot, ...] = (
    (
        "Lead time of alerts",
        "From the alert to the conflict if nobody had done anything. Dots: median.",
        applications.leads,
    ),
    ("Latency", "From the radio to the arrival, delivered frames. Dots: 95 %; dashed: 100 ms.", link_plots.latency),
    (
        "Where the time over Uu goes",
        "Delivered frames, mean of all and of the slowest 5 %.",
        radio_plots.segments,
    ),
    (
        "Inter-reception time",
        "How often a neighbour within 300 m stays silent for longer than x.",
        link_plots.inter_reception,
    ),
    (
        "How old knowledge gets",
        "How often what subjects know about a neighbour within 300 m is older than x.",
        link_plots.older,
    ),
    (
        "Blind spots",
        "How often a neighbour within 100 m goes unheard for longer than x. Dashed: 0.5 s and 1 s.",
        radio_plots.unheard,
    ),
    (
        "Predictions of the lights",
        "SPAT: how often a light ended more than x earlier or later than it was said. Dashed: what SPAT can express.",
        signal_plots.prediction_error,
    ),
    ("Message size", "Median, 5th to 95th percentile, range.", activity_plots.sizes),
)

#: What did not arrive, and why.
LOSSES: tuple[Plot, ...] = (
    (
        "Delivery by distance",
        "PC5, every reception of the fleet in 25 m bins; what was not delivered, by cause.",
        loss_plots.by_distance,
    ),
    ("PC5 losses over time", "Of all tries of the fleet in each second, by cause.", loss_plots.over_time),
    ("Uu losses by cause", "Of all frames, by direction.", loss_plots.network),
)

#: Vehicles that drive in a platoon.
PLATOON: tuple[Plot, ...] = (
    (
        "String stability by frequency",
        "Bode plot of a follower's speed over that of the vehicle ahead. Dots: measured, side by side; dashed: one.",
        platoon_stability.bode,
    ),
    (
        "Along the string",
        "Gain and speed amplitude of each vehicle at the leader's frequency.",
        platoon_stability.by_vehicle,
    ),
    ("Speed and gap", "Every member, bumper to bumper.", platoon_plots.motion),
    (
        "Space and time",
        "Where the fronts were, seen from a vehicle at the leader's usual speed: waves run backwards.",
        platoon_plots.space_time,
    ),
    ("Age of messages", "Oldest message of the vehicle ahead in use, by member and time.", platoon_plots.ages),
    ("Modes", "What drove each member; underlined where a safety layer overrode it.", platoon_plots.modes),
    (
        "Gaps and the smallest safe one",
        "Red: from there the reaction measured, and the brakes as stated, just end without contact.",
        platoon_plots.safe_gaps,
    ),
)


@dataclass(frozen=True)
class Card:
    """A plot and its words, in English; the drawing in the page's language."""

    title: str
    hint: str
    svg: Markup


def drawn(run: Run, plots: Sequence[Plot], language: Language) -> list[Card]:
    """Those of the plots that the run has something for."""
    found = [(title, hint, draw(run)) for title, hint, draw in plots]
    return [Card(title, hint, language.drawing(svg)) for title, hint, svg in found if svg]

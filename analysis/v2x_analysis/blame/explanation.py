"""What each stage contributed to the figures of a run, and its words; kept as ``explain/explanation.json``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy import stats

from v2x.errors import RunFolderError
from v2x.record.folder import write_atomic
from v2x_analysis.blame.game import F64
from v2x_analysis.contents import checked

#: Folder in a run's folder, and the file in it.
EXPLAIN, EXPLANATION = "explain", "explanation.json"
#: Version of the file; raised when a reader of the old one would misread the new one.
FORMAT_VERSION = 1

_SURE = 0.95

Method = Literal["shapley", "halfway", "alone"]


@dataclass(frozen=True)
class Estimate:
    """Mean over seeds, None if no seed has it, and Student's interval at 95 %; None with fewer than two seeds."""

    value: float | None
    interval: tuple[float, float] | None = None

    @classmethod
    def of(cls, values: F64) -> Estimate:
        """Of values, one a seed; what is not a number is left out."""
        known = values[np.isfinite(values)]
        if not len(known):
            return cls(None)
        mean = float(known.mean())
        if len(known) < 2:
            return cls(mean)
        half = float(stats.t.ppf((1.0 + _SURE) / 2.0, len(known) - 1) * known.std(ddof=1) / len(known) ** 0.5)
        return cls(mean, (mean - half, mean + half))


@dataclass(frozen=True)
class Part:
    """A part of a stage: what idealising it alone changes, and with how many seeds the criterion then passes."""

    name: str
    alone: Estimate
    passes: int | None


@dataclass(frozen=True)
class Share:
    """What a stage changes in the figure when it is idealised.

    Attributes
    ----------
    name
        Of the stage.
    contribution
        Its share of the way from the run to the ideal run; see `Blame.method`.
    alone, last
        When all others are real, and when all others are ideal.
    passes
        With how many seeds the criterion passes with this stage alone idealised; None without a criterion.
    parts
        Of the stage, where several are told apart.
    """

    name: str
    contribution: Estimate
    alone: Estimate
    last: Estimate
    passes: int | None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Pair:
    """Two stages: what both together change, and how much of it lies beyond the sum of what each changes alone."""

    names: tuple[str, str]
    together: Estimate
    beyond: Estimate
    passes: int | None


@dataclass(frozen=True)
class Blame:
    """A figure and who is to blame for it.

    Attributes
    ----------
    metric, unit, bound, verdict
        Which one, what is asked of it if anything, and how the run was judged.
    value, ideal
        Of the run, and with all stages ideal.
    ideal_passes
        With how many seeds the criterion passes then.
    method
        How contributions were found: ``shapley`` by Shapley's value, ``halfway`` as the mean of alone and last,
        ``alone`` where the figure is not there in some of the runs that these take.
    shares
        Stages that change the figure, the greatest help first: towards the bound, or where there is none, in size.
    rest
        What contributions leave of the way to the ideal run; None with the method ``alone``.
    pairs
        The strongest interaction first.
    culprits
        Stages with the largest share in what is wrong; several if they are equal, none if nobody helps.
    cures
        Smallest sets of stages, of those tried, that make the criterion pass with every seed.
    """

    metric: str
    unit: str
    bound: dict[Literal["at_least", "at_most"], float] | None
    verdict: str | None
    value: Estimate
    ideal: Estimate
    ideal_passes: int | None
    method: Method
    shares: tuple[Share, ...]
    rest: Estimate | None
    pairs: tuple[Pair, ...]
    culprits: tuple[str, ...]
    cures: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Explanation:
    """All that ``v2x explain`` found.

    Attributes
    ----------
    digest
        Of the run that is explained.
    seeds, runs
        Seeds, and how many runs were looked at.
    stages
        Name -> title of what was idealised, parts among them.
    blames
        A figure each.
    """

    digest: str
    seeds: tuple[int, ...]
    runs: int
    stages: dict[str, str]
    blames: tuple[Blame, ...]

    def to_json(self) -> dict[str, Any]:
        """The content of the file."""
        return {"format_version": FORMAT_VERSION, **asdict(self)}

    def write(self, run: Path) -> None:
        """Write it into the run's folder."""
        text = json.dumps(self.to_json(), ensure_ascii=False, allow_nan=False, indent=1)
        write_atomic(run / EXPLAIN / EXPLANATION, text + "\n")

    @classmethod
    def read(cls, run: Path) -> Explanation:
        """That of a run's folder; `RunFolderError` if it is damaged or of another version."""
        path = run / EXPLAIN / EXPLANATION
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunFolderError(f"no readable explanation: {error}", file=path) from error
        if not isinstance(content, dict) or content.pop("format_version", None) != FORMAT_VERSION:
            raise RunFolderError(f"not of format {FORMAT_VERSION}, which this version reads", file=path)
        return checked(cls, content, path)

"""Reads run folders and those of sweeps: frames, joins, metrics, scorecards, reports. Never imports SUMO."""

from v2x_analysis.applications.leads import alerts_with_leads
from v2x_analysis.fates import link_fates
from v2x_analysis.joins import receptions, truth_at
from v2x_analysis.judging import Judgement
from v2x_analysis.known import ages, knowledge
from v2x_analysis.measurement import Measurement
from v2x_analysis.metrics import METRICS, check_metric
from v2x_analysis.run import Run
from v2x_analysis.scorecard import Scorecard, score
from v2x_analysis.study import Study
from v2x_analysis.tables import message_table

__all__ = [
    "METRICS",
    "Judgement",
    "Measurement",
    "Run",
    "Scorecard",
    "Study",
    "ages",
    "alerts_with_leads",
    "check_metric",
    "knowledge",
    "link_fates",
    "message_table",
    "receptions",
    "score",
    "truth_at",
]

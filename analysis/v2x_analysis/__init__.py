"""Reads run folders and those of sweeps: frames, metrics, scorecards, reports. Never imports SUMO."""

from v2x_analysis.judging import Judgement
from v2x_analysis.measurement import Measurement
from v2x_analysis.metrics import METRICS, check_metric
from v2x_analysis.run import Run
from v2x_analysis.scorecard import Scorecard, score
from v2x_analysis.study import Study
from v2x_analysis.tables import message_table

__all__ = ["METRICS", "Judgement", "Measurement", "Run", "Scorecard", "Study", "check_metric", "message_table", "score"]

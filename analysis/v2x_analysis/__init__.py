"""Reads run folders: frames, metrics, scorecards, reports. Never imports SUMO."""

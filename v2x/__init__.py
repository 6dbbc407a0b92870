"""V2X test field: a scenario in, a run folder out."""

__version__ = "0.1.0"

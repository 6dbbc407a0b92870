"""Platoons: the protocol by which vehicles form them (`protocol`), and what a run makes of it."""

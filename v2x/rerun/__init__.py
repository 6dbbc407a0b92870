"""A run that has been, run again: what moved and what arrived is played, and stations make of it what they make now."""

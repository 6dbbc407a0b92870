"""Platooning: what the recorded control steps say of string stability, gaps, messages, reaction and fuel."""

"""Formulas of published propagation models: metres and GHz in, decibels out, scalars or columns, no state."""

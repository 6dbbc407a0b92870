"""Applications on board the subjects: one file each, acting on decoded messages and own sensors only."""

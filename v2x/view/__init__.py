"""The live view: a page with the field, its traffic and its frames, for a run that goes on or one that has ended."""

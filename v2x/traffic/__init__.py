"""What moves: SUMO, a recording or a synthetic pattern, as columns a step."""

"""What each stage of a run contributed to a figure, from runs in which stages are ideal."""

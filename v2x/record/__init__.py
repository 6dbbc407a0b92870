"""The run folder: crash-safe while running, Parquet afterwards."""

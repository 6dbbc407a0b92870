"""Fields: the road network, its signals, sites and demand."""

"""Live traffic: sockets, the impairment proxy and what they share."""

"""Who speaks: the on-board fleet, subjects, the server, and the sensors and clocks between them and the truth."""

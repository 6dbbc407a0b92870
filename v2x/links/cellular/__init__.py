"""5G Uu between a field's gNBs and its vehicles: radio by geometry, load, handover, the way to the server, traces."""

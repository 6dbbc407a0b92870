"""Remote driving: a vehicle, what its cameras show to somebody far away, and what comes back as commands."""

"""What is said: one physical model, two message families, one strict codec."""

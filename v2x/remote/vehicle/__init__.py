"""The vehicle that is driven from afar: what it is, and how it moves under commands."""

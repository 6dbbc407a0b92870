"""How vehicles of a string are driven: laws, plant, radar, fallback, leaders, and a study of many strings at once."""

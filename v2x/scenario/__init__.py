"""Scenario files: the model, the loader that says where a fault stands, the JSON Schema."""

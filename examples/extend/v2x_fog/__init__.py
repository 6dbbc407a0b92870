"""An example of extending the test field from a package of one's own; docs/extending.md goes through it."""

"""Use cases: one async function each, one unit of work."""

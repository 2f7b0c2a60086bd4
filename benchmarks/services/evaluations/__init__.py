"""Evaluations: sets of items, runs over them, and what came of those."""

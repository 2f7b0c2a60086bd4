"""Decisions replayed on a file of outcomes, to see how good the advice is."""

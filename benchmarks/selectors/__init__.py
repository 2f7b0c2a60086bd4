"""Reads of what was measured."""

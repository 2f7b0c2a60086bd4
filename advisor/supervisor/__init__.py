"""Starts everything a machine needs: `python -m advisor.supervisor run|demo|test`.

Settings never start a server; this package does, keeps what it starts under one
state folder, and stops all of it. It needs the development requirements.
"""

"""Benches: each prints a table and, last, one line of JSON.

They are run as modules (`python -m bench.pricing`); those that need the service import
`bench.service` first, and run beside servers of their own.
"""

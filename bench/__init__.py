"""Benches: each prints a table and, last, one line of JSON.

They are run as modules (`python -m bench.pricing`) beside servers of their own.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

"""Sets up the service with the bench's settings: imported before its models."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

"""The moments that the catalogue can hold. Pure."""

from datetime import UTC, datetime

# What Python can hold ends with the year 9999, and an offset can carry a moment over
# that end: one such row would stop everybody from reading the catalogue.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

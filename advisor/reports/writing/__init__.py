"""Writes a report's content as an edition: text, HTML and pictures in one locale."""

from advisor.reports.writing.edition import Written, with_images, write_edition

__all__ = ["Written", "with_images", "write_edition"]

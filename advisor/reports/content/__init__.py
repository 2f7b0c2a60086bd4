"""What a weekly report says, one module a section; everything as known at a moment."""

from advisor.reports.content.whole import content_of

__all__ = ["content_of"]

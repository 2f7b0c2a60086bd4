"""Keeps the tokens of links that act without signing in out of the log."""

import logging
import re

_TOKEN = re.compile(r"(/(?:sign-in/link|unsubscribe|confirm-subscription)/)[^/\s?\"']+")


class MaskTokens(logging.Filter):
    """Rewrites a line that names such a link; whoever reads the log may not use it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, without its tokens."""
        said = record.getMessage()
        masked = _TOKEN.sub(r"\1…", said)
        if masked != said:
            record.msg, record.args = masked, ()
        return True

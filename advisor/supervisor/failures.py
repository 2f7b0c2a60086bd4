"""How this package ends before its work is done."""


class CannotStart(Exception):
    """One sentence for the person at the terminal: what is wrong, what to do."""


class Stopped(BaseException):
    """TERM or a closed terminal: unwind and stop what was started."""

"""When two email addresses are the same mailbox."""


def same_address(one: str, other: str) -> bool:
    """Return whether two addresses are one, whatever the capitals of its letters.

    Only ASCII has capitals here. A database folds more, such as an i without its dot
    into an i, and what it finds by `iexact` may be a stranger's mailbox.
    """
    return one.encode().lower() == other.encode().lower()

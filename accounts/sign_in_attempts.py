"""How often a password may be guessed: by account and by sender, in the cache.

Where the cache does not answer, every attempt is allowed and a line is logged, as for
the requests of the API.
"""

import hashlib
import logging
from typing import Final

import redis
from django.core.cache import cache

WINDOW_S: Final = 15 * 60
FOR_ACCOUNT: Final = 10
# Offices share an address, so a sender may err more often than an account.
FOR_SENDER: Final = 50

logger = logging.getLogger(__name__)


def allowed(email: str, sender: str) -> bool:
    """Return whether another password may be tried, for an account and by a sender."""
    limits = {_account(email): FOR_ACCOUNT, _sender(sender): FOR_SENDER}
    try:
        counts = cache.get_many(limits)
    except redis.RedisError as error:
        logger.warning("sign-in attempts are not counted, the cache failed: %s", error)
        return True
    return all(counts.get(key, 0) < limit for key, limit in limits.items())


def note_failure(email: str, sender: str) -> None:
    """Count a wrong password; the count lapses `WINDOW_S` seconds after the first."""
    try:
        for key in (_account(email), _sender(sender)):
            cache.add(key, 0, WINDOW_S)
            cache.incr(key)
    except (redis.RedisError, ValueError) as error:
        # A ValueError is a count that lapsed between the two steps.
        logger.warning("a wrong password was not counted: %s", error)


def forget(email: str) -> None:
    """Start an account's count anew, as its person proved to know the password."""
    try:
        cache.delete(_account(email))
    except redis.RedisError as error:
        logger.warning("a count of wrong passwords stays: %s", error)


def _account(email: str) -> str:
    return f"sign-in:account:{_digest(email.strip().lower())}"


def _sender(address: str) -> str:
    return f"sign-in:sender:{_digest(address)}"


def _digest(text: str) -> str:
    """Return a key that the cache takes and that shows nobody's address."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]

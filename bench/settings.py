"""The service's settings, with the addresses that benches compare against."""

from advisor.settings import *  # noqa: F403  # all but two

ROOT_URLCONF = "bench.urls"
# The comparison is of work, not of patience.
API_RATE_PER_MINUTE = 10**9

"""What tests of advice share: a process that holds no catalogue from before."""

import pytest

from advisor.recommendations import catalogue, measurements, services


@pytest.fixture(autouse=True)
def nothing_held():
    """Tests roll back, so a catalogue read in one must not serve the next."""
    catalogue._held.clear()
    measurements._indexes.clear()
    services._qualities.clear()

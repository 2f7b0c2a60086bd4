"""What tests of reports share: a process that holds no catalogue from before."""

from tests.advisor.recommendations.conftest import nothing_held

__all__ = ["nothing_held"]

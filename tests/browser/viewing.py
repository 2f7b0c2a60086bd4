"""How wide, and in which colours, pages are looked at."""

import pytest

PHONE, DESK = 360, 1280  # px

VIEWS = [
    ("phone-light", PHONE, "light"),
    ("phone-dark", PHONE, "dark"),
    ("desk-light", DESK, "light"),
    ("desk-dark", DESK, "dark"),
]


# Each width and each scheme once, for pages that others have shown in all.
BOTH_EXTREMES = [VIEWS[1], VIEWS[2]]


def each_view(test):
    """Run a test at phone and desk width, in the light and in the dark scheme."""
    return _in(VIEWS, test)


def both_extremes(test):
    """Run a test at phone width in the dark scheme, at desk width in the light one."""
    return _in(BOTH_EXTREMES, test)


def _in(views, test):
    cases = [
        pytest.param(id=name, marks=pytest.mark.viewed(width=width, scheme=scheme))
        for name, width, scheme in views
    ]
    return pytest.mark.parametrize((), cases)(test)

"""How wide, and in which colours, pages are looked at."""

import pytest

PHONE, DESK = 360, 1280  # px

VIEWS = [
    ("phone-light", PHONE, "light"),
    ("phone-dark", PHONE, "dark"),
    ("desk-light", DESK, "light"),
    ("desk-dark", DESK, "dark"),
]


def each_view(test):
    """Run a test at phone and desk width, in the light and in the dark scheme."""
    cases = [
        pytest.param(id=name, marks=pytest.mark.viewed(width=width, scheme=scheme))
        for name, width, scheme in VIEWS
    ]
    return pytest.mark.parametrize((), cases)(test)

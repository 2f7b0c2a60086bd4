"""The core and the price of a request load no framework."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
FRAMEWORKS = {"django", "celery", "rest_framework", "psycopg"}
_LOADED = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded_by(module):
    """Return the top-level packages that a fresh interpreter has after the import."""
    finished = subprocess.run(
        [sys.executable, "-c", _LOADED, module],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(finished.stdout.split())


@pytest.mark.parametrize(
    "module",
    ["advisor.decision.decide", "advisor.decision.quote", "catalog.pricing"],
)
def test_import_loads_no_framework(module):
    packages = loaded_by(module)

    assert module.partition(".")[0] in packages
    assert not packages & FRAMEWORKS


def test_price_of_a_request_needs_the_standard_library_alone():
    assert "numpy" not in loaded_by("catalog.pricing")

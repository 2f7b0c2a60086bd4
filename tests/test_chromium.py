"""Without a browser its tests are left out and counted, or fail where required."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chromium import is_required, path_of_chromium, sentence

PROJECT = Path(__file__).resolve().parent.parent
TEST = "tests/browser/test_signing_in.py::test_a_link_shows_whom_it_signs_in"


def test_a_run_ends_with_how_many_were_left_out_and_how_to_have_them():
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", TEST]
    told = {**os.environ, "CHROMIUM": "/nowhere/chromium", "REQUIRE_CHROMIUM": ""}

    run = subprocess.run(
        command, cwd=PROJECT, env=told, capture_output=True, text=True, check=False
    )

    assert run.stdout.splitlines()[-1] == (
        "1 browser test was left out, as there is no Chromium: install it"
        " (`apt-get install chromium` on Debian) or name it in CHROMIUM."
    )


@pytest.mark.parametrize(("told", "required"), [("1", True), ("0", False), ("", False)])
def test_its_absence_is_a_failure_where_it_is_required(monkeypatch, told, required):
    monkeypatch.setenv("REQUIRE_CHROMIUM", told)

    assert is_required() is required


def test_a_browser_that_is_named_but_missing_is_not_replaced(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")

    assert path_of_chromium() is None


def test_several_are_counted():
    assert sentence(12).startswith("12 browser tests were left out")

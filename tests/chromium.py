"""The browser that tests drive: where it is, and what its absence means."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW = "install it (`apt-get install chromium` on Debian) or name it in CHROMIUM"


def path_of_chromium() -> str | None:
    """Return the program that CHROMIUM names, else the one on the PATH."""
    named = os.environ.get("CHROMIUM")
    found = (shutil.which(name) for name in ([named] if named else NAMES))
    return next((path for path in found if path), None)


def is_required() -> bool:
    """Tell whether tests must fail rather than be left out without a browser."""
    return os.environ.get("REQUIRE_CHROMIUM", "") not in ("", "0")


def sentence(left_out: int) -> str:
    """Return the line that a test run without a browser ends with."""
    tests = "test was" if left_out == 1 else "tests were"
    return f"{left_out} browser {tests} left out, as there is no Chromium: {HOW}."

"""Runs management commands one after another in one process.

`python -m advisor.supervisor.prepare migrate load_catalogue`: Django starts once
instead of once per command, which is most of what a second start costs.
"""

import os
import sys

import django
from django.core.management import call_command

QUIET = {"migrate": {"verbosity": 0, "interactive": False}}


def main(names: list[str]) -> None:
    """Call each command by name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisor.settings")
    django.setup()
    for name in names:
        call_command(name, **QUIET.get(name, {}))


if __name__ == "__main__":
    main(sys.argv[1:])

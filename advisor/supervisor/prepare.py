"""Runs management commands one after another in one process.

`python -m advisor.supervisor.prepare migrate load_catalogue`: Django starts once
instead of once per command, which is most of what a second start costs.
"""

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError

QUIET = {"migrate": {"verbosity": 0, "interactive": False}}


def main(names: list[str]) -> None:
    """Call each command by name; a foreseen failure is a line, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisor.settings")
    try:
        django.setup()
        for name in names:
            call_command(name, **QUIET.get(name, {}))
    except (CommandError, ImproperlyConfigured) as error:
        sys.exit(str(error))
    except OperationalError as error:
        reason = str(error).strip().split("\n")[-1]
        sys.exit(f"The database does not answer ({reason}): check DATABASE_URL.")


if __name__ == "__main__":
    main(sys.argv[1:])

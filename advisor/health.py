"""Probes for an orchestrator: `/livez` (restart me?) and `/readyz` (send traffic?)."""

from collections.abc import Callable
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

TIMEOUT_S = 2


class NotReady(Exception):
    """What is missing, in words fit for strangers: no host names, no versions."""


def check_database() -> None:
    """Raise `NotReady` unless the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise NotReady("does not answer") from error


@cache  # an exception is not cached, and what is applied stays applied
def check_migrations() -> None:
    """Raise `NotReady` while a migration of this version is not applied."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise NotReady("unknown, the database does not answer") from error
    if pending:
        raise NotReady(f"{len(pending)} not applied: run `manage.py migrate`")


def check_broker() -> None:
    """Raise `NotReady` unless the broker answers."""
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_connect_timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
    )
    try:
        client.ping()
    except redis.RedisError as error:
        raise NotReady("does not answer") from error
    finally:
        client.close()


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "broker": check_broker,
}


def findings() -> dict[str, str]:
    """Return "ok" or what is missing for each thing the service needs."""
    found = {}
    for name, check in CHECKS.items():
        try:
            check()
        except NotReady as missing:
            found[name] = str(missing)
        else:
            found[name] = "ok"
    return found


@never_cache
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is looked at."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every check is ok, else 503; both name each check."""
    found = findings()
    ready = all(finding == "ok" for finding in found.values())
    return JsonResponse(
        {"status": "ok" if ready else "not ready", "checks": found},
        status=200 if ready else 503,
    )


urlpatterns = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
]

"""The probes: what they look at, what they say, what they keep to themselves."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings

from advisor import health

pytestmark = pytest.mark.urls("advisor.health")

CLOSED = "redis://127.0.0.1:1/0"  # nothing listens on port 1


@pytest.fixture(autouse=True)
def fresh_migration_check():
    health.check_migrations.cache_clear()
    yield
    health.check_migrations.cache_clear()


def test_livez_looks_at_nothing(client):
    response = client.get("/livez")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_readyz_names_each_check(client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "broker": "ok"},
    }


@pytest.mark.django_db
def test_a_silent_broker_means_not_ready_and_is_not_described(client):
    with override_settings(CELERY_BROKER_URL=CLOSED):
        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["status"] == "not ready"
    assert response.json()["checks"]["broker"] == "does not answer"
    assert "127.0.0.1" not in response.text


@pytest.mark.django_db
def test_an_unapplied_migration_means_not_ready(client):
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert "1 not applied" in response.json()["checks"]["migrations"]


@pytest.mark.django_db
def test_applied_migrations_are_looked_up_once(client, django_assert_num_queries):
    client.get("/readyz")

    with django_assert_num_queries(1):  # SELECT 1
        client.get("/readyz")


def test_probes_only_read(client):
    assert client.post("/livez").status_code == 405

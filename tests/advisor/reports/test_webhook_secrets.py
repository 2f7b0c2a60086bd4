"""Secrets of webhooks are encrypted at rest, and follow a change of keys."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection

from advisor.reports.models import Webhook
from tests.advisor.reports.webhooks import WebhookFactory, secret

pytestmark = pytest.mark.django_db

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, previous_secret FROM reports_webhook")
        return cursor.fetchone()


def test_rotated_keys_open_both_secrets_and_the_old_key_opens_none(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    WebhookFactory(secret=secret("b"), previous_secret=secret("a"))
    by_old = [Fernet(OLD).decrypt(text.encode()).decode() for text in stored()]
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    printed = StringIO()

    call_command("rotate_credentials", stdout=printed)

    by_new = [Fernet(NEW).decrypt(text.encode()).decode() for text in stored()]
    assert by_old == by_new == [secret("b"), secret("a")]
    settings.ENCRYPTION_KEYS = [NEW]
    webhook = Webhook.objects.get()
    assert (webhook.secret, webhook.previous_secret) == (secret("b"), secret("a"))
    for column in ("secret", "previous_secret"):
        said = f"reports.Webhook.{column}: 1 encrypted with the first key"
        assert said in printed.getvalue()

"""The demo: seeded once, shown in tables, its key opens the API."""

import json
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import ApiKey
from advisor.recommendations.models import Recommendation
from tests.advisor.recommendations.market import open_market

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def state(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    return tmp_path


def shown():
    out = StringIO()
    call_command("show_demo", stdout=out)
    return out.getvalue()


def test_each_demo_workload_is_seeded_and_advised_once():
    open_market()

    call_command("seed_demo")
    call_command("seed_demo")

    assert Recommendation.objects.count() == 3
    assert ApiKey.objects.count() == 1


def test_the_tables_name_pick_ladder_and_the_claim():
    open_market()
    call_command("seed_demo")

    text = shown()

    assert text.count("Recommended: ") + text.count("Nothing fits.") == 3
    for band in ("small", "medium", "large", "undisclosed"):
        assert len(re.findall(rf"^  {band} ", text, re.MULTILINE)) == 3
    assert "two orders of magnitude cheaper, half the latency" in text
    assert "/api/v1/docs/" in text
    assert "/readyz" in text


def test_the_printed_key_and_address_answer(state):
    open_market()
    call_command("seed_demo")
    text = shown()
    key = re.search(r"Bearer (\S+)'", text)[1]
    path = re.search(r"(/api/v1/workloads/\S+/recommendations/)", text)[1]

    reply = Client(headers={"Authorization": f"Bearer {key}"}).post(
        path, "{}", content_type="application/json"
    )

    assert reply.status_code == 201


def test_the_secrets_are_for_the_owner_only(state):
    open_market()
    call_command("seed_demo")

    path = state / "demo-credentials.json"

    assert path.stat().st_mode & 0o077 == 0
    assert set(json.loads(path.read_text())) == {"api_key", "password"}


def test_lost_secrets_are_made_anew(state):
    open_market()
    call_command("seed_demo")
    (state / "demo-credentials.json").unlink()

    call_command("seed_demo")

    assert (state / "demo-credentials.json").exists()
    assert Recommendation.objects.count() == 3

"""The demo: seeded once, shown in tables, its key opens the API."""

import json
import re
from io import StringIO
from ipaddress import ip_network

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import ApiKey
from advisor.recommendations.models import Recommendation
from benchmarks.models import BenchmarkPlan, BenchmarkRun, Endpoint
from tests.advisor.recommendations.market import open_market
from tests.factories.benchmarks import FinishedRunFactory

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


@pytest.fixture
def local_model(settings, monkeypatch):
    """What `make run` tells the commands of a model that it serves."""
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    monkeypatch.setenv("LOCAL_MODEL_URL", "http://127.0.0.1:8001/v1")
    monkeypatch.setenv("LOCAL_MODEL_NAME", "smollm2-135m-instruct")


def test_a_model_served_here_becomes_an_endpoint_with_a_plan_and_a_first_run(
    local_model,
):
    open_market()

    call_command("seed_demo")
    call_command("seed_demo")

    endpoint = Endpoint.objects.get()
    assert endpoint.base_url == "http://127.0.0.1:8001/v1"
    assert str(endpoint.offering) == "self-hosted/smollm2-135m-instruct"
    assert BenchmarkPlan.objects.get().endpoint == endpoint
    run = BenchmarkRun.objects.get()
    assert (run.status, run.requests_total) == ("queued", 20)
    assert run.estimate_usd is None  # nobody said what this machine costs
    assert "Being measured: smollm2-135m-instruct" in shown()


def test_a_model_that_moved_to_another_port_is_found_there(local_model, monkeypatch):
    open_market()
    call_command("seed_demo")
    monkeypatch.setenv("LOCAL_MODEL_URL", "http://127.0.0.1:9001/v1")

    call_command("seed_demo")

    assert Endpoint.objects.get().base_url == "http://127.0.0.1:9001/v1"


def test_what_was_measured_is_shown(local_model):
    open_market()
    call_command("seed_demo")
    FinishedRunFactory(
        endpoint=Endpoint.objects.get(),
        summary={
            "metrics": {
                "latencies": {
                    "ttft_ms": {"p50": {"value": 81.4}},
                    "tpot_ms": {"p50": {"value": 7.26}},
                }
            }
        },
    )

    text = shown()
    assert "60 of 60 answered, 81 ms to the first token, 7.3 ms per token" in text


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

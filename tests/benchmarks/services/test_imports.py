"""Results of other tools become closed runs, once."""

import json
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from benchmarks.importers import Unreadable
from benchmarks.models import BenchmarkRun
from benchmarks.services.imports import AlreadyImported, import_results
from catalog.models import CatalogueChange
from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import OfferingFactory, ProviderFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def files(*responses, **changes):
    """Return LLMPerf's two files: a summary, and a record for each request."""
    summary = {
        "version": "2023-08-31",
        "model": "acme/small",
        "mean_input_tokens": 1_000,
        "stddev_input_tokens": 0,
        "mean_output_tokens": 1_000,
        "stddev_output_tokens": 0,
        "num_concurrent_requests": 5,
        "timestamp": 1_700_000_000,  # 14 November 2023, 22:13:20 UTC
        **changes,
    }
    return [json.dumps(summary), json.dumps(list(responses) or [response()] * 3)]


def response(**changes):
    fields = {
        "error_code": None,
        "error_msg": "",
        "inter_token_latency_s": 0.02,
        "ttft_s": 0.32,
        "end_to_end_latency_s": 20.32,
        "number_output_tokens": 1_000,
        "number_input_tokens": 1_000,
    }
    return {**fields, **changes}


def imported(texts=None, **fields):
    return import_results(
        **{
            "offering": OfferingFactory(),
            "source": "llmperf",
            "texts": texts or files(),
            "at": NOON,
            **fields,
        }
    )


def test_results_become_a_closed_run_of_the_offering():
    offering = OfferingFactory()

    (run,) = imported(offering=offering)

    run = BenchmarkRun.objects.get(pk=run.pk)
    assert (run.basis, run.offering, run.endpoint) == ("imported", offering, None)
    assert (run.status, run.token_class) == ("succeeded", "balanced")
    assert (run.requests_done, run.requests_failed) == (3, 0)
    assert run.samples["ttft_ms"].tolist() == [320, 320, 320]
    assert run.summary["metrics"]["latencies"]["ttft_ms"]["p50"]["value"] == 320
    assert run.finished_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert run.feeds_advice
    assert run.received_at == CatalogueChange.objects.get().received_at
    assert run.asked["profile"] == "concurrent"
    assert run.asked["lengths"] == [[1_000, 1_000]]
    assert run.client_version == "llmperf 2023-08-31"
    assert AuditEvent.objects.get().action == "benchmark_run.imported"


def test_the_same_results_are_kept_once_whatever_the_order_of_the_files():
    imported()

    with pytest.raises(AlreadyImported, match="imported on 2026-03-01"):
        imported(files()[::-1])

    assert BenchmarkRun.objects.count() == 1
    assert CatalogueChange.objects.count() == 1


def test_another_organization_may_import_them_too():
    imported()

    (own,) = imported(organization=OrganizationFactory())

    assert own.organization is not None


def test_results_without_an_answer_are_kept_and_feed_nothing():
    failure = response(error_code=500, error_msg="server on fire")

    (run,) = imported(files(failure, failure))

    assert (run.status, run.not_fed_because) == ("failed", "no_answers")
    assert not run.feeds_advice


def test_what_was_measured_at_an_unknown_time_feeds_nothing():
    (run,) = imported(files(timestamp=None))

    assert (run.finished_at, run.feeds_advice, run.slot) == (None, False, NOON)
    assert run.status == "succeeded"


def test_a_strangers_offering_cannot_be_imported_for():
    private = OfferingFactory(organization=OrganizationFactory())

    for organization in (None, OrganizationFactory()):
        with pytest.raises(ValidationError, match="no such offering"):
            imported(offering=private, organization=organization)


def test_what_is_no_result_of_the_tool_is_refused():
    with pytest.raises(Unreadable):
        imported(["{}"])
    with pytest.raises(ValidationError, match="Known formats are aiperf, guidellm"):
        imported(source="stopwatch")

    assert not BenchmarkRun.objects.exists()


@pytest.fixture
def written(tmp_path):
    paths = [tmp_path / "summary.json", tmp_path / "responses.json"]
    for path, text in zip(paths, files(), strict=True):
        path.write_text(text)
    return paths


def command(paths, offering, **options):
    call_command(
        "import_benchmark", *paths, offering=offering, format="llmperf", **options
    )


def test_the_command_says_what_was_kept(written, capsys):
    OfferingFactory(provider=ProviderFactory(slug="acme"), name="models/small")

    command(written, "acme/models/small")

    run = BenchmarkRun.objects.get()
    assert capsys.readouterr().out == (
        f"{run.pk}: succeeded, 3 requests, 0 failed, balanced\n"
    )


def test_the_command_prefers_the_organizations_own_listing(written):
    provider = ProviderFactory(slug="acme")
    owner = OrganizationFactory(slug="buyer")
    OfferingFactory(provider=provider, name="small")
    own = OfferingFactory(provider=provider, name="small", organization=owner)

    command(written, "acme/small", organization="buyer")

    run = BenchmarkRun.objects.get()
    assert (run.offering, run.organization) == (own, owner)


@pytest.mark.parametrize(
    ("offering", "options", "said"),
    [
        ("acme/large", {}, "is not listed"),
        ("acme/small", {"region": "mars"}, "is not listed in mars"),
        ("acme/small", {"organization": "nobody"}, "no organization has the slug"),
    ],
)
def test_the_command_refuses_what_is_not_there(written, offering, options, said):
    OfferingFactory(provider=ProviderFactory(slug="acme"), name="small")

    with pytest.raises(CommandError, match=said):
        command(written, offering, **options)


def test_the_command_refuses_a_file_that_is_not_there(tmp_path):
    OfferingFactory(provider=ProviderFactory(slug="acme"), name="small")

    with pytest.raises(CommandError, match="cannot be read"):
        command([tmp_path / "none.json"], "acme/small")


def test_the_command_says_when_it_was_imported_before(written):
    OfferingFactory(provider=ProviderFactory(slug="acme"), name="small")
    command(written, "acme/small")

    with pytest.raises(CommandError, match="nothing was added"):
        command(written, "acme/small")

"""Lasting changes of performance, over the API."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import factory
import pytest
from factory.django import DjangoModelFactory

from benchmarks.change_sentences import ratio_of, sentence_of, unit_of
from benchmarks.models import Endpoint, PerformanceChange
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import EndpointFactory, FinishedRunFactory

CHANGES = "/api/v1/benchmark-changes/"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class PerformanceChangeFactory(DjangoModelFactory):
    """Median TTFT up from 210 to 260 ms, found out six hours after it began."""

    class Meta:
        model = PerformanceChange

    endpoint = factory.SubFactory(EndpointFactory)
    organization = factory.SelfAttribute("endpoint.organization")
    token_class = "short"
    figure = "ttft_ms_p50"
    before = 210.0
    after = 260.0
    significance = 1.5
    effective_from = NOON
    received_at = NOON + timedelta(hours=6)
    began_run = factory.SubFactory(
        FinishedRunFactory, endpoint=factory.SelfAttribute("..endpoint"), samples=()
    )
    detected_run = factory.SubFactory(
        FinishedRunFactory, endpoint=factory.SelfAttribute("..endpoint"), samples=()
    )


def ids(api, **query):
    reply = api.get(CHANGES, query)
    assert reply.status_code == 200, reply.json()
    return [row["id"] for row in reply.json()["results"]]


def test_a_change_says_what_changed_where_and_when(api):
    endpoint = EndpointFactory(name="Paris")
    change = PerformanceChangeFactory(endpoint=endpoint)

    (shown,) = api.get(CHANGES).json()["results"]

    assert shown["offering"]["id"] == str(endpoint.offering.pk)
    assert shown["offering"]["provider"] == endpoint.offering.provider.slug
    assert shown["endpoint"] == {"id": str(endpoint.pk), "name": "Paris"}
    assert (shown["token_class"], shown["figure"]) == ("short", "ttft_ms_p50")
    assert (shown["unit"], shown["before"], shown["after"]) == ("ms", 210, 260)
    assert shown["ratio"] == 1.238  # 260 / 210 = 1.2381
    assert shown["effective_from"] == "2026-03-01T12:00:00Z"
    assert shown["received_at"] == "2026-03-01T18:00:00Z"
    assert shown["began_run"] == str(change.began_run_id)
    assert shown["detected_run"] == str(change.detected_run_id)
    assert shown["sentence"] == (
        "Median TTFT rose from 210 ms to 260 ms (+24 %) at Paris, short requests,"
        " since 2026-03-01 12:00 UTC."
    )


def test_changes_come_newest_first_page_by_page(api):
    old = PerformanceChangeFactory(received_at=NOON)
    new = PerformanceChangeFactory(received_at=NOON + 2 * DAY)
    between = PerformanceChangeFactory(received_at=NOON + DAY)

    first = api.get(CHANGES, {"page_size": 2}).json()
    second = api.get(first["next"]).json()

    assert [row["id"] for row in first["results"]] == [new.pk, between.pk]
    assert [row["id"] for row in second["results"]] == [old.pk]
    assert second["next"] is None


def test_changes_are_filtered(api):
    endpoint = EndpointFactory()
    beside = EndpointFactory(offering=endpoint.offering)
    early = PerformanceChangeFactory(endpoint=endpoint)
    late = PerformanceChangeFactory(endpoint=beside, received_at=NOON + DAY)
    other = PerformanceChangeFactory(received_at=NOON + 2 * DAY)

    assert ids(api) == [other.pk, late.pk, early.pk]
    assert ids(api, offering=endpoint.offering.pk) == [late.pk, early.pk]
    assert ids(api, endpoint=endpoint.pk) == [early.pk]
    assert ids(api, since="2026-03-02T12:00:00Z") == [other.pk, late.pk]
    assert ids(api, since="2026-03-03", offering=endpoint.offering.pk) == []
    assert ids(api, offering=uuid4()) == []


def test_changes_at_others_endpoints_are_not_seen(api, organization):
    own = EndpointFactory(organization=organization)
    theirs = EndpointFactory(organization=OrganizationFactory())
    seen = PerformanceChangeFactory(endpoint=own)
    PerformanceChangeFactory(endpoint=theirs)

    assert ids(api) == [seen.pk]
    assert ids(api, endpoint=theirs.pk) == []


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ({"offering": "gpt"}, "offering", "Enter a valid UUID."),
        ({"endpoint": "1"}, "endpoint", "Enter a valid UUID."),
        ({"since": "lately"}, "since", "Give a date"),
        ({"sinse": "2026-03-01"}, "sinse", "Give some of: endpoint, offering, since."),
        ({"cursor": "made-up"}, "cursor", "Not a cursor of this list"),
    ],
)
def test_a_bad_value_is_refused_by_name(api, query, field, said):
    reply = api.get(CHANGES, query)

    assert reply.status_code == 400
    (error,) = reply.json()["errors"]
    assert error["pointer"] == f"#/{field}"
    assert said in error["detail"]


@pytest.mark.django_db
def test_nobody_is_told_of_changes(client):
    assert client.get(CHANGES).status_code == 401


@pytest.mark.parametrize("rows", [1, 4])
def test_the_list_takes_two_queries(api, rows, django_assert_num_queries):
    for _ in range(rows):
        PerformanceChangeFactory()
    api.get("/api/v1/providers/")  # notes the first use of the key

    with django_assert_num_queries(2):
        assert len(ids(api)) == rows


# The sentence


def change(figure, before, after, effective_from=NOON):
    return PerformanceChange(
        figure=figure,
        before=before,
        after=after,
        endpoint=Endpoint(name="Oslo"),
        token_class="long",
        effective_from=effective_from,
    )


@pytest.mark.parametrize(
    ("figure", "before", "after", "said"),
    [
        (
            "tpot_ms_p95",
            40.0,
            21.44,  # 21.44 / 40 = 0.536
            "95th percentile of TPOT fell from 40 ms to 21.4 ms (-46 %) at Oslo",
        ),
        (
            "request_ms",
            999.6,
            1_811.9,  # 1811.9 / 999.6 = 1.8126
            "Request latency rose from 1000 ms to 1812 ms (+81 %) at Oslo",
        ),
        (
            "error_rate",
            0.0125,
            0.05,
            "Error rate rose from 1.25 % to 5 % (+300 %) at Oslo",
        ),
        # From nothing there is no ratio.
        ("error_rate", 0.0, 0.5, "Error rate rose from 0 % to 50 % at Oslo"),
        ("queue_ms_p50", 1.0, 2.0, "Queue_ms_p50 rose from 1 ms to 2 ms (+100 %)"),
    ],
)
def test_a_sentence_names_figure_levels_and_step(figure, before, after, said):
    assert sentence_of(change(figure, before, after)).startswith(said)


def test_a_sentence_gives_its_moment_in_utc():
    in_india = timezone(timedelta(hours=5, minutes=30))
    began = datetime(2026, 3, 2, 2, 0, tzinfo=in_india)

    sentence = sentence_of(change("ttft_ms_p50", 1.0, 2.0, effective_from=began))

    assert sentence.endswith("long requests, since 2026-03-01 20:30 UTC.")


def test_a_change_from_nothing_has_no_ratio():
    assert ratio_of(0.0, 0.5) is None
    assert (unit_of("error_rate"), unit_of("itl_p95_ms_p50")) == ("share", "ms")

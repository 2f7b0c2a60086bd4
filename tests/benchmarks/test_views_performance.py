"""How an offering performs, over the API."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.harness.samples import Sample
from benchmarks.selectors import performance as selectors
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import (
    BenchmarkRunFactory,
    EndpointFactory,
    FinishedRunFactory,
    steady,
)
from tests.factories.catalog import OfferingFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# An hour after the runs of the tests, which begin at noon and take a minute.
LATER = {"as_of": "2026-03-01T13:00:00Z"}
SINGLE = {"profile": "single", "concurrency": 1, "requests_per_second": 1.0}
FAILED = {"status": "failed", "feeds_advice": False, "samples": ()}


@pytest.fixture
def endpoint(db):
    """A shared endpoint of a public offering."""
    return EndpointFactory(name="Paris")


def finished(endpoint, *, ttft_ms=200.0, count=60, **fields):
    """A run at noon, of requests that are alike."""
    samples = steady(count, ttft_ms=ttft_ms)
    usual = {"slot": NOON, "samples": samples, "asked": SINGLE}
    return FinishedRunFactory(endpoint=endpoint, **{**usual, **fields})


def address(offering):
    return f"/api/v1/offerings/{offering.pk}/performance/"


def asked(api, offering, **query):
    reply = api.get(address(offering), {**LATER, **query})
    assert reply.status_code == 200, reply.json()
    return reply.json()


def medians(reply):
    """Return the median TTFT of each group."""
    return [
        group["figures"]["latency"]["ttft_ms"]["p50"]["value"]
        for group in reply["groups"]
    ]


def test_two_runs_are_shown_as_one(api, endpoint):
    finished(endpoint, ttft_ms=200.0)
    finished(endpoint, ttft_ms=300.0, slot=NOON + timedelta(minutes=30), cut_off=2)

    reply = asked(api, endpoint.offering, ttft_ms="250", parallel="2")

    assert reply["offering"]["id"] == str(endpoint.offering.pk)
    assert reply["since"] == "2026-02-26T13:00:00Z"  # 72 hours before
    assert reply["as_of"] == "2026-03-01T13:00:00Z"
    assert reply["left_out"] == {"runs": 0, "by_reason": {}}
    (group,) = reply["groups"]
    assert (group["service_tier"], group["token_class"]) == ("standard", "short")
    assert group["basis"] == "benchmarked"
    assert (group["workload"], group["lengths"]) == (None, None)
    assert group["arrival"] == {
        "profile": "single",
        "concurrency": None,
        "requests_per_second": None,
    }
    assert group["by_endpoint"] == []
    (day,) = group["by_day"]
    assert (day["date"], day["runs"], day["requests"]) == ("2026-03-01", 2, 120)


def test_figures_are_those_of_all_requests(api, endpoint):
    finished(endpoint, ttft_ms=200.0)
    finished(endpoint, ttft_ms=300.0, slot=NOON + timedelta(minutes=30), cut_off=2)

    (group,) = asked(api, endpoint.offering)["groups"]

    figures = group["figures"]
    assert (figures["runs"], figures["requests"], figures["cut_off"]) == (2, 120, 2)
    assert figures["first_finished_at"] == "2026-03-01T12:01:00Z"
    assert figures["last_finished_at"] == "2026-03-01T12:31:00Z"
    ttft = figures["latency"]["ttft_ms"]
    # Half of 120 took 200 ms, so the 60th did, and the 114th took 300 ms.
    assert ttft["n"] == 120
    assert (ttft["p50"]["value"], ttft["p95"]["value"]) == (200, 300)
    assert ttft["p99"] == {"value": None, "upper": None, "needed": 179}  # 299 - 120
    # 120 answers of 300 tokens in twice 60 s.
    assert figures["throughput"] == {
        "requests_per_second": 1.0,
        "output_tokens_per_second": 300.0,
    }
    assert figures["tokens"]["output_tokens"] == 300
    assert figures["tokens"]["reasoning_tokens"] is None
    # Wilson at 0 of 120: z^2 / (n + z^2) = 3.841459 / 123.841459.
    assert figures["errors"] == {
        "count": 0,
        "n": 120,
        "share": 0.0,
        "low": 0.0,
        "high": 0.0310192,
    }
    assert (figures["errors_by_kind"], figures["length_mismatches"]) == ([], 0)
    assert figures["throttled"]["mean_ms"] is None


def test_a_limit_has_its_goodput_and_its_verdict(api, endpoint):
    finished(endpoint, ttft_ms=200.0, count=59)
    finished(endpoint, ttft_ms=300.0, count=1, slot=NOON + timedelta(minutes=30))

    (group,) = asked(api, endpoint.offering, ttft_ms="250", tpot_ms="21")["groups"]

    good = group["goodput"]["good"]
    assert (good["count"], good["n"], good["share"]) == (59, 60, 0.983333)
    assert (group["goodput"]["late"], group["goodput"]["withheld"]) == (1, None)
    ttft, tpot = group["limits"]
    # p95 is the 57th of 60, 200 ms; its bound is the maximum.
    assert ttft == {
        "figure": "ttft_ms",
        "limit": 250.0,
        "unit": "ms",
        "percentile": 95,
        "tested": {"value": 200.0, "upper": 300.0, "needed": 0},
        "verdict": "unproven",
    }
    assert (tpot["figure"], tpot["verdict"]) == ("tpot_ms", "met")


def test_errors_are_shown_by_kind(api, endpoint):
    samples = [
        *steady(3),
        Sample(intended_s=3.0, error="timeout"),
        Sample(intended_s=4.0, throttled_ms=1_500.0, error="rate_limited"),
    ]
    finished(endpoint, samples=samples)

    (group,) = asked(api, endpoint.offering)["groups"]

    kinds = group["figures"]["errors_by_kind"]
    assert [(kind["kind"], kind["share"]) for kind in kinds] == [
        ("rate_limited", 0.2),
        ("timeout", 0.2),
    ]
    throttled = group["figures"]["throttled"]
    assert (throttled["count"], throttled["mean_ms"]) == (1, 1_500)


def test_parallel_calls_come_from_requests_that_overlapped(api, endpoint):
    # steady() sends one a second, and each takes 200 + 20 * 299 = 6,180 ms.
    finished(endpoint, count=60)

    (group,) = asked(api, endpoint.offering, parallel="5,3,100")["groups"]

    three, five, hundred = group["parallel"]
    assert (three["calls"], three["request_ms"]["n"]) == (3, 20)
    assert three["request_ms"]["p50"]["value"] == 6_180
    assert (five["calls"], five["request_ms"]["n"]) == (5, 12)
    assert (hundred["request_ms"], hundred["withheld"]) == (None, "none_overlapped")


def test_figures_have_no_more_digits_than_were_measured(api, endpoint):
    finished(endpoint, ttft_ms=200.1)  # as four bytes it is 200.10000610…

    assert medians(asked(api, endpoint.offering)) == [200.1]


def test_an_offering_that_was_never_measured_says_so(api):
    reply = asked(api, OfferingFactory())

    assert reply["groups"] == []
    assert reply["left_out"] == {"runs": 0, "by_reason": {}}


def test_other_offerings_say_nothing(api, endpoint):
    finished(EndpointFactory())

    assert asked(api, endpoint.offering)["groups"] == []


def test_several_endpoints_are_shown_apart_too(api, endpoint):
    oslo = EndpointFactory(name="Oslo", offering=endpoint.offering)
    finished(endpoint, ttft_ms=200.0)
    finished(oslo, ttft_ms=300.0)

    (group,) = asked(api, endpoint.offering)["groups"]

    assert group["figures"]["runs"] == 2
    names = [part["endpoint"]["name"] for part in group["by_endpoint"]]
    assert names == ["Oslo", "Paris"]
    assert group["by_endpoint"][0]["endpoint"]["id"] == str(oslo.pk)
    latency = group["by_endpoint"][0]["figures"]["latency"]
    assert latency["ttft_ms"]["p50"]["value"] == 300


def test_each_way_of_arrival_and_each_workload_is_a_group(api, endpoint):
    eight = {"profile": "concurrent", "concurrency": 8, "requests_per_second": 1.0}
    poisson = {"profile": "poisson", "concurrency": 1, "requests_per_second": 2.5}
    stated = {"id": "7c3e3f3c-9e52-4d27-a1f7-0d5f0c9d3a11", "revision": 3}
    finished(endpoint, asked=eight)
    finished(endpoint, asked=poisson)
    finished(endpoint, asked={**SINGLE, "workload": stated}, token_class="workload")

    first, second, third = asked(api, endpoint.offering)["groups"]

    assert first["arrival"] == {**eight, "requests_per_second": None}
    assert second["arrival"] == {**poisson, "concurrency": None}
    assert (third["token_class"], third["workload"]) == ("workload", stated)


def test_an_imported_run_counts_though_it_does_not_feed_advice(api):
    offering = OfferingFactory()
    fields = {
        "offering": offering,
        "service_tier": "standard",
        "organization": None,
        "basis": "imported",
        "feeds_advice": False,
        "asked": {},
        "received_at": NOON + HOUR / 2,
    }
    finished(None, **fields)
    finished(None, **fields, not_fed_because="client_limited")
    finished(None, **fields, finished_at=None, closed_at=NOON)

    reply = asked(api, offering)

    (group,) = reply["groups"]
    assert (group["basis"], group["arrival"]) == ("imported", None)
    assert group["figures"]["runs"] == 1
    assert reply["left_out"] == {
        "runs": 2,
        "by_reason": {"client_limited": 1, "unknown_time": 1},
    }


def test_imported_runs_of_other_lengths_are_no_mixture(api):
    offering = OfferingFactory()
    for lengths in ([550, 150], [128, 128], [550, 150]):
        finished(
            None,
            offering=offering,
            organization=None,
            service_tier="standard",
            basis="imported",
            token_class="workload",
            asked={"profile": None, "lengths": [lengths]},
        )

    smaller, larger = asked(api, offering)["groups"]

    assert smaller["lengths"] == {"input_tokens": 128, "output_tokens": 128}
    assert larger["lengths"] == {"input_tokens": 550, "output_tokens": 150}
    assert (larger["workload"], larger["figures"]["runs"]) == (None, 2)


def test_what_is_left_out_is_counted_by_reason(api, endpoint):
    finished(endpoint)
    for reason in ("client_limited", "client_limited", "warm_cache"):
        finished(endpoint, feeds_advice=False, not_fed_because=reason)
    finished(endpoint, **FAILED)
    # Closed before it began: it has no end of its own.
    finished(endpoint, **{**FAILED, "finished_at": None, "closed_at": NOON})
    finished(endpoint, **{**FAILED, "status": "cancelled"})
    finished(endpoint, feeds_advice=False)  # and nobody said why
    BenchmarkRunFactory(endpoint=endpoint, slot=NOON)  # waits, so it is not closed

    reply = asked(api, endpoint.offering)

    assert reply["groups"][0]["figures"]["runs"] == 1
    assert reply["left_out"] == {
        "runs": 7,
        "by_reason": {
            "cancelled": 1,
            "client_limited": 2,
            "failed": 2,
            "not_for_advice": 1,
            "warm_cache": 1,
        },
    }


# When


def test_a_past_moment_shows_what_had_been_measured_by_then(api, endpoint):
    finished(endpoint, ttft_ms=200.0)
    finished(endpoint, ttft_ms=300.0, slot=NOON + DAY)

    then = asked(api, endpoint.offering)
    later = asked(api, endpoint.offering, as_of="2026-03-03")

    assert medians(then) == [200]
    assert later["groups"][0]["figures"]["runs"] == 2


def test_a_past_moment_does_not_show_what_came_to_be_known_later(api, endpoint):
    finished(endpoint, received_at=NOON + DAY)

    assert asked(api, endpoint.offering)["groups"] == []
    assert len(asked(api, endpoint.offering, as_of="2026-03-03")["groups"]) == 1


@pytest.mark.parametrize(
    ("query", "runs"),
    [
        ({"window": "24h"}, 1),
        ({}, 2),
        ({"window": "72h"}, 2),
        ({"window": "7d"}, 3),
        ({"window": "30d"}, 4),
        ({"since": "2026-01-01"}, 5),
        ({"since": "2026-02-28T10:00:00+01:00"}, 2),
    ],
)
def test_a_window_holds_the_runs_that_ended_in_it(api, endpoint, query, runs):
    for days in (0, 1, 5, 20, 40):
        finished(endpoint, slot=NOON - days * DAY)

    (group,) = asked(api, endpoint.offering, **query)["groups"]

    assert group["figures"]["runs"] == runs


def test_a_window_includes_its_end_and_not_its_start(api, endpoint):
    finished(endpoint)  # until 12:01
    until, after = {"as_of": "2026-03-01T12:01:00Z"}, {"since": "2026-03-01T12:01:00Z"}

    assert len(asked(api, endpoint.offering, **until)["groups"]) == 1
    assert asked(api, endpoint.offering, **after)["groups"] == []


def test_without_a_moment_it_is_now(api, endpoint):
    finished(endpoint, slot=datetime.now(UTC) - HOUR)

    reply = api.get(address(endpoint.offering)).json()

    assert reply["groups"][0]["figures"]["runs"] == 1


def test_the_format_of_the_reply_is_no_slip(api, endpoint):
    assert asked(api, endpoint.offering, format="json")["groups"] == []


# Which


@pytest.mark.parametrize(
    "query",
    [{"service_tier": "priority"}, {"token_class": "long"}, {"basis": "imported"}],
)
def test_groups_are_filtered(api, query):
    endpoint = EndpointFactory()
    priority = EndpointFactory(offering=endpoint.offering, service_tier="priority")
    finished(endpoint)
    finished(priority)
    finished(endpoint, token_class="long")
    finished(
        None,
        offering=endpoint.offering,
        organization=None,
        service_tier="standard",
        basis="imported",
    )

    (group,) = asked(api, endpoint.offering, **query)["groups"]

    ((name, value),) = query.items()
    assert group[name] == value


def test_ones_own_runs_count_and_others_do_not(api, organization, endpoint):
    offering = endpoint.offering
    own = EndpointFactory(offering=offering, organization=organization)
    theirs = EndpointFactory(offering=offering, organization=OrganizationFactory())
    finished(own, ttft_ms=100.0)
    finished(theirs, ttft_ms=900.0)
    finished(theirs, feeds_advice=False, not_fed_because="client_limited")

    reply = asked(api, offering)

    assert medians(reply) == [100]
    assert reply["groups"][0]["figures"]["runs"] == 1
    assert reply["left_out"]["runs"] == 0


def test_a_strangers_offering_is_not_found(api):
    offering = OfferingFactory(organization=OrganizationFactory())
    finished(EndpointFactory(offering=offering))

    assert api.get(address(offering), LATER).status_code == 404


def test_nobody_is_told(client, endpoint):
    assert client.get(address(endpoint.offering)).status_code == 401


# What is refused


MILLISECONDS = "Give milliseconds, such as 500."
ABOVE = "Must lie above 0, and at most 86400000, which is a day."


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ({"window": "1h"}, "window", "give one of 24h, 72h, 7d, 30d"),
        ({"window": "7d", "since": "2026-02-01"}, "since", "either window or since"),
        ({"since": "yesterday"}, "since", "Give a date"),
        ({"since": ""}, "since", "Is empty"),
        ({"since": "1999-12-31"}, "since", "Must not lie before 2000"),
        ({"since": "2026-03-01T13:00:00Z"}, "since", "Must lie before as_of."),
        ({"since": "2025-02-27"}, "since", "at most 366 days"),
        ({"as_of": "2026-03-01T12:00:00"}, "as_of", "with its offset"),
        ({"as_of": "2150-01-01"}, "as_of", "Must not lie in the future"),
        ({"token_class": "tiny"}, "token_class", "give one of short, balanced"),
        ({"service_tier": "royal"}, "service_tier", "give one of standard"),
        ({"basis": "guessed"}, "basis", "give one of benchmarked, imported"),
        ({"ttft_ms": "fast"}, "ttft_ms", MILLISECONDS),
        ({"answer_ttft_ms": "nan"}, "answer_ttft_ms", MILLISECONDS),
        ({"tpot_ms": "inf"}, "tpot_ms", MILLISECONDS),
        ({"ttft_ms": "0"}, "ttft_ms", ABOVE),
        ({"request_ms": "86400001"}, "request_ms", ABOVE),
        ({"parallel": "1"}, "parallel", "whole numbers from 2 to 256"),
        ({"parallel": "257"}, "parallel", "whole numbers from 2 to 256"),
        ({"parallel": "3,"}, "parallel", "such as 3,5"),
        ({"parallel": "3;5"}, "parallel", "such as 3,5"),
        ({"parallel": "2,3,4,5,6,7,8,9,10"}, "parallel", "Give up to 8"),
        ({"page_size": "5"}, "page_size", "There is no such field"),
        ({"tokenclass": "short"}, "tokenclass", 'did you mean "token_class"?'),
    ],
)
def test_a_bad_value_is_refused_by_name(api, endpoint, query, field, said):
    reply = api.get(address(endpoint.offering), {**LATER, **query})

    assert reply.status_code == 400
    (error,) = reply.json()["errors"]
    assert (error["pointer"], error["location"]) == (f"#/{field}", "query")
    assert said in error["detail"]


@pytest.mark.parametrize(
    ("query", "field"), [({}, "window"), ({"since": "2026-02-01"}, "since")]
)
def test_a_window_of_too_many_requests_is_refused(
    api, endpoint, monkeypatch, query, field
):
    monkeypatch.setattr(selectors, "MOST_REQUESTS", 119)
    finished(endpoint)
    finished(endpoint, feeds_advice=False, not_fed_because="sweep")
    assert asked(api, endpoint.offering)["left_out"]["runs"] == 1
    finished(endpoint)  # two of 60 are 120

    reply = api.get(address(endpoint.offering), {**LATER, **query})

    assert reply.status_code == 400
    (error,) = reply.json()["errors"]
    assert (error["pointer"], error["code"]) == (f"#/{field}", "too_many_requests")
    assert "There are 120 requests in it, and 119 at most" in error["detail"]


@pytest.mark.parametrize("runs", [1, 6])
def test_it_takes_as_many_queries_for_many_runs_as_for_one(
    api, endpoint, runs, django_assert_num_queries
):
    for _ in range(runs):
        finished(endpoint)
    api.get("/api/v1/providers/")  # notes the first use of the key

    # The key, the offering, the runs that are left out, and those that count.
    with django_assert_num_queries(4):
        asked(api, endpoint.offering)

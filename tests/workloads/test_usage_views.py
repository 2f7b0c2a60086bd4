"""Actual usage over the API: taken in whole, corrected, read back."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import OfferingFactory
from tests.factories.workloads import UsageRecordFactory, WorkloadFactory
from workloads.models import UsageRecord

pytestmark = pytest.mark.django_db

CSV = "day,offering,service_tier,requests,input_tokens,output_tokens"


@pytest.fixture
def offering():
    return OfferingFactory()


@pytest.fixture
def workload(organization):
    return WorkloadFactory(organization=organization)


@pytest.fixture
def address(workload):
    return f"/api/v1/workloads/{workload.pk}/usage/"


@pytest.fixture
def row(offering):
    """Return a function that makes a row as the API takes it."""

    def made(**changes):
        return {
            "day": "2026-03-01",
            "offering": str(offering.pk),
            "requests": 1_000,
            "input_tokens": 1_000_000,
            "output_tokens": 200_000,
            **changes,
        }

    return made


def day(number, hour=0):
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def test_a_day_is_kept_as_a_half_open_period(client, address, row, workload):
    reply = client.post(address, row())

    assert reply.status_code == 201
    assert {**reply.json(), "received_at": None} == {
        "received_at": None,
        "added": 1,
        "corrected": 0,
        "unchanged": 0,
    }
    record = UsageRecord.objects.get()
    assert (record.used_from, record.used_to) == (day(1), day(2))
    assert (record.requests, record.cached_input_tokens) == (1_000, 0)
    assert record.service_tier == "standard"
    event = AuditEvent.objects.get(action="usage.received")
    assert event.target_id == str(workload.pk)
    assert event.detail == {"added": 1, "corrected": 0}
    assert event.api_key == client.api_key


def test_a_list_with_bills_and_moments_is_kept(client, address, row):
    reply = client.post(
        address,
        [
            row(billed={"amount": "12.345678", "currency": "EUR"}),
            {
                **row(service_tier="batch", cached_input_tokens=10, reasoning_tokens=5),
                "day": None,
                "from": "2026-03-01T06:00:00+02:00",
                "to": "2026-03-01T12:00:00Z",
            },
        ],
        format="json",
    )

    assert reply.status_code == 201
    assert reply.json()["added"] == 2
    shown = client.get(address).json()["results"]
    assert shown[0]["from"] == "2026-03-01T04:00:00Z"
    assert (shown[0]["to"], shown[0]["billed"]) == ("2026-03-01T12:00:00Z", None)
    assert (shown[0]["cached_input_tokens"], shown[0]["reasoning_tokens"]) == (10, 5)
    assert shown[1]["billed"] == {"amount": "12.345678", "currency": "EUR"}


def test_a_table_says_the_same(client, address, offering):
    table = (
        "from,to,offering,service_tier,requests,input_tokens,cached_input_tokens,"
        "output_tokens,reasoning_tokens,billed_amount,billed_currency\n"
        f"2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,{offering.pk},,7,70,1,9,2,0.5,USD\n"
        "\n"
        f"2026-03-02T00:00:00Z,2026-03-03T00:00:00Z,{offering.pk},batch,1,2,,3,,,\n"
    )

    reply = client.post(address, table, content_type="text/csv")

    assert reply.status_code == 201
    newest, oldest = client.get(address).json()["results"]
    assert (newest["service_tier"], newest["billed"]) == ("batch", None)
    assert oldest["billed"] == {"amount": "0.5", "currency": "USD"}
    counts = ("requests", "input_tokens", "cached_input_tokens", "output_tokens")
    assert [oldest[name] for name in counts] == [7, 70, 1, 9]


def test_a_newer_row_corrects_and_both_are_shown(client, address, row):
    client.post(address, row())

    reply = client.post(address, row(requests=900))

    assert (reply.json()["added"], reply.json()["corrected"]) == (0, 1)
    shown = client.get(address).json()["results"]
    assert [(each["requests"], each["holds"]) for each in shown] == [
        (900, True),
        (1_000, False),
    ]


def test_what_is_known_already_adds_nothing(client, address, row):
    client.post(address, [row(), row(day="2026-03-02")], format="json")

    reply = client.post(address, [row(), row(day="2026-03-03")], format="json")

    assert reply.json()["added"] == 1
    assert reply.json()["unchanged"] == 1
    assert UsageRecord.objects.count() == 3


def test_a_key_makes_a_repeated_upload_one(client, address, row):
    headers = {"Idempotency-Key": "march-1"}
    first = client.post(address, row(), headers=headers)
    again = client.post(address, row(), headers=headers)

    assert again.json() == first.json()
    assert AuditEvent.objects.filter(action="usage.received").count() == 1


MOMENTS = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": None}, "day"),
        ({"day": "soon"}, "day"),
        ({"day": "1999-12-31"}, "from"),
        (MOMENTS, "day"),
        ({"day": None, "from": MOMENTS["from"]}, "to"),
        ({"day": None, "from": MOMENTS["to"], "to": MOMENTS["from"]}, "to"),
        ({"day": None, "from": MOMENTS["from"], "to": MOMENTS["from"]}, "to"),
        ({"day": None, **MOMENTS, "to": "2026-04-01T00:00:01Z"}, "to"),
        ({"requests": -1}, "requests"),
        ({"requests": "1000"}, "requests"),
        ({"requests": 1.5}, "requests"),
        ({"requests": True}, "requests"),
        ({"requests": None}, "requests"),
        ({"requests": 10**15 + 1}, "requests"),
        ({"requests": 0}, "requests"),
        ({"input_tokens": -1}, "input_tokens"),
        ({"output_tokens": "many"}, "output_tokens"),
        ({"cached_input_tokens": 1_000_001}, "cached_input_tokens"),
        ({"reasoning_tokens": 200_001}, "reasoning_tokens"),
        ({"service_tier": "slow"}, "service_tier"),
        ({"offering": "gpt"}, "offering"),
        ({"offering": str(uuid4())}, "offering"),
        ({"billed": {"amount": 1.5, "currency": "EUR"}}, "billed/amount"),
        ({"billed": {"amount": "-1", "currency": "EUR"}}, "billed/amount"),
        ({"billed": {"amount": "1.1234567", "currency": "EUR"}}, "billed/amount"),
        ({"billed": {"amount": "1", "currency": "euro"}}, "billed/currency"),
        ({"billed": {"amount": "1", "currency": "eur"}}, "billed/currency"),
        ({"billed": {"amount": "1", "currency": "EUX"}}, "billed/currency"),
        ({"billed": {"amount": "1", "currency": "DEM"}}, "billed/currency"),
        ({"billed": {"amount": "1", "currency": "XAU"}}, "billed/currency"),
        ({"billed": {"amount": "1"}}, "billed/currency"),
        ({"tokens": 5}, "tokens"),
    ],
)
def test_a_bad_row_is_refused_at_its_field(client, address, row, changes, field):
    reply = client.post(address, row(**changes), format="json")

    assert reply.status_code == 400
    assert [error["pointer"] for error in reply.json()["errors"]] == [f"#/{field}"]
    assert not UsageRecord.objects.exists()


@pytest.mark.parametrize("body", [[], "usage", 5, [5], [[]]])
def test_what_is_no_row_is_refused(client, address, body):
    reply = client.post(address, body, format="json")

    assert reply.status_code == 400
    assert reply.json()["errors"]


def test_one_bad_row_keeps_all_out(client, address, row):
    reply = client.post(address, [row(), row(day="2026-03-02", requests=-1)])

    assert reply.status_code == 400
    [error] = reply.json()["errors"]
    assert error["pointer"] == "#/1/requests"
    assert not UsageRecord.objects.exists()


def test_too_many_rows_are_refused(client, address, row):
    reply = client.post(address, [row()] * 10_001, format="json")

    assert reply.status_code == 400
    assert "10,001" in reply.json()["errors"][0]["detail"]


def test_a_day_that_is_not_over_is_refused(client, address, row):
    today = timezone.now().date().isoformat()

    reply = client.post(address, [row(), row(day=today)], format="json")

    assert reply.status_code == 400
    [error] = reply.json()["errors"]
    assert (error["pointer"], error["code"]) == ("#/1/to", "period_not_over")


def test_the_same_row_twice_in_one_upload_is_refused(client, address, row):
    reply = client.post(address, [row(), row(requests=2_000)], format="json")

    [error] = reply.json()["errors"]
    assert (error["pointer"], error["code"]) == ("#/1/from", "repeated")


def hours(row, start, end):
    return {
        **row(day=None),
        "from": day(1, start).isoformat(),
        "to": day(1, end).isoformat(),
    }


def test_periods_that_overlap_are_refused(client, address, row):
    client.post(address, hours(row, 6, 12), format="json")

    for clashing in (hours(row, 11, 13), hours(row, 5, 7), hours(row, 7, 8), row()):
        reply = client.post(address, clashing, format="json")

        assert reply.status_code == 400
        [error] = reply.json()["errors"]
        assert (error["pointer"], error["code"]) == ("#/from", "overlap")
        assert "2026-03-01 06:00 to 2026-03-01 12:00" in error["detail"]


def test_overlaps_within_one_upload_are_refused(client, address, row):
    day_and_hours = [row(), hours(row, 6, 8), hours(row, 20, 22)]

    reply = client.post(address, day_and_hours, format="json")

    pointers = [error["pointer"] for error in reply.json()["errors"]]
    assert pointers == ["#/1/from", "#/2/from"]


def test_periods_that_touch_and_other_options_do_not_overlap(client, address, row):
    other = {"offering": str(OfferingFactory().pk)}
    rows = [
        hours(row, 0, 6),
        hours(row, 6, 12),
        {**hours(row, 5, 7), "service_tier": "batch"},
        {**hours(row, 5, 7), **other},
    ]

    assert client.post(address, rows, format="json").json()["added"] == 4


def test_a_record_taken_back_makes_way(client, address, row):
    client.post(address, row(), format="json")
    nothing = row(requests=0, input_tokens=0, output_tokens=0)

    reply = client.post(address, [nothing, hours(row, 6, 12)], format="json")

    assert reply.status_code == 201
    assert (reply.json()["added"], reply.json()["corrected"]) == (1, 1)
    again = client.post(address, row(), format="json")
    assert again.json()["errors"][0]["code"] == "overlap"


def test_a_faulty_table_is_reported_row_by_row(client, address, offering):
    table = (
        f"{CSV}\n"
        f"2026-03-01,{offering.pk},standard,many,1,1\n"
        f"2026-03-02,{offering.pk},standard,1,1,1\n"
        f"2026-03-03,{offering.pk},slow,1,1,1\n"
    )

    reply = client.post(address, table, content_type="text/csv")

    assert reply.status_code == 422
    assert [error["pointer"] for error in reply.json()["errors"]] == [
        "#/content/2/requests",
        "#/content/4/service_tier",
    ]
    assert not UsageRecord.objects.exists()


@pytest.mark.parametrize(
    ("amount", "currency", "column"),
    [
        ("much", "EUR", "billed_amount"),
        ("1", "EUX", "billed_currency"),
        ("1", "", "billed_currency"),
    ],
)
def test_a_bill_in_a_table_is_refused_by_its_column(
    client, address, offering, amount, currency, column
):
    table = (
        "day,offering,requests,input_tokens,output_tokens,billed_amount,billed_currency"
        f"\n2026-03-01,{offering.pk},1,10,10,{amount},{currency}\n"
    )

    reply = client.post(address, table, content_type="text/csv")

    assert reply.status_code == 422
    (error,) = reply.json()["errors"]
    assert error["pointer"] == f"#/content/2/{column}"


def test_rows_of_a_table_that_clash_are_named_by_their_line(client, address, offering):
    good = f"2026-03-01,{offering.pk},standard,1,1,1\n"

    reply = client.post(address, f"{CSV}\n{good}\n{good}", content_type="text/csv")

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == "#/content/4/from"


@pytest.mark.parametrize(
    ("table", "pointer"),
    [
        ("\n", "#/content/1/offering"),
        ("offering,requests,input_tokens\n", "#/content/1/output_tokens"),
        (f"{CSV},price\n", "#/content/1/price"),
        (f"{CSV},day\n", "#/content/1/day"),
        (f"{CSV}\na,b\n", "#/content/2"),
        (f'{CSV}\n"open', "#/content/2"),
    ],
)
def test_what_is_no_table_is_refused(client, address, table, pointer):
    reply = client.post(address, table, content_type="text/csv")

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("table", [CSV, f"{CSV}\n\n"])
def test_a_table_without_rows_is_refused(client, address, table):
    reply = client.post(address, table, content_type="text/csv")

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["code"] == "empty"


def test_an_empty_body_is_refused(client, address):
    assert client.post(address, "", content_type="text/csv").status_code == 400


def test_a_table_that_is_not_utf8_is_refused(client, address):
    reply = client.post(address, b"day,\xff", content_type="text/csv")

    assert reply.status_code == 400


def test_thousands_of_rows_are_kept_in_few_queries(
    client, address, offering, django_assert_max_num_queries
):
    start = datetime(2020, 1, 1, tzinfo=UTC).date()
    days = (start + timedelta(days=number) for number in range(2_000))
    rows = "".join(f"{day},{offering.pk},standard,1,1,1\n" for day in days)

    with django_assert_max_num_queries(20):
        reply = client.post(address, f"{CSV}\n{rows}", content_type="text/csv")

    assert reply.json()["added"] == 2_000


def test_a_period_of_the_history_can_be_asked_for(client, address, row):
    days = [row(day=f"2026-03-0{number}") for number in (1, 2, 3)]
    client.post(address, days, format="json")

    found = client.get(
        address, {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
    ).json()["results"]

    assert [each["from"] for each in found] == ["2026-03-02T00:00:00Z"]


def test_the_history_is_paged(client, address, row):
    days = [row(day=f"2026-03-0{number}") for number in (1, 2, 3)]
    client.post(address, days, format="json")

    page = client.get(address, {"page_size": 2}).json()
    rest = client.get(page["next"]).json()

    assert [each["from"][:10] for each in page["results"] + rest["results"]] == [
        "2026-03-03",
        "2026-03-02",
        "2026-03-01",
    ]


@pytest.mark.parametrize("query", [{"from": "soon"}, {"since": "2026-03-01"}])
def test_a_bad_filter_is_refused(client, address, query):
    reply = client.get(address, query)

    assert reply.status_code == 400
    [error] = reply.json()["errors"]
    assert error["pointer"] == f"#/{next(iter(query))}"


def test_a_stranger_finds_no_usage(stranger, address, row):
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, row()).status_code == 404
    assert not UsageRecord.objects.exists()


def test_an_offering_of_others_is_unknown(client, address, row):
    theirs = OfferingFactory(organization=OrganizationFactory())

    reply = client.post(address, row(offering=str(theirs.pk)))

    assert reply.json()["errors"][0]["code"] == "unknown_offering"


def test_an_archived_workload_takes_no_usage(client, address, row, workload):
    workload.archived_at = timezone.now()
    workload.save()

    assert client.post(address, row()).status_code == 404


def test_a_reader_may_read_but_not_send(organization, workload, address, row):
    UsageRecordFactory(workload=workload)
    reader = api_client_for(organization, ["read"])

    assert len(reader.get(address).json()["results"]) == 1
    assert reader.post(address, row()).status_code == 403

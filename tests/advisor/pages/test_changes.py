"""The page that explains what changed between two recommendations."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from advisor.pages.advice_changes import signed
from advisor.recommendations.services import recommend
from tests.advisor.pages.test_history import advised, answer
from tests.advisor.recommendations.market import open_market
from tests.factories.catalog import CatalogueChangeFactory, PriceFactory
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

MARKUP = '<script>alert("x")</script>'
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
# 1,000 tokens in and 200 out, a million times a month, without growth: the small model
# costs 0.00010 + 0.00004 = 0.00014 USD a request, 1,680 in twelve months.
ASKED = {
    "requests_per_month": 1_000_000,
    "input_tokens_mean": 1_000,
    "input_tokens_p95": 1_000,
    "output_tokens_mean": 200,
    "output_tokens_p95": 200,
    "growth_uncertainty": 0,
}


def given(workload, moment):
    return recommend(workload=workload, as_of=moment, at=moment)


def reprice(offering, price_in, price_out):
    PriceFactory(
        offering=offering,
        effective_from=APRIL,
        received_at=APRIL,
        input_per_mtok=Decimal(price_in),
        output_per_mtok=Decimal(price_out),
    )
    CatalogueChangeFactory(received_at=APRIL)


@pytest.fixture
def market(db):
    return open_market()


@pytest.fixture
def workload(organization, market):
    return WorkloadRevisionFactory(
        workload__organization=organization, **ASKED
    ).workload


def page_of(after, query=""):
    return f"/recommendations/{after.pk}/changes/{query}"


def test_a_dearer_price_is_shown_by_driver_and_total(client, member, market, workload):
    before = given(workload, MARCH)
    # 1,000 * 0.12 + 200 * 0.20 = 160 per million tokens: 1,920 in twelve months.
    reprice(market["small-8b"], "0.12", "0.20")
    after = given(workload, MAY)

    reply = client.get(page_of(after, f"?since={before.pk}"))

    assert reply.context["totals"][0][:2] == ("The same option, repriced", "+$240.00")
    ((name, amount, sentence),) = reply.context["drivers"]
    assert (name, amount) == ("Prices", "+$240.00")
    assert sentence in reply.text or "small-8b" in reply.text
    assert reply.context["chart"].rows == [
        ("Before", "$1,680.00"),
        ("Prices", "+$240.00"),
        ("After", "$1,920.00"),
    ]
    assert "from $1,680.00 to $1,920.00" in reply.context["chart"].alt
    assert "small-8b" in reply.text


def test_without_since_it_compares_with_the_advice_before(client, member, workload):
    given(workload, MARCH)
    between = given(workload, APRIL)
    after = given(workload, MAY)

    reply = client.get(page_of(after))

    assert reply.context["before"] == between
    # Nothing moved, and the page says so instead of showing empty tables.
    assert "Nothing changed" in reply.text
    assert reply.context["chart"] is None
    assert "Compare with the advice of" in reply.text


def test_the_history_leads_here(client, member, workload):
    before, after = given(workload, MARCH), given(workload, MAY)

    page = client.get(f"/workloads/{workload.pk}/history/").text

    assert f"/recommendations/{after.pk}/changes/?since={before.pk}" in page


def test_the_first_advice_has_nothing_to_compare_with(client, member, workload):
    page = client.get(page_of(given(workload, MARCH))).text

    assert "was the first for this workload" in page


def test_an_edit_is_told_apart_from_the_market(client, member, workload):
    before = given(workload, MARCH)
    WorkloadRevisionFactory(
        workload=workload,
        number=2,
        received_at=APRIL,
        **{**ASKED, "requests_per_month": 2_000_000},
    )
    after = given(workload, MAY)

    reply = client.get(page_of(after, f"?since={before.pk}"))

    # Twice 1,680: 1,680 more, all of it the buyer's own.
    amounts = {title: amount for title, amount, _ in reply.context["totals"]}
    assert amounts == {
        "The same option, repriced": "$0.00",
        "The switch of option": "$0.00",
        "Your own edits": "+$1,680.00",
    }
    assert "What you edited" in reply.text


def test_nothing_that_fits_has_no_sum(client, member, workload):
    before = given(workload, MARCH)
    WorkloadRevisionFactory(
        workload=workload,
        number=2,
        received_at=APRIL,
        **{**ASKED, "context_tokens_required": 100_000_000},
    )
    after = given(workload, MAY)

    reply = client.get(page_of(after, f"?since={before.pk}"))

    assert "Nothing fits" in reply.text
    assert reply.context["chart"] is None
    assert "What the change consists of" not in reply.text


def test_names_with_markup_are_text(client, member, market, organization):
    market["small-8b"].name = MARKUP
    market["small-8b"].save()
    workload = WorkloadRevisionFactory(
        workload__organization=organization, workload__name=MARKUP, **ASKED
    ).workload
    before = given(workload, MARCH)
    reprice(market["small-8b"], "0.12", "0.20")
    after = given(workload, MAY)

    page = client.get(page_of(after, f"?since={before.pk}")).text

    assert MARKUP not in page
    assert "&lt;script&gt;" in page


@pytest.fixture
def revision(organization):
    return WorkloadRevisionFactory(workload__organization=organization)


def test_advice_for_others_is_not_found(client, member, revision):
    theirs = advised(WorkloadRevisionFactory(), 1, answer("small-8b", "1.00"))
    ours = advised(revision, 0, answer("small-8b", "1.00"))

    assert client.get(page_of(theirs)).status_code == 404
    assert client.get(page_of(ours, f"?since={theirs.pk}")).status_code == 404


def test_advice_for_another_workload_or_a_later_one_is_not_found(
    client, member, organization, revision
):
    ours = advised(revision, 2, answer("small-8b", "1.00"))
    later = advised(revision, 1, answer("small-8b", "1.00"))
    other = WorkloadRevisionFactory(workload__organization=organization)
    others = advised(other, 3, answer("small-8b", "1.00"))

    for since in (later.pk, others.pk, ours.pk, "no-id"):
        assert client.get(page_of(ours, f"?since={since}")).status_code == 404


def test_strangers_are_asked_to_sign_in(client, revision):
    given_one = advised(revision, 1, answer("small-8b", "1.00"))

    reply = client.get(page_of(given_one))

    assert reply.headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(
    ("amount", "words"),
    [("300.00", "+$300.00"), ("-5.00", "-$5.00"), ("0.00", "$0.00"), (None, "\u2013")],
)
def test_amounts_carry_their_sign(amount, words):
    assert signed(amount, "USD") == words

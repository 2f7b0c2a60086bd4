"""A workload's page: the decision, other limits, and who may act."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.models import Role
from advisor.recommendations import catalogue, measurements, services
from advisor.recommendations.models import Recommendation
from advisor.recommendations.services import recommend
from tests.advisor.recommendations.market import open_market
from tests.factories.accounts import MembershipFactory
from tests.factories.catalog import OfferingFactory
from tests.factories.workloads import WorkloadRevisionFactory
from workloads.models import WorkloadRevision

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_held():
    """Tests roll back, so a catalogue read in one must not serve the next."""
    catalogue._held.clear()
    measurements._indexes.clear()
    services._qualities.clear()


@pytest.fixture
def market(db):
    return open_market()


def stated(organization, **fields):
    revision = WorkloadRevisionFactory(
        workload__organization=organization,
        **{
            "input_tokens_p95": 1_000,
            "output_tokens_p95": 200,
            "growth_uncertainty": 0,
            **fields,
        },
    )
    return revision.workload


def advised(organization, **fields):
    workload = stated(organization, **fields)
    recommend(workload=workload, as_of=MARCH, at=MARCH)
    return workload


def limits(**changed):
    """Return the form as it is sent when nothing else was filled in."""
    return {"floor_kind": "none", **changed}


def text_of(reply):
    return " ".join(reply.content.decode().split())


def test_the_page_shows_the_pick_and_what_it_saves(
    client, member, organization, market
):
    workload = advised(organization, current_offering=market["large-400b"])

    page = text_of(client.get(f"/workloads/{workload.pk}/"))

    # A million requests of 1000 tokens in and 200 out a month: small costs
    # 1000 * 0.10 + 200 * 0.20 = 140 USD, large 3000 + 1200 = 4200; in a year 12 times.
    assert "small-8b from cheapo" in page
    assert "$1,680" in page
    assert "$48,720" in page  # 12 * (4200 - 140)
    assert "Move to" in page


def test_without_advice_a_buyer_is_asked_to_ask(client, member, organization, market):
    workload = stated(organization)

    before = text_of(client.get(f"/workloads/{workload.pk}/"))
    client.post(f"/workloads/{workload.pk}/ask/")
    after = text_of(client.get(f"/workloads/{workload.pk}/"))

    assert "No advice yet" in before
    assert "small-8b from cheapo" in after
    assert Recommendation.objects.filter(workload=workload).count() == 1


def test_where_nothing_fits_the_cheapest_way_out_is_named(
    client, member, organization, market
):
    workload = advised(organization, monthly_budget_usd=Decimal("1"))

    page = text_of(client.get(f"/workloads/{workload.pk}/"))

    assert "Nothing fits these limits" in page
    assert "its dearest month is above the budget" in page
    assert "The cheapest way out is <strong>small-8b from cheapo</strong>" in page


def test_without_any_price_the_page_says_so(client, member, organization):
    OfferingFactory()
    workload = advised(organization)

    page = text_of(client.get(f"/workloads/{workload.pk}/"))

    assert "Nothing fits these limits" in page
    assert "No option is priced and known well enough" in page


def test_other_limits_move_the_advice_and_keep_nothing(
    client, member, organization, market
):
    workload = advised(organization)

    part = client.post(
        f"/workloads/{workload.pk}/what-if/",
        limits(floor_kind="relative", floor_percent="90"),
        headers={"Rightsize-Part": "advice"},
    )

    assert "the advice moves from small-8b from cheapo" in text_of(part)
    assert "<html" not in text_of(part)
    assert WorkloadRevision.objects.filter(workload=workload).count() == 1
    assert Recommendation.objects.filter(workload=workload).count() == 1


def test_without_a_script_the_whole_page_comes_back(
    client, member, organization, market
):
    workload = advised(organization)

    page = text_of(client.post(f"/workloads/{workload.pk}/what-if/", limits()))

    assert "With the limits below, not saved:" in page
    assert "the advice stays small-8b from cheapo" in page
    assert "<html" in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"floor_kind": "relative"}, "Give the floor&#x27;s height"),
        ({"floor_kind": "high"}, "Select a valid choice"),
        ({"ttft_ms_p95": "-1"}, "greater than or equal to"),
        ({"ttft_ms_p95": "soon"}, "Enter a number"),
        ({"ttft_ms_p95": "nan"}, "Enter a number"),
        ({"residency": "eu, mars"}, "Unknown: mars."),
        ({"request_ms_p95": "1e12"}, "86400000"),
    ],
)
@pytest.mark.parametrize("address", ["what-if", "limits"])
def test_limits_that_make_no_sense_are_refused_in_words(
    client, member, organization, market, address, changed, said
):
    workload = advised(organization)

    reply = client.post(f"/workloads/{workload.pk}/{address}/", limits(**changed))

    assert reply.status_code == 400
    assert said in text_of(reply)
    assert WorkloadRevision.objects.filter(workload=workload).count() == 1


def test_saved_limits_are_a_new_revision_with_advice(
    client, member, organization, market
):
    workload = advised(organization, batch_share=0.5)

    client.post(
        f"/workloads/{workload.pk}/limits/",
        limits(residency="UK, eu", zero_retention="on", ttft_ms_p95="1500"),
    )

    newest = workload.revisions.order_by("-number")[0]
    assert newest.number == 2
    assert newest.residency_regions == ["eu", "uk"]
    assert newest.zero_retention_required
    assert newest.ttft_ms_p95_limit == 1500
    assert newest.batch_share == 0.5
    assert newest.created_by == member
    assert newest.recommendations.count() == 1


def test_limits_that_hold_already_add_no_revision(client, member, organization, market):
    workload = advised(organization)

    reply = client.post(f"/workloads/{workload.pk}/limits/", limits(), follow=True)

    assert "the ones that hold already" in text_of(reply)
    assert workload.revisions.count() == 1


@pytest.mark.parametrize("address", ["ask", "limits"])
def test_a_viewer_looks_and_changes_nothing(client, market, address):
    viewer = MembershipFactory(role=Role.VIEWER)
    workload = advised(viewer.organization)
    client.force_login(viewer.user)

    page = text_of(client.get(f"/workloads/{workload.pk}/"))
    tried = client.post(f"/workloads/{workload.pk}/what-if/", limits())
    reply = client.post(f"/workloads/{workload.pk}/{address}/", limits())

    assert "Save as new revision" not in page
    assert "Ask for new advice" not in page
    assert tried.status_code == 200
    assert reply.status_code == 403
    assert "Only buyers decide" in text_of(reply)
    assert Recommendation.objects.count() == 1


@pytest.mark.parametrize(
    ("method", "address"),
    [("get", ""), ("post", "what-if/"), ("post", "limits/"), ("post", "ask/")],
)
def test_a_strangers_workload_is_not_found(client, member, market, method, address):
    theirs = stated(MembershipFactory().organization)

    reply = getattr(client, method)(f"/workloads/{theirs.pk}/{address}", limits())

    assert reply.status_code == 404


def test_names_with_markup_are_escaped_in_text_and_specs(
    client, member, organization, market
):
    name = "</script><script>alert(1)</script>"
    offering = market["small-8b"]
    offering.model.slug = name
    offering.model.save()
    workload = advised(organization, workload__name=name)

    page = text_of(client.get(f"/workloads/{workload.pk}/"))

    assert "<script>alert" not in page
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in page
    assert "\\u003C/script\\u003E\\u003Cscript\\u003Ealert(1)" in page


def test_an_edit_since_the_advice_is_told(client, member, organization, market):
    workload = advised(organization)
    WorkloadRevisionFactory(workload=workload, number=2, requests_per_month=5)

    page = text_of(client.get(f"/workloads/{workload.pk}/"))

    assert "This advice answers revision 1" in page

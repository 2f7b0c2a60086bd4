from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from catalog.models import Offering, Price, PriceSheet
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import PriceSheetFactory

pytestmark = pytest.mark.django_db

SHEETS = "/api/v1/price-sheets/"
HEADER = "provider,name,currency,input_per_mtok,output_per_mtok\n"
GOOD = HEADER + "acme,our-8b,EUR,0.05,0.10\nacme,our-70b,EUR,0.60,0.80\n"
# Four times the price of one listing: more than threefold is held.
ODD = HEADER + "acme,our-8b,EUR,0.20,0.40\nacme,our-70b,EUR,0.60,0.80\n"
BAD_ROW = HEADER + "acme,our-8b,EUR,0.05,0.10\nacme,our-70b,EUR,cheap,0.80\n"


@pytest.fixture
def admin(organization):
    return api_client_for(organization, ["read", "write", "admin"])


def sent(client, content, **options):
    return client.post(SHEETS, {"format": "csv", "content": content, **options})


def test_a_good_sheet_is_applied_to_the_organizations_own_offerings(
    admin, organization
):
    reply = sent(admin, GOOD)

    assert reply.status_code == 201
    body = reply.json()
    assert (body["status"], body["currency"], body["own"]) == ("applied", "EUR", True)
    assert body["counts"]["new"] == 2
    assert reply["Location"].endswith(f"{SHEETS}{body['id']}/")
    offering = Offering.objects.get(name="our-8b")
    assert offering.organization == organization
    price = Price.objects.get(offering=offering)
    assert price.input_per_mtok == Decimal("0.05")


def test_a_sheet_may_come_as_csv_itself(admin):
    reply = admin.post(f"{SHEETS}?list=offer-1", GOOD, content_type="text/csv")

    assert reply.status_code == 201
    assert reply.json()["source"] == "csv:offer-1"
    assert Price.objects.count() == 2


def test_an_odd_sheet_waits_until_it_is_approved(admin):
    sent(admin, GOOD)

    reply = sent(admin, ODD)

    assert reply.status_code == 202
    held = reply.json()
    assert held["status"] == "held"
    assert held["report"]["held_because"]
    assert Price.objects.count() == 2
    approved = admin.post(f"{SHEETS}{held['id']}/approve/", {"note": "new contract"})
    assert approved.status_code == 200
    assert approved.json()["status"] == "applied"
    assert approved.json()["decision_note"] == "new contract"
    assert Price.objects.filter(input_per_mtok=Decimal("0.20")).count() == 1
    event = AuditEvent.objects.get(action="price_sheet.approved")
    assert event.api_key == admin.api_key


def test_a_rejected_sheet_leaves_the_prices(admin):
    sent(admin, GOOD)
    held = sent(admin, ODD).json()

    rejected = admin.post(f"{SHEETS}{held['id']}/reject/")
    again = admin.post(f"{SHEETS}{held['id']}/approve/", {})

    assert rejected.json()["status"] == "rejected"
    assert again.status_code == 409
    assert Price.objects.count() == 2


def test_one_bad_row_in_the_middle_refuses_the_whole_sheet(admin):
    reply = sent(admin, BAD_ROW)

    assert reply.status_code == 422
    problem = reply.json()
    assert reply["Content-Type"] == "application/problem+json"
    # The header is row 1, so the second listing is row 3.
    assert problem["errors"][0]["pointer"] == "#/content/3/input_per_mtok"
    assert not Price.objects.exists()
    assert not Offering.objects.exists()
    assert PriceSheet.objects.get().status == "failed"


@pytest.mark.parametrize("content", ["", "nonsense", HEADER.replace("name", "naem")])
def test_what_is_no_sheet_is_refused(admin, content):
    reply = sent(admin, content)

    assert reply.status_code in {400, 422}
    assert reply.json()["errors"][0]["detail"]
    assert not Price.objects.exists()


def test_the_same_sheet_again_is_the_same_sheet(admin):
    first, again = sent(admin, GOOD), sent(admin, GOOD)

    assert first.json()["id"] == again.json()["id"]
    assert Price.objects.count() == 2


def test_a_held_sheet_sent_again_after_another_still_waits_once(admin):
    sent(admin, GOOD)
    held = sent(admin, ODD).json()
    sent(admin, BAD_ROW)

    again = sent(admin, ODD)

    assert again.status_code == 202
    assert again.json()["id"] == held["id"]


def test_a_retried_upload_gets_the_stored_reply(admin):
    headers = {"Idempotency-Key": "sheet-1"}
    upload = {"format": "csv", "content": GOOD}

    first = admin.post(SHEETS, upload, headers=headers)
    again = admin.post(SHEETS, upload, headers=headers)

    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert PriceSheet.objects.count() == 1


@pytest.mark.parametrize(
    ("upload", "field"),
    [
        ({"format": "xls", "content": GOOD}, "format"),
        ({"format": "csv"}, "content"),
        ({"format": "csv", "content": 5}, "content"),
        ({"format": "csv", "content": GOOD, "list": "Our List"}, "list"),
        ({"format": "csv", "content": GOOD, "lits": "a"}, "lits"),
    ],
)
def test_a_faulty_upload_is_refused_by_name(admin, upload, field):
    reply = admin.post(SHEETS, upload)

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == f"#/{field}"
    assert not PriceSheet.objects.exists()


def test_csv_that_is_not_utf_8_is_refused(admin):
    reply = admin.post(SHEETS, GOOD.encode("utf-16"), content_type="text/csv")

    assert reply.status_code == 400
    assert "UTF-8" in reply.json()["detail"]


def test_a_huge_sheet_is_refused(admin, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    reply = admin.post(SHEETS, GOOD + "x" * 100, content_type="text/csv")

    assert reply.status_code == 413


def test_sending_and_deciding_need_the_scope_admin(organization, admin):
    sent(admin, GOOD)
    held = sent(admin, ODD).json()
    buyer = api_client_for(organization, ["read", "write"])

    assert sent(buyer, GOOD).status_code == 403
    assert buyer.post(f"{SHEETS}{held['id']}/approve/", {}).status_code == 403
    assert buyer.post(f"{SHEETS}{held['id']}/reject/", {}).status_code == 403
    assert buyer.get(f"{SHEETS}{held['id']}/").status_code == 200
    assert PriceSheet.objects.get(pk=held["id"]).status == "held"


def test_a_stranger_finds_no_sheet_price_or_offering(admin):
    sent(admin, GOOD)
    held = sent(admin, ODD).json()
    stranger = api_client_for(OrganizationFactory(), ["read", "write", "admin"])
    address = f"{SHEETS}{held['id']}/"

    assert stranger.get(SHEETS).json()["results"] == []
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}approve/", {}).status_code == 404
    assert stranger.post(f"{address}reject/", {}).status_code == 404
    assert stranger.get("/api/v1/offerings/").json()["results"] == []
    assert stranger.get("/api/v1/providers/").json()["results"] == []


def test_a_public_sheet_is_seen_and_decided_on_by_nobody_here(admin):
    sheet = PriceSheetFactory(status="held")

    shown = admin.get(f"{SHEETS}{sheet.pk}/").json()
    reply = admin.post(f"{SHEETS}{sheet.pk}/approve/", {})

    assert shown["own"] is False
    assert reply.status_code == 403
    assert PriceSheet.objects.get().status == "held"


def test_the_list_is_newest_first_without_reports_in_two_queries(
    admin, django_assert_num_queries
):
    sent(admin, GOOD)
    sent(admin, ODD)

    with django_assert_num_queries(2):
        newest, oldest = admin.get(SHEETS).json()["results"]

    assert (newest["status"], oldest["status"]) == ("held", "applied")
    assert oldest["counts"]["listings"] == 2
    assert "report" not in newest
    assert "content" not in newest

"""An admin decides on a held sheet, once."""

from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from catalog.models import CatalogueChange, Price, PriceSheet
from catalog.services import (
    AlreadyDecided,
    Superseded,
    approve_sheet,
    import_sheet,
    reject_sheet,
)
from tests.factories.accounts import UserFactory

HEADER = "provider,name,currency,input_per_mtok,output_per_mtok"
pytestmark = pytest.mark.django_db


def take(price):
    rows = [HEADER, f"acme,model-0,USD,{price},0.80"]
    return import_sheet(source="csv", content="\n".join(rows))


@pytest.fixture
def held():
    take("0.20")
    sheet = take("2.00")
    assert sheet.status == "held"
    return sheet


def test_approval_applies_what_was_received_from_when_it_was(held):
    admin = UserFactory()

    approve_sheet(held, decided_by=admin, note="checked with Acme")

    price = Price.objects.latest("received_at")
    assert price.input_per_mtok == 2
    assert price.effective_from == held.received_at
    assert price.received_at == held.decided_at > held.received_at
    assert CatalogueChange.objects.latest("received_at").received_at == held.decided_at
    assert (held.status, held.decided_by) == ("applied", admin)
    event = AuditEvent.objects.get(action="price_sheet.approved")
    assert event.detail["note"] == "checked with Acme"


def test_rejection_leaves_the_last_good_prices(held):
    reject_sheet(held, decided_by=UserFactory(), note="a typing error")

    assert held.status == "rejected"
    assert Price.objects.get().input_per_mtok == Decimal("0.20")
    assert AuditEvent.objects.filter(action="price_sheet.rejected").exists()


def test_a_rejected_sheet_that_comes_again_is_not_held_again(held):
    reject_sheet(held, decided_by=None)

    again = take("2.00")

    assert (again.pk, again.status) == (held.pk, "rejected")


def test_a_sheet_that_is_held_already_is_not_held_twice(held):
    assert take("2.00").pk == held.pk


@pytest.mark.parametrize("decide", [approve_sheet, reject_sheet])
def test_nobody_decides_twice(held, decide):
    stale = PriceSheet.objects.get(pk=held.pk)
    reject_sheet(held, decided_by=None)

    with pytest.raises(AlreadyDecided):
        decide(stale, decided_by=None)

    assert Price.objects.count() == 1


def test_an_applied_sheet_waits_for_no_decision():
    with pytest.raises(AlreadyDecided):
        approve_sheet(take("0.20"), decided_by=None)


def test_a_sheet_older_than_the_applied_one_is_out_of_date(held):
    take("0.21")

    with pytest.raises(Superseded, match="newer sheet"):
        approve_sheet(held, decided_by=None)

    assert PriceSheet.objects.get(pk=held.pk).status == "held"
    assert Price.objects.latest("received_at").input_per_mtok == Decimal("0.21")

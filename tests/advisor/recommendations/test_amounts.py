"""Money as the API writes it."""

import json
from decimal import Decimal

import pytest

from advisor.recommendations.amounts import saving
from advisor.recommendations.models import Recommendation
from tests.advisor.recommendations.market import open_market
from tests.api_clients import api_client_for
from tests.factories.catalog import OfferingFactory, OfferingFactsFactory, PriceFactory
from tests.factories.workloads import WorkloadRevisionFactory


@pytest.mark.parametrize(
    ("today", "then", "shown"),
    [
        ("4200", "140", {"amount": "4060.00", "percent": "96.7"}),  # 4060 / 4200
        ("4200", "4200", {"amount": "0.00", "percent": "0.0"}),
        ("4200", "4199", {"amount": "1.00", "percent": "0.0"}),  # 0.02 percent
        ("0", "0", {"amount": "0.00", "percent": None}),
        ("140", "4200", {"amount": "-4060.00", "percent": "-2900.0"}),
    ],
)
def test_a_saving_is_written_as_text(today, then, shown):
    found = saving(Decimal(today), Decimal(then))

    assert json.loads(json.dumps(found)) == shown


@pytest.mark.parametrize(("today", "then"), [(None, Decimal(1)), (Decimal(1), None)])
def test_what_is_unknown_saves_an_unknown_sum(today, then):
    assert saving(today, then) == {"amount": None, "percent": None}


@pytest.mark.django_db
def test_advice_with_an_option_at_the_price_of_todays_is_kept():
    market = open_market()
    large = market["large-400b"]
    twin = OfferingFactory(
        name="twin", model=large.model, provider=market["small-8b"].provider
    )
    OfferingFactsFactory(offering=twin)
    PriceFactory(offering=twin, input_per_mtok=Decimal(3), output_per_mtok=Decimal(6))
    workload = WorkloadRevisionFactory(current_offering=large).workload
    api = api_client_for(workload.organization)

    reply = api.post(f"/api/v1/workloads/{workload.pk}/recommendations/")

    assert reply.status_code == 201, reply.content
    [option] = [
        each
        for each in Recommendation.objects.get().answer["options"]
        if each["strategy"]["stages"][0]["offering"]["id"] == str(twin.pk)
    ]
    assert option["savings_to_current"]["amount"] == "0.00"
    assert option["savings_to_current"]["percent"] == "0.0"

"""The portfolio: what is spent, on which sizes, what to decide."""

import pytest

from advisor.pages.decisions import decision_of
from advisor.recommendations import catalogue, measurements, services
from tests.advisor.recommendations.market import open_market
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_held():
    """Tests roll back, so a catalogue read in one must not serve the next."""
    catalogue._held.clear()
    measurements._indexes.clear()
    services._qualities.clear()


def option(model="small-8b", *, tier="standard", monthly="140.00", key="1"):
    offering = {"id": key, "model": model, "provider": "cheapo", "region": None}
    return {"offering": offering, "service_tier": tier, "monthly": monthly}


def workload(in_use=None, advised=None, state="active", accepted="0.00", more=None):
    return {
        "in_use": in_use,
        "recommendation": {"option": advised, "state": state},
        "savings": {"accepted_monthly": accepted, "open_monthly": more},
    }


def test_an_organization_without_workloads_is_told_how_to_begin(client, member):
    page = client.get("/").content.decode()

    assert "No workloads yet" in page


def test_spend_and_sizes_of_what_is_in_use_are_shown(client, member, organization):
    market = open_market()
    WorkloadRevisionFactory(
        workload__organization=organization,
        workload__name="Chat",
        current_offering=market["large-400b"],
        output_tokens_p95=200,
        input_tokens_p95=1_000,
    )

    page = client.get("/").content.decode()

    # 1000 * 3.00 + 200 * 6.00 = 4200 USD a million requests; the smallest that would
    # do costs 140, so the size costs 4060 above it.
    assert "$4,200" in page
    assert "Your large model costs 4,060 USD a month above the smallest" in page
    assert "Requests: 100 % large." in page
    assert "77 % of Llama and Mistral users" in page


def test_where_nothing_has_a_price_the_page_says_so(client, member, organization):
    WorkloadRevisionFactory(workload__organization=organization)

    assert "Nothing in use has a known price" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"in_use": None, "recommendation": None}, "No advice yet"),
        (workload(), "Nothing fits its limits"),
        (workload(None, option()), "Choose small-8b from cheapo."),
        (workload(option(), option()), "Keep small-8b from cheapo."),
        (
            workload(option("large", monthly="4200.00", key="2"), option()),
            "Move to small-8b from cheapo and save $4,060 a month.",
        ),
        (
            workload(
                option("large", monthly="4200.00", key="2"),
                option(),
                accepted="4060.00",
                more="0.00",
            ),
            "Move to small-8b from cheapo; what it saves is under way already.",
        ),
        (
            workload(option(monthly="40.00", key="2"), option()),
            "Move to small-8b from cheapo and spend $100 a month more.",
        ),
        (
            workload(option(key="2", monthly=None), option(tier="batch")),
            "Move to small-8b from cheapo, batch.",
        ),
        (
            workload(None, option(), "accepted"),
            "Accepted: choose small-8b from cheapo.",
        ),
    ],
)
def test_the_decision_is_one_line(given, said):
    assert decision_of(given).startswith(said)

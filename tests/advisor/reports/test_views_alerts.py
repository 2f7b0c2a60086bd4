"""Alerts over the API."""

import pytest

from tests.advisor.reports.webhooks import AlertFactory
from tests.api_clients import api_client_for
from tests.factories.workloads import WorkloadFactory

pytestmark = pytest.mark.django_db

ALERTS = "/api/v1/alerts/"


def test_an_alert_is_shown_for_machines_and_for_people():
    alert = AlertFactory(workload__name="<b>Chat</b>")

    shown = api_client_for(alert.organization).get(ALERTS).json()["results"]

    assert shown == [
        {
            "id": str(alert.pk),
            "kind": "price_rise",
            "at": "2026-01-01T00:00:00Z",
            "workload": {"id": str(alert.workload_id), "name": "<b>Chat</b>"},
            "recommendation": None,
            "size": "20",
            # A million requests a month at 0.000028 USD more are 28 USD.
            "sentence": "A request of “<b>Chat</b>” on cheapo/small-8b rises from"
            " 0.00014 USD to 0.000168 USD (+20%) from Dec 1, 2026: +$28.00 a month at"
            " today's traffic.",
            "facts": alert.facts,
        }
    ]


def test_alerts_are_filtered_by_kind_and_workload():
    workload = WorkloadFactory()
    rise = AlertFactory(workload=workload)
    cut = AlertFactory(workload=workload, kind="price_cut")
    other = AlertFactory(workload=WorkloadFactory(organization=workload.organization))
    api = api_client_for(workload.organization)

    by_kind = api.get(ALERTS, {"kind": "price_cut"}).json()["results"]
    by_workload = api.get(ALERTS, {"workload": str(workload.pk)}).json()["results"]

    assert [each["id"] for each in by_kind] == [str(cut.pk)]
    assert {each["id"] for each in by_workload} == {str(rise.pk), str(cut.pk)}
    assert str(other.pk) not in {each["id"] for each in by_workload}
    assert api.get(ALERTS, {"kind": "gossip"}).status_code == 400
    assert api.get(ALERTS, {"knd": "retirement"}).status_code == 400


def test_pages_are_by_cursor():
    workload = WorkloadFactory()
    for _ in range(3):
        AlertFactory(workload=workload)
    api = api_client_for(workload.organization)

    first = api.get(ALERTS, {"page_size": "2"}).json()
    second = api.get(first["next"]).json()

    assert (len(first["results"]), len(second["results"])) == (2, 1)

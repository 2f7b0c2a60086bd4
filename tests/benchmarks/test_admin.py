import pytest

from tests.benchmarks.measured import a_change, measured
from tests.factories.benchmarks import BenchmarkPlanFactory, EndpointFactory

pytestmark = pytest.mark.django_db

ADMIN = "/admin/benchmarks/"
SECRET = "sk-live-0123456789"
# Session, person, counts, the page, filters: what does not grow with rows.
MAX_QUERIES = 12

FACTORIES = {
    "endpoint": lambda: EndpointFactory(credential=SECRET),
    "benchmarkplan": lambda: measured(plan=BenchmarkPlanFactory()).plan,
    "benchmarkrun": measured,
    "performancechange": a_change,
}


@pytest.mark.parametrize("page", FACTORIES)
def test_a_list_opens_with_few_queries(
    client, admin_person, django_assert_max_num_queries, page
):
    for _ in range(12):
        FACTORIES[page]()

    with django_assert_max_num_queries(MAX_QUERIES) as captured:
        reply = client.get(f"{ADMIN}{page}/")

    assert reply.status_code == 200
    assert len(reply.context["cl"].result_list) == 12
    # Neither a secret nor columns as long as the run are read for a list.
    assert all('"credential",' not in query["sql"] for query in captured)
    assert all('"itl_p95_ms",' not in query["sql"] for query in captured)


@pytest.mark.parametrize("page", FACTORIES)
def test_a_row_opens_and_cannot_be_deleted(client, admin_person, page):
    row = FACTORIES[page]()

    assert client.get(f"{ADMIN}{page}/{row.pk}/change/").status_code == 200
    deleted = client.post(f"{ADMIN}{page}/{row.pk}/delete/", {"post": "yes"})
    assert deleted.status_code == 403


@pytest.mark.parametrize("page", ["benchmarkrun", "performancechange"])
def test_what_was_measured_is_read_only(client, admin_person, page):
    row = FACTORIES[page]()

    edited = client.post(f"{ADMIN}{page}/{row.pk}/change/", {"token_class": "long"})

    assert edited.status_code == 403
    assert client.get(f"{ADMIN}{page}/add/").status_code == 403


def test_the_list_of_runs_shows_the_figures(client, admin_person):
    measured()

    page = client.get(f"{ADMIN}benchmarkrun/").content.decode()

    # The 59 that were answered carry a p95.
    assert page.count("200 ms") == 2
    assert "20.0 ms" in page
    assert "1.7 %" in page  # 1 of 60
    assert "60/60" in page


def test_a_change_shows_its_factor(client, admin_person):
    a_change()

    page = client.get(f"{ADMIN}performancechange/").content.decode()

    assert "\u00d7 1.50" in page  # 300 / 200

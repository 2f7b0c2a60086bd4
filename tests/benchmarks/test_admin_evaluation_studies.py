import pytest
from django.urls import reverse

from tests.factories.benchmarks import EndpointFactory
from tests.factories.evaluations import EvaluationStudyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    endpoint = EndpointFactory(name="Cheap one")
    return EvaluationStudyFactory(
        endpoints=[endpoint, EndpointFactory(name="Dear one")],
        stop_reason="nothing_to_gain",
        standing={"pick": str(endpoint.pk), "calls_done": 48},
    )


def test_studies_are_listed_with_how_they_ended(admin_client, study):
    page = admin_client.get(reverse("admin:benchmarks_evaluationstudy_changelist"))

    text = page.content.decode()
    assert "48 of 1,000" in text
    assert "Nothing more that could be asked" in text


def test_a_study_tells_where_its_endpoints_stand(admin_client, study):
    address = reverse("admin:benchmarks_evaluationstudy_change", args=[study.pk])

    text = admin_client.get(address).content.decode()

    assert "Cheap one, Dear one" in text
    assert "calls_done" in text


def test_nobody_changes_a_study(admin_client, study):
    address = reverse("admin:benchmarks_evaluationstudy_change", args=[study.pk])

    assert admin_client.post(address, {"rounds": 9}).status_code == 403

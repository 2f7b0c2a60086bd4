"""A buyer decides on a workload's page, and sees who decided before."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from accounts.audit import Author
from accounts.models import AuditEvent, Role
from advisor.recommendations.models import RecommendationLife, Transition
from advisor.recommendations.services import change_state, recommend
from tests.advisor.recommendations.market import open_market
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
MARKUP = "<script>alert('x')</script>"


@pytest.fixture
def advice(organization):
    open_market()
    revision = WorkloadRevisionFactory(workload__organization=organization)
    return recommend(workload=revision.workload, as_of=MARCH, at=MARCH)


def page_of(client, advice):
    return client.get(f"/workloads/{advice.workload_id}/")


def take(client, advice, to_state, *, version=1, **said):
    return client.post(
        f"/recommendations/{advice.pk}/step/",
        {"to_state": to_state, "version": version, "note": "", "reason": "", **said},
        follow=True,
    )


def state_of(advice):
    return RecommendationLife.objects.get(pk=advice.pk).state


def go(advice, *states, note=""):
    for state in states:
        change_state(
            recommendation=advice,
            to_state=state,
            expected_version=None,
            author=Author(),
            at=MARCH,
            reason="risk" if state == "dismissed" else "",
            note=note,
        )


def test_advice_is_accepted_with_a_note(client, member, advice):
    reply = take(client, advice, "accepted", note="With the June release.")

    assert reply.redirect_chain == [(f"/workloads/{advice.workload_id}/", 302)]
    assert "Kept: the advice is accepted." in reply.text
    assert "With the June release." in reply.text
    step = Transition.objects.get(recommendation=advice, version=2)
    assert (step.to_state, step.note, step.user) == (
        "accepted",
        "With the June release.",
        member,
    )
    assert AuditEvent.objects.get(action="recommendation.accepted").user == member


def test_a_dismissal_needs_its_reason(client, member, advice):
    without = take(client, advice, "dismissed")
    assert "Nothing was done. Reason:" in without.text
    assert state_of(advice) == "active"

    with_reason = take(client, advice, "dismissed", reason="contract")
    assert "Kept: the advice is dismissed." in with_reason.text
    assert Transition.objects.get(version=2).reason == "contract"


@pytest.mark.parametrize(
    ("states", "offered"),
    [
        ([], ["accepted", "dismissed"]),
        (["accepted"], ["in_progress", "succeeded", "failed", "dismissed"]),
        (["accepted", "in_progress"], ["succeeded", "failed"]),
        (["dismissed"], ["active"]),
        (["accepted", "failed"], []),
    ],
)
def test_the_page_offers_the_steps_of_the_state(
    client, member, advice, states, offered
):
    go(advice, *states)

    page = page_of(client, advice).text

    every = ("active", "accepted", "in_progress", "succeeded", "failed", "dismissed")
    found = [each for each in every if f'name="to_state" value="{each}"' in page]
    assert sorted(found) == sorted(offered)


def test_who_is_late_is_told_and_sees_how_it_stands(client, member, advice):
    go(advice, "accepted")

    reply = take(client, advice, "dismissed", version=1, reason="risk")

    assert "somebody was faster" in reply.text
    assert state_of(advice) == "accepted"


def test_a_step_that_the_state_has_not_is_refused_in_words(client, member, advice):
    reply = take(client, advice, "succeeded")

    assert "Nothing was done: the advice is active by now." in reply.text


def test_a_dismissal_cannot_return_past_newer_advice(client, member, advice):
    go(advice, "dismissed")
    newer = recommend(workload=advice.workload, as_of=MARCH, at=MARCH)
    assert state_of(advice) == "superseded"

    reply = take(client, advice, "active", version=3)

    assert "Nothing was done: the advice is superseded by now." in reply.text
    assert state_of(newer) == "active"


def test_advice_under_way_stays_on_the_page_beside_newer_one(client, member, advice):
    go(advice, "accepted")
    later = MARCH.replace(day=2)
    recommend(workload=advice.workload, as_of=later, at=later)

    page = page_of(client, advice).text

    assert "Your decision" in page
    assert "Under way: the advice of" in page
    assert page.count('name="version"') == 2


@pytest.mark.parametrize("body", [{}, {"to_state": "won"}, {"version": "x"}])
def test_a_form_that_is_not_whole_does_nothing(client, member, advice, body):
    whole = {"to_state": "accepted", "version": "1"}
    said = {} if not body else {**whole, **body}

    reply = client.post(f"/recommendations/{advice.pk}/step/", said, follow=True)

    assert "the form is not whole" in reply.text
    assert state_of(advice) == "active"


def test_a_note_with_control_characters_is_refused(client, member, advice):
    reply = take(client, advice, "accepted", note="a\x07b")

    assert "Nothing was done. Note:" in reply.text
    assert state_of(advice) == "active"


def test_notes_with_markup_are_text(client, member, advice):
    go(advice, "accepted", note=MARKUP)

    page = page_of(client, advice).text

    assert MARKUP not in page
    assert "&lt;script&gt;alert" in page


def test_viewers_see_the_state_and_no_buttons(client, organization, advice):
    viewer = MembershipFactory(organization=organization, role=Role.VIEWER)
    client.force_login(viewer.user)

    page = page_of(client, advice).text

    assert "Your decision" in page
    assert 'name="to_state"' not in page
    assert take(client, advice, "accepted").status_code == 403
    assert state_of(advice) == "active"


def test_advice_of_others_is_not_found(client, member, organization):
    open_market()
    theirs = WorkloadRevisionFactory(workload__organization=OrganizationFactory())
    advice = recommend(workload=theirs.workload, as_of=MARCH, at=MARCH)

    assert take(client, advice, "accepted").status_code == 404
    assert client.post(f"/recommendations/{uuid4()}/step/").status_code == 404
    assert state_of(advice) == "active"


def test_a_step_is_not_taken_by_a_link(client, member, advice):
    assert client.get(f"/recommendations/{advice.pk}/step/").status_code == 405

"""The history of advice: order, sentences, what became of it, whose it is."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from advisor.pages.advice_history import Pick, difference
from advisor.recommendations.models import (
    Recommendation,
    RecommendationLife,
    Transition,
)
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
MARKUP = '<script>alert("x")</script>'
# Session, person, membership, workload, how many, rows, steps.
QUERIES = 7
IDS = {
    "small-8b": "00000000-0000-0000-0000-000000000008",
    "large-70b": "00000000-0000-0000-0000-000000000070",
}


def answer(name, twelve_months, *, provider="acme"):
    """Return as much of an answer as the history reads: its first option."""
    stage = {
        "offering": {
            "id": IDS.get(name, IDS["small-8b"]),
            "name": name,
            "provider": provider,
        },
        "service_tier": "standard",
    }
    spend = {"currency": "USD", "twelve_months": {"expected": twelve_months}}
    option = {
        "rank": 1,
        "strategy": {"stages": [stage]},
        "model_size": {"band": "small"},
        "projected_spend": spend,
    }
    return {"options": [option]}


def advised(revision, hours, reply, *, state="superseded", **fields):
    """Keep an answer as given some hours before noon."""
    at = NOON - timedelta(hours=hours)
    organization = revision.workload.organization
    recommendation = Recommendation.objects.create(
        organization=organization,
        workload=revision.workload,
        revision=revision,
        as_of=at,
        known_at=at,
        created_at=at,
        engine_version="1",
        provisional=False,
        answer=reply,
        **fields,
    )
    RecommendationLife.objects.create(
        recommendation=recommendation,
        organization=organization,
        workload=revision.workload,
        state=state,
        changed_at=at,
    )
    return recommendation


@pytest.fixture
def revision(organization):
    return WorkloadRevisionFactory(workload__organization=organization)


def page_of(revision):
    return f"/workloads/{revision.workload_id}/history/"


def test_the_newest_comes_first_and_each_is_compared_with_the_one_before(
    client, member, revision, django_assert_num_queries
):
    first = advised(revision, 3, answer("large-70b", "9000.00"))
    second = advised(
        revision, 2, answer("small-8b", "3000.00"), cause="catalogue", finding=""
    )
    third = advised(revision, 1, answer("small-8b", "3300.00"), state="active")

    with django_assert_num_queries(QUERIES):
        reply = client.get(page_of(revision))

    shown = reply.context["history"]
    assert [advice.id for advice in shown] == [third.pk, second.pk, first.pk]
    assert [advice.sentence for advice in shown] == [
        # 3,300 - 3,000 = 300, a tenth.
        "The pick stays, and twelve months cost $300 more (+10 %).",
        # 9,000 - 3,000 = 6,000 of 9,000.
        "From large-70b at acme to small-8b at acme, and twelve months cost $6,000"
        " less (-67 %).",
        "The first advice.",
    ]
    assert "prices or facts changed" in reply.text


def test_an_edit_of_the_workload_is_told(client, member, revision):
    advised(revision, 2, answer("small-8b", "3000.00"))
    edited = WorkloadRevisionFactory(workload=revision.workload, number=2)
    advised(edited, 1, answer("small-8b", "3000.00"))

    newest = client.get(page_of(revision)).context["history"][0]

    assert newest.sentence == (
        "The pick stays, at about the same spend."
        " The workload was edited: revision 1 to 2."
    )


def test_what_became_of_advice_is_told_with_who_and_why(client, member, revision):
    given = advised(revision, 1, answer("small-8b", "1.00"), state="dismissed")
    steps = [("", "active", "", ""), ("active", "dismissed", "quality", "Too terse.")]
    for version, (from_state, to_state, reason, note) in enumerate(steps, start=1):
        Transition.objects.create(
            recommendation=given,
            organization=given.organization,
            version=version,
            from_state=from_state,
            to_state=to_state,
            at=NOON,
            user=member,
            reason=reason,
            note=note,
        )

    page = " ".join(client.get(page_of(revision)).text.split())

    assert f"active to <strong>dismissed</strong> by {member.email}" in page
    assert "for quality: “Too terse.”" in page


def test_a_long_history_is_read_page_by_page(client, member, revision):
    for hours in range(1, 23):
        advised(revision, hours, answer("small-8b", "3000.00"))

    first, second = (client.get(page_of(revision) + query) for query in ("", "?page=2"))

    assert len(first.context["history"]) == 20
    # The last one of a page is compared with the first of the next.
    assert first.context["history"][-1].previous == second.context["history"][0].id
    assert [advice.sentence for advice in second.context["history"]] == [
        "The pick stays, at about the same spend.",
        "The first advice.",
    ]
    assert "?page=2" in first.text
    assert client.get(page_of(revision) + "?page=none").status_code == 200


def test_nothing_advised_yet_says_where_to_ask(client, member, revision):
    assert "No advice was given yet." in client.get(page_of(revision)).text


def test_a_workload_of_others_is_not_found(client, member):
    assert client.get(page_of(WorkloadRevisionFactory())).status_code == 404


def test_strangers_are_asked_to_sign_in(client, revision):
    assert client.get(page_of(revision)).headers["Location"].startswith("/sign-in/")


def test_names_with_markup_are_text(client, member, organization):
    revision = WorkloadRevisionFactory(
        workload__organization=organization, workload__name=MARKUP
    )
    advised(revision, 2, answer(MARKUP, "1.00", provider=MARKUP))
    advised(revision, 1, answer(MARKUP, "2.00", provider=MARKUP))

    page = client.get(page_of(revision)).text

    assert MARKUP not in page
    assert "&lt;script&gt;" in page


def pick(name="a", twelve_months="100", **fields):
    return Pick(
        offering_id=name,
        name=name,
        provider="acme",
        band="small",
        twelve_months=None if twelve_months is None else Decimal(twelve_months),
        **{"service_tier": "standard", **fields},
    )


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (None, None, "Still nothing fits."),
        (None, pick(), "Now something fits: a at acme."),
        (pick(), None, "Nothing fits any more; before it was a at acme."),
        (
            pick(),
            pick(twelve_months="100.5"),
            "The pick stays, at about the same spend.",
        ),
        (pick(), pick(twelve_months=None), "The pick stays."),
        (
            pick(),
            pick(service_tier="batch", twelve_months="50"),
            "From a at acme to a at acme (batch), and twelve months cost $50.00 less"
            " (-50 %).",
        ),
        (
            pick(twelve_months="0"),
            pick(twelve_months="5"),
            "The pick stays, and twelve months cost $5.00 more.",
        ),
    ],
)
def test_two_picks_are_compared_in_a_sentence(before, after, sentence):
    assert difference(before, after) == sentence

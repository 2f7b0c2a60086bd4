"""Looking at the portfolio and deciding about a workload, in a real browser."""

from datetime import UTC, datetime

import pytest

from advisor.recommendations import catalogue, measurements, services
from advisor.recommendations.services import recommend
from tests.advisor.recommendations.market import open_market
from tests.browser.viewing import both_extremes, each_view
from tests.factories.workloads import WorkloadRevisionFactory

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
NAME = "Chat </script><img src=x onerror=alert(1)>"


@pytest.fixture
def workload(membership):
    """A chat on the large model, advised to take the small one."""
    catalogue._held.clear()
    measurements._indexes.clear()
    services._qualities.clear()
    market = open_market()
    revision = WorkloadRevisionFactory(
        workload__organization=membership.organization,
        workload__name=NAME,
        current_offering=market["large-400b"],
    )
    recommend(workload=revision.workload, as_of=MARCH, at=MARCH)
    yield revision.workload
    catalogue._held.clear()


@each_view
def test_portfolio_and_workload_are_readable_by_everybody(
    signed_in_page, workload, assert_accessible
):
    page = signed_in_page
    page.goto("/")
    page.locator("#size-mix.drawn svg").wait_for()
    assert_accessible(page)

    page.get_by_role("link", name=NAME).click()

    page.get_by_role("heading", name=NAME).wait_for()
    page.locator("#ladder.drawn svg").wait_for()
    page.locator("#frontier.drawn svg").wait_for()
    assert_accessible(page)


def test_a_limit_changed_by_keyboard_moves_the_advice_at_once(signed_in_page, workload):
    page = signed_in_page
    page.goto(f"/workloads/{workload.pk}/")
    page.locator("#frontier.drawn").wait_for()
    page.get_by_label("Quality floor").focus()

    page.keyboard.press("s")  # the share of the reference
    page.keyboard.press("Tab")
    page.keyboard.type("90")

    page.get_by_text("the advice moves from small-8b").first.wait_for()
    # What came with the part is drawn as well.
    page.locator("#ladder.drawn svg").wait_for()
    assert page.locator("[data-said]").text_content().count("the advice moves") == 1


@both_extremes
def test_advice_is_accepted_with_a_note(signed_in_page, workload, assert_accessible):
    page = signed_in_page
    page.goto(f"/workloads/{workload.pk}/")
    page.get_by_label("Note").fill("With the June release <b>")

    page.get_by_role("button", name="Accept", exact=True).click()

    page.get_by_text("Kept: the advice is accepted.").wait_for()
    page.get_by_text("What became of it").click()
    page.get_by_text("With the June release <b>").wait_for()
    assert page.get_by_role("button", name="Start", exact=True).is_visible()
    assert page.get_by_role("button", name="Accept", exact=True).count() == 0
    assert_accessible(page)


def test_the_frontier_can_be_narrowed_to_one_size(signed_in_page, workload):
    page = signed_in_page
    page.goto(f"/workloads/{workload.pk}/")
    page.locator("#frontier.drawn").wait_for()
    pale = "path[aria-roledescription=point][opacity='0.08']"
    assert page.locator(f"#frontier {pale}").count() == 0

    page.get_by_label("Show").select_option("small")

    # Of the four models of the market three are of other sizes.
    page.wait_for_function(
        "pale => document.querySelectorAll(`#frontier ${pale}`).length === 3", arg=pale
    )

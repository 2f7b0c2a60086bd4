"""Signing in, in a real browser."""

from django.utils import timezone

from accounts.sign_in_links import token_for
from tests.browser.viewing import each_view


@each_view
def test_a_password_signs_in_by_keyboard_alone(page, membership, assert_accessible):
    page.goto("/")
    assert_accessible(page)

    page.get_by_label("Email address").focus()
    page.keyboard.type(membership.user.email)
    page.keyboard.press("Tab")
    page.keyboard.type("pass")
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="Portfolio").wait_for()
    assert page.get_by_text("Northwind").is_visible()


def test_a_link_shows_whom_it_signs_in(page, membership, assert_accessible):
    token = token_for(membership.user, at=timezone.now())
    page.goto(f"/sign-in/link/{token}/")
    assert_accessible(page)

    page.get_by_role("button", name=membership.user.email).click()

    page.get_by_role("heading", name="Portfolio").wait_for()

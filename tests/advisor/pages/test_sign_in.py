"""Signing in by password and by link."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts import sign_in_attempts
from accounts.sign_in_links import LinkExpired, LinkRefused, token_for, user_of
from tests.factories.accounts import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def signed_in_as(client):
    return client.session.get("_auth_user_id")


def sign_in(client, user, password="pass", **more):
    return client.post("/sign-in/", {"email": user.email, "password": password, **more})


def test_the_right_password_signs_in_and_goes_on(client):
    user = UserFactory()

    reply = sign_in(client, user, next="/workloads/1/")

    assert reply.headers["Location"] == "/workloads/1/"
    assert signed_in_as(client) == str(user.pk)


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil/"],
)
def test_an_address_of_others_is_not_gone_on_to(client, elsewhere):
    reply = sign_in(client, UserFactory(), next=elsewhere)

    assert reply.headers["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_are_refused_alike(client):
    wrong = sign_in(client, UserFactory(), password="other")
    unknown = client.post(
        "/sign-in/", {"email": "nobody@example.com", "password": "pass"}
    )

    said = "The address and the password do not go together."
    assert (wrong.status_code, unknown.status_code) == (400, 400)
    assert said in wrong.content.decode()
    assert said in unknown.content.decode()
    assert signed_in_as(client) is None


def test_an_account_cannot_be_guessed_for_ever(client):
    user = UserFactory()
    for _ in range(sign_in_attempts.FOR_ACCOUNT):
        sign_in(client, user, password="guess")

    reply = sign_in(client, user)

    assert "Too many wrong passwords" in reply.content.decode()
    assert signed_in_as(client) is None


def test_a_right_password_clears_the_count(client):
    user = UserFactory()
    for _ in range(sign_in_attempts.FOR_ACCOUNT - 1):
        sign_in(client, user, password="guess")
    sign_in(client, user)
    client.logout()
    sign_in(client, user, password="guess")

    assert sign_in(client, user).status_code == 302


def test_a_sender_cannot_try_many_accounts_for_ever(client):
    for _ in range(sign_in_attempts.FOR_SENDER):
        client.post("/sign-in/", {"email": f"a{_}@example.com", "password": "guess"})

    assert "Too many" in sign_in(client, UserFactory()).content.decode()


def test_a_form_of_another_site_signs_nobody_in():
    careful = Client(enforce_csrf_checks=True)

    assert sign_in(careful, UserFactory()).status_code == 403


def test_signing_out_takes_a_post(client):
    client.force_login(UserFactory())

    assert client.get("/sign-out/").status_code == 405
    assert signed_in_as(client)
    client.post("/sign-out/")
    assert signed_in_as(client) is None


def test_a_link_signs_in_by_a_press_of_the_button_alone(client):
    user = MembershipFactory().user
    address = f"/sign-in/link/{token_for(user, at=timezone.now())}/?next=/reports/"

    looked = client.get(address)
    assert looked.status_code == 200
    assert user.email in looked.content.decode()
    assert signed_in_as(client) is None

    pressed = client.post(address)
    assert pressed.headers["Location"] == "/reports/"
    assert signed_in_as(client) == str(user.pk)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("token", ["x", "a:b:c", "%00"])
def test_a_forged_link_is_refused_with_a_way_out(client, method, token):
    reply = getattr(client, method)(f"/sign-in/link/{token}/")

    assert reply.status_code == 403
    assert "Sign in with a password" in reply.content.decode()
    assert signed_in_as(client) is None


def test_an_expired_link_is_refused(client, settings):
    user = UserFactory()
    old = timezone.now() - timedelta(hours=settings.SIGN_IN_LINK_HOURS, minutes=1)

    reply = client.post(f"/sign-in/link/{token_for(user, at=old)}/")

    assert reply.status_code == 403
    assert "has expired" in reply.content.decode()
    assert signed_in_as(client) is None


def test_a_link_lasts_for_its_hours(settings):
    settings.SIGN_IN_LINK_HOURS = 2
    user = UserFactory()
    token = token_for(user, at=NOON)

    assert user_of(token, at=NOON + timedelta(hours=2)) == user
    with pytest.raises(LinkExpired):
        user_of(token, at=NOON + timedelta(hours=2, seconds=1))


def test_a_link_of_before_opens_no_admin_to_one_who_gained_it():
    user = UserFactory()
    token = token_for(user, at=NOON)
    user.is_staff = True
    user.save()

    with pytest.raises(LinkExpired):
        user_of(token, at=NOON)


def test_a_new_password_voids_links():
    user = UserFactory()
    token = token_for(user, at=NOON)
    user.set_password("another")
    user.save()

    with pytest.raises(LinkExpired, match="password"):
        user_of(token, at=NOON)


def test_a_person_who_left_has_no_link():
    user = UserFactory()
    token = token_for(user, at=NOON)
    user.is_active = False
    user.save()

    with pytest.raises(LinkRefused):
        user_of(token, at=NOON)


def test_the_command_prints_a_link_that_works(client, capsys):
    user = UserFactory()

    call_command("sign_in_link", user.email, address="http://testserver/")

    address = capsys.readouterr().out.strip()
    assert address.startswith("http://testserver/sign-in/link/")
    client.post(address)
    assert signed_in_as(client) == str(user.pk)


def test_the_command_refuses_an_unknown_address():
    with pytest.raises(CommandError, match="Nobody"):
        call_command("sign_in_link", "nobody@example.com")

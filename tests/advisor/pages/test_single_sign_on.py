"""Signing in at a provider of OpenID Connect, played by a small server of our own."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from accounts.models import Membership, User
from tests.factories.accounts import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

CLIENT = "rightsize"


class Provider(ThreadingHTTPServer):
    """Vouches for `claims`; `verified` is what it says of the address."""

    daemon_threads = True
    claims: dict

    @property
    def issuer(self):
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        issuer = self.server.issuer
        configuration = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/keys",
        }
        vouched = self.path == "/userinfo"
        self.reply(self.server.claims if vouched else configuration)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        claims = {
            **self.server.claims,
            "iss": self.server.issuer,
            "aud": CLIENT,
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
        }
        token = jwt.encode(claims, "k" * 32, algorithm="HS256")
        self.reply(
            {"access_token": "access", "token_type": "Bearer", "id_token": token}
        )

    def reply(self, body):
        written = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *args):
        pass


@pytest.fixture
def provider(settings):
    server = Provider(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    application = {
        "provider_id": "oidc",
        "name": "Acme",
        "client_id": CLIENT,
        "secret": "secret",
        "settings": {"server_url": server.issuer},
    }
    settings.OIDC_ISSUER, settings.OIDC_NAME = server.issuer, "Acme"
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"APPS": [application], "OAUTH_PKCE_ENABLED": True}
    }
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def sign_in(client, *, onward="/"):
    """Go to the provider and come back as it would send one."""
    begun = client.post(f"/oidc/oidc/login/?next={onward}")
    asked = parse_qs(urlsplit(begun.headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    back = {"code": "code", "state": asked["state"][0]}
    return client.get("/oidc/oidc/login/callback/", back)


def test_a_verified_address_signs_in_the_person_who_has_it(client, provider):
    membership = MembershipFactory(user__email="jo@acme.example")
    provider.claims = {"sub": "1", "email": "Jo@acme.example", "email_verified": True}

    reply = sign_in(client, onward="/reports/")

    assert reply.headers["Location"] == "/reports/"
    assert client.session["_auth_user_id"] == str(membership.user.pk)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "jo@acme.example", "email_verified": False},
        {"email": "jo@acme.example"},
        {"email": "someone@else.example", "email_verified": True},
        {"email": "gone@acme.example", "email_verified": True},
        {},
    ],
)
def test_others_are_refused_and_none_is_added(client, provider, claims):
    UserFactory(email="jo@acme.example")
    UserFactory(email="gone@acme.example", is_active=False)
    provider.claims = {"sub": "1", **claims}

    reply = sign_in(client)

    assert reply.status_code == 403
    assert "Ask an admin" in reply.content.decode()
    assert "_auth_user_id" not in client.session
    assert User.objects.count() == 2
    assert Membership.objects.count() == 0


def test_an_address_that_only_looks_like_a_persons_is_somebody_elses(client, provider):
    UserFactory(email="mike@acme.example")
    claims = {"sub": "1", "email": "m\u0131ke@acme.example", "email_verified": True}
    provider.claims = claims

    assert sign_in(client).status_code == 403
    assert "_auth_user_id" not in client.session


def test_an_address_of_others_is_not_gone_on_to(client, provider):
    MembershipFactory(user__email="jo@acme.example")
    provider.claims = {"sub": "1", "email": "jo@acme.example", "email_verified": True}

    assert sign_in(client, onward="https://evil.example/").headers["Location"] == "/"


def test_a_return_that_was_not_asked_for_is_refused(client, provider):
    forged = {"code": "code", "state": "forged"}

    reply = client.get("/oidc/oidc/login/callback/", forged)

    assert reply.status_code == 403
    assert "Nothing has changed here" in reply.content.decode()


def test_the_sign_in_page_offers_it_where_it_is_set_up(client, provider):
    reply = client.get("/sign-in/")

    assert "Sign in with Acme" in reply.content.decode()
    assert "form-action 'self' https:" in reply.headers["Content-Security-Policy"]


def test_without_a_provider_there_is_nothing_to_sign_in_at(client):
    assert "Sign in with" not in client.get("/sign-in/").content.decode()
    assert client.post("/oidc/oidc/login/").status_code == 404

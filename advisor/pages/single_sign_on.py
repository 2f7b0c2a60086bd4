"""Signing in at an OpenID Connect provider, for people whom we know already."""

from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import auth
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.addresses import same_address
from accounts.models import User
from advisor.pages.access import BACKEND


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # untyped
    """Takes the provider's word for an address, and for nothing else.

    Nobody gets an account or a membership by signing in elsewhere: an admin adds
    people, and the address that the provider has verified finds them.
    """

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:
        """Sign in whom the verified address belongs to, or say that nobody has it."""
        verified = [each.email for each in sociallogin.email_addresses if each.verified]
        user = _known(verified)
        if user is None:
            shown = {"addresses": [each.email for each in sociallogin.email_addresses]}
            page = render(request, "pages/not_known.html", shown, status=403)
            raise ImmediateHttpResponse(page)
        onward = sociallogin.state.get("next") or ""
        auth.login(request, user, backend=BACKEND)
        ours = url_has_allowed_host_and_scheme(
            onward, {request.get_host()}, require_https=request.is_secure()
        )
        where = onward if ours else reverse("pages:portfolio")
        raise ImmediateHttpResponse(redirect(where))

    def on_authentication_error(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> NoReturn:
        """Say that the provider did not vouch for anybody."""
        page = render(request, "pages/not_vouched.html", status=403)
        raise ImmediateHttpResponse(page)


def _known(addresses: list[str]) -> User | None:
    """Return the active person with one of the addresses, whatever its capitals."""
    for address in addresses:
        rows = User.objects.filter(email__iexact=address, is_active=True)
        found = [user for user in rows if same_address(user.email, address)]
        # Of two that differ in capitals alone neither is meant for certain.
        if len(found) == 1:
            return found[0]
    return None

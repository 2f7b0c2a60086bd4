"""Who sees a page: a signed-in member, for the organization that they chose."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from accounts.audit import Author
from accounts.callers import SCOPES_OF_ROLE, Caller
from accounts.models import Membership, Scope, User

CHOSEN = "organization"  # the key in the session
# Whichever way a person proved who they are, the session is Django's own.
BACKEND = "django.contrib.auth.backends.ModelBackend"

if TYPE_CHECKING:

    class PageRequest(HttpRequest):
        """A request that `signed_in` let through; `auth` is as of the API's views."""

        auth: Caller
        user: User
else:
    PageRequest = HttpRequest

Page = Callable[..., HttpResponseBase]


def signed_in(page: Page) -> Page:
    """Let members alone see a page, as callers of one of their organizations.

    Strangers are asked to sign in, people of several organizations to choose one.
    """

    @wraps(page)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        here = request.get_full_path()
        if not request.user.is_authenticated:
            return redirect_to_login(here, reverse("pages:sign_in"))
        found = memberships_of(request.user)
        if not found:
            return render(request, "pages/no_membership.html", status=403)
        chosen = _chosen(found, request.session.get(CHOSEN))
        if chosen is None:
            query = urlencode({"next": here})
            return redirect(f"{reverse('pages:organization')}?{query}")
        request.auth = caller_for(chosen, request.user)
        request.may_choose = len(found) > 1
        return page(request, *args, **kwargs)

    return guarded


def buyers_only(page: Page) -> Page:
    """Refuse those who may only look; use it below `signed_in`."""

    @wraps(page)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if Scope.WRITE not in request.auth.scopes:
            return render(request, "pages/viewers_look.html", status=403)
        return page(request, *args, **kwargs)

    return guarded


def memberships_of(user: User) -> list[Membership]:
    """Return a person's memberships by the names of the organizations."""
    found = Membership.objects.filter(user=user).select_related("organization")
    return list(found.order_by("organization__name", "organization__slug"))


def caller_for(membership: Membership, user: User) -> Caller:
    """Return the member as a caller of the API is known, with the role's scopes."""
    return Caller(
        organization=membership.organization,
        scopes=SCOPES_OF_ROLE[membership.role],
        user=user,
    )


def author_of(request: PageRequest) -> Author:
    """Return in whose name a page changes something."""
    return Author(user=request.user)


def safe_next(request: HttpRequest, *, otherwise: str = "") -> str:
    """Return the address in `next`, if it is one of this service's own."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        asked, {request.get_host()}, require_https=request.is_secure()
    )
    return asked if ours else otherwise or reverse("pages:portfolio")


def refused(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """Return a page that refuses, with status 403."""
    return render(request, template, context, status=403)


def _chosen(found: list[Membership], kept: str | None) -> Membership | None:
    """Return the membership that was chosen before, or the only one."""
    for membership in found:
        if str(membership.organization_id) == kept:
            return membership
    return found[0] if len(found) == 1 else None

"""Signing in and out, and choosing the organization to look at."""

from typing import Any

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.sign_in_links import LinkRefused, user_of
from advisor.pages.access import BACKEND, CHOSEN, memberships_of, safe_next
from advisor.pages.forms.sign_in import SignInForm
from advisor.pages.headers import policy


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Ask for address and password; go on to `next` when they are right."""
    onward = safe_next(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(onward)
        return _asked(request, SignInForm(request=request), onward)
    form = SignInForm(request.POST, request=request)
    if not form.is_valid() or form.user is None:
        return _asked(request, form, onward, status=400)
    auth.login(request, form.user, backend=BACKEND)
    return redirect(onward)


def _asked(
    request: HttpRequest, form: SignInForm, onward: str, *, status: int = 200
) -> HttpResponse:
    elsewhere = settings.OIDC_NAME if settings.OIDC_ISSUER else ""
    shown: dict[str, Any] = {"form": form, "next": onward, "elsewhere": elsewhere}
    page = render(request, "pages/sign_in.html", shown, status=status)
    if elsewhere:
        # Its button leads on to the provider's own pages, wherever those are.
        page.headers["Content-Security-Policy"] = policy(["https:"])
    return page


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show whom the link signs in; a press of the button does it.

    Mail scanners follow links, so that a GET must change nothing.
    """
    try:
        user = user_of(token, at=timezone.now())
    except LinkRefused as refusal:
        shown = {"why": str(refusal), "next": safe_next(request)}
        return render(request, "pages/link_refused.html", shown, status=403)
    if request.method == "POST":
        auth.login(request, user, backend=BACKEND)
        return redirect(safe_next(request))
    shown_user = {"person": user, "next": safe_next(request)}
    return render(request, "pages/sign_in_by_link.html", shown_user)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session."""
    auth.logout(request)
    return redirect("pages:sign_in")


@require_http_methods(["GET", "HEAD", "POST"])
def choose_organization(request: HttpRequest) -> HttpResponseBase:
    """Let a person of several organizations say which one to look at."""
    if not request.user.is_authenticated:
        return redirect("pages:sign_in")
    found = memberships_of(request.user)
    asked = request.POST.get("organization")
    if asked in {str(each.organization_id) for each in found}:
        request.session[CHOSEN] = asked
        return redirect(safe_next(request))
    shown = {
        "memberships": found,
        "chosen": request.session.get(CHOSEN),
        "next": safe_next(request),
    }
    return render(request, "pages/organization.html", shown)

"""What the links in mails lead to, without signing in: the token is the permission.

Programs that scan mails open every link, so opening one changes nothing: a button, or
a mail program's own one-click request (RFC 8058), sends a POST.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from advisor.reports import links, selectors
from advisor.reports.models import EndReason, Subscription
from advisor.reports.services import subscriptions

_PAGE = "reports/link.html"
_POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
View = Callable[..., HttpResponse]


def _of_a_mail(view: View) -> View:
    """Mark a view as reached by a link in a mail: kept by no cache, named to nobody."""

    @never_cache
    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def marked(request: HttpRequest, token: str) -> HttpResponse:
        response = view(request, token)
        response["Referrer-Policy"] = "no-referrer"
        response["Content-Security-Policy"] = _POLICY
        response["X-Robots-Tag"] = "noindex"
        return response

    return marked


@_of_a_mail
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask by GET whether to end a subscription; end it by POST, also twice."""
    try:
        pk, version = links.unsubscribing(token)
    except links.BadToken as error:
        return _page(request, "refused", status=404, why=str(error))
    subscription = selectors.subscription_of_token(pk)
    if subscription is None:
        return _page(request, "refused", status=404, why="There is no such link.")
    if subscription.token_version != version:
        return _outdated(request, subscription)
    if request.method == "POST":
        subscriptions.end_subscription(
            subscription, because=EndReason.UNSUBSCRIBED, at=timezone.now()
        )
        return _page(request, "ended", subscription)
    return _page(request, "ended" if subscription.ended_at else "ask", subscription)


@_of_a_mail
def confirm_subscription(request: HttpRequest, token: str) -> HttpResponse:
    """Ask by GET whether an address wants to be told; note it by POST."""
    try:
        pk, version = links.confirming(token)
    except links.TokenExpired as error:
        return _page(request, "expired", status=410, why=str(error))
    except links.BadToken as error:
        return _page(request, "refused", status=404, why=str(error))
    subscription = selectors.subscription_of_token(pk)
    if subscription is None:
        return _page(request, "refused", status=404, why="There is no such link.")
    if subscription.token_version != version or subscription.ended_at:
        return _outdated(request, subscription)
    if request.method == "POST":
        subscriptions.confirm(subscription, at=timezone.now())
        return _page(request, "confirmed", subscription)
    shown = "confirmed" if subscription.confirmed_at else "ask_to_confirm"
    return _page(request, shown, subscription)


def _outdated(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    """Say that a newer link is needed; a try to use the old one is on record."""
    if request.method == "POST":
        subscriptions.note_old_link(subscription, at=timezone.now())
    return _page(request, "outdated", subscription, status=410)


def _page(
    request: HttpRequest,
    shown: str,
    subscription: Subscription | None = None,
    *,
    status: int = 200,
    **facts: Any,
) -> HttpResponse:
    context = {"shown": shown, "subscription": subscription, **facts}
    return render(request, _PAGE, context, status=status)

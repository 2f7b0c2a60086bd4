"""A workload: its advice as a decision, and what other limits would make of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Scope
from accounts.tenancy import scoped
from advisor.pages.access import PageRequest, author_of, buyers_only, signed_in
from advisor.pages.advice import advice_of
from advisor.pages.forms.what_if import WhatIfForm
from advisor.pages.steps import followed, steps_of
from advisor.recommendations import selectors, services
from advisor.recommendations.models import Recommendation
from workloads.models import Workload, WorkloadRevision
from workloads.selectors import current_revision
from workloads.services import revise_workload

Json = dict[str, Any]


@require_safe
@signed_in
def workload(request: PageRequest, workload_id: UUID) -> HttpResponse:
    """Show the newest advice for a workload."""
    found = _workload(request, workload_id)
    revision = current_revision(found)
    form = WhatIfForm(revision=revision)
    return _page(request, found, revision, form)


@require_POST
@signed_in
def what_if(request: PageRequest, workload_id: UUID) -> HttpResponse:
    """Answer other limits without keeping anything: a part of the page, or all of it.

    A script asks for the part alone by its header `Rightsize-Part`.
    """
    found = _workload(request, workload_id)
    revision = current_revision(found)
    form = WhatIfForm(request.POST, revision=revision)
    tried = _tried(request, form, at=timezone.now())
    status = 200 if tried else 400
    if "Rightsize-Part" in request.headers:
        given = _given(found)
        shown = {"form": form, "tried": tried, "given": given and _shown(given)}
        return render(request, "pages/_tried.html", shown, status=status)
    return _page(request, found, revision, form, tried=tried, status=status)


@require_POST
@signed_in
@buyers_only
def save_limits(request: PageRequest, workload_id: UUID) -> HttpResponseBase:
    """Keep the limits as a new revision, and ask for advice on it."""
    found = _workload(request, workload_id)
    revision = current_revision(found)
    form = WhatIfForm(request.POST, revision=revision)
    organization, at = request.auth.organization, timezone.now()
    fields = form.fields_for(organization) if form.is_valid() else None
    if fields is None:
        return _page(request, found, revision, form, status=400)
    kept = revise_workload(
        workload=found, fields=fields, at=at, author=author_of(request)
    )
    if kept.pk == revision.pk:
        messages.info(request, "These limits are the ones that hold already.")
    else:
        _advised(request, found, at)
        messages.success(request, f"Kept as revision {kept.number}, with new advice.")
    return redirect("pages:workload", workload_id=found.pk)


@require_POST
@signed_in
@buyers_only
def ask(request: PageRequest, workload_id: UUID) -> HttpResponseBase:
    """Ask for new advice at the prices of today."""
    found = _workload(request, workload_id)
    at = timezone.now()
    _advised(request, found, at)
    messages.success(request, "New advice, at the prices of today.")
    return redirect("pages:workload", workload_id=found.pk)


def _advised(request: PageRequest, found: Workload, at: datetime) -> None:
    services.recommend(workload=found, as_of=at, at=at, author=author_of(request))


def _workload(request: PageRequest, workload_id: UUID) -> Workload:
    rows = scoped(Workload, request)
    found = get_object_or_404(rows, pk=workload_id, archived_at=None)
    found.organization = request.auth.organization
    return found


def _given(found: Workload) -> Recommendation | None:
    """Return the newest advice, with its revision and where it stands."""
    return selectors.standing(found).select_related("revision", "life").first()


def _tried(request: PageRequest, form: WhatIfForm, *, at: datetime) -> Json | None:
    organization = request.auth.organization
    fields = form.fields_for(organization) if form.is_valid() else None
    if fields is None:
        return None
    answer = services.advise(
        WorkloadRevision(**fields), organization=organization, as_of=at
    )
    return advice_of(answer)


def _page(
    request: PageRequest,
    found: Workload,
    revision: WorkloadRevision,
    form: WhatIfForm,
    *,
    tried: Json | None = None,
    status: int = 200,
) -> HttpResponse:
    given = _given(found)
    context = {
        "workload": found,
        "revision": revision,
        "form": form,
        "tried": tried,
        "recommendation": given,
        "decisions": _decisions(found, given),
        "given": given and _shown(given),
        "is_outdated": given is not None and given.revision_id != revision.pk,
        "may_act": Scope.WRITE in request.auth.scopes,
    }
    return render(request, "pages/workload.html", context, status=status)


def _decisions(found: Workload, given: Recommendation | None) -> list[Json]:
    """Return the newest advice, and older advice under way, with what can be done."""
    under_way = [each for each in followed(found) if each != given]
    return [
        {
            "advice": each,
            "is_newest": each == given,
            "history": list(selectors.life_of(each)),
            "steps": steps_of(each),
        }
        for each in ([given] if given else []) + under_way
    ]


def _shown(given: Recommendation) -> Json:
    return advice_of(given.answer)

"""`manage.py seed_demo`: the demo organization, its key and its three workloads."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts.models import ApiKey, Organization, User
from accounts.services import create_api_key, create_organization
from advisor.recommendations import demo, services
from advisor.recommendations.demo_endpoint import MODEL, keep_local_endpoint
from advisor.recommendations.models import Recommendation
from catalog.models import Offering
from workloads.models import Workload
from workloads.serializers import WorkloadQuestionSerializer, revision_fields
from workloads.services import create_workload


class Command(BaseCommand):
    """Create what is missing; a second run changes nothing."""

    help = "Create the demo organization with a key and three workloads."

    def handle(self, **options: Any) -> None:
        """Seed; the key and the admin's password are kept in the state folder."""
        with transaction.atomic():
            organization = _organization()
            _workloads(organization)
            _local_endpoint(organization)
        _advice(organization)


def _organization() -> Organization:
    existing = Organization.objects.filter(slug=demo.SLUG).first()
    kept = read_credentials()
    if existing is not None and _opens(kept, existing):
        return existing
    now = timezone.now()
    admin = User.objects.filter(email=demo.ADMIN_EMAIL).first()
    password = secrets.token_urlsafe(12)
    if admin is None:
        admin = User.objects.create_superuser(demo.ADMIN_EMAIL, password)
    else:
        admin.set_password(password)
        admin.save(update_fields=["password"])
    organization = existing or create_organization(
        name=demo.ORGANIZATION, slug=demo.SLUG, admin=admin, at=now
    )
    _, text = create_api_key(
        organization=organization,
        name=demo.KEY_NAME,
        scopes=["read", "write", "admin"],
        created_by=admin,
        at=now,
    )
    write_credentials({"api_key": str(text), "password": password})
    return organization


def _opens(kept: dict[str, str], organization: Organization) -> bool:
    """Tell whether the kept key is still one of the organization's."""
    key_id = kept.get("api_key", "rs_live__").split("_")[2]
    rows = ApiKey.objects.filter(organization=organization, key_id=key_id)
    return rows.filter(revoked_at=None).exists()


def _workloads(organization: Organization) -> None:
    current = {
        name: _offering_id(provider, listing)
        for name, (provider, listing) in demo.IN_USE.items()
    }
    for name, question in demo.workloads(current).items():
        if not Workload.objects.filter(organization=organization, name=name).exists():
            stated = WorkloadQuestionSerializer(
                data=question, context={"organization": organization}
            )
            stated.is_valid(raise_exception=True)
            create_workload(
                organization=organization,
                name=name,
                fields=revision_fields(stated.validated_data),
                at=timezone.now(),
            )


def _local_endpoint(organization: Organization) -> None:
    """Keep the endpoint of a model that `make run` serves here, if it serves one."""
    base_url = os.environ.get("LOCAL_MODEL_URL")
    if base_url:
        keep_local_endpoint(
            organization,
            base_url=base_url,
            wire_model=os.environ.get("LOCAL_MODEL_NAME", MODEL),
            at=timezone.now(),
        )


def _offering_id(provider: str, name: str) -> str | None:
    offering = Offering.objects.filter(
        organization=None, provider__slug=provider, name=name, region=""
    ).first()
    return None if offering is None else str(offering.pk)


def _advice(organization: Organization) -> None:
    """Ask once for each workload, so that there is something to look at."""
    now = timezone.now()
    for workload in Workload.objects.filter(organization=organization):
        if not Recommendation.objects.filter(workload=workload).exists():
            services.recommend(workload=workload, as_of=now, at=now)


def credentials_path() -> Path:
    """Where the demo's secrets are kept, beside the service's other state."""
    return Path(settings.STATE_DIR) / "demo-credentials.json"


def read_credentials() -> dict[str, str]:
    """Return the kept secrets, empty if there are none."""
    try:
        kept: dict[str, str] = json.loads(credentials_path().read_text())
    except FileNotFoundError:
        return {}
    return kept


def write_credentials(credentials: dict[str, str]) -> None:
    """Keep the secrets for the owner's eyes only."""
    path = credentials_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(credentials, file)

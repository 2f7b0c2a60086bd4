"""The demo's own endpoint: a small model served on this machine, measured for real.

It is the demo organization's own offering and stays unpriced: nobody said what this
machine costs, and unknown is not free.
"""

from datetime import datetime
from decimal import Decimal

from accounts.models import Organization
from benchmarks.models import BenchmarkPlan, Endpoint
from benchmarks.services import (
    create_endpoint,
    create_plan,
    revise_endpoint,
    run_plan_now,
)
from catalog.models import (
    LanguageModel,
    ModelFacts,
    Offering,
    OfferingFacts,
    Provider,
)
from catalog.services import catalogue_change

NAME = "This machine"
PROVIDER = "self-hosted"
MODEL = "smollm2-135m-instruct"
# A run takes a minute or so of one core; three of them carry a 95th percentile.
CADENCE_MINUTES = 5
REQUESTS = 20


def keep_local_endpoint(
    organization: Organization, *, base_url: str, wire_model: str, at: datetime
) -> Endpoint:
    """Return the demo's endpoint with a plan, made at the first call, moved later.

    The first run is queued at once, so that there is something to look at.
    """
    endpoint = Endpoint.objects.filter(organization=organization, name=NAME).first()
    fields = {"base_url": base_url, "wire_model": wire_model}
    if endpoint is not None:
        return revise_endpoint(endpoint=endpoint, fields=fields, at=at)
    endpoint = create_endpoint(
        organization=organization,
        fields={
            "name": NAME,
            "offering": _offering(organization, wire_model),
            **fields,
        },
        at=at,
    )
    run_plan_now(plan=_plan(endpoint, at), at=at)
    return endpoint


def _plan(endpoint: Endpoint, at: datetime) -> BenchmarkPlan:
    return create_plan(
        endpoint=endpoint,
        fields={
            "cadence_minutes": CADENCE_MINUTES,
            "jitter_minutes": 1,
            "token_classes": ["short"],
            "requests": REQUESTS,
        },
        at=at,
    )


def _offering(organization: Organization, name: str) -> Offering:
    """Return the listing of the served model, told to the catalogue at first."""
    listed = Offering.objects.filter(
        organization=organization, provider__slug=PROVIDER, name=name, region=""
    ).first()
    if listed is not None:
        return listed
    with catalogue_change("the demo's local model") as received_at:
        provider, _ = Provider.objects.get_or_create(
            slug=PROVIDER, defaults={"name": "Self-hosted"}
        )
        offering = Offering.objects.create(
            organization=organization,
            provider=provider,
            model=_model(received_at),
            name=name,
        )
        OfferingFacts.objects.create(
            offering=offering,
            effective_from=received_at,
            received_at=received_at,
            quantization="Q4_1",
            zero_retention=True,
            trains_on_data=False,
            source="served on this machine",
        )
    return offering


def _model(received_at: datetime) -> LanguageModel:
    model, is_new = LanguageModel.objects.get_or_create(
        slug=MODEL,
        defaults={"name": "SmolLM2 135M Instruct", "developer": "huggingface"},
    )
    if is_new:
        ModelFacts.objects.create(
            model=model,
            effective_from=received_at,
            received_at=received_at,
            total_parameters_b=Decimal("0.135"),
            active_parameters_b=Decimal("0.135"),
            parameters_basis=ModelFacts.ParametersBasis.PUBLISHED,
            parameters_source="https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
            open_weights=True,
            licence="Apache-2.0",
            reasoning_tokens_ratio=0,
        )
    return model

"""What a run asks: written down without the secret, and read back for the harness.

`asked` holds everything that was asked, so that a run can be judged, and repeated,
from its row alone. The credential joins only when a claimed run is turned into a
`Target`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.harness.goodput import Limits
from benchmarks.harness.load import (
    TOKEN_CLASSES,
    WORKLOAD,
    Lengths,
    Load,
    Profile,
    PromptCache,
)
from benchmarks.harness.schedule import Tokens, drawn_lengths, stages
from benchmarks.harness.target import Patience, Target
from benchmarks.models import BenchmarkPlan, Endpoint, Protocol
from benchmarks.services.endpoints import outbound
from catalog.models import ServiceTier
from workloads.models import Workload, WorkloadRevision
from workloads.selectors import current_revision

# A longer prompt or answer than this is cut to it, whatever a workload states.
MAX_INPUT_TOKENS = 200_000
MAX_OUTPUT_TOKENS = 32_000
# Whole numbers up to here survive every reader of JSON.
_SEED_BITS = 53
_TOKENS = (
    "input_tokens_mean",
    "input_tokens_p95",
    "output_tokens_mean",
    "output_tokens_p95",
)
_LIMITS = {
    # A reader waits for the answer, not for the reasoning before it.
    "answer_ttft_ms": "ttft_ms_p95_limit",
    "itl_p95_ms": "itl_ms_p95_limit",
    "request_ms": "request_ms_p95_limit",
}
# Tiers that OpenAI's protocol has a field of the body for.
_ASKED_TIERS = (ServiceTier.FLEX, ServiceTier.PRIORITY)
_CREDENTIAL_HEADERS = {
    Protocol.OPENAI_CHAT: ("Authorization", "Bearer "),
    Protocol.ANTHROPIC_MESSAGES: ("x-api-key", ""),
}


def asked_of_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """Return what of a run is the endpoint's: where, what, with which header names."""
    names = [*endpoint.headers]
    if endpoint.credential:
        names.append(_credential_header(endpoint)[0])
    return {
        "base_url": endpoint.base_url,
        "protocol": endpoint.protocol,
        "wire_model": endpoint.wire_model,
        "header_names": sorted(names),
        "credential": bool(endpoint.credential),
        "body_extra": dict(_body_extra(endpoint)),
    }


def asked_of_plan(plan: BenchmarkPlan, token_class: str) -> dict[str, Any]:
    """Return everything that a run of a plan asks, with a seed of its own."""
    return {
        **asked_of_endpoint(plan.endpoint),
        "token_class": token_class,
        "profile": str(plan.profile),
        "requests": plan.requests,
        "warmup": plan.warmup,
        "concurrency": plan.concurrency,
        "requests_per_second": plan.requests_per_second,
        "prompt_cache": str(plan.prompt_cache),
        "deadline_s": plan.deadline_s,
        **_lengths_asked(plan, token_class),
        "seed": secrets.randbits(_SEED_BITS),
        "patience": asdict(Patience()),
        "budget_per_run_usd": _text(plan.budget_per_run_usd),
    }


def asked_again(asked: Mapping[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    """Return the same asked anew: of the endpoint as it is, with another seed."""
    seed = secrets.randbits(_SEED_BITS)
    return {**asked, **asked_of_endpoint(endpoint), "seed": seed}


def load_of(asked: Mapping[str, Any]) -> Load:
    """Return the load that was asked; the same for the same `asked`."""
    return Load(
        profile=Profile(asked["profile"]),
        requests=asked["requests"],
        lengths=_lengths_of(asked),
        seed=asked["seed"],
        warmup=asked["warmup"],
        concurrency=asked["concurrency"],
        requests_per_second=asked["requests_per_second"],
        prompt_cache=PromptCache(asked["prompt_cache"]),
        deadline_s=float(asked["deadline_s"]),
    )


def limits_of(asked: Mapping[str, Any]) -> Limits | None:
    """Return the limits of the workload that goodput is asked for, if it has any."""
    stated = asked.get("workload", {}).get("limits")
    return Limits(**stated) if stated else None


def target_of(asked: Mapping[str, Any], endpoint: Endpoint) -> Target:
    """Return the target of a run, with the endpoint's credential.

    `asked` must be of the endpoint as it is now: a credential goes nowhere else.
    """
    headers = [(str(name), str(value)) for name, value in endpoint.headers.items()]
    if endpoint.credential:
        name, before = _credential_header(endpoint)
        headers.append((name, before + endpoint.credential))
    return Target(
        base_url=asked["base_url"],
        protocol=asked["protocol"],
        model=asked["wire_model"],
        headers=tuple(headers),
        body_extra=tuple(asked["body_extra"].items()),
        outbound=outbound(),
        patience=Patience(**asked["patience"]),
    )


def requests_asked(load: Load) -> int:
    """Return how many measured requests a load has; a sweep may leave some out."""
    return sum(stage.requests for stage in stages(load) if stage.phase >= 0)


def _credential_header(endpoint: Endpoint) -> tuple[str, str]:
    """Return the header that the credential goes in, and what goes before it."""
    usual = _CREDENTIAL_HEADERS[Protocol(endpoint.protocol)]
    return (endpoint.credential_header, "") if endpoint.credential_header else usual


def _body_extra(endpoint: Endpoint) -> tuple[tuple[str, object], ...]:
    tier = endpoint.service_tier
    if endpoint.protocol == Protocol.OPENAI_CHAT and tier in _ASKED_TIERS:
        return (("service_tier", str(tier)),)
    return ()


def _lengths_asked(plan: BenchmarkPlan, token_class: str) -> dict[str, Any]:
    if token_class != WORKLOAD:
        lengths = TOKEN_CLASSES[token_class]
        return {"lengths": [[lengths.input_tokens, lengths.output_tokens]]}
    assert plan.workload is not None  # noqa: S101  # a constraint
    return {"workload": _workload_asked(plan.workload, current_revision(plan.workload))}


def _workload_asked(workload: Workload, revision: WorkloadRevision) -> dict[str, Any]:
    limits = {name: getattr(revision, field) for name, field in _LIMITS.items()}
    return {
        "id": str(workload.pk),
        "revision": revision.number,
        **{name: getattr(revision, name) for name in _TOKENS},
        "limits": limits if any(limits.values()) else None,
    }


def _lengths_of(asked: Mapping[str, Any]) -> tuple[Lengths, ...]:
    if "lengths" in asked:
        return tuple(
            Lengths(input_tokens=prompt, output_tokens=answer)
            for prompt, answer in asked["lengths"]
        )
    stated = asked["workload"]
    drawn = drawn_lengths(
        inputs=Tokens(mean=stated[_TOKENS[0]], p95=stated[_TOKENS[1]]),
        outputs=Tokens(mean=stated[_TOKENS[2]], p95=stated[_TOKENS[3]]),
        requests=asked["requests"],
        seed=asked["seed"],
    )
    return tuple(
        Lengths(
            input_tokens=min(each.input_tokens, MAX_INPUT_TOKENS),
            output_tokens=min(each.output_tokens, MAX_OUTPUT_TOKENS),
        )
        for each in drawn
    )


def _text(amount: Any) -> str | None:
    return None if amount is None else str(amount)

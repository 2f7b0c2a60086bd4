"""Why an option was refused: the words of the API, each with its unit and its group."""

from dataclasses import dataclass
from enum import Enum


class Group(Enum):
    """What a buyer could relax to let an option through."""

    HARD = "constraint"
    LATENCY = "latency"
    QUALITY = "quality"
    BUDGET = "budget"
    MARKET = "market"  # nothing the buyer could relax


@dataclass(frozen=True, slots=True)
class _Meaning:
    code: str
    group: Group
    unit: str
    limit: str  # the field of the workload that states it, empty for none


class Reason(Enum):
    """One refusal; the value carries its code, group, unit and the field behind it."""

    NOT_CHAT = _Meaning("not_a_chat_model", Group.MARKET, "kind", "")
    UNPRICED = _Meaning("unpriced", Group.MARKET, "USD/Mtok", "")
    NO_FX = _Meaning("no_exchange_rate", Group.MARKET, "USD", "")
    RETIRED = _Meaning("retired", Group.MARKET, "date", "")
    RETIRES = _Meaning("retires_within_horizon", Group.MARKET, "date", "")
    DEPRECATED = _Meaning("deprecated", Group.MARKET, "yes/no", "")
    CANNOT_WAIT = _Meaning("cannot_wait", Group.HARD, "share", "batch_share")
    PROVIDER_NOT_ALLOWED = _Meaning(
        "provider_not_allowed", Group.HARD, "provider", "constraints/providers_allowed"
    )
    PROVIDER_DENIED = _Meaning(
        "provider_denied", Group.HARD, "provider", "constraints/providers_denied"
    )
    NOT_OPEN = _Meaning(
        "not_open_weights", Group.HARD, "yes/no", "constraints/open_weights"
    )
    OPEN_UNKNOWN = _Meaning(
        "open_weights_unknown", Group.HARD, "yes/no", "constraints/open_weights"
    )
    RESIDENCY = _Meaning(
        "residency_not_met", Group.HARD, "region", "constraints/residency"
    )
    RESIDENCY_UNKNOWN = _Meaning(
        "residency_unknown", Group.HARD, "region", "constraints/residency"
    )
    RETENTION = _Meaning(
        "retention_not_zero", Group.HARD, "yes/no", "constraints/zero_retention"
    )
    RETENTION_UNKNOWN = _Meaning(
        "retention_unknown", Group.HARD, "yes/no", "constraints/zero_retention"
    )
    TRAINING = _Meaning(
        "trains_on_data", Group.HARD, "yes/no", "constraints/no_training"
    )
    TRAINING_UNKNOWN = _Meaning(
        "training_unknown", Group.HARD, "yes/no", "constraints/no_training"
    )
    CAPABILITY = _Meaning(
        "capability_missing", Group.HARD, "capability", "constraints/capabilities"
    )
    CAPABILITY_UNKNOWN = _Meaning(
        "capability_unknown", Group.HARD, "capability", "constraints/capabilities"
    )
    CONTEXT = _Meaning(
        "context_too_short", Group.HARD, "tokens", "constraints/context_tokens"
    )
    CONTEXT_UNKNOWN = _Meaning(
        "context_unknown", Group.HARD, "tokens", "constraints/context_tokens"
    )
    OUTPUT = _Meaning("output_too_short", Group.HARD, "tokens", "tokens/output_p95")
    TOO_LARGE = _Meaning(
        "model_too_large", Group.HARD, "10^9", "constraints/max_total_parameters_b"
    )
    UNDISCLOSED = _Meaning(
        "size_undisclosed", Group.HARD, "10^9", "constraints/max_total_parameters_b"
    )
    REQUEST_RATE = _Meaning(
        "rate_limit_below_peak",
        Group.HARD,
        "requests/min",
        "traffic/peak_requests_per_second",
    )
    TOKEN_RATE = _Meaning(
        "token_limit_below_peak",
        Group.HARD,
        "tokens/min",
        "traffic/peak_requests_per_second",
    )
    TTFT = _Meaning("ttft_over_limit", Group.LATENCY, "ms", "limits/ttft_ms_p95")
    ITL = _Meaning("itl_over_limit", Group.LATENCY, "ms", "limits/itl_ms_p95")
    REQUEST = _Meaning(
        "request_latency_over_limit", Group.LATENCY, "ms", "limits/request_ms_p95"
    )
    LATENCY_UNPROVEN = _Meaning("latency_unproven", Group.LATENCY, "ms", "limits")
    ERRORS = _Meaning(
        "error_rate_over_limit", Group.LATENCY, "share", "limits/error_rate"
    )
    BELOW_FLOOR = _Meaning(
        "quality_below_floor", Group.QUALITY, "share", "quality_floor/value"
    )
    QUALITY_UNPROVEN = _Meaning(
        "quality_unproven", Group.QUALITY, "share", "quality_floor/value"
    )
    OVER_BUDGET = _Meaning(
        "over_budget", Group.BUDGET, "USD/month", "monthly_budget/amount"
    )

    @property
    def code(self) -> str:
        """The word in the API."""
        return self.value.code

    @property
    def group(self) -> Group:
        """What kind of limit refuses."""
        return self.value.group

    @property
    def unit(self) -> str:
        """The unit of the limit and of the value held against it."""
        return self.value.unit

    @property
    def field(self) -> str:
        """The workload's field that states the limit, as a path; empty for none."""
        return self.value.limit


REASONS = tuple(Reason)
BIT = {reason: 1 << index for index, reason in enumerate(REASONS)}


def bits(*groups: Group) -> int:
    """Return the mask of all reasons in the given groups."""
    return sum(BIT[reason] for reason in REASONS if reason.group in groups)


def reasons_in(mask: int) -> tuple[Reason, ...]:
    """Return the reasons whose bit is set, in their fixed order."""
    return tuple(reason for reason in REASONS if mask & BIT[reason])
